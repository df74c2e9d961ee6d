"""One believable packet of a set, and what the rules make of it."""

from linter.engine.header import Header
from linter.engine.space import HEADER_FIELDS, Bits, PacketSet, Space
from linter.engine.state import Known, State
from linter.model.fields import ICMP, ICMPV6, PORT_PROTOCOLS, SYN, TCP, UDP, Family, NumberField
from linter.model.record import dataclass
from linter.model.values import Values

_Wish = tuple[NumberField, int, int]
"""A field, a mask, and the bits wished under it."""

# Documentation prefixes (RFC 5737, RFC 3849) first: a reader sees that the packet is an example.
# The last byte 7 makes a host of a network's lowest address.
_SOURCES: dict[Family, tuple[_Wish, ...]] = {
    4: (
        ("src", 0xFFFFFFFF, 0xC6336407),
        ("src", 0xFFFFFFFF, 0xCB007107),
        ("src", 0xFFFFFFFF, 0x08080807),
        ("src", 0xFF, 7),
        ("src", 0xFF, 1),
    ),
    6: (
        ("src", (1 << 128) - 1, 0x20010DB8 << 96 | 7),
        ("src", (1 << 128) - 1, 0x2001486048600000 << 64 | 7),
        ("src", 0xFFFF, 7),
        ("src", 0xFFFF, 1),
    ),
}
_DESTINATIONS: dict[Family, tuple[_Wish, ...]] = {
    4: (
        ("dst", 0xFFFFFFFF, 0xC000020A),
        ("dst", 0xFFFFFFFF, 0xCB00710A),
        ("dst", 0xFFFFFFFF, 0x08080808),
    ),
    6: (
        ("dst", (1 << 128) - 1, 0x20010DB8 << 96 | 0x10),
        ("dst", (1 << 128) - 1, 0x2001486048600000 << 64 | 0x8888),
    ),
}
_OTHERS: tuple[_Wish, ...] = (
    ("proto", 0xFF, TCP),
    ("proto", 0xFF, UDP),
    ("tcp_flags", 0xFF, SYN),
    ("dport", 0xFFFF, 443),
    ("dport", 0xFFFF, 22),
    ("dport", 0xFFFF, 80),
    ("dport", 0xFF00, 0),
    ("sport", 0xFFFF, 40000),
    ("sport", 0xC000, 0x8000),
    ("sport", 0xFC00, 0x0400),
    ("dst", 0xFF, 7),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A packet of a set: the values of the header fields as it was sent."""

    family: Family
    values: dict[str, int]

    def __str__(self) -> str:
        version = self.family
        src = address_in_words(self.values["src"], version)
        dst = address_in_words(self.values["dst"], version)
        proto = self.values["proto"]
        if proto in PORT_PROTOCOLS:
            return (
                f"{protocol_name(proto)} {_with_port(src, version, self.values['sport'])}"
                f" > {_with_port(dst, version, self.values['dport'])}"
            )
        if proto in (ICMP, ICMPV6):
            kind = f"type {self.values['icmp_type']} code {self.values['icmp_code']}"
            return f"{protocol_name(proto)} {src} > {dst} {kind}"
        return f"{protocol_name(proto)} {src} > {dst}"


def address_in_words(address: int, family: Family) -> str:
    """`192.0.2.10` or `2001:db8::10`."""
    from ipaddress import IPv4Address, IPv6Address

    return str(IPv4Address(address) if family == 4 else IPv6Address(address))


def _with_port(address: str, version: Family, port: int) -> str:
    return f"{address}:{port}" if version == 4 else f"[{address}]:{port}"


NAMES = {1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 58: "icmpv6", 132: "sctp", 136: "udplite"}


def protocol_name(proto: int) -> str:
    """`tcp` for 6; `protocol 47` where there is no common name."""
    return NAMES.get(proto, f"protocol {proto}")


def example(space: Space, packets: PacketSet) -> Example:
    """A packet of a set that is not empty: a believable one if there is, else the lowest."""
    for field, mask, wanted in (*_SOURCES[space.family], *_DESTINATIONS[space.family], *_OTHERS):
        wished = packets & space.masked(space.fields[field], mask, wanted)
        if wished != space.false:
            packets = wished
    chosen = _lowest(packets)
    values = {str(field): _value(space.fields[field], chosen) for field in HEADER_FIELDS}
    return Example(space.family, values)


def _lowest(packets: PacketSet) -> dict[int, bool]:
    """The variables on the path of a set's diagram that prefers zeros."""
    chosen: dict[int, bool] = {}
    node = packets
    while (children := node.cofactors()) is not None:
        variable = node.node_var()
        one, zero = children
        if variable is None:
            break
        chosen[variable] = not zero.satisfiable()
        node = one if chosen[variable] else zero
    return chosen


def _value(value: Bits, chosen: dict[int, bool]) -> int:
    number = 0
    for bit in value:
        variable = bit.node_var()
        number = number << 1 | int(variable is not None and chosen.get(variable, False))
    return number


def arrival(space: Space, example_packet: Example, header: Header) -> State:
    """The packet as it comes to a device with the given header, for the interpreter.

    What depends on free variables is None.
    """
    assignment: dict[int, bool] = {}
    for field in HEADER_FIELDS:
        bits = space.fields[field]
        for position, bit in enumerate(bits):
            variable = bit.node_var()
            if variable is not None:
                shift = len(bits) - 1 - position
                assignment[variable] = bool(example_packet.values[field] >> shift & 1)
    sent = {id(space.fields[field]): example_packet.values[field] for field in HEADER_FIELDS}
    numbers = {
        field: sent[id(bits)] if id(bits) in sent else _known(bits, assignment)
        for field, bits in header.numbers.items()
    }
    for field in ("src", "dst", "proto", "sport", "dport"):
        numbers["orig_" + field] = numbers[field]
    names: dict[str, Known] = {
        field: header.names.get(field) for field in ("in", "out", "phys_in", "phys_out")
    }
    return State(numbers, names, space.family, tracked=numbers["state"] or 0)


def _known(value: Bits, assignment: dict[int, bool]) -> int | None:
    number = 0
    for bit in value:
        resolved = _resolve(bit, assignment)
        if resolved is None:
            return None
        number = number << 1 | int(resolved)
    return number


def _resolve(bit: PacketSet, assignment: dict[int, bool]) -> bool | None:
    node = bit
    while (children := node.cofactors()) is not None:
        variable = node.node_var()
        if variable is None or variable not in assignment:
            return None
        node = children[0] if assignment[variable] else children[1]
    return node.valid()


def counted(space: Space, packets: PacketSet, field: NumberField) -> float:
    """About how many values the field has in the set; sets of many ranges are no slower."""
    others = space.cube(*(name for name in HEADER_FIELDS if name != field))
    return packets.exists(others).sat_count_float(len(space.fields[field]))


def projected(space: Space, packets: PacketSet, field: NumberField, limit: int) -> Values:
    """The values that the field has in the set, the first `limit` intervals of them."""
    others = space.cube(*(name for name in HEADER_FIELDS if name != field))
    return _Ranges(space.fields[field], limit).of(packets.exists(others), 0)


class _Ranges:
    """Reads the intervals of one field's values off a diagram, each part of it once."""

    def __init__(self, value: Bits, limit: int) -> None:
        self.levels = {bit.node_var(): position for position, bit in enumerate(value)}
        self.limit = limit
        self.known: dict[tuple[PacketSet, int], Values] = {}

    def of(self, node: PacketSet, depth: int) -> Values:
        """The intervals in the block of values that begins with so many given bits, from 0."""
        size = 1 << (len(self.levels) - depth)
        children = node.cofactors()
        if children is None:
            return ((0, size - 1),) if node.satisfiable() else ()
        key = (node, depth)
        if key not in self.known:
            one, zero = children if self.levels[node.node_var()] == depth else (node, node)
            low = self.of(zero, depth + 1)
            high = self.of(one, depth + 1) if len(low) <= self.limit else ()
            self.known[key] = self._joined(low, high, size >> 1)
        return self.known[key]

    def _joined(self, low: Values, high: Values, half: int) -> Values:
        moved = [(first + half, last + half) for first, last in high]
        if low and moved and low[-1][1] + 1 == moved[0][0]:
            moved[0] = (low[-1][0], moved[0][1])
            low = low[:-1]
        return (*low, *moved)[: self.limit + 1]
