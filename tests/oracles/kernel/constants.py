"""The small pools that random rule sets draw from, so that rules overlap, and hints at values."""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from flowmodel.fields import Family
from tests.oracles.kernel.cases import Assignment, Hint


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses as a rule writes them, with values at the edges."""

    text: str
    inside: tuple[int, ...]
    outside: tuple[int, ...]
    holds: Callable[[int], bool]

    def hint(self, field: str) -> Hint:
        """The hint that `field` lies in the block; other blocks' edges within it are inside too."""
        family: Family = 6 if ":" in self.text else 4
        shared = [value for value in _edge_addresses(family) if self.holds(value)]
        return Hint(
            tuple(((field, value),) for value in (*self.inside, *shared)),
            tuple(((field, value),) for value in self.outside),
        )


@cache
def _edge_addresses(family: Family) -> tuple[int, ...]:
    """The edges of all blocks."""
    blocks = (*BLOCKS[family], *RANGES[family])
    return tuple(dict.fromkeys(v for block in blocks for v in (*block.inside, *block.outside)))


def _number(text: str) -> int:
    return int(ipaddress.ip_address(text))


def _interval(text: str, low: int, high: int) -> Block:
    inside = tuple(dict.fromkeys((low, high, (low + high) // 2)))
    return Block(text, inside, (low - 1, high + 1), lambda value: low <= value <= high)


def prefix(text: str) -> Block:
    """The block of `10.0.0.8/29`."""
    network = ipaddress.ip_network(text)
    return _interval(text, int(network.network_address), int(network.broadcast_address))


def span(first: str, last: str) -> Block:
    """The block of `10.0.0.5-10.0.0.20`."""
    return _interval(f"{first}-{last}", _number(first), _number(last))


def masked(address: str, mask: str) -> Block:
    """The block of an address under a mask with holes."""
    value, bits = _number(address), _number(mask)
    width = 32 if "." in address else 128
    free = ~bits & ((1 << width) - 1)
    lowest, highest = bits & -bits, 1 << (bits.bit_length() - 1)
    inside = (value, value | free, value | (free & 0x5A5A5A5A))
    outside = (value ^ lowest, value ^ highest)
    return Block(f"{address}/{mask}", inside, outside, lambda other: other & bits == value)


BLOCKS: Final[dict[Family, tuple[Block, ...]]] = {
    4: (
        *map(
            prefix,
            (
                "10.0.0.0/8",
                "10.0.0.0/24",
                "10.0.0.8/29",
                "10.0.0.9/32",
                "192.0.2.0/24",
                "192.0.2.128/25",
                "198.51.100.7/32",
                "203.0.113.0/30",
            ),
        ),
        masked("10.0.0.9", "255.0.0.255"),
        masked("192.0.2.0", "255.255.255.1"),
    ),
    6: (
        *map(
            prefix,
            (
                "2001:db8::/32",
                "2001:db8::/64",
                "2001:db8::8/125",
                "2001:db8::9/128",
                "2001:db8:1::/48",
                "fd00::/9",
                "fd00:1::7/128",
            ),
        ),
        masked("2001:db8::9", "ffff:ffff::ffff"),
    ),
}
RANGES: Final[dict[Family, tuple[Block, ...]]] = {
    4: (
        span("10.0.0.5", "10.0.0.20"),
        span("10.0.0.9", "10.0.0.9"),
        span("9.255.255.250", "10.0.0.8"),
        span("192.0.2.100", "198.51.100.7"),
    ),
    6: (
        span("2001:db8::5", "2001:db8::20"),
        span("2001:db7:ffff::", "2001:db8::8"),
        span("fd00::1", "fd00:1::7"),
    ),
}
PORTS: Final = (
    "0",
    "22",
    "53",
    "80",
    "443",
    "65535",
    "80:443",
    ":100",
    "1024:65535",
    "60000:",
    "22:23",
    "0:65535",
)
MULTIPORTS: Final = (
    "22,80,443",
    "53",
    "1:100,443",
    "80:90,1024:65535",
    "0,22:53,65535",
    "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
)
INTERFACE_PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    "lo": ("lo",),
    "eth0": ("eth0",),
    "eth1": ("eth1",),
    "eth1+": ("eth1", "eth10"),
    "eth+": ("eth0", "eth10"),
    "wan": ("wan",),
    "tun+": ("tun0",),
    "ppp0": (),
    "+": ("eth0", "wan"),
}
FLAGS: Final = (
    0x02,
    0x12,
    0x10,
    0x01,
    0x11,
    0x00,
    0x29,
    0x3F,
    0x04,
    0x14,
    0x18,
    0xC2,
    0x40,
    0x03,
    0x22,
    0x30,
    0x08,
    0x06,
)


def port_bounds(text: str) -> tuple[int, int]:
    """First and last port of `22`, `80:443`, `:100` or `60000:`."""
    first, colon, last = text.partition(":")
    if not colon:
        return int(first), int(first)
    return int(first or 0), int(last or 65535)


def edges(first: int, last: int, highest: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Values of a range, and its neighbours."""
    outside = [value for value in (first - 1, last + 1) if 0 <= value <= highest]
    return tuple(dict.fromkeys((first, last))), tuple(outside)


def port_hint(proto: int, field: str, text: str) -> Hint:
    """The hint of a test for a list of ports or port ranges."""
    inside: list[int] = []
    outside: list[int] = []
    for part in text.split(","):
        within, beside = edges(*port_bounds(part), 65535)
        inside += within
        outside += beside
    bounds = [port_bounds(part) for part in text.split(",")]

    def holds(port: int) -> bool:
        return any(low <= port <= high for low, high in bounds)

    outside = [port for port in outside if not holds(port)]
    inside += [port for text in PORTS for port in port_bounds(text) if holds(port)]
    return Hint(
        tuple((("proto", proto), (field, port)) for port in inside),
        tuple((("proto", proto), (field, port)) for port in outside),
    )


def value_hint(
    field: str,
    values: Iterable[int],
    holds: Callable[[int], bool],
    also: Assignment = (),
) -> Hint:
    """The hint of a test that holds for some of the values; `also` is what it presupposes."""
    wanted = list(values)
    return Hint(
        tuple((*also, (field, value)) for value in wanted if holds(value)),
        tuple((*also, (field, value)) for value in wanted if not holds(value)),
    )


def interface_hint(field: str, pattern: str, names: Iterable[str]) -> Hint:
    """The hint of a test for an interface's name."""
    inside = INTERFACE_PATTERNS[pattern]
    if pattern == "+":
        return Hint(tuple(((field, name),) for name in inside), ())
    stem = pattern.removesuffix("+")
    beside = [n for n in names if not (n.startswith(stem) if "+" in pattern else n == pattern)]
    return Hint(
        tuple(((field, name),) for name in inside), tuple(((field, name),) for name in beside)
    )
