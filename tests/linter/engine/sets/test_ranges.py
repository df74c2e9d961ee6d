"""Sets of many ranges: built as they are, or as what lies between them, with the same result."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.values import Values, complement, union
from linter.engine.sets.membership import Membership
from linter.engine.sets.ranges import of_ranges
from linter.engine.sets.space import Bits, Space

_numbers = st.integers(0, 255)
_addresses = st.sets(_numbers, min_size=40, max_size=90).map(lambda some: _of(*some))
_networks = st.sets(st.integers(0, 63), min_size=20, max_size=40).map(
    lambda some: union((4 * each, 4 * each + 3 - each % 2) for each in some)
)


def _of(*numbers: int) -> Values:
    return union((each, each) for each in numbers)


def _held(space: Space, value: Bits, values: Values) -> Values:
    """The values of the field whose packets are in the set, tried one by one."""
    places = {bit.node_var() or 0: (0, 7 - position) for position, bit in enumerate(value)}
    packets = of_ranges(value, values, space.true, space.false)
    membership = Membership(packets, places)
    return _of(*(number for number in range(256) if membership.holds((number,))))


@given(_addresses | _networks)
def test_a_long_list_and_what_it_leaves_hold_their_values_and_no_others(listed: Values) -> None:
    space = Space(4, capacity=1 << 14)
    proto = space.fields["proto"]

    for values in (listed, complement(listed, 8)):
        assert _held(space, proto, values) == values


@given(_addresses | _networks)
def test_what_a_long_list_leaves_is_the_complement_of_its_diagram(listed: Values) -> None:
    space = Space(4, capacity=1 << 14)
    src = space.fields["src"]

    left = space.within(src, complement(listed, 32))

    assert left == ~space.within(src, listed)
