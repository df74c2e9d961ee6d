"""A packet set as a union of disjoint boxes: for each field some ranges, and all combinations."""

from collections.abc import Iterator, Sequence

from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, NumberField
from flowmodel.record import dataclass
from flowmodel.values import Values, full, union
from linter.engine.sets.readout import RANGES, Block, TooManyError, projected, slices, top
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space, minus

_PORTS: tuple[NumberField, ...] = ("sport", "dport")
_KINDS: tuple[NumberField, ...] = ("icmp_type", "icmp_code")
_BESIDE: tuple[NumberField, ...] = ("state", "ct_dir", "tcp_flags")
"""What a packet that opens a connection has by being one."""
_COARSE = 8
_STEPS = 4_000
"""How many blocks are looked at for a field: those that are not full may lie side by side."""

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
            hulls = {field: _hull(space, rest, field) for field in kind.fields}
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


def _hull(space: Space, packets: PacketSet, field: NumberField) -> Values:
    """All values that the field has in the set; where these are many, in blocks."""
    others = space.cube(*(name for name in HEADER_FIELDS if name != field))
    node = top(space, packets.exists(others), field)
    width = len(space.fields[field])
    for coarse in range(0, width, _COARSE):
        found = _blocks(node, width, width - coarse)
        if found:
            return found
    return full(width)


def _blocks(top: Block, width: int, depth: int) -> Values:
    """The blocks of values with the same first bits that have one in the set; none if too many."""
    found: list[tuple[int, int]] = []
    waiting = [(top, 0, 0)]
    steps = 0
    while waiting:
        block, at, first = waiting.pop()
        steps += 1
        if steps > _STEPS:
            return ()
        if block.is_empty:
            continue
        halves = block.halves(at) if at < depth else None
        if halves is None:
            last = first + (1 << (width - at)) - 1
            if found and found[-1][1] + 1 == first:
                found[-1] = (found[-1][0], last)
            elif len(found) == RANGES:
                return ()
            else:
                found.append((first, last))
            continue
        half = 1 << (width - at - 1)
        zero, one = halves
        waiting += [(one, at + 1, first + half), (zero, at + 1, first)]
    return tuple(found)
