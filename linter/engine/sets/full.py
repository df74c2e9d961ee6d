"""Packet sets in whose diagrams some addresses stand for others, in full."""

from typing import Final, Literal

from flowmodel.fields import NumberField
from linter.engine.sets.readout import coded
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.standins import StandIns

_ENDS: Final[tuple[NumberField, ...]] = ("dst", "src")
"""In the order of their variables."""
_VARIABLES: Final = 512
"""As many as nobody has below addresses: how many there are does not matter there."""


def in_full(space: Space, packets: PacketSet) -> tuple[Space, PacketSet]:
    """The set with all addresses, and the space without stand-ins that it is in."""
    if space.stand_ins is None:
        return space, packets
    full = space.in_full()
    return full, _of(space, full, packets, {})


def has_more_nodes(space: Space, packets: PacketSet, limit: int) -> bool:
    """Whether the diagram of the set in full surely has more nodes than that."""
    if space.stand_ins is None:
        return False
    waiting, seen = [packets], {packets}
    while waiting:
        node = waiting.pop()
        children, end = node.cofactors(), _end(space, node)
        if children is None or end is None:
            continue
        several = coded(space, node, end) if end else {}
        if any(space.stand_ins.has_more_nodes(tuple(its), limit) for its in several.values()):
            return True
        below = several if end else children
        waiting += (each for each in below if each not in seen)
        seen.update(below)
    return False


def _of(
    space: Space, full: Space, packets: PacketSet, known: dict[PacketSet, PacketSet]
) -> PacketSet:
    children, end = packets.cofactors(), _end(space, packets)
    if children is None or end is None:
        return packets
    if packets not in known:
        if end:
            values = full.fields[end]
            known[packets] = full.union(
                full.within(values, space.told(end, tuple(codes))) & _of(space, full, rest, known)
                for rest, codes in coded(space, packets, end).items()
            )
        else:
            one, zero = (_of(space, full, each, known) for each in children)
            variable = packets.node_var()
            assert variable is not None, "it has children"
            known[packets] = space.manager.var(variable).ite(one, zero)
    return known[packets]


def _end(space: Space, packets: PacketSet) -> NumberField | Literal[""] | None:
    """The address that the top of the diagram asks for; empty above them, and None below."""
    variable = packets.node_var()
    last = space.fields["src"][-1].node_var()
    if variable is None or last is None or variable > last:
        return None
    return next((end for end in _ENDS if variable in space.levels(end)), "")


def count(space: Space, packets: PacketSet, variables: int) -> float:
    """About how many packets there are in the set, if that many variables tell them apart."""
    if space.stand_ins is None:
        return packets.sat_count_float(variables)
    return _share(space, space.stand_ins, packets, {}) * 2.0**variables


def _share(
    space: Space, stand_ins: StandIns, packets: PacketSet, known: dict[PacketSet, float]
) -> float:
    """How many of all packets there are in the set."""
    children, end = packets.cofactors(), _end(space, packets)
    if children is None or end is None:
        return packets.sat_count_float(_VARIABLES) / 2.0**_VARIABLES
    if packets not in known:
        share = 0.0
        for rest, codes in coded(space, packets, end).items() if end else ():
            size = stand_ins.size(tuple(codes))
            if size is None:
                raise space.needs_bits()
            width = len(space.fields[end or "src"])
            share += size / 2.0**width * _share(space, stand_ins, rest, known)
        for each in () if end else children:
            share += _share(space, stand_ins, each, known) / 2
        known[packets] = share
    return known[packets]
