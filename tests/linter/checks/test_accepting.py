"""Rules that accept are found by a packet's numbers, and none is left out that could be near."""

from hypothesis import given
from hypothesis import strategies as st

from flowmodel import match as matches
from flowmodel.match import Condition, IsFamily, Relation
from flowmodel.ruleset import Rule, Table
from flowmodel.source import Source, Span
from flowmodel.values import contains
from flowmodel.verdict import ACCEPT, DROP, Jump, Verdict
from linter.checks.accepting import Accepting
from tests.chains import user_chain

_FIELDS = ("src", "dst", "sport", "dport")
_MOST = 15
_SPAN = Span("a", 1, 1, 1, 1)


@st.composite
def _tests(draw: st.DrawFn) -> matches.Test:
    first = draw(st.integers(0, _MOST))
    last = draw(st.integers(first, _MOST))
    return matches.Test(draw(st.sampled_from(_FIELDS)), ((first, last),))


_conditions: st.SearchStrategy[Condition] = st.one_of(
    _tests(), st.just(IsFamily(4)), st.just(Relation(("dst", "dport"), ()))
)
_matches = st.lists(_conditions, max_size=3).map(tuple)
_verdicts: st.SearchStrategy[Verdict] = st.sampled_from([ACCEPT, DROP, Jump("called")])
_pairs = st.lists(st.tuples(_matches, _verdicts), max_size=8)


def _rules(pairs: list[tuple[tuple[Condition, ...], Verdict]]) -> tuple[Rule, ...]:
    source = Source("a", [])
    return tuple(Rule(match, verdict, source, 1) for match, verdict in pairs)


@given(
    _pairs,
    st.lists(_matches, max_size=4),
    st.fixed_dictionaries({field: st.none() | st.integers(0, _MOST) for field in _FIELDS}),
)
def test_no_rule_is_left_out_that_asks_something_of_an_end_which_holds(
    pairs: list[tuple[tuple[Condition, ...], Verdict]],
    called: list[tuple[Condition, ...]],
    numbers: dict[str, int | None],
) -> None:
    base = user_chain("base", _rules(pairs), _SPAN)
    others = user_chain("called", _rules([(match, ACCEPT) for match in called]), _SPAN)
    accepting = Accepting(Table("filter", frozenset({4}), {"base": base, "called": others}), base)
    found = list(accepting.near(numbers))
    places = [place for place, _, _ in found]
    wanted = set()
    for place, match, rule in accepting.near(dict.fromkeys(_FIELDS)):
        asked = [
            each for each in match if isinstance(each, matches.Test) and each.field in _FIELDS[1:]
        ]
        holding = [
            (value := numbers[each.field]) is None or contains(each.values, value) for each in asked
        ]
        if any(holding) or not asked or any(isinstance(each, Relation) for each in match):
            wanted.add(place)
        assert rule.verdict == ACCEPT
        assert accepting.place(rule) == place

    assert places == sorted(places)
    assert wanted <= set(places)


def test_rules_for_other_ends_are_left_out() -> None:
    far, near, wide = _rules(
        [
            ((matches.Test("dst", ((3, 3),)), matches.Test("dport", ((4, 7),))), ACCEPT),
            ((matches.Test("dst", ((3, 3),)), matches.Test("dport", ((8, 15),))), ACCEPT),
            ((matches.Test("dst", ((3, 5),)),), ACCEPT),
        ]
    )
    base = user_chain("base", (far, near, wide), _SPAN)
    accepting = Accepting(Table("filter", frozenset({4}), {"base": base}), base)
    numbers = {"src": 1, "dst": 9, "sport": 1, "dport": 9}

    assert [rule for _, _, rule in accepting.near(numbers)] == [near, wide]
    assert accepting.place(None) > accepting.place(wide)
