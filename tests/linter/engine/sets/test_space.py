"""Packet sets: the laws of their algebra, and what is in them, tried value by value."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.match import All, Any, IsFamily, Masked, Name, Not, Relation, Unread, Volatile
from flowmodel.match import Test as Condition
from flowmodel.ruleset import FILTER, Rule, RuleSet, Table
from flowmodel.values import Interval, Values, union
from flowmodel.verdict import ACCEPT, DROP
from linter.engine.budget import TooComplexError
from linter.engine.device.mentions import class_of, names_in
from linter.engine.sets.header import wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.membership import Membership
from linter.engine.sets.rooms import with_room
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from tests.chains import base_chain
from tests.linter.engine.rulesets import SPAN, source

_LAST = 255
_number = st.integers(0, _LAST)
_interval = st.tuples(_number, _number).map(lambda two: (min(two), max(two)))
_values = st.lists(_interval, max_size=12).map(union)


def _space() -> Space:
    return Space(4, capacity=1 << 14)


def _members(value: Bits, packets: PacketSet) -> set[int]:
    """The values of a field whose packets are in the set, tried one by one."""
    places = {
        bit.node_var() or 0: (0, len(value) - 1 - position) for position, bit in enumerate(value)
    }
    membership = Membership(packets, places)
    return {number for number in range(1 << len(value)) if membership.holds((number,))}


def _range(values: Values) -> set[int]:
    return {number for first, last in values for number in range(first, last + 1)}


@given(_values)
def test_within_holds_the_values_of_the_set_and_no_others(values: Values) -> None:
    space = _space()
    proto = space.fields["proto"]

    assert _members(proto, space.within(proto, values)) == _range(values)


@given(_interval)
def test_within_one_interval_agrees_with_within_several(interval: Interval) -> None:
    space = _space()
    proto = space.fields["proto"]
    one_by_one = space.union(
        space.within(proto, ((number, number),)) for number in range(interval[0], interval[1] + 1)
    )

    assert space.within(proto, (interval,)) == one_by_one


@given(_number, _number)
def test_masked_holds_the_values_with_these_bits(mask: int, value: int) -> None:
    space = _space()
    proto = space.fields["proto"]
    wanted = value & mask

    actual = _members(proto, space.masked(proto, mask, wanted))

    assert actual == {number for number in range(256) if number & mask == wanted}


@given(_values, _values)
def test_the_laws_of_set_algebra_hold(left: Values, right: Values) -> None:
    space = _space()
    one = space.within(space.fields["proto"], left)
    two = space.within(space.fields["icmp_type"], right) | space.within(
        space.fields["proto"], right
    )

    assert one & space.true == one
    assert one | space.false == one
    assert ~(one | two) == ~one & ~two
    assert ~(one & two) == ~one | ~two
    assert one | ~one == space.true
    assert one & ~one == space.false
    assert minus(two, one) == ~one & two
    assert space.union([one, two, one & two]) == one | two


def test_the_union_of_no_sets_is_empty() -> None:
    space = _space()

    assert space.union([]) == space.false
    assert space.within(space.fields["proto"], ()) == space.false


@given(_number, _number)
def test_a_constant_is_within_just_its_own_value(value: int, other: int) -> None:
    space = _space()

    within = space.within(space.constant(value, 8), ((other, other),))

    assert within == (space.true if value == other else space.false)


@given(_values, _number, _number)
def test_a_choice_is_the_one_value_here_and_the_other_there(
    values: Values, one: int, other: int
) -> None:
    space = _space()
    proto = space.fields["proto"]
    here = space.within(proto, values)
    chosen = space.choose(here, space.constant(one, 8), space.constant(other, 8))

    expected = _range(values) if one != other else set(range(256))
    assert _members(proto, space.within(chosen, ((one, one),))) == expected


def test_an_unread_property_is_certain_for_none_and_possible_for_all() -> None:
    space = _space()
    unread = space.unknown("-m owner")
    tcp = space.within(space.fields["proto"], ((6, 6),))

    assert space.always(unread) == space.false
    assert space.some(unread) == space.true
    assert space.always(tcp | unread) == tcp
    assert space.some(tcp & unread) == tcp
    assert space.always(unread | ~space.unknown("-m owner")) == space.true
    assert space.some(unread & ~space.unknown("-m time")) == space.true


def test_a_fresh_value_stays_within_what_it_may_be() -> None:
    space = _space()
    port = space.fresh(16, ((1024, 2047),))

    assert space.always(space.within(port, ((1024, 2047),))) == space.true
    assert space.some(space.within(port, ((0, 1023),))) == space.false
    assert space.always(space.within(port, ((1024, 1500),))) == space.false
    assert space.some(space.within(port, ((1500, 1500),))) == space.true


def test_bounds_are_ordered_and_equal_without_free_variables() -> None:
    space = _space()
    tcp = space.within(space.fields["proto"], ((6, 6),))
    mixed = tcp & space.unknown("a") | ~tcp & space.unknown("b")

    assert space.always(mixed).imp(space.some(mixed)) == space.true
    assert space.always(tcp) == space.some(tcp) == tcp


def test_bits_that_a_question_tells_apart_are_not_free() -> None:
    space = _space()
    told = space.variables(2)
    space.unknown("so that there are free variables")

    assert space.always(space.within(told, ((1, 1),))) == space.within(told, ((1, 1),))


def test_a_cube_has_all_bits_of_its_fields() -> None:
    space = _space()
    tcp = space.within(space.fields["proto"], ((6, 6),))
    port = space.within(space.fields["dport"], ((80, 80),))

    assert (tcp & port).exists(space.cube("dport")) == tcp
    assert (tcp & port).exists(space.cube("proto", "dport")) == space.true


def _matched(space: Space, *match: object) -> PacketSet:
    return Matcher(space).match(match, wire(space))  # type: ignore[arg-type]


def test_a_relation_holds_the_packets_of_each_of_its_rows() -> None:
    space = _space()
    rows = (((6, 6), (80, 81)), ((17, 17), (53, 53)))
    proto, dport = space.fields["proto"], space.fields["dport"]
    expected = space.union(space.within(proto, (a,)) & space.within(dport, (b,)) for a, b in rows)

    assert _matched(space, Relation(("proto", "dport"), rows)) == expected
    assert _matched(space, Relation(("proto", "dport"), ())) == space.false


def test_conditions_combine_as_their_sets_do() -> None:
    space = _space()
    tcp, web = Condition("proto", ((6, 6),)), Condition("dport", ((80, 80),))
    one, two = _matched(space, tcp), _matched(space, web)

    assert _matched(space, tcp, web) == one & two == _matched(space, All((tcp, web)))
    assert _matched(space, Any((tcp, web))) == one | two
    assert _matched(space, Not(tcp)) == ~one
    assert _matched(space, Any(())) == space.false
    assert _matched(space) == _matched(space, All(())) == space.true
    assert _matched(space, IsFamily(4)) == space.true
    assert _matched(space, IsFamily(6)) == space.false
    assert _matched(space, Masked("dport", 0xFFFF, 80)) == two


def test_each_visit_of_a_volatile_match_may_answer_differently() -> None:
    space = _space()
    limit, owner = Volatile("-m limit"), Unread("-m owner")
    matcher, header = Matcher(space), wire(space)

    def twice(condition: Volatile | Unread) -> PacketSet:
        return matcher.condition(condition, header) & ~matcher.condition(condition, header)

    assert space.some(twice(limit)) == space.true
    assert space.some(twice(owner)) == space.false


_CONDITIONS = (
    Name("in", frozenset({"eth1", "lo"})),
    Name("in", frozenset(), ("eth",)),
    Name("in", frozenset(), ("eth1", "ppp")),
    Name("in", frozenset({""})),
)


def _ruleset() -> RuleSet:
    rules = tuple(Rule((each,), ACCEPT, source(), 1) for each in _CONDITIONS)
    chain = base_chain("INPUT", rules, SPAN, "input", FILTER, DROP)
    table = Table("filter", frozenset({4}), {"INPUT": chain})
    return RuleSet("rules", "test", (table,), frozenset({4}))


@pytest.mark.parametrize(
    "name", ["lo", "eth", "eth0", "eth1", "eth10", "eth1x", "ppp", "ppp0", "pp", "wlan0"]
)
def test_each_interface_has_a_name_that_stands_for_it_in_all_rules(name: str) -> None:
    names = names_in([_ruleset()])
    space = Space(4, names, capacity=1 << 14)
    matcher = Matcher(space)
    stand_in = class_of(name, names)

    assert stand_in in space.names
    for condition in _CONDITIONS:
        open_ = matcher.condition(condition, wire(space))
        code = space.names.index(stand_in)
        known = matcher.condition(condition, wire(space).with_names(**{"in": name}))
        at_code = space.within(space.fields["in"], ((code, code),))
        assert (at_code & open_ != space.false) == (known == space.true)


def _attempts(capacities: list[int], enough: int) -> Iterator[int]:
    def work(capacity: int) -> int:
        capacities.append(capacity)
        if capacity < enough:
            raise MemoryError
        return capacity

    yield with_room(work)


def test_a_question_is_asked_again_with_more_room() -> None:
    tried: list[int] = []

    (found,) = _attempts(tried, 1 << 22)

    assert found == 1 << 22
    assert tried == sorted(tried)
    assert tried[0] < 1 << 20


def test_a_question_past_the_largest_room_is_too_complex() -> None:
    with pytest.raises(TooComplexError, match=r"^more than 4,194,304 diagram nodes$"):
        list(_attempts([], 1 << 40))


def test_a_full_space_raises_memory_error_and_nothing_else() -> None:
    space = Space(4, capacity=1 << 12)
    values = union((number, number) for number in range(0, 1 << 32, 999_983))

    with pytest.raises(MemoryError):
        space.within(space.fields["src"], values)
