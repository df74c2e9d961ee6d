"""FW308 and FW309: objects that no rule uses, and rules that are switched off."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import rules

_NFT = """\
table inet {name} {{
  set office {{ type ipv4_addr; elements = {{ 192.0.2.1 }}; }}
  map ports {{ type inet_service : verdict; elements = {{ 22 : accept }}; }}
  set seen {{ type ipv4_addr; flags dynamic; }}
  chain input {{
    type filter hook input priority filter; policy drop;
    {statements}
  }}
}}
"""
_ALIAS = "<alias><name>{}</name><type>host</type><address>{}</address></alias>"
_MATCH = "-A INPUT -m set --match-set {} src -j ACCEPT"
_SETS = """\
create office hash:net family inet
add office 192.0.2.0/24
create all list:set
add all office
"""


def _nft(*statements: str, name: str = "filter") -> str:
    return _NFT.format(name=name, statements="\n    ".join(statements))


def _pf(*aliases: tuple[str, str], rule: str = PF_HTTPS) -> str:
    added = "".join(_ALIAS.format(*each) for each in aliases)
    return config(rule).replace("</aliases>", f"{added}</aliases>")


def _names(folder: Path, **exports: str) -> list[str]:
    found = findings(folder, "FW308", **exports)
    return [each.message.removeprefix("no rule uses the ").rpartition(" of ")[0] for each in found]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ((), ["set office", "map ports", "set seen"]),
        (("ip saddr @office accept", "tcp dport vmap @ports", "update @seen { ip saddr }"), []),
        (("ip saddr != @office drop", "tcp dport vmap @ports"), ["set seen"]),
        (("ip saddr 192.0.2.1 accept comment office",), ["set office", "map ports", "set seen"]),
    ],
    ids=["none is used", "all are used", "one is left", "a comment uses nothing"],
)
def test_sets_and_maps_of_nftables(
    statements: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert _names(tmp_path, web=_nft(*statements)) == expected


def test_what_tools_keep_in_their_tables_is_theirs(tmp_path: Path) -> None:
    assert _names(tmp_path, web=_nft(name="firewalld")) == []


@pytest.mark.parametrize(
    ("rule", "sets", "expected"),
    [
        ("", _SETS, ["set office", "set all"]),
        (_MATCH.format("office"), _SETS, ["set all"]),
        (_MATCH.format("all"), _SETS, []),
        ("-A INPUT -j SET --add-set office src", _SETS, ["set all"]),
        (_MATCH.format("all"), _SETS + "create six hash:net family inet6\n", []),
    ],
    ids=["none", "one", "a list names its sets", "a rule fills it", "of the other family"],
)
def test_sets_of_the_kernel(rule: str, sets: str, expected: list[str], tmp_path: Path) -> None:
    assert _names(tmp_path, **{"web.rules": rules(rule), "web.ipset": sets}) == expected


def test_a_set_of_no_family_may_be_used_by_the_other_one(tmp_path: Path) -> None:
    exports = {"web.rules": rules(_MATCH.format("office")), "web.ipset": _SETS}

    (finding,) = findings(tmp_path, "FW308", **exports)

    assert finding.certainty == "possible"
    assert finding.reasons == (
        "rules of the other address family are not in the exports, and may name it",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_pf(), []),
        (_pf(("old", "198.51.100.1")), ["alias old"]),
        (_pf(("old", "inner"), ("inner", "198.51.100.1")), ["alias old", "alias inner"]),
        (_pf(("web2", "x"), rule=PF_HTTPS.replace(">web<", ">web2<")), ["alias web"]),
        (_pf(("outer", "web"), rule=PF_HTTPS.replace(">web<", ">outer<")), []),
        (_pf(rule=f"{PF_HTTPS}<disabled/>"), []),
        (_pf(("Shop", "198.51.100.1")), ["alias Shop"]),
    ],
    ids=[
        "in a rule",
        "nowhere",
        "in an alias that is nowhere",
        "another one is in the rule",
        "in an alias that is in a rule",
        "in a rule that is off",
        "in a description",
    ],
)
def test_aliases(text: str, expected: list[str], tmp_path: Path) -> None:
    assert _names(tmp_path, **{"edge.xml": text}) == expected


def _plain(_: dict[str, Any]) -> None:
    pass


def _second_group(found: dict[str, Any]) -> None:
    second = {**found["SecurityGroups"][0], "GroupId": "sg-2", "GroupName": "db"}
    found["SecurityGroups"].append(second)


def _named_by_a_rule(found: dict[str, Any]) -> None:
    _second_group(found)
    permission = {**AWS_HTTPS, "IpRanges": [], "UserIdGroupPairs": [{"GroupId": "sg-2"}]}
    found["SecurityGroups"][0]["IpPermissions"].append(permission)


def _named_by_itself(found: dict[str, Any]) -> None:
    _second_group(found)
    permission = {**AWS_HTTPS, "IpRanges": [], "UserIdGroupPairs": [{"GroupId": "sg-2"}]}
    found["SecurityGroups"][1]["IpPermissions"] = [permission]


def _default_group(found: dict[str, Any]) -> None:
    _second_group(found)
    found["SecurityGroups"][1]["GroupName"] = "default"


def _list_without_routes(found: dict[str, Any]) -> None:
    found["PrefixLists"] = [{"PrefixListId": "pl-1", "PrefixListName": "old", "OwnerId": "1"}]


def _list_of_the_service(found: dict[str, Any]) -> None:
    _list_without_routes(found)
    found["PrefixLists"][0]["OwnerId"] = "AWS"


def _loose_acl(found: dict[str, Any]) -> None:
    loose = {**found["NetworkAcls"][0], "NetworkAclId": "acl-2", "Associations": []}
    found["NetworkAcls"].append(loose)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_plain, []),
        (_second_group, ["security group sg-2"]),
        (_named_by_a_rule, []),
        (_named_by_itself, ["security group sg-2"]),
        (_default_group, []),
        (_list_without_routes, ["prefix list pl-1"]),
        (_list_of_the_service, []),
        (_loose_acl, ["network ACL acl-2"]),
    ],
)
def test_what_an_account_does_not_use(
    change: Callable[[dict[str, Any]], None], expected: list[str], tmp_path: Path
) -> None:
    found = json.loads(account([AWS_HTTPS], []))
    change(found)

    assert _names(tmp_path, **{"web.json": json.dumps(found, indent=1)}) == expected


def test_a_rule_that_is_switched_off_is_one_finding(tmp_path: Path) -> None:
    (finding,) = findings(tmp_path, "FW309", **{"edge.xml": config(f"{PF_HTTPS}<disabled/>")})

    assert (finding.level, finding.span.line, finding.label) == ("info", 20, "disabled")


def test_a_rule_that_is_on_is_none(tmp_path: Path) -> None:
    assert findings(tmp_path, "FW309", **{"edge.xml": config(PF_HTTPS)}) == []
