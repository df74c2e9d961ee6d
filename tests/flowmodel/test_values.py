"""The laws of value sets, against Python's own sets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.values import (
    EMPTY,
    Interval,
    Values,
    complement,
    contains,
    difference,
    full,
    gaps,
    intersection,
    is_subset,
    joined,
    overlaps,
    single,
    size,
    union,
)

_BITS = 5
_ALL = frozenset(range(1 << _BITS))
_number = st.integers(0, (1 << _BITS) - 1)
_interval = st.tuples(_number, _number).map(lambda two: (min(two), max(two)))
_values = st.lists(_interval, max_size=6).map(union)


def _members(values: Values) -> frozenset[int]:
    return frozenset(n for first, last in values for n in range(first, last + 1))


@given(st.lists(_interval, max_size=8))
def test_a_union_is_sorted_apart_and_has_what_its_intervals_have(found: list[Interval]) -> None:
    values = union(found)

    assert _members(values) == {n for first, last in found for n in range(first, last + 1)}
    assert all(one[1] + 1 < two[0] for one, two in pairwise(values))
    assert union(values) == values


@given(_values, _interval)
def test_one_more_interval_makes_the_union_with_it(values: Values, interval: Interval) -> None:
    assert joined(values, interval) == union((*values, interval))


@given(_values)
def test_gaps_are_counted_as_the_complement_has_them(values: Values) -> None:
    assert gaps(values, _BITS) == len(complement(values, _BITS))


@given(_values, _values)
def test_the_operations_are_those_of_sets(left: Values, right: Values) -> None:
    one, two = _members(left), _members(right)

    assert _members(union(left + right)) == one | two
    assert _members(intersection(left, right)) == one & two
    assert _members(difference(left, right)) == one - two
    assert _members(complement(left, _BITS)) == _ALL - one
    assert overlaps(left, right) == bool(one & two)
    assert is_subset(left, right) == (one <= two)
    assert size(left) == len(one)


@given(_values, _number)
def test_membership_is_that_of_the_set(values: Values, number: int) -> None:
    assert contains(values, number) == (number in _members(values))


@given(_values, _values, _values)
def test_the_laws_of_set_algebra_hold(one: Values, two: Values, three: Values) -> None:
    def outside(values: Values) -> Values:
        return complement(values, _BITS)

    assert union(one + EMPTY) == one
    assert intersection(one, full(_BITS)) == one
    assert outside(outside(one)) == one
    assert outside(union(one + two)) == intersection(outside(one), outside(two))
    assert outside(intersection(one, two)) == union(outside(one) + outside(two))
    assert union(one + outside(one)) == full(_BITS)
    assert intersection(one, outside(one)) == EMPTY
    assert intersection(one, union(two + three)) == union(
        intersection(one, two) + intersection(one, three)
    )


@pytest.mark.parametrize("bits", [1, 16, 32, 128])
def test_the_ends_of_a_field_are_in_its_full_set(bits: int) -> None:
    last = (1 << bits) - 1

    assert contains(full(bits), 0)
    assert contains(full(bits), last)
    assert not contains(full(bits), last + 1)
    assert complement(single(last), bits) == ((0, last - 1),)
    assert complement(full(bits), bits) == EMPTY
