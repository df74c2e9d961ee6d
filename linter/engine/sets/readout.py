"""The values that a field has in a packet set, read out of its diagram."""

from typing import Final

from flowmodel.fields import NumberField
from flowmodel.values import Values
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space

RANGES: Final = 256
"""How many ranges a field of a box may have."""

Slices = dict[PacketSet, list[tuple[int, int]]]


class TooManyError(Exception):
    """The set is made of more boxes, or of longer ones, than was asked for."""


def slices(space: Space, packets: PacketSet, field: NumberField, limit: int = RANGES) -> Slices:
    """The field's values by what they leave of the set, in the order of the lowest of them.

    The set depends on no field above this one. Raises TooManyError for more ranges than the limit.
    """
    if space.stand_ins is None or field not in ("src", "dst"):
        return _sliced(space, packets, field, limit)
    found: Slices = {}
    left = limit
    for node, codes in coded(space, packets, field).items():
        found[node] = list(space.told(field, tuple(codes)))
        left -= len(found[node])
        if left < 0:
            raise TooManyError
    return dict(sorted(found.items(), key=lambda item: item[1][0]))


def coded(space: Space, packets: PacketSet, field: NumberField) -> Slices:
    """The same with what stands for the values, in the order of that, in a space where it does.

    Raises UnfitError where there are more ranges than unions of cells have.
    """
    assert space.stand_ins is not None, "asked for before"
    try:
        return _sliced(space, packets, field, max(1 << 16, space.stand_ins.pieces))
    except TooManyError:
        raise space.needs_bits() from None


def _sliced(space: Space, packets: PacketSet, field: NumberField, limit: int) -> Slices:
    levels = space.levels(field)
    width = len(levels)
    found: Slices = {}
    count = 0
    # On top lies what comes first: the sum of the ranges bounds how often this is done.
    waiting = [(packets, 0, 0)]
    while waiting:
        node, depth, first = waiting.pop()
        children = node.cofactors()
        if children is None and not node.satisfiable():
            continue
        level = levels.get(node.node_var()) if children else None
        if children is None or level is None:
            ranges = found.setdefault(node, [])
            last = first + (1 << (width - depth)) - 1
            if ranges and ranges[-1][1] + 1 == first:
                ranges[-1] = (ranges[-1][0], last)
            else:
                ranges.append((first, last))
                count += 1
                if count > limit:
                    raise TooManyError
            continue
        half = 1 << (width - depth - 1)
        one, zero = children if level == depth else (node, node)
        waiting += [(one, depth + 1, first + half), (zero, depth + 1, first)]
    return found


def of_field(space: Space, packets: PacketSet, field: NumberField) -> Values:
    """All values that the field has in the set, which depends on no other one."""
    return space.told(field, tuple(coded(space, packets, field).get(space.true, ())))


def projected(space: Space, packets: PacketSet, field: NumberField, limit: int) -> Values:
    """The values that the field has in the set, the first `limit` intervals of them.

    Where there are more, the first block of the next one tells it.
    """
    some = packets.exists(space.cube(*(name for name in HEADER_FIELDS if name != field)))
    levels = space.levels(field)
    if space.stand_ins is not None:
        values = of_field(space, some, field)
        more = values[limit : limit + 1]
        return (*values[:limit], *(_first_block(*each, len(levels)) for each in more))
    found: list[tuple[int, int]] = []
    if some.satisfiable():
        _collect(some, levels, len(levels), 0, 0, found, limit)
    return tuple(found)


def _first_block(first: int, last: int, width: int) -> tuple[int, int]:
    """The largest block at the beginning of an interval whose values begin with the same bits."""
    host = (last - first + 1).bit_length() - 1
    if first:
        host = min(host, (first & -first).bit_length() - 1)
    return first, first + (1 << min(host, width)) - 1


def _collect(
    node: PacketSet,
    levels: dict[int | None, int],
    width: int,
    depth: int,
    first: int,
    found: list[tuple[int, int]],
    limit: int,
) -> None:
    """Adds the intervals of a node that is not empty."""
    if len(found) > limit:
        return
    children = node.cofactors()
    if children is None:
        last = first + (1 << (width - depth)) - 1
        if found and found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
        return
    level = levels[node.node_var()]
    half = 1 << (width - depth - 1)
    one, zero = children if level == depth else (node, node)
    if zero.satisfiable():
        _collect(zero, levels, width, depth + 1, first, found, limit)
    if one.satisfiable():
        _collect(one, levels, width, depth + 1, first + half, found, limit)
