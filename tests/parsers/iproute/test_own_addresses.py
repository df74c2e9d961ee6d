"""Which addresses are a machine's own, and which surely are not."""

from pathlib import Path
from typing import Any

import pytest

from flowmodel.fields import Family
from flowmodel.values import contains
from policies.addresses import parse_addresses
from tests.parsers.iproute.samples import LO, address, interface, read, route

_DOWN = ("BROADCAST", "MULTICAST")
_ETH = interface("eth0", "192.0.2.2/24", "2001:db8::2/64", "fe80::2/64")


def _said(folder: Path, text: str, *documents: Any) -> str:
    found = read(folder, *documents)
    wanted = parse_addresses(text)
    family: Family = 4 if wanted.v4 else 6
    ((value, _),) = wanted.of(family)
    is_own = contains(found.local.of(family), value)
    is_foreign = contains(found.foreign.of(family), value)
    assert not (is_own and is_foreign)
    return "own" if is_own else "foreign" if is_foreign else "unknown"


@pytest.mark.parametrize(
    ("text", "interfaces", "expected"),
    [
        ("192.0.2.2", [LO, _ETH], "own"),
        ("2001:db8::2", [LO, _ETH], "own"),
        ("fe80::2", [LO, _ETH], "own"),
        ("127.9.9.9", [LO, _ETH], "own"),
        ("::1", [LO, _ETH], "own"),
        ("192.0.2.3", [LO, _ETH], "foreign"),
        ("2001:db8::3", [LO, _ETH], "foreign"),
        ("192.0.2.0", [LO, _ETH], "unknown"),
        ("192.0.2.255", [LO, _ETH], "unknown"),
        ("224.0.0.1", [LO, _ETH], "unknown"),
        ("192.0.2.3", [_ETH], "unknown"),
        ("192.0.2.2", [_ETH], "own"),
        (
            "2001:db8::3",
            [interface("lo", "127.0.0.1/8", flags=("LOOPBACK", "UP")), _ETH],
            "unknown",
        ),
        ("192.0.2.2", [LO, {**_ETH, "flags": list(_DOWN)}], "unknown"),
        ("2001:db8::9", [LO, interface("e", address("2001:db8::9/64", tentative=True))], "unknown"),
        ("2001:db8::9", [LO, interface("e", address("2001:db8::9/64", dadfailed=True))], "unknown"),
        ("2001:db8::9", [LO, interface("e", address("2001:db8::9/64", deprecated=True))], "own"),
        ("10.9.0.2", [LO, interface("t", address("10.9.0.1/32", address="10.9.0.2"))], "foreign"),
        ("10.9.0.1", [LO, interface("t", address("10.9.0.1/32", address="10.9.0.2"))], "own"),
        ("198.51.100.9", [interface("lo", "198.51.100.1/24", flags=("LOOPBACK", "UP"))], "own"),
        ("192.0.2.3", [LO, {}, interface("eth0", {}, "192.0.2.3/24")], "own"),
    ],
)
def test_an_address_is(
    text: str, interfaces: list[dict[str, Any]], expected: str, tmp_path: Path
) -> None:
    assert _said(tmp_path, text, interfaces) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("local", "own"),
        ("unicast", "foreign"),
        ("broadcast", "unknown"),
        ("blackhole", "unknown"),
        ("unreachable", "unknown"),
    ],
)
def test_a_route_makes_an_address(kind: str, expected: str, tmp_path: Path) -> None:
    routes = [route("10.7.0.0/16", "lo", type=kind)]

    assert _said(tmp_path, "10.7.0.9", [LO, _ETH], routes) == expected


_ADDED = {"priority": 9, "src": "all", "fwmark": "0x1", "table": "100"}


@pytest.mark.parametrize(
    ("text", "documents", "expected"),
    [
        # A transparent proxy's: `ip route add local default dev lo table 100`.
        ("192.0.2.3", [[_ADDED]], "unknown"),
        ("192.0.2.2", [[_ADDED]], "own"),
        ("192.0.2.3", [[_ADDED], [route("default", "lo", table="100", type="local")]], "unknown"),
        ("192.0.2.3", [[route("default", "lo", table="100", type="local")]], "unknown"),
        ("192.0.2.2", [[route("default", "lo", table="100", type="local")]], "own"),
        ("192.0.2.3", [[_ADDED], [route("default", "eth0", table="100")]], "foreign"),
        (
            "192.0.2.3",
            [[{"priority": 9, "src": "all", "fwmark": "0x1", "table": "main"}]],
            "foreign",
        ),
        ("192.0.2.3", [[{"priority": 1000, "src": "all", "l3mdev": None}]], "unknown"),
    ],
)
def test_another_table_may_say_that_an_address_is_its_own(
    text: str, documents: list[Any], expected: str, tmp_path: Path
) -> None:
    assert _said(tmp_path, text, [LO, _ETH], *documents) == expected
