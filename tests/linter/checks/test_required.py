"""FW101 to FW107 and FW112: required traffic that certainly fails, and beside it what works."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.linter.checks.samples import (
    EDGE,
    HOST,
    HTTPS,
    HTTPS_IN,
    KEEP,
    KEEP_IN,
    KEEP_OUT,
    REQUIRED,
    Asking,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*REQUIRED)

_NEW = "-m conntrack --ctstate NEW -j"
_NOTRACK = "-A PREROUTING -p tcp -m tcp --dport 443 -j CT --notrack"
_NOTRACK_BOTH = f"{_NOTRACK}\n{_NOTRACK.replace('--dport', '--sport')}"
_ANSWERS = "-A FORWARD -s 192.0.2.10/32 -d 10.1.0.0/16 -p tcp -m tcp --sport 443 ! --syn -j ACCEPT"
_PACKET = "[tcp 10.1.0.7:40000 > 192.0.2.10:443 in lan0 out dmz0]"
_AT_HOST = "[tcp 10.1.0.7:40000 > 192.0.2.10:443]"


class Case(NamedTuple):
    name: str
    policy: str
    site: str
    exports: dict[str, str]
    expected: list[str]


def _edge(
    name: str, *filter_rules: str, expected: list[str], text: str = "", raw: str = ""
) -> Case:
    exports = {"edge.rules": rules(*filter_rules, raw=raw)}
    return Case(name, text or policy(), site(), exports, expected)


def _host(name: str, *filter_rules: str, expected: list[str], output: str = "ACCEPT") -> Case:
    exports = {"web.rules": rules(*filter_rules, output=output)}
    return Case(name, policy(), site(HOST), exports, expected)


_CRITICAL = policy("id: https, service: 443/tcp, severity: critical")
_SHOULD = policy("id: https, service: 443/tcp, need: should")
_TWO_PORTS = policy("id: https, service: [443/tcp, 53/udp]")
_DNS = HTTPS.replace("tcp", "udp").replace("443", "53")

_WAYS = (
    "a: {config: a.rules, ipv6: no, interfaces: {lan0: office, dmz0: dmz}}",
    "b: {config: b.rules, ipv6: no, interfaces: {lan0: office, dmz0: dmz}}",
)
_TWO_DOORS = "a: {config: a.rules, ipv6: no, interfaces: {lan0: office, lan1: office, dmz0: dmz}}"

_CASES = [
    _edge("works", KEEP, HTTPS, expected=[]),
    _edge(
        "blocked by default",
        KEEP,
        expected=[
            (
                "edge.rules:3: FW101 error: required flow shop.https (443/tcp) from "
                f"users to web is blocked on edge {_PACKET}"
            )
        ],
    ),
    _edge(
        "blocked by a rule",
        KEEP,
        "-A FORWARD -d 192.0.2.0/24 -j REJECT --reject-with icmp-port-unreachable",
        HTTPS,
        expected=[
            (
                "edge.rules:6: FW101 error: required flow shop.https (443/tcp) from "
                f"users to web is blocked on edge {_PACKET}"
            )
        ],
    ),
    _edge(
        "blocked, and critical",
        KEEP,
        text=_CRITICAL,
        expected=[
            (
                "edge.rules:3: FW101 critical: required flow shop.https (443/tcp) from "
                f"users to web is blocked on edge {_PACKET}"
            )
        ],
    ),
    _edge(
        "blocked, and only wished",
        KEEP,
        text=_SHOULD,
        expected=[
            (
                "edge.rules:3: FW101 warning: required flow shop.https (443/tcp) from "
                f"users to web is blocked on edge {_PACKET}"
            )
        ],
    ),
    _edge("both ports", KEEP, HTTPS, _DNS, text=_TWO_PORTS, expected=[]),
    _edge(
        "one port of two",
        KEEP,
        HTTPS,
        text=_TWO_PORTS,
        expected=[
            (
                "edge.rules:3: FW102 error: 53/udp of required flow shop.https (443/tcp, "
                "53/udp) from users to web is blocked on edge [udp 10.1.0.7:40000 > "
                "192.0.2.10:53 in lan0 out dmz0]"
            )
        ],
    ),
    _edge(
        "half of the sources",
        KEEP,
        HTTPS.replace("/16", "/17"),
        expected=[
            (
                "edge.rules:3: FW103 error: required flow shop.https (443/tcp) "
                "from users to web is blocked for some of its addresses on edge [tcp "
                "10.1.128.7:40000 > 192.0.2.10:443 in lan0 out dmz0]"
            )
        ],
    ),
    _edge(
        "half of the sources of a critical flow",
        KEEP,
        HTTPS.replace("/16", "/17"),
        text=_CRITICAL,
        expected=[
            (
                "edge.rules:3: FW103 critical: required flow shop.https (443/tcp) from "
                "users to web is blocked for some of its addresses on edge [tcp "
                "10.1.128.7:40000 > 192.0.2.10:443 in lan0 out dmz0]"
            )
        ],
    ),
    _edge(
        "one port for half of the sources, another for none",
        KEEP,
        HTTPS.replace("/16", "/17"),
        text=_TWO_PORTS,
        expected=[
            (
                "edge.rules:3: FW102 error: 53/udp of required flow shop.https (443/tcp, "
                "53/udp) from users to web is blocked on edge [udp 10.1.0.7:40000 > "
                "192.0.2.10:53 in lan0 out dmz0]"
            ),
            (
                "edge.rules:3: FW103 error: required flow shop.https (443/tcp, 53/udp) "
                "from users to web is blocked for some of its addresses on edge [tcp "
                "10.1.128.7:40000 > 192.0.2.10:443 in lan0 out dmz0]"
            ),
        ],
    ),
    _edge(
        "answers forgotten",
        HTTPS,
        expected=[
            (
                "edge.rules:3: FW104 error: replies to shop.https (443/tcp) from users "
                f"to web are blocked on edge [reply to {_PACKET[1:]}"
            )
        ],
    ),
    _edge(
        "answers and all later packets forgotten",
        HTTPS.replace("-j", _NEW),
        expected=[
            (
                "edge.rules:3: FW104 error: replies to and later packets of shop.https "
                f"(443/tcp) from users to web are blocked on edge [reply to {_PACKET[1:]}"
            )
        ],
    ),
    _edge(
        "answers of a critical flow forgotten",
        HTTPS,
        text=_CRITICAL,
        expected=[
            (
                "edge.rules:3: FW104 error: replies to shop.https (443/tcp) from users "
                f"to web are blocked on edge [reply to {_PACKET[1:]}"
            )
        ],
    ),
    _edge(
        "not tracked, answers forgotten",
        KEEP,
        HTTPS,
        raw=_NOTRACK_BOTH,
        expected=[
            (
                "edge.rules:3: FW104 error: replies to shop.https (443/tcp) from users "
                f"to web are blocked on edge [reply to {_PACKET[1:]}"
            )
        ],
    ),
    _edge("not tracked, answers permitted", KEEP, HTTPS, _ANSWERS, raw=_NOTRACK_BOTH, expected=[]),
    _edge(
        "not tracked one way: the answer opens an entry of its own",
        KEEP,
        HTTPS,
        raw=_NOTRACK,
        expected=[
            (
                "edge.rules:3: FW104 error: replies to shop.https (443/tcp) from users "
                f"to web are blocked on edge [reply to {_PACKET[1:]}"
            )
        ],
    ),
    _host("a host works", KEEP_IN, HTTPS_IN, expected=[]),
    _host("a host whose rule is for all packets", HTTPS_IN, expected=[]),
    _host(
        "a host forgets later packets",
        HTTPS_IN.replace("-j", _NEW),
        expected=[
            (
                "web.rules:2: FW104 error: later packets of shop.https (443/tcp) from "
                f"users to web are blocked on web [later packet of {_AT_HOST[1:]}"
            )
        ],
    ),
    _host(
        "a host forgets its answers",
        KEEP_IN,
        HTTPS_IN,
        output="DROP",
        expected=[
            (
                "web.rules:4: FW104 error: replies to shop.https (443/tcp) from users to "
                f"web are blocked on web [reply to {_AT_HOST[1:]}"
            )
        ],
    ),
    _host("a host that answers", KEEP_IN, KEEP_OUT, HTTPS_IN, output="DROP", expected=[]),
    Case(
        "the edge permits, the host does not",
        policy(),
        site(EDGE, HOST),
        {"edge.rules": rules(KEEP, HTTPS), "web.rules": rules(KEEP_IN)},
        [
            (
                "web.rules:2: FW101 error: required flow shop.https (443/tcp) from users "
                f"to web is blocked on web {_AT_HOST}"
            )
        ],
    ),
    Case(
        "the edge and the host permit",
        policy(),
        site(EDGE, HOST),
        {"edge.rules": rules(KEEP, HTTPS), "web.rules": rules(KEEP_IN, HTTPS_IN)},
        [],
    ),
    Case(
        "one of two ways between the networks is blocked",
        policy(),
        site(*_WAYS),
        {"a.rules": rules(KEEP, HTTPS), "b.rules": rules(KEEP)},
        [
            (
                "b.rules:3: FW109 warning (possible): cannot decide whether required flow "
                f"shop.https (443/tcp) from users to web is permitted on b {_PACKET}"
            )
        ],
    ),
    Case(
        "both ways between the networks are blocked",
        policy(),
        site(*_WAYS),
        {"a.rules": rules(KEEP), "b.rules": rules(KEEP)},
        [
            f"{name}.rules:3: FW101 error: required flow shop.https (443/tcp) from users "
            f"to web is blocked on {name} {_PACKET}"
            for name in ("a", "b")
        ],
    ),
    Case(
        "both ways between the networks are open",
        policy(),
        site(*_WAYS),
        {"a.rules": rules(KEEP, HTTPS), "b.rules": rules(KEEP, HTTPS)},
        [],
    ),
    Case(
        "one of two interfaces is blocked",
        policy(),
        site(_TWO_DOORS),
        {"a.rules": rules(KEEP, HTTPS.replace("-s", "-i lan0 -s"))},
        [
            (
                "a.rules:3: FW109 warning (possible): cannot decide whether required flow "
                "shop.https (443/tcp) from users to web is permitted on a [tcp 10.1.0.7:40000 > "
                "192.0.2.10:443 in lan1 out dmz0]"
            )
        ],
    ),
    Case(
        "both interfaces are open",
        policy(),
        site(_TWO_DOORS),
        {"a.rules": rules(KEEP, HTTPS)},
        [],
    ),
]


@pytest.mark.parametrize("case", _CASES, ids=[case.name for case in _CASES])
def test_required_traffic_that_fails_is_found_at_the_rule_that_decides(
    case: Case, tmp_path: Path
) -> None:
    assert lines(found(tmp_path, case.policy, case.site, case.exports)) == case.expected


_CHAIN = "{transfer: 10.9.0.0/24, office: 10.1.0.0/16, dmz: 192.0.2.0/24}"
_IN_A_ROW = (
    "outer: {config: outer.rules, ipv6: no, interfaces: {lan0: office, mid0: transfer}}",
    "inner: {config: inner.rules, ipv6: no, interfaces: {mid1: transfer, dmz0: dmz}}",
)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (HTTPS, HTTPS, []),
        (
            HTTPS,
            "",
            [
                (
                    "inner.rules:3: FW101 error: required flow shop.https (443/tcp) from "
                    "users to web is blocked on inner [tcp 10.1.0.7:40000 > 192.0.2.10:443 "
                    "in mid1 out dmz0]"
                )
            ],
        ),
        (
            "",
            HTTPS,
            [
                (
                    "outer.rules:3: FW101 error: required flow shop.https (443/tcp) from "
                    "users to web is blocked on outer [tcp 10.1.0.7:40000 > 192.0.2.10:443 "
                    "in lan0 out mid0]"
                )
            ],
        ),
    ],
    ids=["both permit", "the inner one blocks", "the outer one blocks"],
)
def test_a_flow_must_pass_each_of_two_devices_in_a_row(
    outer: str, inner: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {"outer.rules": rules(KEEP, outer), "inner.rules": rules(KEEP, inner)}

    actual = found(tmp_path, policy(), site(*_IN_A_ROW, networks=_CHAIN), exports)

    assert lines(actual) == expected
