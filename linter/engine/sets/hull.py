"""All values that a field has in a set, in larger blocks where they are many."""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from flowmodel.fields import NumberField
from flowmodel.values import Values, full
from linter.engine.sets.readout import RANGES, of_field
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space

_COARSE: Final = 8
_STEPS: Final = 4_000
"""How many blocks are looked at for a field: those that are not full may lie side by side."""


def hull(space: Space, packets: PacketSet, field: NumberField) -> Values:
    """All values that the field has in the set, or blocks of values that begin with the same bits.

    The smallest blocks that make few ranges, and are found in few steps.
    """
    some = packets.exists(space.cube(*(name for name in HEADER_FIELDS if name != field)))
    levels = space.levels(field)
    values = None if space.stand_ins is None else of_field(space, some, field)
    for coarse in range(0, len(levels), _COARSE):
        if values is None:
            found = _blocks(some, levels, len(levels) - coarse)
        else:
            found = blocks(values, len(levels), coarse)
        if found:
            return found
    return full(len(levels))


def _blocks(top: PacketSet, levels: dict[int | None, int], depth: int) -> Values:
    """The blocks of values with the same first bits that have one in the set; none if too many."""
    found: list[tuple[int, int]] = []
    width = len(levels)
    waiting = [(top, 0, 0)]
    steps = 0
    while waiting:
        node, at, first = waiting.pop()
        steps += 1
        if steps > _STEPS:
            return ()
        children = node.cofactors()
        if children is None and not node.satisfiable():
            continue
        if children is None or at == depth:
            last = first + (1 << (width - at)) - 1
            if found and found[-1][1] + 1 == first:
                found[-1] = (found[-1][0], last)
            elif len(found) == RANGES:
                return ()
            else:
                found.append((first, last))
            continue
        half = 1 << (width - at - 1)
        one, zero = children if levels[node.node_var()] == at else (node, node)
        waiting += [(one, at + 1, first + half), (zero, at + 1, first)]
    return tuple(found)


def blocks(values: Values, width: int, coarse: int) -> Values:
    """The same of a list, block by block: as if its values were the diagram of a set.

    There, one step is for all values, and two are for the halves of each block of which only a part
    is in the list. In such a block, some range begins or ends behind its first value.
    """
    if (not coarse and len(values) > RANGES) or _steps(values, width, coarse) > _STEPS:
        return ()
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(values):
        first, last = (each >> coarse for each in values[at])
        if found and found[-1][1] + 1 >= first:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        elif len(found) == RANGES:
            return ()
        else:
            found.append((first, last))
        at = _behind(values, at, coarse, last)
    return tuple((first << coarse, (last + 1 << coarse) - 1) for first, last in found)


def _steps(values: Values, width: int, coarse: int) -> int:
    """How many steps that takes; of more than too many, some."""
    steps = 1
    if 1 << (width - coarse + 1) <= _STEPS:
        # There are no more blocks than that.
        return steps
    for shift in range(coarse + 1, width + 1):
        for _ in _parted(values, shift):
            steps += 2
            if steps > _STEPS:
                return steps
    return steps


def _parted(values: Values, shift: int) -> Iterator[int]:
    """The blocks of so many low bits of which only a part is in the list."""
    at, known = 0, -1
    while at < len(values):
        first, last = values[at]
        for end in (first, last + 1):
            block = end >> shift
            if block != known and end != block << shift:
                known = block
                yield block
        at = _behind(values, at, shift, known)


def _behind(values: Values, at: int, shift: int, block: int) -> int:
    """The place of the next range that has values behind a block of so many low bits."""
    beyond = max(at + 1, bisect_left(values, (block + 1 << shift,), at))
    return beyond - 1 if beyond - 1 > at and values[beyond - 1][1] >> shift > block else beyond
