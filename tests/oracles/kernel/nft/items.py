"""Values as rules of nft write them, and the properties of packets that they are values of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from flowmodel.fields import DCCP, ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE, Family
from tests.oracles.kernel.cases import Assignment, Hint
from tests.oracles.kernel.constants import BLOCKS, RANGES

Value = int | str
_LARGEST: Final = {"ipv4_addr": (1 << 32) - 1, "ipv6_addr": (1 << 128) - 1, "inet_service": 65535}


@dataclass(frozen=True, slots=True)
class Item:
    """A value, a prefix or a range as written, with values at its edges."""

    text: str
    inside: tuple[Value, ...]
    outside: tuple[Value, ...]
    holds: Callable[[Value], bool]

    def meets(self, other: "Item") -> bool:
        """Whether the two have a value in common; for intervals their edges tell."""
        return any(map(other.holds, self.inside)) or any(map(self.holds, other.inside))


@dataclass(frozen=True, slots=True)
class Key:
    """What a rule asks for, the type of sets of it, the field, and what it presupposes."""

    text: str
    kind: str
    field: str
    items: tuple[Item, ...]
    also: Assignment = ()

    def has(self, value: Value) -> bool:
        """Whether there is such a value: it may lie beside the edge of all there are."""
        return isinstance(value, str) or 0 <= value <= _LARGEST.get(self.kind, 255)

    def assignment(self, value: Value) -> Assignment:
        """That the property has this value."""
        return (*self.also, (self.field, value))


def interval(first: int, last: int, text: str = "") -> Item:
    """The item of `22`, `80-443`, or of another text for the numbers."""
    written = text or (str(first) if first == last else f"{first}-{last}")
    inside = tuple(dict.fromkeys((first, last, (first + last) // 2)))

    def holds(value: Value) -> bool:
        return isinstance(value, int) and first <= value <= last

    return Item(written, inside, (first - 1, last + 1), holds)


def name(text: str, inside: Sequence[str], outside: Sequence[str]) -> Item:
    """The item of an interface's name, or of its beginning with a star."""
    found = frozenset(inside)
    return Item(f'"{text}"', tuple(inside), tuple(outside), lambda value: value in found)


@cache
def addresses(family: Family) -> tuple[Item, ...]:
    """Prefixes and ranges of a family, without masks that have holes."""
    blocks = [
        block
        for block in (*BLOCKS[family], *RANGES[family])
        if "-" in block.text or block.text.split("/")[1].isdigit()
    ]
    # nft refuses a range of one address.
    texts = [block.text.removesuffix("/32").removesuffix("/128") for block in blocks]
    return tuple(
        Item(
            text,
            block.inside,
            block.outside,
            lambda value, holds=block.holds: isinstance(value, int) and holds(value),  # type: ignore[misc]
        )
        for block, text in zip(blocks, texts, strict=True)
        if len(set(text.split("-"))) == len(text.split("-"))
    )


PORT_ITEMS: Final = (
    *(interval(port, port) for port in (0, 22, 53, 80, 443, 65535)),
    interval(22, 22, "ssh"),
    interval(0, 100),
    interval(80, 443),
    interval(1024, 65535),
    interval(22, 23),
    interval(1000, 2000),
)
TRANSPORTS: Final = {"tcp": TCP, "udp": UDP, "sctp": SCTP, "dccp": DCCP, "udplite": UDPLITE}
INTERFACE_ITEMS: Final = (
    name("eth0", ("eth0",), ("eth1", "eth10")),
    name("eth1", ("eth1",), ("eth10", "eth0")),
    name("eth*", ("eth0", "eth10", "eth1"), ("wan", "tun0")),
    name("eth1*", ("eth1", "eth10"), ("eth0", "wan")),
    name("wan", ("wan",), ("eth0",)),
    name("lo", ("lo",), ("eth0",)),
    name("ppp0", (), ("eth0", "wan")),
)
_ICMP_TYPES: Final[dict[Family, tuple[Item, ...]]] = {
    4: (
        interval(8, 8, "echo-request"),
        interval(0, 0, "echo-reply"),
        interval(3, 3),
        interval(11, 13),
        interval(13, 13, "timestamp-request"),
        interval(3, 5),
    ),
    6: (
        interval(128, 128, "echo-request"),
        interval(129, 129),
        interval(1, 4),
        interval(135, 135, "nd-neighbor-solicit"),
        interval(130, 136),
        interval(2, 2, "packet-too-big"),
    ),
}
_CODES: Final = (interval(0, 0), interval(1, 1), interval(0, 1), interval(4, 15), interval(3, 3))


def address_key(family: Family, side: str) -> Key:
    """`ip saddr`, `ip6 daddr` …; `side` is `src` or `dst`."""
    header, kind = ("ip", "ipv4_addr") if family == 4 else ("ip6", "ipv6_addr")
    return Key(f"{header} {side[0]}addr", kind, side, addresses(family))


def port_key(transport: str, side: str) -> Key:
    """`tcp dport` …; `side` is `sport` or `dport`."""
    also = (("proto", TRANSPORTS[transport]),)
    return Key(f"{transport} {side}", "inet_service", side, PORT_ITEMS, also)


def icmp_keys(family: Family) -> tuple[Key, Key]:
    """`icmp type` and `icmp code`, or those of ICMPv6."""
    header, number = ("icmp", ICMP) if family == 4 else ("icmpv6", ICMPV6)
    also = (("proto", number),)
    return (
        Key(f"{header} type", f"{header}_type", "icmp_type", _ICMP_TYPES[family], also),
        Key(f"{header} code", f"{header}_code", "icmp_code", _CODES, also),
    )


def protocol_key(family: Family, text: str) -> Key:
    """`meta l4proto`, `ip protocol` or `ip6 nexthdr`."""
    numbers = {"tcp": TCP, "udp": UDP, "132": SCTP, "gre": 47, "esp": 50, "89": 89, "253": 253}
    numbers["icmp" if family == 4 else "ipv6-icmp"] = ICMP if family == 4 else ICMPV6
    items = tuple(interval(number, number, word) for word, number in numbers.items())
    return Key(text, "inet_proto", "proto", items)


TRANSPORT_KEY: Final = Key(
    "meta l4proto",
    "inet_proto",
    "proto",
    tuple(interval(number, number, word) for word, number in (("tcp", TCP), ("udp", UDP))),
)
ANY_PORT_KEY: Final = Key("th dport", "inet_service", "dport", PORT_ITEMS)


def interface_key(text: str) -> Key:
    """`iifname`, `meta oifname` …"""
    field = "in_name" if "iif" in text else "out_name"
    return Key(text, "ifname", field, INTERFACE_ITEMS)


def hint_of(key: Key, items: Iterable[Item]) -> Hint:
    """The hint that the property is in one of the items; edges of all others are tried too."""
    wanted = list(items)
    near = [value for item in (*wanted, *key.items) for value in (*item.inside, *item.outside)]
    own = dict.fromkeys([value for item in wanted for value in item.inside])
    inside = [*own, *(v for v in dict.fromkeys(near) if any(item.holds(v) for item in wanted))]
    outside = [v for v in dict.fromkeys(near) if not any(item.holds(v) for item in wanted)]
    return Hint(
        tuple(key.assignment(value) for value in inside if key.has(value)),
        tuple(key.assignment(value) for value in outside if key.has(value)),
    )


def rows_hint(keys: Sequence[Key], rows: Sequence[Sequence[Item]]) -> Hint:
    """The hint that the properties are, in this order, in the items of one of the rows."""

    def holds(values: Sequence[Value]) -> bool:
        return any(
            all(item.holds(value) for item, value in zip(row, values, strict=True)) for row in rows
        )

    corners = [
        [item.inside[turn % len(item.inside)] for item in row] for row in rows for turn in (0, 1)
    ]
    beside = []
    for row, corner in zip([row for row in rows for _ in (0, 1)], corners, strict=True):
        for place, item in enumerate(row):
            for value in item.outside:
                moved = [*corner[:place], value, *corner[place + 1 :]]
                if keys[place].has(value) and not holds(moved):
                    beside.append(moved)
    return Hint(
        tuple(_assignments(keys, values) for values in corners),
        tuple(_assignments(keys, values) for values in beside),
    )


def _assignments(keys: Sequence[Key], values: Sequence[Value]) -> Assignment:
    pairs = zip(keys, values, strict=True)
    return tuple(pair for key, value in pairs for pair in key.assignment(value))
