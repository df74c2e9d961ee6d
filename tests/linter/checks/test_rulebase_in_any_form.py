"""What checks without a site say of first packets that have more TCP flags than SYN."""

from pathlib import Path

import pytest

from tests.linter.checks.bare import said
from tests.linter.checks.samples import KEEP, KEEP_IN, rules

_ALONE = "--tcp-flags ALL SYN"
_SYN = "--syn"
_TCP_DROPPED = "-A INPUT -p tcp {} -j DROP"
_ELSE_DROPPED = "-A INPUT ! -p tcp -j DROP"
_DNAT = (
    "-A PREROUTING -d 203.0.113.5/32 -p tcp {} --dport 443 -j DNAT --to-destination 10.1.0.10:8443"
)
_INSIDE = "-A FORWARD -d 10.1.0.10/32 -p tcp --dport 8443 -j ACCEPT"
_DROPPED = "-A FORWARD -p tcp {} -j DROP"
_PUBLIC = "-A FORWARD -d 203.0.113.5/32 -p tcp --dport 443 -j DROP"
_REPLIES = "-A INPUT -p tcp --sport 443 {} -j ACCEPT"
_NFT = """\
table inet filter {{
  chain input {{
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    tcp dport 443 accept
    {}
  }}
}}
"""
_OVER_6 = "meta nfproto ipv6 tcp dport 22 tcp flags & (fin|syn|rst|psh|ack|urg) == {} accept"


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        ("FW306", rules(_TCP_DROPPED.format(_ALONE), _ELSE_DROPPED, input="ACCEPT"), 1),
        ("FW306", rules(_TCP_DROPPED.format(_SYN), _ELSE_DROPPED, input="ACCEPT"), 0),
        ("FW311", rules(KEEP, _DROPPED.format(_ALONE), _INSIDE, nat=_DNAT.format("")), 0),
        ("FW311", rules(KEEP, _DROPPED.format(_SYN), _INSIDE, nat=_DNAT.format("")), 1),
        ("FW311", rules(KEEP, _PUBLIC, _INSIDE, nat=_DNAT.format(_ALONE)), 0),
        ("FW311", rules(KEEP, _PUBLIC, _INSIDE, nat=_DNAT.format(_SYN)), 1),
        ("FW312", rules(_REPLIES.format(f"! {_ALONE}")), 1),
        ("FW312", rules(_REPLIES.format(f"! {_SYN}")), 0),
        ("FW312", rules(_REPLIES.format("")), 1),
        ("FW316", rules(f"-A INPUT -p tcp ! {_ALONE} --dport 22 -j ACCEPT"), 0),
        ("FW316", rules("-A INPUT -p tcp -m state --state NEW --dport 22 -j ACCEPT"), 1),
        ("FW402", _NFT.format(_OVER_6.format("syn|psh")), 1),
        ("FW402", _NFT.format(_OVER_6.format("ack")), 0),
        ("FW402", _NFT.format(_OVER_6.format("syn")), 1),
        ("FW402", _NFT.format("tcp dport 22 tcp flags & psh == psh accept"), 0),
    ],
)
def test_a_listener_looks_at_four_flags(
    check: str, text: str, expected: int, tmp_path: Path
) -> None:
    ipv6 = "yes" if check == "FW402" else "no"

    assert len(said(tmp_path, check, ipv6=ipv6, edge=text)) == expected


@pytest.mark.parametrize(
    ("dropped", "expected"), [("", 1), (_DROPPED.format(_ALONE), 1), (_DROPPED.format(_SYN), 0)]
)
def test_what_is_published_past_the_rules_for_input(
    dropped: str, expected: int, tmp_path: Path
) -> None:
    nat = "-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80"
    forward = "-A FORWARD -d 172.17.0.2/32 -p tcp --dport 80 -j ACCEPT"
    named = "-A INPUT -p tcp --dport 8080 -j DROP"
    filters = [KEEP, *([dropped] if dropped else []), forward, KEEP_IN, named]

    assert len(said(tmp_path, "FW315", ipv6="no", edge=rules(*filters, nat=nat))) == expected


def test_the_packet_that_is_shown_has_these_flags(tmp_path: Path) -> None:
    shown = said(tmp_path, "FW312", ipv6="no", edge=rules(_REPLIES.format(f"! {_ALONE}")))

    assert shown[0].endswith("[tcp 198.51.100.7:443 > 192.0.2.10:22 flags syn,psh]")
