"""Very large sets that wait until a rule needs them: no answer changes by that."""

from contextlib import nullcontext
from unittest.mock import patch

import pytest
from hypothesis import given

from flowmodel.match import Condition
from flowmodel.match import Test as Has
from flowmodel.ruleset import FILTER, Rule, Table
from flowmodel.values import Values, single
from flowmodel.verdict import ACCEPT, DROP, Accept, Drop, Verdict
from linter.engine.device import deferred
from linter.engine.device.firewall import Firewall
from linter.engine.device.mentions import names_in
from linter.engine.device.passage import Strand, cross, passed
from linter.engine.device.program import everything, program
from linter.engine.device.walk import Walk
from linter.engine.sets.header import wire
from linter.engine.sets.longlists import Lists, UnfitError
from linter.engine.sets.matching import Matcher
from linter.engine.sets.readout import of_field
from linter.engine.sets.space import PacketSet, Space
from tests.chains import base_chain
from tests.linter.engine.rulesets import SPAN, Case, cases, source

_MANY: Values = tuple((4 * number, 4 * number) for number in range(2000))


def _accepted(case: Case, space: Space, largest: int) -> PacketSet:
    """What passes; sets of more ranges than the largest wait."""
    matcher = Matcher(space)
    firewall = Firewall(case.rulesets, matcher, program(everything))
    with patch.object(deferred, "_LARGE", largest):
        return passed(cross(firewall, case.traffic, Strand(space.true, wire(space), {})), matcher)


@given(cases(is_open=False))
def test_what_passes_is_the_same_whether_dropped_sets_wait_or_not(case: Case) -> None:
    space = Space(case.family, names_in(case.rulesets))

    assert _accepted(case, space, 0) == _accepted(case, space, 1 << 40)


def _walk(
    space: Space, policy: Accept | Drop, *rules: tuple[tuple[Condition, ...], Verdict]
) -> Walk:
    chain = base_chain(
        "FORWARD",
        tuple(
            Rule(match, verdict, source(), line) for line, (match, verdict) in enumerate(rules, 1)
        ),
        SPAN,
        "forward",
        FILTER,
        policy,
    )
    table = Table("filter", frozenset({4}), {"FORWARD": chain})
    steps = program(everything)
    walk = Walk(Matcher(space), steps, table, wire(space), {}, [], tells_drops=False)
    walk.base_chain(chain, space.true)
    return walk


_TOUCHING = pytest.mark.parametrize(
    ("match", "needs_all"),
    [
        pytest.param((Has("src", single(1)),), False, id="another address"),
        pytest.param((Has("src", ((0, 9),)),), False, id="a few addresses of the set"),
        pytest.param((Has("dst", single(0)),), True, id="addresses of the other end"),
        pytest.param((), True, id="every packet"),
    ],
)


@_TOUCHING
def test_a_dropped_set_is_made_only_for_a_rule_that_needs_all_of_it(
    match: tuple[Condition, ...], *, needs_all: bool
) -> None:
    space = Space(4)
    is_banned = Has("src", _MANY)

    walk = _walk(space, DROP, ((is_banned,), DROP), (match, ACCEPT))

    matcher = Matcher(space)
    accepted = matcher.match(match, wire(space)) & ~matcher.condition(is_banned, wire(space))
    assert space.union(r.packets for r in walk.regions if r.verdict == ACCEPT) == accepted
    assert [each.whole is not None for each in walk.deferred] == [needs_all]


@_TOUCHING
def test_addresses_stand_for_a_dropped_list_only_where_a_rule_needs_all_of_it(
    match: tuple[Condition, ...], *, needs_all: bool
) -> None:
    lists = Lists(32)
    space = Space(4, lists=lists)

    with pytest.raises(UnfitError) if needs_all else nullcontext():
        _walk(space, DROP, ((Has("src", _MANY),), DROP), (match, ACCEPT))

    assert lists.are_short == needs_all


def test_where_addresses_stand_for_a_list_its_parts_are_not_told_apart() -> None:
    lists = Lists(32)
    lists.learn(_MANY)
    lists.learn(((0, 9),))
    space = Space(4, lists=lists)
    assert space.stand_ins is not None
    cuts = list(space.stand_ins.cuts)

    walk = _walk(space, DROP, ((Has("src", _MANY),), DROP), ((Has("src", ((0, 9),)),), ACCEPT))

    (accepted,) = (each.packets for each in walk.regions if each.verdict == ACCEPT)
    assert of_field(space, accepted, "src") == ((1, 3), (5, 7), (9, 9))
    assert list(space.stand_ins.cuts) == cuts


def test_a_policy_that_accepts_does_not_accept_what_a_waiting_set_drops() -> None:
    space = Space(4)
    is_banned = Has("dst", _MANY)

    walk = _walk(space, ACCEPT, ((is_banned,), DROP))

    (region,) = walk.regions
    assert region.packets == ~Matcher(space).condition(is_banned, wire(space))
    assert region.verdict == ACCEPT


def test_where_dropped_packets_are_asked_for_nothing_waits() -> None:
    space = Space(4)
    rules = (Rule((Has("src", _MANY),), DROP, source(), 1),)
    chain = base_chain("FORWARD", rules, SPAN, "forward", FILTER, ACCEPT)
    table = Table("filter", frozenset({4}), {"FORWARD": chain})
    walk = Walk(Matcher(space), program(everything), table, wire(space), {}, [])

    walk.base_chain(chain, space.true)

    assert [region.verdict for region in walk.regions] == [DROP, ACCEPT]
    assert walk.deferred == []
