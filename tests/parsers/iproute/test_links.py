"""What lies behind each interface, and what surely leaves by it."""

from pathlib import Path
from typing import Any

import pytest

from flowmodel.addresses import Addresses
from flowmodel.values import contains
from policies.addresses import parse_addresses
from tests.parsers.iproute.samples import LO, address, interface, read, route

_ADDR = [
    LO,
    interface("eth0", "192.0.2.2/24"),
    interface("eth1", "10.1.0.1/16"),
    interface("tun0", "10.8.0.1/24"),
]
_CONNECTED = [
    route("192.0.2.0/24", "eth0"),
    route("10.1.0.0/16", "eth1"),
    route("10.8.0.0/24", "tun0"),
]
_DEFAULT = route("default", "eth0", gateway="192.0.2.1")


def _has(addresses: Addresses, text: str) -> bool:
    wanted = parse_addresses(text)
    ((value, _),) = wanted.v4 or wanted.v6
    return contains(addresses.of(4 if wanted.v4 else 6), value)


@pytest.mark.parametrize(
    ("routes", "to", "behind", "leaving"),
    [
        ([_DEFAULT], "10.1.0.9", ["eth1"], ["eth1"]),
        ([_DEFAULT], "203.0.113.9", [], ["eth0"]),
        ([], "203.0.113.9", [], []),
        ([_DEFAULT, route("10.1.9.0/24", "tun0")], "10.1.9.9", ["tun0"], ["tun0"]),
        ([_DEFAULT, route("10.1.9.0/24", "tun0")], "10.1.8.9", ["eth1"], ["eth1"]),
        (
            [route("10.7.0.0/16", "eth1", metric=100), route("10.7.0.0/16", "tun0", metric=200)],
            "10.7.0.1",
            ["eth1", "tun0"],
            ["eth1"],
        ),
        (
            [{"dst": "10.7.0.0/16", "nexthops": [{"dev": "eth1"}, {"dev": "tun0"}]}],
            "10.7.0.1",
            ["eth1", "tun0"],
            [],
        ),
        (
            [{"dst": "10.7.0.0/16", "nexthops": [{"dev": "eth1"}, {"dev": "eth1"}]}],
            "10.7.0.1",
            ["eth1"],
            ["eth1"],
        ),
        ([route("10.7.0.0/16", "eth1", flags=["dead"])], "10.7.0.1", [], []),
        ([route("10.7.0.0/16", "eth1", flags=["linkdown"])], "10.7.0.1", ["eth1"], ["eth1"]),
        ([{"type": "blackhole", "dst": "10.1.7.0/24", "flags": []}], "10.1.7.1", [], []),
        ([route("10.7.0.0/16", "eth1", tos="0x10")], "10.7.0.1", ["eth1"], []),
        ([route("10.7.0.0/16", "eth1", table="vpn")], "10.1.0.9", ["eth1"], []),
    ],
)
def test_packets_leave_by(
    routes: list[dict[str, Any]], to: str, behind: list[str], leaving: list[str], tmp_path: Path
) -> None:
    links = read(tmp_path, _ADDR, [*_CONNECTED, *routes]).links

    assert [each.names[0] for each in links if _has(each.addresses, to)] == behind
    assert [each.names[0] for each in links if _has(each.leaving, to)] == leaving


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([_DEFAULT], ["eth0"]),
        ([], []),
        ([route("0.0.0.0/1", "tun0"), route("128.0.0.0/1", "tun0"), _DEFAULT], ["eth0", "tun0"]),
        ([route("default", "eth1", pref="medium", gateway="fe80::1")], ["eth1"]),
        ([_DEFAULT, route("default", "eth1", metric=50)], ["eth0", "eth1"]),
    ],
)
def test_the_world_is_behind(
    routes: list[dict[str, Any]], expected: list[str], tmp_path: Path
) -> None:
    links = read(tmp_path, _ADDR, _CONNECTED, routes).links

    assert [each.names[0] for each in links if each.is_outside] == expected


def test_without_routes_networks_are_known_and_ways_are_not(tmp_path: Path) -> None:
    found = read(tmp_path, _ADDR)

    assert [each.names[0] for each in found.links if _has(each.addresses, "10.1.0.9")] == ["eth1"]
    assert [each.names[0] for each in found.links if each.leaving] == []


_V6 = [
    interface("eth0", "2001:db8:1::1/64", address("2001:db8:2::1/64", noprefixroute=True)),
    interface("eth1", "2001:db8:3::1/128", "fe80::1/64"),
    interface("eth2", "10.7.0.1/24", "192.0.2.9/32", "10.6.0.0/31"),
    interface("eth3", "10.5.0.1/24", flags=("BROADCAST",)),
]


@pytest.mark.parametrize(
    ("addresses", "routes", "cut"),
    [
        (_ADDR, [_DEFAULT], "eth0"),
        (_ADDR, [_DEFAULT, *_CONNECTED[:2]], "tun0"),
        (_ADDR, [_DEFAULT, *_CONNECTED], ""),
        (_V6, [route("2001:db8:1::/64", "eth0"), route("2001:db8:9::/64", "eth1")], ""),
        (_V6, [route("2001:db8:9::/64", "eth0")], "eth0"),
        (_V6, [route("10.7.0.0/24", "eth2"), route("10.6.0.0/31", "eth2")], ""),
        (_V6, [route("10.7.0.0/24", "eth2")], "eth2"),
        (_V6, [route("10.7.0.0/24", "eth1"), route("10.6.0.0/31", "eth2")], "eth2"),
    ],
)
def test_a_list_without_the_routes_that_the_kernel_makes_is_cut(
    addresses: list[Any], routes: list[dict[str, Any]], cut: str, tmp_path: Path
) -> None:
    found = read(tmp_path, addresses, routes)

    message = f"no route leads to the network of `{cut}`: the list of routes is cut, and no packet "
    message += "surely leaves by an interface"
    said = [gap.message for gap in found.gaps if "is cut" in gap.message]
    assert said == ([message] if cut else [])
    assert any(each.leaving for each in found.links) == (not cut)


_USUAL = [
    {"priority": 0, "src": "all", "table": "local"},
    {"priority": 32766, "src": "all", "table": "main"},
    {"priority": 32767, "src": "all", "table": "default"},
]


@pytest.mark.parametrize(
    ("rules", "leaving"),
    [
        (_USUAL, ["eth1"]),
        ([*_USUAL, {"priority": 9, "src": "all", "fwmark": "0x1", "table": "100"}], []),
        ([*_USUAL, {"priority": 9, "src": "192.0.2.0", "srclen": 24, "table": "100"}], []),
        ([*_USUAL, {"priority": 9, "src": "all", "table": "52"}], []),
        ([*_USUAL, {"priority": 9, "src": "all", "table": "main", "suppress_prefixlen": 0}], []),
    ],
)
def test_rules_for_other_tables_leave_the_way_open(
    rules: list[dict[str, Any]], leaving: list[str], tmp_path: Path
) -> None:
    found = read(tmp_path, _ADDR, _CONNECTED, rules)

    assert [each.names[0] for each in found.links if _has(each.leaving, "10.1.0.9")] == leaving
    assert [gap.message[:33] for gap in found.gaps] == (
        [] if leaving else ["not all packets ask the main table"[:33]]
    )
