"""Combinations of addresses and ports: together they are the set, and each is made once."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.values import Values, union
from linter.engine.sets.combinations import Combinations
from linter.engine.sets.space import PacketSet, Space

_values = st.sets(st.integers(0, 40), min_size=1, max_size=12).map(
    lambda some: union((each, each) for each in some)
)
_boxes = st.lists(st.tuples(_values, _values, _values), min_size=1, max_size=4)


def _box(space: Space, sources: Values, destinations: Values, ports: Values) -> PacketSet:
    parts = {"src": sources, "dst": destinations, "sport": ports}
    return space.intersection(
        space.within(space.fields[name], values) for name, values in parts.items()
    )


@given(_boxes)
def test_the_combinations_are_all_of_the_set_and_have_nothing_in_common(
    several: list[tuple[Values, Values, Values]],
) -> None:
    space = Space(4, capacity=1 << 16)
    packets = space.union(_box(space, *each) for each in several)
    combinations = Combinations(space, lambda: None)

    found = combinations.of(packets)

    left = packets
    for each in found:
        assert combinations.box(*each) == _box(space, *each)
        assert _box(space, *each) & left == _box(space, *each)
        left = left & ~_box(space, *each)
    assert left == space.false


def test_a_set_is_taken_apart_once() -> None:
    space = Space(4, capacity=1 << 14)
    steps: list[int] = []
    combinations = Combinations(space, lambda: steps.append(1))
    packets = _box(space, ((1, 9),), ((2, 3),), ((5, 5),))

    first = combinations.of(packets)
    before = len(steps)

    assert combinations.of(packets) == first == [(((1, 9),), ((2, 3),), ((5, 5),))]
    assert len(steps) == before
