"""The values of a field in blocks: of a list they are the same as of the diagram of its values."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.values import Values, full, is_subset, union
from linter.engine.sets import hull as hulls
from linter.engine.sets.hull import blocks, hull
from linter.engine.sets.longlists import Lists
from linter.engine.sets.space import Space

_WIDTH = 32


@st.composite
def _lists(draw: st.DrawFn) -> Values:
    """Some ranges, which begin or end at blocks more often than by chance."""
    found: list[tuple[int, int]] = []
    for _ in range(draw(st.integers(0, 30))):
        shift = draw(st.sampled_from((0, 1, 7, 8, 9, 16, 24)))
        block = draw(st.integers(0, min(40, (1 << (_WIDTH - shift)) - 1)))
        first = block << shift
        last = first + draw(st.sampled_from((1, 1 << shift, 3 << shift))) - 1
        found.append((first, min(last, (1 << _WIDTH) - 1)))
    if draw(st.booleans()):
        found.append(((1 << _WIDTH) - 2, (1 << _WIDTH) - 1))
    return union(found)


@given(_lists(), st.integers(1, 8), st.integers(1, 120))
def test_a_list_has_the_blocks_of_its_diagram(values: Values, ranges: int, steps: int) -> None:
    space = Space(4, capacity=1 << 17)
    packets = space.within(space.fields["src"], values)

    with patch.object(hulls, "RANGES", ranges), patch.object(hulls, "_STEPS", steps):
        for coarse in range(_WIDTH):
            diagram = hulls._blocks(packets, space.levels("src"), _WIDTH - coarse)
            assert blocks(values, _WIDTH, coarse) == diagram


@pytest.mark.parametrize(
    ("step", "count", "expected"),
    [
        pytest.param(4, 200, tuple((4 * n, 4 * n) for n in range(200)), id="few"),
        pytest.param(4, 2_000, ((0, (8_000 - 1) | 255),), id="many, side by side"),
        pytest.param(1 << 16, 2_000, ((0, (8 << 24) - 1),), id="many, too far for small blocks"),
    ],
)
def test_many_values_are_told_in_larger_blocks(step: int, count: int, expected: Values) -> None:
    values: Values = tuple((step * n, step * n) for n in range(count))
    lists = Lists(_WIDTH)
    lists.learn(tuple((2 * n, 2 * n) for n in range(5_000)))
    lists.learn(values)

    for space in (Space(4), Space(4, lists=lists)):
        packets = space.within(space.fields["dst"], values)
        assert hull(space, packets, "dst") == expected
        assert is_subset(values, hull(space, packets, "dst"))
    assert hull(space, space.true, "dst") == full(_WIDTH)
