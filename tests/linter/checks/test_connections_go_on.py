"""FW316: rules that let connections begin which cannot go on."""

from pathlib import Path

import pytest

from tests.linter.checks.aws import HTTPS as AWS_HTTPS
from tests.linter.checks.aws import account, entry
from tests.linter.checks.bare import findings
from tests.linter.checks.pf import HTTPS as PF_HTTPS
from tests.linter.checks.pf import config
from tests.linter.checks.samples import KEEP, KEEP_IN, KEEP_OUT, rules

_NEW = "-A INPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 443 -j ACCEPT"
_ANY = "-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT"
_ON = "-A FORWARD -i lan0 -o wan0 -m conntrack --ctstate NEW -j ACCEPT"
_REPLIES, _LATER = "replies", "later packets"


@pytest.mark.parametrize(
    ("body", "output", "expected"),
    [
        ((KEEP_IN, _NEW), "ACCEPT", []),
        ((_NEW,), "ACCEPT", [_LATER]),
        ((_ANY,), "ACCEPT", []),
        ((_ANY,), "DROP", [_REPLIES]),
        ((_NEW,), "DROP", [f"{_REPLIES} and {_LATER}"]),
        ((_ANY, KEEP_OUT), "DROP", []),
        ((_ANY, "-A OUTPUT -p tcp -m tcp --sport 443 -j ACCEPT"), "DROP", []),
        ((_ANY, "-A OUTPUT -p tcp -m tcp --dport 1024:65535 -j ACCEPT"), "DROP", []),
        ((_NEW, "-A INPUT -p tcp -m tcp ! --syn -j ACCEPT"), "ACCEPT", []),
        ((_NEW.replace("tcp", "udp"),), "ACCEPT", []),
        ((KEEP, _ON), "ACCEPT", []),
        ((_ON,), "ACCEPT", [f"{_REPLIES} and {_LATER}"]),
        ((_NEW.replace("NEW", "NEW,ESTABLISHED"),), "ACCEPT", []),
        ((_NEW, "-A INPUT -m geoip --source-country DE -j ACCEPT"), "ACCEPT", []),
    ],
    ids=[
        "known connections are accepted",
        "only new ones are",
        "the rule is for all states",
        "replies do not leave",
        "neither",
        "replies of known connections leave",
        "replies from the port leave",
        "replies to high ports leave",
        "packets behind the first one are accepted by their flags",
        "UDP may need no replies",
        "forwarded, and known connections are accepted",
        "forwarded, and nothing else is",
        "the rule is for known ones too",
        "an unread rule may accept them",
    ],
)
def test_connections_that_begin_can_go_on(
    body: tuple[str, ...], output: str, expected: list[str], tmp_path: Path
) -> None:
    found = findings(tmp_path, "FW316", web=rules(*body, output=output))

    said = [each.message.partition("their ")[2].removesuffix(" are dropped") for each in found]
    assert said == expected


_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    {first}
    ct state new tcp dport {{ 22, 443 }} accept
  }}
}}
"""
_IN, _OUT = entry(100, (443, 443), is_egress=False), entry(100, (1024, 65535), is_egress=True)
_EPHEMERAL = entry(110, (1024, 65535), is_egress=False)
_UPDATES = entry(110, (443, 443), is_egress=True)
_BAN = {**entry(90, (443, 443), is_egress=False), "RuleAction": "deny"} | {
    "CidrBlock": "198.51.100.0/24"
}
_ALL_OUT = {**entry(100, (0, 65535), is_egress=True), "Protocol": "-1"}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (_NFT.format(first="ct state established,related accept"), 0),
        (_NFT.format(first=""), 1),
        (config(PF_HTTPS), 0),
        (config(PF_HTTPS + "<statetype>none</statetype>"), 0),
        (account([AWS_HTTPS], [_IN, _OUT]), 0),
        (account([AWS_HTTPS], [_IN]), 1),
        (account([AWS_HTTPS], [_EPHEMERAL, _UPDATES]), 0),
        (account([AWS_HTTPS], [_BAN, _IN, _ALL_OUT]), 0),
    ],
    ids=[
        "nft: known connections are accepted",
        "nft: only new ones are",
        "pf keeps state",
        "pf keeps none, and permits each packet",
        "AWS: replies leave by a rule of their own",
        "AWS: no replies leave",
        "AWS: a range for replies lets connections begin",
        "AWS: a ban is about no answers to packets that are for others",
    ],
)
def test_other_formats(text: str, count: int, tmp_path: Path) -> None:
    assert len(findings(tmp_path, "FW316", export=text)) == count


def test_one_finding_tells_all_rules_of_a_chain(tmp_path: Path) -> None:
    more = (_NEW.replace("443", str(port)) for port in range(1, 7))

    (only,) = findings(tmp_path, "FW316", web=rules(_NEW, *more))

    assert only.message == (
        "7 rules let connections begin in INPUT on web that cannot go on: "
        "their later packets are dropped"
    )
    assert only.extent == "tcp 443 from any address to any address"
    assert [each.span.line for each in only.related] == [6, 7, 8]
