"""Packets within others: boxes against a count of every packet."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.affected import Affected, Certainty, PacketBox
from flowmodel.values import Values, union
from linter.checks.covering import STEPS, Effort, is_within

_SIZE = 4
_SETS = st.sets(st.integers(0, _SIZE - 1), min_size=1).map(
    lambda numbers: union((each, each) for each in numbers)
)


def _made(sources: Values, ports: Values, certainty: Certainty = "certain") -> PacketBox:
    return PacketBox(4, certainty, "input", "", "", ((6, 6),), sources, ((9, 9),), (), ports)


_BOXES = st.builds(_made, _SETS, _SETS, st.sampled_from(("certain", "possible")))


def _packets(boxes: tuple[PacketBox, ...], certainties: tuple[str, ...]) -> set[tuple[int, int]]:
    return {
        (source, port)
        for box in boxes
        if box.certainty in certainties
        for source, port in product(range(_SIZE), repeat=2)
        if any(first <= source <= last for first, last in box.sources)
        and any(first <= port <= last for first, last in box.destination_ports)
    }


@given(st.lists(_BOXES, max_size=3).map(tuple), st.lists(_BOXES, max_size=4).map(tuple))
def test_packets_are_within_others_where_each_of_them_is(
    mine: tuple[PacketBox, ...], others: tuple[PacketBox, ...]
) -> None:
    every = ("certain", "possible")
    is_so = _packets(mine, ("certain",)) <= _packets(others, ("certain",))
    is_so &= _packets(mine, ("possible",)) <= _packets(others, every)

    assert is_within(Affected(mine, True), Affected(others, True), Effort()) == is_so


_ONE = _made(((0, 3),), ((0, 3),))


@pytest.mark.parametrize(
    ("mine", "others", "is_so"),
    [
        (Affected((), False, "a"), Affected((), False, "a"), True),
        (Affected((), False, "a"), Affected((), False, "b"), False),
        (Affected((), False, ""), Affected((), False, ""), False),
        (Affected((_ONE,), False, "a"), Affected((), False, "a"), True),
        (Affected((_ONE,), True), Affected((_ONE,), False, "a"), False),
        (Affected((_ONE,), False, "a"), Affected((_ONE,), True), False),
        (Affected((), True), Affected((), True), True),
    ],
)
def test_what_is_not_exact_is_within_the_same_alone(
    mine: Affected, others: Affected, is_so: bool
) -> None:
    assert is_within(mine, others, Effort()) is is_so


@pytest.mark.parametrize(
    "other",
    [
        PacketBox(6, "certain", "input", "", "", ((6, 6),), ((0, 3),), ((9, 9),), (), ((0, 3),)),
        PacketBox(4, "certain", "forward", "", "", ((6, 6),), ((0, 3),), ((9, 9),), (), ((0, 3),)),
        PacketBox(4, "certain", "input", "e", "", ((6, 6),), ((0, 3),), ((9, 9),), (), ((0, 3),)),
        PacketBox(4, "certain", "input", "", "e", ((6, 6),), ((0, 3),), ((9, 9),), (), ((0, 3),)),
        PacketBox(4, "certain", "input", "", "", ((6, 6),), ((0, 3),), ((9, 9),), (), ()),
        PacketBox(4, "certain", "input", "", "", ((6, 6),), ((0, 3),), (), (), ((0, 3),)),
    ],
)
def test_packets_of_another_place_are_others(other: PacketBox) -> None:
    assert not is_within(Affected((_ONE,), True), Affected((other,), True), Effort())


@pytest.mark.parametrize(("steps", "is_so"), [(STEPS, True), (2, False)])
def test_what_would_take_too_long_is_not_within(steps: int, is_so: bool) -> None:
    halves = tuple(_made(((each, each),), ((0, 3),)) for each in range(4))
    stripes = tuple(_made(((0, 3),), ((each, each),)) for each in range(3))
    others = Affected((*stripes, *halves), True)

    assert is_within(Affected((_ONE,), True), others, Effort(steps)) is is_so
