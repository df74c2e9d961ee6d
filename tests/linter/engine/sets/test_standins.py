"""Where a few addresses stand for long lists, all that is read out of a set is that of the set."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowmodel.fields import NumberField
from flowmodel.values import Values, contains, full, union
from linter.engine.sets import longlists, standins
from linter.engine.sets.boxes import bounds, boxes
from linter.engine.sets.digest import digest
from linter.engine.sets.full import count, has_more_nodes, in_full
from linter.engine.sets.longlists import Lists, UnfitError
from linter.engine.sets.readout import TooManyError, projected, slices
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.standins import StandIns, marked
from linter.engine.sets.witness import counted, example
from linter.engine.sets.words import packets_in_words

_FEW = settings(max_examples=10)
"""A question starts again a few times in each."""

_Result = TypeVar("_Result")


class _Has(NamedTuple):
    """The packets whose field has one of the values."""

    field: str
    values: Values


class _Not(NamedTuple):
    """All packets but those of a set."""

    one: "_Set"


class _Two(NamedTuple):
    """What is in both of two sets, or in one of them."""

    in_both: bool
    left: "_Set"
    right: "_Set"


_Set = _Has | _Not | _Two


# Some that are wished for, and their neighbours: 198.51.100.7, and 192.0.2.10.
_WISHED = (0xC6336407, 0xC000020A)
_addresses = st.one_of(
    st.integers(0, 40),
    st.sampled_from([n + more for n in _WISHED for more in (-1, 0, 1)]),
    st.integers(0, (1 << 32) - 1),
)
_lists = st.lists(_addresses, min_size=6, max_size=20).map(
    lambda some: union((each, each) for each in some)
)
_short = st.tuples(_addresses, _addresses).map(lambda two: ((min(two), max(two)),))


@st.composite
def _sets(draw: st.DrawFn) -> tuple[_Set, _Set]:
    """Two sets of the same few lists."""
    several = draw(st.lists(_lists, min_size=1, max_size=3))
    values = st.one_of(st.sampled_from(several), _short)
    ends = st.builds(_Has, st.sampled_from(("src", "dst")), values)
    ports = st.builds(_Has, st.sampled_from(("dport", "sport")), st.just(((22, 80),)))
    every = st.recursive(
        st.one_of(ends, ends, ports),
        lambda some: st.one_of(st.builds(_Two, st.booleans(), some, some), st.builds(_Not, some)),
        max_leaves=6,
    )
    return draw(every), draw(every)


def _made(space: Space, of: _Set) -> PacketSet:
    match of:
        case _Two(in_both, left, right):
            one, other = _made(space, left), _made(space, right)
            return one & other if in_both else one | other
        case _Not(one_):
            return ~_made(space, one_)
        case _Has(field, values):
            return space.within(space.fields[field], values)


@contextmanager
def _long(ranges: int = 4, share: int = 1) -> Iterator[None]:
    """Sets of more ranges than that are long lists, for which few addresses stand."""
    with (
        patch.object(standins, "LONG", ranges),
        patch.object(longlists, "LONG", ranges),
        patch.object(longlists, "_CUT", ranges),
        patch.object(longlists, "_TIMES", 100),
        patch.object(standins, "_SHARE", share),
    ):
        yield


def _both(work: Callable[[Space], _Result], share: int = 1) -> tuple[_Result, _Result]:
    """What is found with all addresses, and with stand-ins."""
    lists = Lists(32)
    with _long(share=share):
        while True:
            try:
                return work(Space(4, capacity=1 << 14)), work(Space(4, (), 1 << 14, lists))
            except UnfitError:
                assert not lists.are_long


def _or_too_many(work: Callable[[], _Result]) -> _Result | str:
    try:
        return work()
    except TooManyError:
        return "too many"


@_FEW
@given(_sets(), st.sampled_from((1, 8, 1000)))
def test_what_is_equal_or_empty_is_so_with_stand_ins_alone(
    two: tuple[_Set, _Set], share: int
) -> None:
    def told(space: Space) -> tuple[bool, ...]:
        one, other = (_made(space, each) for each in two)
        cube = space.cube("src")
        near = one.exists(cube), other.exists(cube)
        return (one == other, one & other == space.false, near[0] == near[1], one.valid())

    plain, short = _both(told, share)

    assert plain == short


@_FEW
@given(_sets(), st.sampled_from((1, 8, 1000)), st.sampled_from((2, 5, 256)))
def test_the_values_that_are_read_out_are_all_of_the_set(
    two: tuple[_Set, _Set], share: int, limit: int
) -> None:
    def told(space: Space) -> list[object]:
        packets = _made(space, two[0])
        ends: tuple[NumberField, ...] = ("src", "dst")
        found: list[object] = [projected(space, packets, end, limit) for end in ends]
        found += [counted(space, packets, end) for end in ends]
        found.append(count(space, packets, 512))
        top = packets.exists(space.cube("dport"))
        found += [
            _or_too_many(lambda: list(slices(space, top, "dst", limit).values())),
            _or_too_many(lambda: boxes(space, packets, limit)),
            bounds(space, packets),
        ]
        return found

    plain, short = _both(told, share)

    assert plain == short


@_FEW
@given(_sets(), st.sampled_from((1, 8, 1000)))
def test_examples_digests_and_words_are_those_of_the_set(
    two: tuple[_Set, _Set], share: int
) -> None:
    def told(space: Space) -> list[object]:
        packets = _made(space, two[0])
        if packets == space.false:
            return []
        return [example(space, packets), digest(space, [packets]), packets_in_words(space, packets)]

    plain, short = _both(told, share)

    assert plain == short


@_FEW
@given(_sets(), _addresses, _addresses)
def test_a_packet_is_in_a_set_if_what_stands_for_it_is(
    two: tuple[_Set, _Set], source: int, destination: int
) -> None:
    def told(space: Space) -> bool:
        packets = _made(space, two[0])
        return space.at("src", source) & space.at("dst", destination) & packets != space.false

    plain, short = _both(told)

    assert plain == short


@_FEW
@given(_sets())
def test_a_set_in_full_has_all_addresses(two: tuple[_Set, _Set]) -> None:
    lists = Lists(32)
    with _long():
        while True:
            try:
                space = Space(4, (), 1 << 14, lists)
                full_space, packets = in_full(space, _made(space, two[0]))
                break
            except UnfitError:
                pass

        assert packets == _made(full_space, two[0])
        if has_more_nodes(space, _made(space, two[0]), 3):
            assert packets.node_count() > 3


def _asked_first(lists: Lists, values: Values) -> Space:
    space = Space(4, (), 1 << 14, lists)
    with pytest.raises(UnfitError):
        space.within(space.fields["src"], values)
    return Space(4, (), 1 << 14, lists)


_LIST = tuple((n * 10, n * 10) for n in range(1, 21))


def test_what_parts_a_cell_starts_again_and_is_told_apart_then() -> None:
    lists = Lists(32)
    part = ((15, 25),)
    with _long():
        space = _asked_first(lists, _LIST)

        with pytest.raises(UnfitError):
            space.within(space.fields["src"], part)

        space = Space(4, (), 1 << 14, lists)
        mine = space.within(space.fields["src"], part) & space.within(space.fields["src"], _LIST)
        assert projected(space, mine, "src", 9) == ((20, 20),)


def test_who_asks_for_single_bits_of_addresses_gets_the_lists_themselves() -> None:
    with _long():
        asks: tuple[Callable[[Space], object], ...] = (
            lambda space: space.masked(space.fields["src"], 255, 7),
            lambda space: space.choose(space.true, space.fields["dst"], space.constant(1, 32)),
            lambda space: space.within(space.fields["mark"], _LIST),
        )
        for ask in asks:
            lists = Lists(32)
            space = _asked_first(lists, _LIST)
            with pytest.raises(UnfitError):
                ask(space)

            assert lists.are_long
            assert Space(4, (), 1 << 14, lists).stand_ins is None


def test_a_set_that_parts_a_cell_is_noticed_where_it_is_read_out() -> None:
    lists = Lists(32)
    with _long():
        space = _asked_first(lists, _LIST)
        bit = space.fields["src"][31]

        with pytest.raises(UnfitError):
            projected(space, bit, "src", 9)

        assert lists.are_long


def test_a_question_that_starts_again_too_often_gets_the_lists_themselves() -> None:
    lists = Lists(32)
    with _long(), patch.object(longlists, "_TIMES", 1):
        space = _asked_first(lists, _LIST)
        with pytest.raises(UnfitError):
            space.within(space.fields["src"], ((15, 25),))

    assert lists.are_long


def test_other_values_than_addresses_and_short_sets_need_nothing() -> None:
    space = Space(4, (), 1 << 14, Lists(32))
    ports = tuple((n * 2, n * 2) for n in range(5000))

    assert space.within(space.fields["dport"], ports) != space.false
    assert space.within(space.fields["src"], _LIST) != space.false
    assert space.stand_ins is None


@_FEW
@given(st.lists(_lists, min_size=1, max_size=3), st.lists(_addresses, max_size=5))
def test_in_each_interval_there_are_stand_ins_of_the_same_kinds(
    several: list[Values], cuts: list[int]
) -> None:
    made = StandIns(32, several, marked(32, several), {0, *cuts})

    for values in several:
        codes = made.coded(values)
        assert codes is not None
        assert made.told(codes) == values
    assert made.coded(full(32)) == full(32)
    for address in (0, *cuts, *(first for each in several for first, _ in each)):
        cell = made.cell(address)
        assert contains(cell.addresses, address)
        assert cell.codes
        assert [made.told(cell.codes)] == [cell.addresses]
