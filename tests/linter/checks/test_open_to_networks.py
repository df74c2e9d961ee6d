"""What is open at addresses that no machine has: broadcast ones, and those of all routers."""

import json
from pathlib import Path

import pytest

from tests.linter.checks.test_open_table import lines_of

_HEAD = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
_ADDRESSES = json.dumps(
    [
        {
            "ifname": "lo",
            "flags": ["LOOPBACK", "UP"],
            "addr_info": [
                {"family": "inet", "local": "127.0.0.1", "prefixlen": 8},
                {"family": "inet6", "local": "::1", "prefixlen": 128},
            ],
        },
        {
            "ifname": "eth0",
            "flags": ["BROADCAST", "UP"],
            "addr_info": [
                {"family": "inet", "local": "10.0.0.1", "prefixlen": 24, "broadcast": "10.0.0.255"},
                {"family": "inet6", "local": "fd00:1::1", "prefixlen": 64},
            ],
        },
    ]
)
_ROUTES = json.dumps([{"dst": "10.0.0.0/24", "dev": "eth0"}, {"dst": "fd00:1::/64", "dev": "eth0"}])


@pytest.mark.parametrize(
    ("name", "rule", "expected"),
    [
        ("v4", "-p udp --dport 9", ["udp 9 | from any address | IPv4 @5"]),
        ("v4", "-d 10.0.0.1 -p udp --dport 9", ["udp 9 | from any address | IPv4 @5"]),
        (
            "v4",
            "-d 10.0.0.255 -p udp --dport 137",
            ["udp 137 | from any address | to 10.0.0.255 | IPv4 @5"],
        ),
        (
            "v4",
            "-d 10.0.0.255 -p udp --dport 137 -m addrtype --dst-type BROADCAST",
            ["udp 137 | from any address | to 10.0.0.255 | IPv4 @5"],
        ),
        (
            "v4",
            "-d 10.0.0.0 -p udp --dport 137 -m addrtype --dst-type BROADCAST",
            ["udp 137 | from any address | to 10.0.0.0 | IPv4 @5"],
        ),
        ("v4", "-d 10.0.0.255 -p udp --dport 137 -m addrtype --dst-type LOCAL", []),
        ("v4", "-d 10.0.0.255 -p tcp --dport 137", []),
        ("v4", "-d 10.0.0.254 -p udp --dport 137", []),
        (
            "v6",
            "-d fd00:1:: -p udp --dport 9",
            ["udp 9 | from any address | to fd00:1:: | IPv6 @5"],
        ),
        (
            "v6",
            "-p udp --dport 9 -m addrtype --dst-type ANYCAST",
            ["udp 9 | from any address | to fd00:1:: | IPv6 @5"],
        ),
        ("v6", "-d fd00:1:: -p tcp --dport 9", []),
        ("v6", "-d fd00:1::2 -p udp --dport 9", []),
    ],
)
def test_what_is_for_a_network_is_open_to_datagrams(
    name: str, rule: str, expected: list[str], tmp_path: Path
) -> None:
    exports = {
        f"h.{name}": f"{_HEAD}-A INPUT {rule} -j ACCEPT\nCOMMIT\n",
        "h.addr.json": _ADDRESSES,
        "h.route.json": _ROUTES,
    }

    assert lines_of(tmp_path, ipv6="yes", **exports) == expected


_ASKED = {"priority": 9, "src": "all", "fwmark": "0x1", "table": "100"}


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([], ["udp 9 | from any address | to 10.0.0.2 | IPv4 @5"]),
        (
            [{"type": "local", "dst": "default", "dev": "lo", "table": "100"}],
            ["udp 9 | from any address | to 10.0.0.2 | IPv4 @5"],
        ),
        ([{"dst": "default", "dev": "eth0", "table": "100"}], []),
    ],
)
def test_another_table_may_send_what_is_for_others_to_the_machine(
    routes: list[dict[str, str]], expected: list[str], tmp_path: Path
) -> None:
    rule = "-d 10.0.0.2 -p udp --dport 9"
    exports = {
        "h.v4": f"{_HEAD}-A INPUT {rule} -j ACCEPT\nCOMMIT\n",
        "h.addr.json": _ADDRESSES,
        "h.route.json": _ROUTES,
        "h.rule.json": json.dumps([_ASKED]),
        "h.other.json": json.dumps(routes),
    }

    assert lines_of(tmp_path, ipv6="no", **exports) == expected
