"""Sets of integers as sorted, disjoint, non-adjacent closed intervals."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Final

Interval = tuple[int, int]
Values = tuple[Interval, ...]

EMPTY: Values = ()
_BEHIND: Final = 1 << 129
"""More than any value."""
_LONGER: Final = 8
"""So much longer is a set of which parts are looked up rather than all looked at."""


def full(bits: int) -> Values:
    """All values of a field of so many bits."""
    return ((0, (1 << bits) - 1),)


def anything(bits: int) -> Values:
    """All values of a field, in two intervals: a translation leaves a full set as it is."""
    return ((0, 0), (1, (1 << bits) - 1))


def single(value: int) -> Values:
    """The set of one value."""
    return ((value, value),)


def union(intervals: Iterable[Interval]) -> Values:
    """The set that the given closed intervals cover, in any order, overlapping or not."""
    several = sorted(intervals)
    if len(several) <= 1:
        return tuple(several)
    merged: list[Interval] = []
    for first, last in several:
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def joined(values: Values, interval: Interval) -> Values:
    """The set with one more interval: the parts of a long one are copied whole."""
    first, last = interval
    start, end = bisect_left(values, (first,)), bisect_right(values, (last + 1, _BEHIND))
    start -= start > 0 and values[start - 1][1] >= first - 1
    if start < end:
        first, last = min(first, values[start][0]), max(last, values[end - 1][1])
    return (*values[:start], (first, last), *values[end:])


def gaps(values: Values, bits: int) -> int:
    """How many intervals the complement has."""
    if not values:
        return 1
    return len(values) + 1 - (values[0][0] == 0) - (values[-1][1] == (1 << bits) - 1)


def complement(values: Values, bits: int) -> Values:
    """All values of so many bits that are not in the set."""
    gaps: list[Interval] = []
    start = 0
    for first, last in values:
        if first > start:
            gaps.append((start, first - 1))
        start = last + 1
    if start < 1 << bits:
        gaps.append((start, (1 << bits) - 1))
    return tuple(gaps)


def intersection(left: Values, right: Values) -> Values:
    """The values in both sets."""
    if not left or not right or left[-1][1] < right[0][0] or right[-1][1] < left[0][0]:
        return ()
    if len(left) > _LONGER * len(right):
        return clipped(left, right)
    if len(right) > _LONGER * len(left):
        return clipped(right, left)
    common: list[Interval] = []
    # A short set is often asked of a long one: what lies before it is skipped.
    i = max(0, bisect_right(left, right[0]) - 1)
    j = max(0, bisect_right(right, left[0]) - 1)
    my_first, my_last = left[i]
    its_first, its_last = right[j]
    while True:
        first = my_first if my_first > its_first else its_first  # noqa: FURB136 - a call costs more
        if my_last < its_last:
            if first <= my_last:
                common.append((first, my_last))
            i += 1
            if i == len(left):
                break
            my_first, my_last = left[i]
        else:
            if first <= its_last:
                common.append((first, its_last))
            j += 1
            if j == len(right):
                break
            its_first, its_last = right[j]
    return tuple(common)


def clipped(values: Values, few: Values) -> Values:
    """The intersection with a set of few intervals, whose parts of a long one are copied whole."""
    common: list[Interval] = []
    for first, last in few:
        start = bisect_left(values, (first,))
        start -= start > 0 and values[start - 1][1] >= first
        some = values[start : bisect_right(values, (last, _BEHIND))]
        if some:
            head = max(first, some[0][0]), min(last, some[0][1])
            tail = max(first, some[-1][0]), min(last, some[-1][1])
            common += (head, *some[1:-1], tail) if len(some) > 1 else (head,)
    return tuple(common)


def difference(left: Values, right: Values) -> Values:
    """The values of the left set that are not in the right one."""
    if not left or not right or left[-1][1] < right[0][0] or right[-1][1] < left[0][0]:
        return left
    bits = max(left[-1][1], right[-1][1]).bit_length()
    return intersection(left, complement(right, bits))


def contains(values: Values, value: int) -> bool:
    """Whether the value is in the set."""
    if len(values) == 1:
        return values[0][0] <= value <= values[0][1]
    index = bisect_right(values, (value, _BEHIND)) - 1
    return index >= 0 and value <= values[index][1]


def overlaps(left: Values, right: Values) -> bool:
    """Whether the two sets have a value in common."""
    if len(left) > len(right):
        left, right = right, left
    for first, last in left:
        index = bisect_right(right, (last, _BEHIND)) - 1
        if index >= 0 and right[index][1] >= first:
            return True
    return False


def is_subset(inner: Values, outer: Values) -> bool:
    """Whether every value of the inner set is in the outer one."""
    for first, last in inner:
        index = bisect_right(outer, (first, _BEHIND)) - 1
        if index < 0 or last > outer[index][1]:
            return False
    return True


def size(values: Values) -> int:
    """How many values the set has."""
    return sum(last - first + 1 for first, last in values)
