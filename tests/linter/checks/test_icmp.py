"""Flows of ICMP and ICMPv6: messages of a type and a code, each protocol in its own family."""

from pathlib import Path

import pytest

from fwlint.loading import read
from linter.checks.evaluation import evaluate
from tests.linter.checks.samples import REQUIRED, Asking, lines, load, policy, site

found = Asking(*REQUIRED, "FW212")

_EDGE = "edge: {config: edge.nft, interfaces: {lan0: office, dmz0: dmz}}"
_NETWORKS = "{office: [10.1.0.0/16, '2001:db8:1::/64'], dmz: [192.0.2.0/24, '2001:db8:2::/64']}"
_BIND = "{web: [192.0.2.10, '2001:db8:2::10'], users: office}"
_PING = "icmp type echo-request accept"
_PING6 = "icmpv6 type echo-request accept"
_BOTH = "service: [8/icmp, 128/icmpv6]"
_BLOCKED = (
    "edge.nft:3: {} required flow shop.ping ({}) from users to web {} on edge [{} in lan0 out dmz0]"
)
_ELSEWHERE = "works over IPv{}, but is blocked over IPv{}"
_IN_4 = "icmp 10.1.0.7 > 192.0.2.10 type {} code {}"
_IN_6 = "icmpv6 2001:db8:1::7 > 2001:db8:2::10 type {} code {}"


def _edge(*rules: str) -> str:
    known = "ct state established,related accept"
    text = "\n    ".join(("type filter hook forward priority 0; policy drop;", known, *rules))
    return f"table inet filter {{\n  chain forward {{\n    {text}\n  }}\n}}\n"


@pytest.mark.parametrize(
    ("service", "rules", "expected"),
    [
        (_BOTH, (_PING, _PING6), []),
        (
            _BOTH,
            (_PING,),
            [
                _BLOCKED.format(
                    "FW105 warning:",
                    "8/icmp, 128/icmpv6",
                    _ELSEWHERE.format(4, 6),
                    _IN_6.format(128, 0),
                )
            ],
        ),
        (
            _BOTH,
            ("meta nfproto ipv4 meta l4proto ipv6-icmp accept", _PING6),
            [
                _BLOCKED.format(
                    "FW105 warning:",
                    "8/icmp, 128/icmpv6",
                    _ELSEWHERE.format(6, 4),
                    _IN_4.format(8, 0),
                )
            ],
        ),
        ("service: 8/0/icmp", ("icmp type echo-request icmp code 0 accept",), []),
        (
            "service: 3/4/icmp",
            ("icmp type destination-unreachable icmp code 1 accept",),
            [_BLOCKED.format("FW101 error:", "3/4/icmp", "is blocked", _IN_4.format(3, 4))],
        ),
        ("service: 3/4/icmp", ("icmp type destination-unreachable accept",), []),
        ("service: 135-136/icmpv6", ("icmpv6 type { 135, 136 } accept",), []),
        ("any_of: [8/icmp, 128/icmpv6]", (_PING, _PING6), []),
        ("need: never, service: 13/icmp", (_PING,), []),
    ],
)
def test_messages_are_asked_about_by_type_and_code_in_their_own_family(
    service: str, rules: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    text = policy(f"id: ping, {service}")

    actual = found(
        tmp_path,
        text,
        site(_EDGE, networks=_NETWORKS, bind=_BIND),
        {"edge.nft": _edge(*rules)},
    )

    assert lines(actual) == expected


def test_a_forbidden_message_is_found_by_its_type(tmp_path: Path) -> None:
    text = policy("id: clock, need: never, service: 13/icmp")

    actual = found(
        tmp_path,
        text,
        site(_EDGE, networks=_NETWORKS, bind=_BIND),
        {"edge.nft": _edge("icmp type timestamp-request accept")},
    )

    assert [(each.check, each.flow) for each in actual] == [("FW212", "shop.clock")]


@pytest.mark.parametrize(
    ("service", "extent"),
    [
        ("8/icmp", "icmp type 8 from 10.1.0.0/16 to 192.0.2.10"),
        ("3/4/icmp", "icmp type 3 code 4 from 10.1.0.0/16 to 192.0.2.10"),
        ("icmp", "icmp from 10.1.0.0/16 to 192.0.2.10"),
    ],
)
def test_no_more_is_to_be_permitted_than_is_needed(
    service: str, extent: str, tmp_path: Path
) -> None:
    text = policy(f"id: ping, service: {service}")
    where = site(_EDGE, networks=_NETWORKS, bind=_BIND)

    (finding,) = found(tmp_path, text, where, {"edge.nft": _edge()})

    assert finding.extent == extent
    assert finding.remedy == f"permit {extent} on edge, in forward"


@pytest.mark.parametrize(
    ("service", "stays"),
    [
        ("8/icmp", []),
        ("icmp", []),
        ("[0/icmp, 8/icmp]", []),
        ("8/0/icmp", ["FW101"]),
        ("0/icmp", ["FW101"]),
        ("443/tcp", ["FW101"]),
    ],
)
def test_a_finding_about_messages_is_accepted_by_what_it_prints(
    tmp_path: Path, service: str, stays: list[str]
) -> None:
    waiver = f"{{finding: FW101, service: {service}, because: nobody pings, until: '2999-12-31'}}"
    text = policy("id: ping, service: 8/icmp")
    checked = site(_EDGE, networks=_NETWORKS, bind=_BIND, more=f"accept: [{waiver}]")
    loaded = load(tmp_path, text, checked, {"edge.nft": _edge("tcp dport 443 accept")})
    outcome = evaluate(loaded, read(loaded).rulesets, asked="FW101".__eq__)

    assert [each.check for each in outcome.findings] == stays
    (finding,) = outcome.findings or [each.finding for each in outcome.waived]
    assert "(8/icmp)" in finding.message
