"""Finds what is about an address, or about some of the addresses of something else, by blocks."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, Generic, TypeVar

from flowmodel.values import Values

Block = tuple[int, int]
"""The length of a prefix, and its bits; (0, 0) is every address."""
ANY: Final[Block] = (0, 0)
EVERY: Final[Sequence[Block]] = (ANY,)
MOST_RANGES: Final = 2_048
"""Longer lists are looked through by themselves: there are few of them."""

_Thing = TypeVar("_Thing")


class Blocks(Generic[_Thing]):
    """Things by the blocks that their addresses are in; also by those of ports."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.by_block: dict[Block, list[_Thing]] = {}
        self._sorted: tuple[list[int], list[_Thing]] = ([], [])
        """The first address of each block, and what it is of; made when somebody asks for them."""

    def add(self, thing: _Thing, blocks: Sequence[Block]) -> None:
        """Note what is in some blocks, before anything is asked."""
        for block in blocks:
            self.by_block.setdefault(block, []).append(thing)

    @cached_property
    def lengths(self) -> list[int]:
        """The lengths of the prefixes, the shortest first."""
        return sorted({length for length, _ in self.by_block})

    def around(self, address: int) -> Iterator[_Thing]:
        """What may be about an address."""
        by_block, width = self.by_block, self.width
        for length in self.lengths:
            yield from by_block.get((length, address >> width - length), ())

    def inside(self, block: Block) -> tuple[Sequence[_Thing], int, int]:
        """Where in a list the things are with a block inside of one, or maybe one around it."""
        length, bits = block
        if self.lengths and length >= self.lengths[-1]:
            # No block is longer, so that none but the same one is inside: most are addresses.
            its = self.by_block.get(block, ())
            return its, 0, len(its)
        firsts, things = self._in_order()
        first = bits << self.width - length
        last = first + (1 << self.width - length) - 1
        return things, bisect_left(firsts, first), bisect_right(firsts, last)

    def _in_order(self) -> tuple[list[int], list[_Thing]]:
        if not self._sorted[0]:
            starts = [
                bits << self.width - length
                for (length, bits), its in self.by_block.items()
                for _ in its
            ]
            every = [each for its in self.by_block.values() for each in its]
            order = sorted(range(len(every)), key=starts.__getitem__)
            self._sorted = [starts[each] for each in order], [every[each] for each in order]
        return self._sorted

    def meeting(self, blocks: Sequence[Block]) -> Iterator[_Thing]:
        """What may have an address in one of the blocks; some of it more than once."""
        for block in blocks:
            length, bits = block
            things, start, end = self.inside(block)
            yield from things[start:end]
            for shorter in self.lengths:
                if shorter >= length:
                    break
                yield from self.by_block.get((shorter, bits >> length - shorter), ())


def blocks_of(values: Values, width: int, most: int) -> Sequence[Block]:
    """A few blocks of addresses that hold all values; `EVERY` itself for every address.

    One stands for more than `most` ranges.
    """
    if not values:
        return EVERY
    if len(values) == 1 or len(values) > most:
        one = around(values[0][0], values[-1][1], width)
        return (one,) if one != ANY else EVERY
    found = dict.fromkeys(around(first, last, width) for first, last in values)
    return EVERY if ANY in found else tuple(found)


def around(first: int, last: int, width: int) -> Block:
    """The smallest block with all addresses from one to another one."""
    length = width - (first ^ last).bit_length()
    return (length, first >> width - length)
