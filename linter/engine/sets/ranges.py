"""The set of packets whose value lies in one of many ranges."""

from bisect import bisect_left
from typing import Final

from flowmodel.values import Interval, Values, complement
from linter.engine.sets.diagrams import BDDFunction

_Set = BDDFunction
_Bits = tuple[_Set, ...]
LONG: Final = 16
"""Lists of more ranges are long."""


def of_ranges(value: _Bits, values: Values, true: _Set, false: _Set) -> _Set:
    """The packets for which the value lies in the ranges, made of the sets of all and of none.

    Most tests are for one block.
    A range that is no aligned block takes up to two blocks for each bit to say. What lies between
    the addresses of a long list is made of such ranges: then it is the list that is built.
    """
    if len(values) == 1 and _is_block(values[0]):
        return _of_block(value, values[0], true)
    if len(values) > LONG and 2 * sum(map(_is_block, values)) < len(values):
        return ~_Builder(value, complement(values, len(value)), true, false).build()
    return _Builder(value, values, true, false).build()


def _is_block(interval: Interval) -> bool:
    """Whether all values are in it that begin with the same bits."""
    first, last = interval
    host = last - first
    return not (host & (host + 1) or first & host)


def _of_block(value: _Bits, block: Interval, true: _Set) -> _Set:
    first, last = block
    width = len(value)
    result = true
    for position in range(width - (last - first).bit_length() - 1, -1, -1):
        bit = value[position]
        result = (bit if first >> (width - 1 - position) & 1 else ~bit) & result
    return result


_TAIL = 12
"""How many of a value's last bits are kept together: 4,096 of them are soon all there."""


class _Builder:
    """Builds the set of packets whose value lies in one of many sorted intervals."""

    def __init__(self, value: _Bits, values: Values, true: _Set, false: _Set) -> None:
        self.true = true
        self.false = false
        self.value = value
        self.values = values
        self.firsts = [first for first, _ in values]
        self.bits = tuple((~bit, bit) for bit in value)
        self.tails: dict[tuple[int, int, int], _Set] = {}
        """The last bits of values, which large sets have again and again."""

    def build(self) -> _Set:
        return self._block(0, len(self.values), 0, 0)

    def _block(self, low: int, high: int, position: int, first: int) -> _Set:
        """The part in the aligned block that starts at `first`; intervals low..high touch it."""
        if low == high:
            return self.false
        if low + 1 == high:
            interval = self.values[low]
            if interval[0] == interval[1]:
                return self._aligned(interval[0], 0, position)
            return self._one(interval, position, first)
        size = 1 << (len(self.value) - position)
        if self.values[low][0] <= first and self.values[low][1] >= first + size - 1:
            return self.true
        middle = first + (size >> 1)
        left = bisect_left(self.firsts, middle, low, high)
        begin = left - 1 if left > low and self.values[left - 1][1] >= middle else left
        lower = self._block(low, left, position + 1, first)
        upper = self._block(begin, high, position + 1, middle)
        if lower == upper:
            return lower
        return self.value[position].ite(upper, lower)

    def _one(self, interval: Interval, position: int, first: int) -> _Set:
        """The part of one interval in a block; an aligned part is a conjunction of bits."""
        width = len(self.value)
        block_last = first + (1 << (width - position)) - 1
        low, high = max(interval[0], first), min(interval[1], block_last)
        if not _is_block((low, high)):
            middle = first + (1 << (width - position - 1))
            lower = upper = self.false
            if low < middle:
                lower = self._one(interval, position + 1, first)
            if high >= middle:
                upper = self._one(interval, position + 1, middle)
            return self.value[position].ite(upper, lower)
        return self._aligned(low, (high - low).bit_length(), position)

    def _aligned(self, low: int, host_bits: int, position: int) -> _Set:
        """The values that have the bits of `low` from the position on, but for the last ones."""
        width = len(self.bits)
        cut = max(position, width - _TAIL)
        key = (cut, host_bits, low & ((1 << width - cut) - 1))
        result = self.tails.get(key)
        if result is None:
            result = self.true
            for index in range(width - host_bits - 1, cut - 1, -1):
                result = self.bits[index][low >> (width - 1 - index) & 1] & result
            self.tails[key] = result
        for index in range(min(cut, width - host_bits) - 1, position - 1, -1):
            result = self.bits[index][low >> (width - 1 - index) & 1] & result
        return result
