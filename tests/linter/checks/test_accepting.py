"""Rules that accept are found by a packet's numbers, and none is left out that could be near."""

from collections.abc import Iterator
from itertools import pairwise
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from flowmodel import match as matches
from flowmodel.match import Condition, IsFamily, Match, Relation
from flowmodel.ruleset import Rule, Table
from flowmodel.source import Source, Span
from flowmodel.values import contains, union
from flowmodel.verdict import ACCEPT, DROP, Jump, Verdict
from linter.checks.accepting import Accepting
from tests.chains import user_chain

_FIELDS = ("src", "dst", "sport", "dport")
_MOST = 15
_RANGES = 3
_SPAN = Span("a", 1, 1, 1, 1)


@st.composite
def _tests(draw: st.DrawFn) -> matches.Test:
    ends = draw(st.lists(st.integers(0, _MOST), min_size=2, max_size=2 * _RANGES, unique=True))
    values = union([*pairwise(sorted(ends))][::2])
    return matches.Test(draw(st.sampled_from(_FIELDS)), values)


_conditions: st.SearchStrategy[Condition] = st.one_of(
    _tests(), st.just(IsFamily(4)), st.just(Relation(("dst", "dport"), ()))
)
_matches = st.lists(_conditions, max_size=3).map(tuple)
_verdicts: st.SearchStrategy[Verdict] = st.sampled_from([ACCEPT, DROP, Jump("called")])
_pairs = st.lists(st.tuples(_matches, _verdicts), max_size=8)


def _rules(pairs: list[tuple[tuple[Condition, ...], Verdict]]) -> tuple[Rule, ...]:
    source = Source("a", [])
    return tuple(Rule(match, verdict, source, 1) for match, verdict in pairs)


def _met(base: tuple[Rule, ...], called: tuple[Rule, ...]) -> Iterator[tuple[Match, Rule]]:
    rest = called
    for rule in base:
        yield rule.match, rule
        if isinstance(rule.verdict, Jump):
            yield from (((*rule.match, *each.match), each) for each in rest)
            rest = ()


def _is_near(match: Match, numbers: dict[str, int | None]) -> bool:
    """Whether a packet fulfils all conditions but those of one kind, and one of where it goes."""
    kinds: set[str] = set()
    asked = holding = 0
    for each in match:
        if isinstance(each, Relation):
            # It may hold.
            asked += 1
            holding += 1
        if isinstance(each, matches.Test):
            value = numbers[each.field]
            if value is None:
                return False
            holds = contains(each.values, value)
            if not holds:
                kinds.add("port" if "port" in each.field else each.field)
            asked += each.field != "src"
            holding += each.field != "src" and holds
    return len(kinds) < 2 and (holding > 0 or not asked)


@given(
    _pairs,
    st.lists(_matches, max_size=4),
    st.fixed_dictionaries(
        {field: st.none() | st.integers(0, _MOST) | st.integers(0, 1) for field in _FIELDS}
    ),
)
def test_no_rule_is_left_out_that_is_near(
    pairs: list[tuple[Match, Verdict]], called: list[Match], numbers: dict[str, int | None]
) -> None:
    ours, theirs = _rules(pairs), _rules([(match, ACCEPT) for match in called])
    base = user_chain("base", ours, _SPAN)
    others = user_chain("called", theirs, _SPAN)
    table = Table("filter", frozenset({4}), {"base": base, "called": others})
    with patch("linter.checks.accepting._FEW", 2):
        accepting = Accepting(table, base)
    every = [each for each in enumerate(_met(ours, theirs)) if each[1][1].verdict == ACCEPT]
    found = list(accepting.near(numbers))
    places = [place for place, _, _ in found]

    assert places == sorted(places)
    assert {place for place, (match, _) in every if _is_near(match, numbers)} <= set(places)
    assert all((place, (match, rule)) in every for place, match, rule in found)
    assert all(accepting.place(rule) == place for place, _, rule in found)


def test_rules_for_other_ends_are_left_out() -> None:
    far, near, wide, here, there = _rules(
        [
            ((matches.Test("dst", ((3, 3),)), matches.Test("dport", ((4, 7),))), ACCEPT),
            ((matches.Test("dst", ((3, 3),)), matches.Test("dport", ((8, 15),))), ACCEPT),
            ((matches.Test("dst", ((3, 5),)),), ACCEPT),
            (
                (
                    matches.Test("src", ((1, 1),)),
                    matches.Test("dst", ((3, 3),)),
                    matches.Test("dport", ((8, 10),)),
                ),
                ACCEPT,
            ),
            (
                (
                    matches.Test("src", ((2, 2),)),
                    matches.Test("dst", ((3, 3),)),
                    matches.Test("dport", ((8, 10),)),
                ),
                ACCEPT,
            ),
        ]
    )
    base = user_chain("base", (far, near, wide, here, there), _SPAN)
    accepting = Accepting(Table("filter", frozenset({4}), {"base": base}), base)
    numbers = {"src": 1, "dst": 9, "sport": 1, "dport": 9}

    assert [rule for _, _, rule in accepting.near(numbers)] == [near, here]
    assert accepting.place(None) > accepting.place(there)
