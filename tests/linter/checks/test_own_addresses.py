"""Machines whose own addresses are told: by `ip -j addr` beside the rules, or by the site file."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowmodel.addresses import together
from fwlint.loading import read
from linter.engine.site.attachment import attached
from policies.addresses import NOWHERE, parse_addresses
from tests.linter.checks.samples import (
    EDGE,
    EXPOSURE,
    HOST,
    HTTPS_IN,
    KEEP_IN,
    REQUIRED,
    Asking,
    lines,
    load,
    policy,
    rules,
    site,
)
from tests.parsers.iproute.samples import LO, interface, route

found = Asking(*REQUIRED, *EXPOSURE)

_OTHER = "198.51.100.5"
_ADDR = [
    LO,
    interface("eth0", "192.0.2.10/24", f"{_OTHER}/32"),
    interface("docker0", "172.17.0.1/16"),
]
_ROUTES = [
    route("default", "eth0", gateway="192.0.2.1"),
    route("192.0.2.0/24", "eth0"),
    route("172.17.0.0/16", "docker0"),
]
_NONE: list[Any] = []
_BESIDE = HOST.replace("web.rules", "[web.rules, addr.json, route.json]")
_SAID = HOST.replace("ipv6", f"addresses: [192.0.2.10, {_OTHER}, 172.17.0.1], ipv6")


def _exports(*filters: str, nat: str = "", addr: Any = _ADDR, routes: Any = _ROUTES) -> Any:
    return {
        "web.rules": rules(*filters, nat=nat),
        "addr.json": json.dumps(addr),
        "route.json": json.dumps(routes),
    }


_PUBLISHED = (
    "-A PREROUTING -m addrtype --dst-type LOCAL -p tcp -m tcp --dport 443"
    " -j DNAT --to-destination 172.17.0.2:8443"
)
_TO_CONTAINER = "-A FORWARD -s 10.1.0.0/16 -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp{}"
_FORWARDED = (
    "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    _TO_CONTAINER.format(" --dport 8443 -j ACCEPT"),
    "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
)


@pytest.mark.parametrize(
    ("device", "routes", "filters", "expected"),
    [
        (HOST, _ROUTES, (KEEP_IN, *_FORWARDED), ["FW109 possible"]),
        (_BESIDE, _ROUTES, (KEEP_IN, *_FORWARDED), []),
        (_BESIDE, _ROUTES, (KEEP_IN, *_FORWARDED[:1], _FORWARDED[2]), ["FW101 certain"]),
        (_BESIDE, _ROUTES, (KEEP_IN, *_FORWARDED[:2]), ["FW104 certain"]),
        (_BESIDE, _ROUTES, (KEEP_IN, HTTPS_IN), ["FW101 certain"]),
        (_BESIDE, _NONE, (KEEP_IN, *_FORWARDED), ["FW109 possible"]),
        (_SAID, _ROUTES, (KEEP_IN, *_FORWARDED), ["FW109 possible"]),
        (
            _SAID,
            _ROUTES,
            (
                KEEP_IN,
                "-A FORWARD -d 172.17.0.2/32 -s 10.1.0.0/16 -j ACCEPT",
                "-A FORWARD -s 172.17.0.2/32 -j ACCEPT",
            ),
            [],
        ),
    ],
    ids=[
        "nothing told",
        "all told",
        "no rule for the container",
        "no way back",
        "a rule for the machine alone",
        "no routes",
        "addresses in the site file, interfaces unknown",
        "addresses in the site file, no interface asked",
    ],
)
def test_a_published_port_is_decided(
    device: str, routes: Any, filters: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    exports = _exports(*filters, nat=_PUBLISHED, routes=routes)

    actual = [e for e in found(tmp_path, policy(), site(device), exports) if e.check < "FW2"]

    assert sorted({f"{each.check} {each.certainty}" for each in actual}) == expected


_OPEN = "-A INPUT -d {} -p tcp -m tcp --dport 8080 -j ACCEPT"


@pytest.mark.parametrize(
    ("device", "named", "expected"),
    [
        (HOST, _OTHER, ["possible"]),
        (HOST, "198.51.100.6", ["possible"]),
        (_BESIDE, _OTHER, ["certain"]),
        (_BESIDE, "198.51.100.6", []),
        (_BESIDE, "198.51.100.0/24", ["certain"]),
        (_SAID, _OTHER, ["certain"]),
        (_SAID, "198.51.100.6", []),
        (_SAID, "198.51.100.0/24", ["certain"]),
    ],
)
def test_what_is_open_at_another_address_is_certain_or_dead(
    device: str, named: str, expected: list[str], tmp_path: Path
) -> None:
    exports = _exports(KEEP_IN, HTTPS_IN, _OPEN.format(named))

    actual = found(tmp_path, policy(), site(device), exports)

    assert [each.certainty for each in actual if each.check == "FW205"] == expected


@pytest.mark.parametrize(
    ("device", "rule", "expected"),
    [
        (_BESIDE, "-A INPUT -i docker0 -p tcp -m tcp --dport 8080 -j ACCEPT", "docker0 of web"),
        (_BESIDE, "-A INPUT -i eth0 -p tcp -m tcp --dport 8080 -j ACCEPT", "the internet and 2"),
        (HOST, "-A INPUT -i eth0 -p tcp -m tcp --dport 8080 -j ACCEPT", "the internet and 2"),
    ],
)
def test_networks_lie_behind_their_interfaces(
    device: str, rule: str, expected: str, tmp_path: Path
) -> None:
    exports = _exports(KEEP_IN, HTTPS_IN, rule)

    (opened,) = [
        each for each in found(tmp_path, policy(), site(device), exports) if each.check == "FW205"
    ]

    assert opened.message.startswith(f"8080/tcp on web is open to {expected}")
    assert opened.certainty == ("certain" if device == _BESIDE else "possible")


def _misplaced(folder: Path, device: str, exports: Any, **more: str) -> list[str]:
    loaded = load(folder, policy(), site(device, **more), exports)
    placed = attached(loaded, read(loaded).rulesets)
    return [each.error.message.replace(f"{folder}/", "") for each in placed.misplaced]


@pytest.mark.parametrize(
    ("device", "addr", "expected"),
    [
        (_BESIDE, _ADDR, []),
        (
            _BESIDE,
            [LO, interface("eth0", "192.0.2.11/24")],
            ["device `web` has none of the addresses of shop.web (addr.json)"],
        ),
        (_BESIDE, [interface("eth0", "192.0.2.11/24")], []),
        (
            _BESIDE.replace("ipv6", "addresses: [192.0.2.10, 192.0.2.77], ipv6"),
            _ADDR,
            ["device `web` does not have 192.0.2.77, which `addresses:` names (addr.json)"],
        ),
        (
            _BESIDE.replace("ipv6", "interfaces: {eth7: dmz}, ipv6"),
            _ADDR,
            ["`web` has no interface `eth7`: it has eth0, docker0"],
        ),
        (
            _SAID.replace("192.0.2.10", "192.0.2.12"),
            _ADDR,
            ["device `web` has none of the addresses of shop.web"],
        ),
        (
            "web: {config: [web.rules, addr.json]}",
            _ADDR,
            [
                (
                    "device `web` needs `interfaces:`, or `host:` on a machine itself: the output "
                    "of `ip -j route` beside its rules has no default route"
                )
            ],
        ),
    ],
    ids=[
        "fits",
        "another machine",
        "one interface",
        "not there",
        "no interface",
        "site alone",
        "a router without a way out",
    ],
)
def test_what_site_and_export_contradict_each_other_about_is_an_error(
    device: str, addr: Any, expected: list[str], tmp_path: Path
) -> None:
    assert _misplaced(tmp_path, device, _exports(KEEP_IN, addr=addr)) == expected


@pytest.mark.parametrize(
    ("addr", "expected"),
    [
        ([LO, *_ADDR[1:]], ["certain"]),
        (_ADDR[1:], ["certain"]),
        ([interface("eth9", "203.0.113.9/24")], ["possible"]),
        ([interface("lo", "::1/128", flags=("LOOPBACK", "UP"))], ["possible"]),
    ],
    ids=["all", "without lo", "another interface alone", "IPv6 alone"],
)
def test_a_part_of_the_list_proves_what_is_in_it(
    addr: Any, expected: list[str], tmp_path: Path
) -> None:
    exports = _exports(KEEP_IN, HTTPS_IN, _OPEN.format(_OTHER), addr=addr, routes=[])

    actual = found(tmp_path, policy(), site(_BESIDE), exports)

    assert [each.certainty for each in actual if each.check == "FW205"] == expected


@pytest.mark.parametrize(
    ("addr", "machines"),
    [
        (_ADDR, 0),
        (_ADDR[1:], 0),
        ([interface("lo", "::1/128", flags=("LOOPBACK", "UP"))], 2),
        ([interface("eth9", "203.0.113.9/24")], 2),
    ],
    ids=["all", "without lo", "IPv6 alone", "another interface alone"],
)
def test_which_machine_it_is_stays_open_where_nothing_tells(
    addr: Any, machines: int, tmp_path: Path
) -> None:
    exports = _exports(KEEP_IN, HTTPS_IN, addr=addr)
    bind = "{web: [192.0.2.10, 192.0.2.20], users: office}"
    loaded = load(tmp_path, policy(), site(_BESIDE, bind=bind), exports)

    (device,) = attached(loaded, read(loaded).rulesets).site.devices

    assert len(device.machines) == machines


def test_addresses_tell_which_machine_of_a_role_it_is(tmp_path: Path) -> None:
    exports = _exports(KEEP_IN, HTTPS_IN)
    bind = "{web: [192.0.2.10, 192.0.2.20], users: office}"
    loaded = load(tmp_path, policy(), site(_BESIDE, bind=bind), exports)

    (device,) = attached(loaded, read(loaded).rulesets).site.devices

    assert device.machines == ()
    own = ("192.0.2.10", _OTHER, "172.17.0.1")
    assert device.own == together(map(parse_addresses, own))
    assert device.own & device.foreign == NOWHERE


_GATE = EDGE.replace("edge.rules", "[edge.rules, addr.json, route.json]")
_ROUTER = [
    LO,
    interface("wan0", "203.0.113.1/24"),
    interface("office0", "10.1.0.1/16"),
    interface("dmz0", "192.0.2.1/24"),
]
_WAYS = [
    route("default", "wan0", gateway="203.0.113.254"),
    route("203.0.113.0/24", "wan0"),
    route("10.1.0.0/16", "office0"),
    route("192.0.2.0/24", "dmz0"),
]


def test_a_firewall_between_networks_has_the_interfaces_that_ip_shows(tmp_path: Path) -> None:
    exports = {
        "edge.rules": rules(KEEP_IN),
        "addr.json": json.dumps(_ROUTER),
        "route.json": json.dumps(_WAYS),
    }
    device = "edge: {config: [edge.rules, addr.json, route.json]}"
    loaded = load(tmp_path, policy(), site(device), exports)

    (edge,) = attached(loaded, read(loaded).rulesets).site.devices

    assert [(each.name, each.networks) for each in edge.interfaces] == [
        ("wan0", ("internet",)),
        ("office0", ("office",)),
        ("dmz0", ("dmz",)),
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [(True, ["FW205 certain"]), (False, ["FW205 possible"])],
)
def test_a_port_forward_for_local_addresses_is_decided(
    told: bool, expected: list[str], tmp_path: Path
) -> None:
    nat = (
        "-A PREROUTING -i wan0 -m addrtype --dst-type LOCAL -p tcp -m tcp --dport 8022"
        " -j DNAT --to-destination 192.0.2.10:8022"
    )
    exports = {
        "edge.rules": rules("-A FORWARD -m conntrack --ctstate DNAT -j ACCEPT", nat=nat),
        "addr.json": json.dumps(_ROUTER),
        "route.json": json.dumps(_WAYS),
    }
    device = "edge: {config: %s, interfaces: {wan0: internet, office0: office, dmz0: dmz}}" % (
        "[edge.rules, addr.json, route.json]" if told else "edge.rules"
    )

    actual = found(tmp_path, policy(), site(device), exports)

    opened = [each for each in actual if each.check == "FW205"]
    assert [f"{each.check} {each.certainty}" for each in opened] == expected, lines(opened)


@pytest.mark.parametrize(
    ("addr", "expected"),
    [
        (["192.0.2.10/24", "2001:db8::10/64", "fe80::10/64"], "2001:db8::10"),
        (["192.0.2.10/24", "fe80::10/64"], "fe80::10"),
    ],
)
def test_a_machine_checked_by_itself_is_at_its_own_addresses(
    addr: list[str], expected: str, tmp_path: Path
) -> None:
    bind = "{web: any, users: office}"
    exports = _exports(KEEP_IN, addr=[LO, interface("eth0", *addr)])
    loaded = load(tmp_path, policy(), site(_BESIDE, bind=bind), exports)

    placed = attached(loaded, read(loaded).rulesets).site

    (role,) = placed.roles
    own = together(map(parse_addresses, ("192.0.2.10", expected)))
    assert role.addresses == own
    assert placed.devices[0].own & own == own
    ends = [to for flow in placed.requirements for _, to in flow.ends if to.kind == "role"]
    assert {end.addresses for end in ends} == {own}


_OF_A_LINK = "169.254.7.7"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (
            [_OF_A_LINK],
            (
                "whether the other end is on a link of web, as "
                f"{_OF_A_LINK} is reached from there only"
            ),
        ),
        ([], ""),
    ],
    ids=["told", "another one is told"],
)
def test_of_an_address_of_a_link_only_the_other_end_is_open(
    own: list[str], expected: str, tmp_path: Path
) -> None:
    told = [LO, interface("eth0", "192.0.2.10/24", *(f"{each}/16" for each in own))]
    exports = _exports(KEEP_IN, HTTPS_IN, _OPEN.format(_OF_A_LINK), addr=told)

    actual = [e for e in found(tmp_path, policy(), site(_BESIDE), exports) if e.check == "FW205"]

    assert [each.reasons for each in actual] == ([(expected,)] if expected else [])
    assert all(each.certainty == "possible" for each in actual)
