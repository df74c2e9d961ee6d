"""FW114: what is said about neighbour discovery, and where nothing is.

That a row is right is asked of the kernel in tests/oracles/kernel/test_links.py.
"""

from pathlib import Path

import pytest

from tests.linter.checks import aws, pf
from tests.linter.checks.samples import Asking, lines, policy, site

found = Asking("FW114")

_NETWORKS = "{office: '2001:db8:1::/64', dmz: '2001:db8:2::/64'}"
_BIND = "{web: '2001:db8:2::10', users: office}"
_HOST = "web: {config: web.nft, host: shop.web}"
_EDGE = "edge: {config: web.nft, interfaces: {wan0: internet, lan0: office, dmz0: dmz}}"
_ND = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
_HEARS = "icmpv6 type nd-neighbor-solicit accept"
_KNOWN = "ct state established,related accept"
_HTTPS = "tcp dport 443 accept"
_FORWARD = "  chain forward { type filter hook forward priority 0; policy accept; }\n"
_FLOW = "which required flow shop.https (443/tcp) from users to web needs over IPv6"
_CERTAIN = f"web.nft:3: FW114 error: neighbour discovery is blocked on {{}}, {_FLOW} [{{}}]"
_POSSIBLE = _CERTAIN.replace("error", "warning").replace("is blocked", "may be blocked")
_ASKED = "icmpv6 {} > ff02::1:ff00:10 type 135 code 0"


def _input(*rules: str) -> str:
    body = "".join(f"    {rule}\n" for rule in rules)
    begin = "table inet filter {\n  chain input {\n"
    return f"{begin}    type filter hook input priority 0; policy drop;\n{body}  }}\n}}\n"


def _said(tmp_path: Path, device: str, rules: str, text: str = "", bind: str = _BIND) -> list[str]:
    where = site(device, networks=_NETWORKS, bind=bind)
    actual = found(tmp_path, text or policy(), where, {"web.nft": rules})
    return [each.replace(", possible", "") for each in lines(actual)]


_MACHINE = {
    "nothing of ICMPv6": (
        _input(_KNOWN, _HTTPS),
        [_CERTAIN.format("web", _ASKED.format("fe80::7"))],
    ),
    "all of it": (_input(_KNOWN, _HTTPS, "meta l4proto ipv6-icmp accept"), []),
    "both messages": (_input(_KNOWN, _HTTPS, _ND), []),
    "both, behind a limit": (
        _input(_KNOWN, _HTTPS, _ND.replace(" acc", " limit rate 9/second acc")),
        [],
    ),
    "what is not tracked": (_input(_KNOWN, _HTTPS, "ct state untracked accept"), []),
    "what is not invalid": (_input("ct state invalid drop", _KNOWN, _HTTPS, _ND), []),
    "both, from link-local addresses, to a router": (
        _input(_KNOWN, _HTTPS, f"ip6 saddr fe80::/10 {_ND}"),
        [],
    ),
    "one interface for everything": (
        _input(f"iifname eth0 {_HTTPS}", f"iifname eth0 {_ND}", _KNOWN),
        [],
    ),
}


@pytest.mark.parametrize(("rules", "expected"), _MACHINE.values(), ids=_MACHINE)
def test_a_machine_needs_neighbour_discovery(
    rules: str, expected: list[str], tmp_path: Path
) -> None:
    assert [_short(each) for each in _said(tmp_path, _HOST, rules)] == [
        _short(each) for each in expected
    ]


def _short(line: str) -> str:
    """The line without the packet's addresses, which are one choice of many."""
    return line.partition(" [")[0]


def test_the_finding_names_the_messages_and_the_place_for_a_rule(tmp_path: Path) -> None:
    where = site(_EDGE, networks=_NETWORKS, bind=_BIND)
    (finding,) = found(tmp_path, policy(), where, {"web.nft": _input(_KNOWN)})

    assert (finding.certainty, finding.level) == ("certain", "error")
    assert finding.witness == "icmpv6 2001:db8:1::7 > ff02::1:ff00:7 type 135 code 0 in lan0"
    assert finding.extent == (
        "icmpv6 type 135 (neighbour solicitation) in at lan0 and "
        "icmpv6 type 136 (neighbour advertisement) in at dmz0"
    )
    assert finding.remedy == (
        "permit icmpv6 type 135 (neighbour solicitation) in at lan0 and dmz0 and "
        "icmpv6 type 136 (neighbour advertisement) in at dmz0 on edge, in input"
    )


_DOUBTS = {
    "a condition outside the model": (
        _EDGE,
        _input(f"rt mtu 1500 {_ND}"),
        "rt mtu",
    ),
    "a tunnel": (_EDGE.replace("lan0", "wg0"), _input(f"iifname dmz0 {_ND}"), "wg0"),
    "a neighbour's address": (
        _EDGE,
        _input(f"iifname lan0 ip6 saddr fe80::/10 {_ND}", f"iifname dmz0 {_ND}"),
        "from which of its addresses a neighbour asks",
    ),
    "the way of answers": (
        _EDGE,
        _input(f"iifname lan0 {_ND}", "iifname dmz0 icmpv6 type nd-neighbor-advert accept"),
        "whether answers go to the address that a router asks from",
    ),
}


@pytest.mark.parametrize(("device", "rules", "reason"), _DOUBTS.values(), ids=_DOUBTS)
def test_what_is_not_sure_is_possible(device: str, rules: str, reason: str, tmp_path: Path) -> None:
    where = site(device, networks=_NETWORKS, bind=_BIND)
    (finding,) = found(tmp_path, policy(), where, {"web.nft": rules})

    assert (finding.certainty, finding.level) == ("possible", "warning")
    assert any(reason in each for each in finding.reasons)


_ELSEWHERE = {
    "IPv4 alone": (_HOST, policy(), "{web: 192.0.2.10, users: office}", _HTTPS),
    "a machine without IPv6": (_HOST.replace("}", ", ipv6: no}"), policy(), _BIND, _HTTPS),
    "a flow that may work": (_HOST, policy("id: h, need: may, service: 443/tcp"), _BIND, _HTTPS),
    "a forbidden flow": (_HOST, policy("id: h, need: never, service: 443/tcp"), _BIND, _HTTPS),
    "a flow that is blocked": (_HOST, policy(), _BIND, "tcp dport 444 accept"),
    "a flow of the machine to itself": (
        _HOST,
        policy("id: h, from: web, to: self, service: 443/tcp"),
        _BIND,
        _HTTPS,
    ),
}


@pytest.mark.parametrize(("device", "text", "bind", "rule"), _ELSEWHERE.values(), ids=_ELSEWHERE)
def test_nobody_asks_without_a_required_flow_over_ipv6(
    device: str, text: str, bind: str, rule: str, tmp_path: Path
) -> None:
    assert _said(tmp_path, device, _input(_KNOWN, rule), text, bind) == []


def test_pf_lets_it_pass_by_rules_of_its_own(tmp_path: Path) -> None:
    text = pf.config(pf.HTTPS.replace("inet<", "inet6<").replace("web<", "2001:db8:2::10<"))
    for number, interface in ((1, "10.1.0.1</ipaddr>"), (2, "192.0.2.1</ipaddr>")):
        own = f"<ipaddrv6>2001:db8:{number}::1</ipaddrv6><subnetv6>64</subnetv6>"
        text = text.replace(interface, f"{interface}{own}")
    text = text.replace("<system>", "<system><ipv6allow/>", 1)
    device = "edge: {config: edge.xml}"
    where = site(device, networks=_NETWORKS, bind=_BIND)

    actual = Asking("FW101", "FW109", "FW114")(tmp_path, policy(), where, {"edge.xml": text})

    assert actual == []


def test_groups_of_a_cloud_are_not_asked(tmp_path: Path) -> None:
    rule = {**aws.HTTPS, "IpRanges": [], "Ipv6Ranges": [{"CidrIpv6": "2001:db8:1::/64"}]}
    own = '"Ipv6Addresses": [{"Ipv6Address": "2001:db8:2::10"}], '
    private = '"PrivateIpAddress": "192.0.2.10",'
    text = aws.account([rule], []).replace(private, own + private, 1)
    where = site(aws.WEB.replace(", ipv6: no", ""), networks=_NETWORKS, bind=_BIND)

    actual = Asking("FW101", "FW109", "FW114")(tmp_path, policy(), where, {"web.json": text})

    assert {each.check for each in actual} <= {"FW101", "FW109"}


def test_all_messages_that_one_place_blocks_are_affected(tmp_path: Path) -> None:
    rules = _input("tcp dport 22 accept").replace("}\n}\n", f"}}\n{_FORWARD}}}\n")

    (finding,) = found(
        tmp_path, policy(), site(_EDGE, networks=_NETWORKS, bind=_BIND), {"web.nft": rules}
    )

    assert finding.affected is not None
    assert [(each.in_name, each.icmp_types) for each in finding.affected.boxes] == [
        ("lan0", ((135, 135),)),
        ("dmz0", ((136, 136),)),
    ]


@pytest.mark.parametrize(
    ("others", "certainty"),
    [((), ["certain"]), ((_EDGE.replace("edge", "other"),), ["possible", "possible"])],
    ids=["no-op: the only way", "one of two ways"],
)
def test_a_router_on_one_of_two_ways_is_only_possibly_needed(
    others: tuple[str, ...], certainty: list[str], tmp_path: Path
) -> None:
    chain = "type filter hook input priority 0; policy drop;"
    rules = f"table inet filter {{\n  chain input {{\n    {chain}\n  }}\n{_FORWARD}}}\n"
    where = site(_EDGE, *others, networks=_NETWORKS, bind=_BIND)

    actual = found(tmp_path, policy(), where, {"web.nft": rules})

    assert [each.certainty for each in actual] == certainty
