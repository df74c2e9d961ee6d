"""Connections of which one side of the device keeps no state, as pf's `no state` makes them."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel import fields
from flowmodel.fields import IN_STATELESS, OUT_STATELESS, REPLY
from flowmodel.match import All, Any, Condition, Masked, Match
from flowmodel.match import Test as Is
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import FILTER, NAT_SRC, Chain, Hook, Rule, RuleSet, Table
from flowmodel.values import single
from flowmodel.verdict import ACCEPT, DROP, Accept, SetMark, TranslateDestination
from linter.engine.device.ask import Answer
from linter.engine.device.connection import Outcome
from linter.engine.device.replay import Phase, kinds, replayed
from linter.engine.device.trace import judge
from linter.engine.sets.witness import Example
from tests.chains import base_chain
from tests.linter.engine.device.test_connection import _answered, _example, _one
from tests.linter.engine.rulesets import SPAN, Case, address, cases, packets, source

_PHASES: tuple[Phase, ...] = ("opening", "reply", "later")

# A device that judges packets where they arrive and where they leave. At each side a packet of a
# connection is known by the state that its first packet, or the first answer to it, made there.
_ESTABLISHED = Is("state", single(fields.ESTABLISHED))
_NEW = Is("state", single(fields.NEW))
_ORIGINAL, _REPLY = (Is("ct_dir", single(way)) for way in (fields.ORIGINAL, REPLY))
_ARRIVED, _LEFT = (Masked("stateless", bit, 0) for bit in (IN_STATELESS, OUT_STATELESS))
_KNOWN: dict[str, Match] = {
    "in": (_ESTABLISHED, Any((All((_ORIGINAL, _ARRIVED)), All((_REPLY, _LEFT))))),
    "out": (_ESTABLISHED, Any((All((_ORIGINAL, _LEFT)), All((_REPLY, _ARRIVED))))),
}
_BIT = {"in": IN_STATELESS, "out": OUT_STATELESS}
_HOOKS: dict[str, tuple[Hook, int]] = {
    "in": ("prerouting", FILTER),
    "out": ("postrouting", NAT_SRC + 20),
}

_TO: Match = (Is("dport", single(443)),)
_FROM: Match = (Is("sport", single(443)),)
_TO_SYN: Match = (*_TO, Masked("tcp_flags", fields.SYN | fields.ACK, fields.SYN))
_FROM_SYN: Match = (*_FROM, Masked("tcp_flags", fields.SYN, fields.SYN))

_Rules = tuple[tuple[Match, bool], ...]
"""What each rule passes, and whether it keeps state."""


def _case(arriving: _Rules, leaving: _Rules, *, is_moved: bool = False) -> Case:
    chains = dict(_sides(arriving, leaving))
    if is_moved:
        rule = Rule((), TranslateDestination(single(address(4, 9)), single(443)), source(), 1)
        chains["moved"] = base_chain(
            "moved", (rule,), SPAN, "prerouting", FILTER - 10, ACCEPT, "nat"
        )
    table = Table("pf", frozenset({4}), chains)
    return Case(4, "forward", (RuleSet("rules", "test", (table,), frozenset({4})),))


def _sides(arriving: _Rules, leaving: _Rules) -> Iterator[tuple[str, Chain]]:
    for side, listed in (("in", arriving), ("out", leaving)):
        rules = [Rule(_KNOWN[side], ACCEPT, source(), 1)]
        bit = _BIT[side]
        for match, keeps in listed:
            if not keeps:
                # An answer that a rule passes without state takes none from the connection.
                effect = SetMark("stateless", 3 & ~bit, bit)
                first = (*match, _NEW)
                rules.append(Rule(first, ACCEPT, source(), len(rules) + 1, effects=(effect,)))
            rules.append(Rule(match, ACCEPT, source(), len(rules) + 1))
        hook, priority = _HOOKS[side]
        yield side, base_chain(side, tuple(rules), SPAN, hook, priority, DROP)


def _packet() -> Packet:
    return Packet(4, address(4, 1), address(4, 3), fields.TCP, 40000, 443)


def _by_sets(answered: Answer) -> str:
    space = answered.space
    one = _one(space, _packet())
    found = answered.connections
    words = []
    for outcome in (found.opening, found.reply, found.later):
        is_certain = one & outcome.certain != space.false
        is_possible = one & outcome.possible != space.false
        words.append("yes" if is_certain else "perhaps" if is_possible else "no")
    return " ".join(words)


def _by_rules(answered: Answer) -> str:
    chosen = _example(_packet())
    return " ".join("yes" if _passes(answered, chosen, phase) else "no" for phase in _PHASES)


def _passes(answered: Answer, chosen: Example, phase: Phase) -> bool:
    """Whether each packet of the phase passes on each way."""
    found = [replayed(answered, chosen, phase, flags).outcomes for flags in kinds(chosen, phase)]
    return all(
        bool(states) and all(isinstance(state.verdict, Accept) for state in states)
        for states in found
    )


_KEEP, _NONE = True, False


@pytest.mark.parametrize(
    ("arriving", "leaving", "expected"),
    [
        pytest.param(((_TO, _KEEP),), ((_TO, _KEEP),), "yes yes yes", id="state on both sides"),
        pytest.param(
            ((_TO_SYN, _KEEP),), ((_TO_SYN, _KEEP),), "yes yes yes", id="only SYN makes a state"
        ),
        pytest.param(
            ((_TO, _NONE),),
            ((_TO, _KEEP),),
            "yes no yes",
            id="none on arrival: answers need a rule to leave",
        ),
        pytest.param(
            ((_TO, _NONE),),
            ((_TO, _KEEP), (_FROM, _KEEP)),
            "yes yes yes",
            id="none on arrival, answers have a rule to leave",
        ),
        pytest.param(
            ((_TO, _NONE), (_FROM, _KEEP)),
            ((_TO, _KEEP),),
            "yes no yes",
            id="none on arrival, answers have a rule at the wrong side",
        ),
        pytest.param(
            ((_TO, _KEEP),),
            ((_TO, _NONE),),
            "yes no yes",
            id="none on leaving: answers need a rule to arrive",
        ),
        pytest.param(
            ((_TO, _KEEP), (_FROM, _NONE)),
            ((_TO, _NONE),),
            "yes yes yes",
            id="none on leaving, answers have a rule to arrive",
        ),
        pytest.param(
            ((_TO, _KEEP),),
            ((_TO, _NONE), (_FROM, _KEEP)),
            "yes no yes",
            id="none on leaving, answers have a rule at the wrong side",
        ),
        pytest.param(
            ((_TO, _NONE),), ((_TO, _NONE),), "yes no yes", id="none anywhere: answers need two"
        ),
        pytest.param(
            ((_TO, _NONE), (_FROM, _NONE)),
            ((_TO, _NONE), (_FROM, _NONE)),
            "yes yes yes",
            id="none anywhere, answers have two",
        ),
        pytest.param(
            ((_TO_SYN, _NONE),),
            ((_TO, _KEEP), (_FROM, _KEEP)),
            "yes yes no",
            id="none on arrival, and only SYN has a rule",
        ),
        pytest.param(
            ((_TO, _KEEP),),
            ((_TO_SYN, _NONE),),
            "yes no no",
            id="none on leaving, and only SYN has a rule",
        ),
        pytest.param(
            ((_TO, _NONE),),
            ((_TO, _KEEP), (_FROM_SYN, _NONE)),
            "yes no yes",
            id="only the first answer has a rule",
        ),
        pytest.param(
            ((_TO_SYN, _NONE), (_TO, _KEEP)),
            ((_TO, _KEEP),),
            "yes no yes",
            id="what the first packet left counts, not what a later one would",
        ),
        pytest.param(
            ((_TO_SYN, _KEEP), (_TO, _NONE)),
            ((_TO, _KEEP),),
            "yes yes yes",
            id="a state of the first packet, none by a later rule",
        ),
    ],
)
@pytest.mark.parametrize("is_moved", [False, True], ids=["as sent", "translated"])
def test_each_side_asks_its_rules_where_it_keeps_no_state(
    arriving: _Rules, leaving: _Rules, expected: str, *, is_moved: bool
) -> None:
    answered = _answered(_case(arriving, leaving, is_moved=is_moved), fields.TCP)

    assert (_by_sets(answered), _by_rules(answered)) == (expected, expected)


def test_a_first_packet_comes_without_anything_that_rules_set() -> None:
    match: Match = (*_TO, Masked("stateless", 3, 0))

    assert _by_sets(_answered(_case(((match, _KEEP),), ((_TO, _KEEP),)), fields.TCP)) == (
        "yes yes yes"
    )
    other: Match = (*_TO, Masked("stateless", 1, 1))
    assert _by_sets(_answered(_case(((other, _KEEP),), ((_TO, _KEEP),)), fields.TCP)) == "no no no"


def test_a_packet_of_a_known_connection_has_a_state_on_both_sides_in_trace() -> None:
    case = _case(((_TO, _NONE),), ((_TO, _NONE),))
    known = Packet(
        family=4,
        src=address(4, 3),
        dst=address(4, 1),
        proto=fields.TCP,
        sport=443,
        dport=40000,
        tcp_flags=fields.ACK,
        in_name="eth1",
        state=fields.ESTABLISHED,
        ct_dir=REPLY,
    )
    other = Packet(4, address(4, 3), address(4, 1), fields.TCP, 443, 40000, in_name="eth1")

    answers = judge(case.rulesets, case.traffic, [known, other])

    assert [answer.verdict for answer in answers] == ["accept", "drop"]


# The same for any rules: tests of the field and effects on it, between everything else.

_MASKS = st.tuples(st.integers(1, 3), st.integers(0, 3)).map(
    lambda two: Masked("stateless", two[0], two[0] & two[1])
)
_FLAGS: st.SearchStrategy[Condition] = st.sampled_from(
    [Masked("tcp_flags", fields.SYN | fields.ACK, value) for value in (0, 2, 16, 18)]
)
_CHANGES = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
    lambda two: SetMark("stateless", two[0], two[1])
)


@st.composite
def _stateless_cases(draw: st.DrawFn, *, is_open: bool) -> Case:
    case = draw(cases(is_open=is_open, translates=False))

    def changed(rule: Rule) -> Rule:
        match, effects = rule.match, rule.effects
        if draw(st.booleans()):
            match = (*match, draw(st.one_of(_MASKS, _FLAGS)))
        if draw(st.booleans()):
            effects = (*effects, draw(_CHANGES))
        return rule._replace(match=match, effects=effects)

    tables = []
    for table in case.rulesets[0].tables:
        chains = {
            name: replace(chain, rules=tuple(map(changed, chain.rules)))
            for name, chain in table.chains.items()
        }
        tables.append(replace(table, chains=chains))
    ruleset = replace(case.rulesets[0], tables=tuple(tables))
    return Case(case.family, case.traffic, (ruleset,))


def _compare(data: st.DataObject, case: Case) -> None:
    answered = _answered(case, fields.TCP)
    space = answered.space
    found = answered.connections
    outcomes: dict[Phase, Outcome] = {
        "opening": found.opening,
        "reply": found.reply,
        "later": found.later,
    }
    for drawn in data.draw(st.lists(packets(case.family, case.traffic), max_size=6)):
        packet = Packet(drawn.family, drawn.src, drawn.dst, fields.TCP, drawn.sport, drawn.dport)
        one, chosen = _one(space, packet), _example(packet)
        for phase, outcome in outcomes.items():
            by_kind = [replayed(answered, chosen, phase, each) for each in kinds(chosen, phase)]
            states = [state for kind in by_kind for state in kind.outcomes]
            is_exact = all(state.is_exact for state in states)
            if not is_exact or not all(kind.is_complete for kind in by_kind):
                continue
            accepts = [[isinstance(s.verdict, Accept) for s in kind.outcomes] for kind in by_kind]
            if one & outcome.certain != space.false:
                assert all(map(all, accepts)), (phase, packet)
            if one & outcome.possible == space.false:
                assert not all(map(any, accepts)), (phase, packet)


@given(st.data(), _stateless_cases(is_open=False))
def test_sets_and_rules_agree_about_what_rules_leave(data: st.DataObject, case: Case) -> None:
    _compare(data, case)


@given(st.data(), _stateless_cases(is_open=True))
def test_they_agree_as_far_as_the_packet_tells(data: st.DataObject, case: Case) -> None:
    _compare(data, case)
