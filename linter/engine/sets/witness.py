"""One believable packet of a set, and what the rules make of it."""

from flowmodel.addresses import address_in_words
from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, SYN, TCP, UDP, Family, NumberField
from flowmodel.record import dataclass
from linter.engine.sets.choice import Choice
from linter.engine.sets.full import count
from linter.engine.sets.space import HEADER_FIELDS, Bits, PacketSet, Space, minus

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
    ("sport", 0x8000, 0x8000),
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


def _with_port(address: str, version: Family, port: int) -> str:
    return f"{address}:{port}" if version == 4 else f"[{address}]:{port}"


NAMES = {1: "icmp", 6: "tcp", 17: "udp", 33: "dccp", 58: "icmpv6", 132: "sctp", 136: "udplite"}


def protocol_name(proto: int) -> str:
    """`tcp` for 6; `protocol 47` where there is no common name."""
    return NAMES.get(proto, f"protocol {proto}")


def example(space: Space, packets: PacketSet) -> Example:
    """A packet of a set that is not empty: a believable one if there is, else the lowest."""
    if space.stand_ins is not None:
        choice = Choice(space, space.stand_ins, packets)
        for wish in _wishes(space):
            choice = choice.wish(*wish)
        return Example(space.family, choice.other_ends().lowest())
    believable = wished(space, packets)
    values = _values(space, believable)
    if values["src"] == values["dst"]:
        # What a machine sends to itself comes by no wire.
        source, destination = (space.fields[side] for side in ("src", "dst"))
        every = (1 << len(source)) - 1
        others = minus(believable, space.masked(destination, every, values["dst"]))
        mine = others & space.masked(source, every, values["src"])
        several = (each for each in (mine, others) if each != space.false)
        values = _values(space, next(several, believable))
    return Example(space.family, values)


def _values(space: Space, packets: PacketSet) -> dict[str, int]:
    """The header fields of a set's lowest packet."""
    chosen = lowest(packets)
    return {str(field): number_of(space.fields[field], chosen) for field in HEADER_FIELDS}


def wished(space: Space, packets: PacketSet) -> PacketSet:
    """The most believable packets of a set that is not empty."""
    for field, mask, wanted in _wishes(space):
        fitting = packets & space.masked(space.fields[field], mask, wanted)
        if fitting != space.false:
            packets = fitting
    return packets


def _wishes(space: Space) -> tuple[_Wish, ...]:
    return (*_SOURCES[space.family], *_DESTINATIONS[space.family], *_OTHERS)


def lowest(packets: PacketSet) -> dict[int, bool]:
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


def number_of(value: Bits, chosen: dict[int, bool]) -> int:
    """The number that bits of the space have on such a path."""
    number = 0
    for bit in value:
        variable = bit.node_var()
        number = number << 1 | int(variable is not None and chosen.get(variable, False))
    return number


def counted(space: Space, packets: PacketSet, field: NumberField) -> float:
    """About how many values the field has in the set; sets of many ranges are no slower."""
    others = space.cube(*(name for name in HEADER_FIELDS if name != field))
    return count(space, packets.exists(others), len(space.fields[field]))
