"""Edits that let a required flow through, and nothing else."""

from pathlib import Path

import pytest

from tests.linter.checks.forwards import DNAT, POLICY, PUBLIC
from tests.linter.checks.samples import HTTPS, KEEP, chains, policy, rules, site
from tests.linter.fixes.fixing import Edited, edited, fixes
from tests.linter.fixes.tools import both, needs

_NAMED = '-m comment --comment "shop.https: shop.users to shop.web" -j ACCEPT'
_MATCH = "-s 10.1.0.0/16 -d 192.0.2.10/32 -i lan0 -o dmz0 -p tcp -m tcp --dport 443"
_RULE = f"{_MATCH} {_NAMED}"
_ORDER = _RULE.replace('"', "'")
_EFFECT = (
    "opens tcp 443 from 10.1.0.0/16 to 192.0.2.10 in lan0 out dmz0; no other packet is treated "
    "differently"
)
_REJECT = "-A FORWARD -j REJECT --reject-with icmp-port-unreachable"
_BAN = "-A FORWARD -s 10.1.0.0/16 -j DROP"
_OPEN = "-A FORWARD -s 10.1.0.0/17 -d 192.0.2.10/32 -p tcp -m tcp --dport 443 -j ACCEPT"


def _added(line: int, number: int | None = None, check: str = "FW101", at: int = 3) -> Edited:
    order = f"-A FORWARD {_ORDER}" if number is None else f"-I FORWARD {number} {_ORDER}"
    new = (f"-A FORWARD {_RULE}",)
    return Edited(check, at, ((line, (), new),), (f"iptables {order}",), (), _EFFECT)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([KEEP, HTTPS], []),
        ([KEEP], [_added(6)]),
        ([KEEP, _REJECT], [_added(6, 2, at=6)]),
        ([KEEP, *chains("deny"), "-A FORWARD -j deny", "-A deny -j DROP"], [_added(7, 2, at=8)]),
        ([KEEP, _BAN, HTTPS], [_added(6, 2, at=6)]),
        ([], [("FW101", 3)]),
    ],
    ids=[
        *("no-op", "by the default policy", "before the last rule", "before a jump"),
        *("behind a ban", "replies would be blocked"),
    ],
)
def test_of_iptables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str], expected: list[Edited]
) -> None:
    files = {"shop.yaml": policy(), "site.yaml": site(), "edge.rules": rules(*lines)}

    assert fixes(tmp_path, capsys, files, "--select", "FW1") == expected


_EFFECT_OF_REST = _EFFECT.replace("10.1.0.0/16", "10.1.128.0/17")


def test_only_what_is_missing_is_permitted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"shop.yaml": policy(), "site.yaml": site(), "edge.rules": rules(KEEP, _OPEN)}

    (found,) = fixes(tmp_path, capsys, files, "--select", "FW1")

    assert isinstance(found, Edited)
    assert (found.check, found.effect) == ("FW103", _EFFECT_OF_REST)


_FORWARDED = (
    "-A FORWARD -d 192.0.2.10/32 -i wan0 -o dmz0 -p tcp -m tcp --dport 443 -m conntrack --ctstate "
    'DNAT -m comment --comment "shop.https: internet to shop.web" -j ACCEPT'
)


@pytest.mark.parametrize(
    ("nat", "is_mended"), [(DNAT, True), ("", False)], ids=["forwarded", "not forwarded"]
)
def test_behind_a_translation_the_rule_is_for_what_the_chain_sees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], nat: str, is_mended: bool
) -> None:
    files = {
        "shop.yaml": POLICY,
        "site.yaml": site(bind=PUBLIC),
        "edge.rules": rules(KEEP, nat=nat),
    }

    (found,) = fixes(tmp_path, capsys, files, "--select", "FW1")

    if not is_mended:
        assert found == ("FW101", 3)
        return
    assert isinstance(found, Edited)
    assert found.changes == ((6, (), (_FORWARDED,)),)
    assert found.effect == (
        "opens tcp 443 from any address to 203.0.113.5 in wan0 out dmz0; no other packet is "
        "treated differently"
    )


_NFT = """table inet f {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept # handle 3
REST	}
}
"""
_NFT_RULE = (
    'iifname "lan0" oifname "dmz0" ip saddr 10.1.0.0/16 ip daddr 192.0.2.10 tcp dport 443 accept'
    ' comment "shop.https: shop.users to shop.web"'
)
_COMMANDS = (
    "add table inet f\n"
    "add chain inet f forward { type filter hook forward priority filter; policy drop; }\n"
    "add rule inet f forward ct state established,related accept\n"
    "add rule inet f forward reject\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (_NFT.replace("REST", f"\t\t{_NFT_RULE}\n"), []),
        (_NFT.replace("REST", ""), [(5, f"\t\t{_NFT_RULE}", "add rule inet f forward ")]),
        (
            _NFT.replace("REST", "\t\tlog reject # handle 9\n"),
            [(5, f"\t\t{_NFT_RULE}", "insert rule inet f forward handle 9 ")],
        ),
        (
            _NFT.replace("REST", "\t\treject\n"),
            [(5, f"\t\t{_NFT_RULE}", "insert rule inet f forward index 1 ")],
        ),
        (
            _COMMANDS,
            [(4, f"add rule inet f forward {_NFT_RULE}", "insert rule inet f forward index 1 ")],
        ),
    ],
    ids=["no-op", "default policy", "before a rule with a handle", "without", "as commands"],
)
def test_of_nftables(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    expected: list[tuple[int, str, str]],
) -> None:
    files = {"shop.yaml": policy(), "site.yaml": site(), "edge.rules": text}

    found = fixes(tmp_path, capsys, files, "--select", "FW1")

    assert all(isinstance(each, Edited) and each.effect == _EFFECT for each in found)
    assert [(*each.changes, each.commands) for each in found if isinstance(each, Edited)] == [
        ((line, (), (rule,)), (f"nft '{command}{_NFT_RULE}'",)) for line, rule, command in expected
    ]


def test_no_file_of_two_devices_is_edited_for_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twin = "twin: {config: edge.rules, ipv6: no, interfaces: {x0: office}}"
    edge = "edge: {config: edge.rules, ipv6: no, interfaces: {lan0: office, dmz0: dmz}}"
    files = {"shop.yaml": policy(), "site.yaml": site(edge, twin), "edge.rules": rules(KEEP)}

    assert fixes(tmp_path, capsys, files, "--select", "FW101") == [("FW101", 3)]


_SERVICES = (
    "443/tcp",
    "53/udp, 53/tcp",
    "443/tcp, 8000-8010/tcp, 9000/tcp",
    "8/icmp",
    "500/udp, 4500/udp, esp",
)


@pytest.mark.kernel
@needs("unshare", "iptables", "iptables-restore", "iptables-save")
@pytest.mark.parametrize("service", _SERVICES)
def test_iptables_takes_the_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], service: str
) -> None:
    text = rules(KEEP, _REJECT)
    flow = f"id: https, service: [{service}]"
    files = {"shop.yaml": policy(flow), "site.yaml": site(), "edge.rules": text}

    (found,) = fixes(tmp_path, capsys, files, "--select", "FW1")

    assert isinstance(found, Edited)
    made, loaded = both(
        "iptables-restore", text, edited(text, found), found.commands, "iptables-save"
    )
    assert made == loaded


@pytest.mark.kernel
@needs("unshare", "nft")
@pytest.mark.parametrize("service", _SERVICES)
@pytest.mark.parametrize("rest", ["", "\t\treject\n"], ids=["at the end", "before a rule"])
def test_nft_takes_the_rules(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], service: str, rest: str
) -> None:
    text = _NFT.replace("REST", rest).replace(" # handle 3", "")
    flow = f"id: https, service: [{service}]"
    files = {"shop.yaml": policy(flow), "site.yaml": site(), "edge.rules": text}

    (found,) = fixes(tmp_path, capsys, files, "--select", "FW1")

    assert isinstance(found, Edited)
    made, loaded = both("nft -f -", text, edited(text, found), found.commands, "nft list ruleset")
    assert made == loaded
