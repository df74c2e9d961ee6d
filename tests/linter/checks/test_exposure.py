"""FW201 to FW214: what is open beyond the policies, and beside it what is not."""

from pathlib import Path
from typing import NamedTuple

import pytest

from flowmodel.finding import Finding
from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    HTTPS,
    KEEP,
    Asking,
    chains,
    lines,
    policy,
    rules,
    site,
)

found = Asking(*EXPOSURE)

_ALL = "-A FORWARD -j ACCEPT"
_FROM_WAN = "[tcp 198.51.100.7:40000 > 192.0.2.10:443 in wan0 out dmz0]"
_USERS = "{web: 192.0.2.10, users: 10.1.8.0/22, admins: 10.1.99.0/24}"


def _to(port: str, source: str = "-s 10.1.0.0/16 ", target: str = "192.0.2.10/32") -> str:
    return f"-A FORWARD {source}-d {target} -p tcp -m tcp --dport {port} -j ACCEPT"


def _lan(port: int, address: str = "192.0.2.10", proto: str = "tcp") -> str:
    return f"[{proto} 10.1.0.7:40000 > {address}:{port} in lan0 out dmz0]"


_PLAIN = policy()
_SITE = site()


class Case(NamedTuple):
    name: str
    filter_rules: tuple[str, ...]
    expected: list[str]
    policy: str = _PLAIN
    site: str = _SITE
    forward: str = "DROP"
    output: str = "ACCEPT"
    input: str = "DROP"


_ONE_RULE = f"one rule permits any source, destination and service through edge {_FROM_WAN}"
_DEFAULT = f"the default policy accepts everything that no rule drops through edge {_FROM_WAN}"
_ADMIN = policy("id: https, service: 443/tcp", "id: ssh, from: admins, service: 22/tcp, admin: yes")
_SELF = policy(
    "id: https, service: 443/tcp", "id: inside, from: web, to: self, service: 8080-8081/tcp"
)
_SHARED = policy(
    "id: https, service: 443/tcp",
    "id: inside, from: web, to: self, service: [443/tcp, 8081/tcp]",
)
_HTTP = policy("id: http, from: internet, service: 80/tcp, app: HTTP")
_TLS = policy("id: http, from: internet, service: 80/tcp, app: HTTPS")
_GATE = policy("id: vpn, to: gate.outside, service: 1194/tcp")
_GATE_BIND = "{gate: {inside: 192.0.2.10, outside: 192.0.2.11}, users: office}"
_NEVER = "allow: [{id: no, from: office, to: shop.web, service: 23/tcp, need: never}]\n"
_NEVER_OUTSIDE = _NEVER.replace("from: office", "from: internet")
_ALLOW = "allow: [{id: metrics, from: office, to: shop.web, service: 9100/tcp}]\n"
_UNUSED_NEVER = policy(
    "id: https, service: 443/tcp",
    "id: closed, from: any, service: 443/tcp, need: never, when: closed",
    options="closed: {question: Is the shop closed?, default: no}",
)
_OPTION = policy(
    "id: https, service: 443/tcp",
    "id: app, from: internet, service: 4443/tcp, when: outside",
    options="outside: {question: Are users outside?, default: no}",
)

_EDGE_CASES = [
    Case("nothing too much", (KEEP, HTTPS), []),
    Case("every packet", (KEEP, _ALL), [f"edge.rules:6: FW201 critical: {_ONE_RULE}"]),
    Case(
        "every packet, by default",
        (KEEP, HTTPS),
        [f"edge.rules:3: FW201 critical: {_DEFAULT}"],
        forward="ACCEPT",
    ),
    Case(
        "every packet, in a chain that all go to",
        (*chains("more"), KEEP, "-A FORWARD -j more", "-A more -j ACCEPT"),
        [f"edge.rules:8: FW201 critical: {_ONE_RULE}"],
    ),
    Case(
        "a chain that only needed packets go to",
        (*chains("more"), KEEP, HTTPS.replace("ACCEPT", "more"), "-A more -j ACCEPT"),
        [],
    ),
    Case(
        "every packet from inside",
        (KEEP, "-A FORWARD -i lan0 -o dmz0 -j ACCEPT"),
        [
            (
                "edge.rules:6: FW201 error: one rule permits any source, destination "
                "and service through edge [tcp 10.1.0.7:40000 > 192.0.2.10:22 in lan0 "
                "out dmz0]"
            )
        ],
    ),
    Case("a rule that no packet reaches", (KEEP, HTTPS, "-A FORWARD -j DROP", _ALL), []),
    Case(
        "what TCP and UDP do not use, by default",
        (KEEP, HTTPS, "-A FORWARD -p tcp -j DROP", "-A FORWARD -p udp -j DROP"),
        [
            (
                "edge.rules:3: FW205 warning: many services on web are open to the "
                "internet and office through edge; no policy asks for it [protocol 0 "
                "10.1.0.7 > 192.0.2.10 in lan0 out dmz0]"
            ),
            (
                "edge.rules:3: FW208 warning: web may connect to the internet and "
                "office (many services) through edge; no policy asks for it [protocol "
                "0 192.0.2.10 > 203.0.113.10 in dmz0 out wan0]"
            ),
        ],
        forward="ACCEPT",
    ),
    Case("sources as needed", (KEEP, _to("443", "-s 10.1.8.0/22 ")), [], site=site(bind=_USERS)),
    Case(
        "sources beside the needed ones",
        (KEEP, HTTPS),
        [
            (
                "edge.rules:6: FW202 warning: 443/tcp on web is open to office "
                f"through edge; shop.https is for users only {_lan(443)}"
            )
        ],
        site=site(bind=_USERS),
    ),
    Case(
        "administrators only",
        (KEEP, _to("443", "-s 10.1.8.0/22 "), _to("22", "-s 10.1.99.0/24 ")),
        [],
        policy=_ADMIN,
        site=site(bind=_USERS),
    ),
    Case(
        "administrators' port from everywhere",
        (KEEP, _to("443", "-s 10.1.8.0/22 "), _to("22", "")),
        [
            (
                "edge.rules:7: FW202 warning: 22/tcp on web is open to office through "
                f"edge; shop.ssh is for admins only {_lan(22)}"
            ),
            (
                "edge.rules:7: FW203 critical: administration port 22/tcp of web "
                "(shop.ssh) is open to the internet through edge [tcp "
                "198.51.100.7:40000 > 192.0.2.10:22 in wan0 out dmz0]"
            ),
        ],
        policy=_ADMIN,
        site=site(bind=_USERS),
    ),
    Case(
        "an internal port",
        (KEEP, HTTPS, _to("8081")),
        [
            (
                "edge.rules:7: FW204 error: 8081/tcp on web is open to office through "
                f"edge; shop.inside is internal to the machine {_lan(8081)}"
            )
        ],
        policy=_SELF,
    ),
    Case("no internal port", (KEEP, HTTPS), [], policy=_SELF),
    Case("an internal port that others need too", (KEEP, HTTPS), [], policy=_SHARED),
    Case(
        "an undeclared port",
        (KEEP, HTTPS, _to("8080")),
        [
            (
                "edge.rules:7: FW205 warning: 8080/tcp on web is open to office through "
                f"edge; no policy asks for it {_lan(8080)}"
            )
        ],
    ),
    Case("a port that the site allows", (KEEP, HTTPS, _to("9100")), [], site=site(more=_ALLOW)),
    Case("a port of another machine", (KEEP, HTTPS, _to("8080", target="192.0.2.20/32")), []),
    Case(
        "more ports than needed",
        (KEEP, _to("440:450")),
        [
            (
                "edge.rules:6: FW206 warning: the rule for shop.https also opens "
                f"440-442, 444-450/tcp on web to office through edge {_lan(440)}"
            )
        ],
    ),
    Case(
        "more ports than needed, for all sources",
        (KEEP, _to("440:450", "")),
        [
            (
                "edge.rules:6: FW202 warning: 443/tcp on web is open to the internet "
                f"through edge; shop.https is for users only {_FROM_WAN}"
            ),
            (
                "edge.rules:6: FW206 error: the rule for shop.https also opens "
                "440-442, 444-450/tcp on web to the internet and office through edge "
                "[tcp 198.51.100.7:40000 > 192.0.2.10:440 in wan0 out dmz0]"
            ),
        ],
    ),
    Case(
        "more machines than needed",
        (KEEP, _to("443", target="192.0.2.0/24")),
        [
            (
                "edge.rules:6: FW207 warning: the rule for shop.https also opens 443/tcp "
                f"on other machines behind edge {_lan(443, '192.0.2.7')}"
            )
        ],
    ),
    Case(
        "more machines than needed, which an earlier rule drops",
        (KEEP, "-A FORWARD -d 192.0.2.11/32 -j DROP", _to("443", target="192.0.2.10/31")),
        [],
    ),
    Case(
        "more machines than needed, which the site allows",
        (KEEP, _to("443", target="192.0.2.10/31")),
        [],
        site=site(more="allow: [{id: too, from: office, to: 192.0.2.11, service: 443/tcp}]\n"),
    ),
    Case(
        "the other protocol",
        (KEEP, HTTPS, HTTPS.replace("tcp", "udp")),
        [
            (
                "edge.rules:7: FW209 info: 443/udp on web is open to office through "
                f"edge; shop.https needs only 443/tcp {_lan(443, proto='udp')}"
            )
        ],
    ),
    Case(
        "cleartext from the internet",
        (KEEP, _to("80", "")),
        [
            (
                "edge.rules:6: FW210 warning: shop.http (80/tcp) on web is open to the "
                "internet through edge; HTTP is not encrypted [tcp 8.8.8.7:40000 > "
                "192.0.2.10:80 in wan0 out dmz0]"
            )
        ],
        policy=_HTTP,
    ),
    Case("no cleartext from the internet", (KEEP, _to("80", "")), [], policy=_TLS),
    Case(
        "the right address of a role",
        (KEEP, _to("1194", target="192.0.2.11/32")),
        [],
        policy=_GATE,
        site=site(bind=_GATE_BIND),
    ),
    Case(
        "the wrong address of a role",
        (KEEP, _to("1194", target="192.0.2.11/32"), _to("1194")),
        [
            (
                "edge.rules:7: FW211 warning: 1194/tcp on gate.inside is open to office "
                f"through edge; shop.vpn is for gate.outside {_lan(1194)}"
            )
        ],
        policy=_GATE,
        site=site(bind=_GATE_BIND),
    ),
    Case("nothing forbidden", (KEEP, HTTPS), [], site=site(more=_NEVER)),
    Case(
        "a forbidden port",
        (KEEP, HTTPS, _to("23")),
        [
            (
                "edge.rules:7: FW212 error: forbidden flow site.no (23/tcp) from office "
                f"to shop.web is permitted through edge {_lan(23)}"
            )
        ],
        site=site(more=_NEVER),
    ),
    Case(
        "a port that is forbidden from elsewhere",
        (KEEP, HTTPS, _to("23")),
        [
            (
                "edge.rules:7: FW205 warning: 23/tcp on web is open to office through "
                f"edge; no policy asks for it {_lan(23)}"
            )
        ],
        site=site(more=_NEVER_OUTSIDE),
    ),
    Case(
        "left over from an option",
        (KEEP, HTTPS, _to("4443", "")),
        [
            (
                "edge.rules:7: FW213 warning: 4443/tcp on web is open to the internet "
                "and office through edge; shop.app is not in use here (outside: no) "
                "[tcp 10.1.0.7:40000 > 192.0.2.10:4443 in lan0 out dmz0]"
            )
        ],
        policy=_OPTION,
    ),
    Case(
        "what an unused option forbids",
        (KEEP, HTTPS.replace("-s 10.1.0.0/16 ", "")),
        [
            (
                "edge.rules:6: FW202 warning: 443/tcp on web is open to the internet through "
                "edge; shop.https is for users only [tcp 198.51.100.7:40000 > 192.0.2.10:443 in "
                "wan0 out dmz0]"
            )
        ],
        policy=_UNUSED_NEVER,
    ),
    Case(
        "in the range that an unused option's flow goes on in",
        (KEEP, HTTPS, _to("4443", "")),
        [
            (
                "edge.rules:7: FW205 warning: 4443/tcp on web is open to the internet "
                "and office through edge; no policy asks for it "
                "[tcp 10.1.0.7:40000 > 192.0.2.10:4443 in lan0 out dmz0]"
            )
        ],
        policy=_OPTION.replace("service: 4443/tcp", "service: 135/tcp, then: 1024-65535/tcp"),
    ),
    Case(
        "an option in use",
        (KEEP, HTTPS, _to("4443", "")),
        [],
        policy=_OPTION,
        site=site(options="{outside: yes}"),
    ),
]


def _at_edge(folder: Path, case: Case) -> list[Finding]:
    exports = {"edge.rules": rules(*case.filter_rules, forward=case.forward)}
    return found(folder, case.policy, case.site, exports)


@pytest.mark.parametrize("case", _EDGE_CASES, ids=[case.name for case in _EDGE_CASES])
def test_an_opening_is_reported_for_its_most_telling_reason(case: Case, tmp_path: Path) -> None:
    assert lines(_at_edge(tmp_path, case)) == case.expected


_SIX = site(
    EDGE.replace("config: edge.rules, ipv6: no", "config: [edge.rules, edge.rules6]"),
    bind='{web: "2001:db8::10", users: office}',
    networks='{office: [10.1.0.0/16, "2001:db8:1::/64"], dmz: [192.0.2.0/24, "2001:db8::/64"]}',
)


@pytest.mark.parametrize(
    ("to", "expected"), [("fe80::/10", []), ("2001:db8:9::/48", ["FW208"])], ids=["link", "far"]
)
def test_no_router_passes_on_addresses_of_one_link(
    to: str, expected: list[str], tmp_path: Path
) -> None:
    out = f"-A FORWARD -i dmz0 -s 2001:db8::/64 -d {to} -p tcp -j ACCEPT"
    exports = {"edge.rules": rules(KEEP), "edge.rules6": "# ip6tables\n" + rules(KEEP, out)}
    found = Asking("FW208")(
        tmp_path, policy("id: https, service: 443/tcp, need: may"), _SIX, exports
    )

    assert [one.check for one in found] == expected
