"""Conditions as packet sets: how much work a single one may be."""

from unittest.mock import Mock

import pytest

from flowmodel import match
from flowmodel.match import Relation
from linter.engine.budget import TooComplexError
from linter.engine.sets.header import wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Space

_PAIRS = Relation(("sport", "dport"), tuple(((n, n), (2 * n, 2 * n)) for n in range(100)))


def test_each_row_of_a_relation_is_a_step() -> None:
    space, steps = Space(4), Mock()
    matcher = Matcher(space, steps)

    packets = matcher.condition(_PAIRS, wire(space))

    assert steps.call_count == 100
    assert packets == space.union(
        space.within(space.fields["sport"], ((n, n),))
        & space.within(space.fields["dport"], ((2 * n, 2 * n),))
        for n in range(100)
    )


def test_a_relation_of_many_rows_ends_with_the_time_there_is() -> None:
    space, steps = Space(4), Mock(side_effect=[*[None] * 10, TooComplexError("more than 10 steps")])

    with pytest.raises(TooComplexError, match="more than 10 steps"):
        Matcher(space, steps).condition(_PAIRS, wire(space))


def test_other_conditions_are_no_steps_of_their_own() -> None:
    space, steps = Space(4), Mock()
    matcher = Matcher(space, steps)

    matcher.condition(match.Test("dport", ((22, 22), (80, 443))), wire(space))

    assert not steps.called
