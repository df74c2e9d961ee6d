"""A packet set as a union of disjoint boxes: for each field some ranges, and all combinations."""

from collections.abc import Iterator, Sequence

from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, NumberField
from flowmodel.record import dataclass
from flowmodel.values import Values, union
from linter.engine.sets.hull import hull
from linter.engine.sets.readout import RANGES, TooManyError, projected, slices
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space, minus

_PORTS: tuple[NumberField, ...] = ("sport", "dport")
_KINDS: tuple[NumberField, ...] = ("icmp_type", "icmp_code")
_BESIDE: tuple[NumberField, ...] = ("state", "ct_dir", "tcp_flags")
"""What a packet that opens a connection has by being one."""

Ranges = dict[NumberField, Values]
"""A box: the fields that its protocols have, with their values."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """The packets of a set whose protocols have the same fields."""

    packets: PacketSet
    fields: tuple[NumberField, ...]


def boxes(space: Space, packets: PacketSet, limit: int) -> list[Ranges]:
    """The boxes that hold the packets of the set and no others; TooManyError above the limit."""
    found: list[Ranges] = []
    for kind in _kinds(space, packets):
        for ranges in _split(space, kind.packets, kind.fields):
            found.append(ranges)
            if len(found) > limit:
                raise TooManyError
    return found


def bounds(space: Space, packets: PacketSet) -> list[Ranges]:
    """A few boxes that hold all packets of the set, and others too: one for some protocols."""
    found: list[Ranges] = []
    for kind in _kinds(space, packets):
        for protocols, rest in _by_protocol(space, kind.packets):
            hulls = {field: hull(space, rest, field) for field in kind.fields}
            found.append({**hulls, "proto": protocols})
    return found


def _by_protocol(space: Space, packets: PacketSet) -> Iterator[tuple[Values, PacketSet]]:
    """Each protocol with ports by itself, and all others of a kind together."""
    every = projected(space, packets, "proto", RANGES)
    if space.within(space.fields["proto"], _of(PORT_PROTOCOLS)) & packets == space.false:
        yield every, packets
        return
    for first, last in every:
        for value in range(first, last + 1):
            one: Values = ((value, value),)
            yield one, packets & space.within(space.fields["proto"], one)


def _of(protocols: Sequence[int] | frozenset[int]) -> Values:
    return union((each, each) for each in protocols)


def _kinds(space: Space, packets: PacketSet) -> Iterator[_Kind]:
    """The packets by the fields that their protocols have, without what others leave open."""
    packets = packets.exists(space.cube(*_BESIDE))
    proto = space.fields["proto"]
    ported = space.within(proto, _of(PORT_PROTOCOLS))
    icmp = space.within(proto, _of((ICMP, ICMPV6)))
    ends: tuple[NumberField, ...] = ("src", "dst")
    for part, has in (
        (packets & ported, _PORTS),
        (packets & icmp, _KINDS),
        (minus(packets, ported | icmp), ()),
    ):
        if part != space.false:
            without = [field for field in (*_PORTS, *_KINDS) if field not in has]
            mine = {"proto", *ends, *has}
            names = tuple(field for field in HEADER_FIELDS if field in mine)
            yield _Kind(part.exists(space.cube(*without)), names)


def _split(space: Space, packets: PacketSet, fields: Sequence[NumberField]) -> Iterator[Ranges]:
    """The boxes of a set, which depends on these fields alone; they are in the variables' order."""
    if not fields:
        assert packets.valid(), "the set depends on what no packet shows"
        yield {}
        return
    for rest, values in slices(space, packets, fields[0]).items():
        for ranges in _split(space, rest, fields[1:]):
            yield {fields[0]: tuple(values)} | ranges
