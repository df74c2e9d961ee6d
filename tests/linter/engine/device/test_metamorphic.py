"""What may be written differently without changing a verdict."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.match import All, Any, Condition, Not, Unread
from flowmodel.match import Test as Has
from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import Chain, Rule, RuleSet
from flowmodel.verdict import CONTINUE, Goto, Jump
from linter.engine.device.trace import traced
from tests.linter.engine.rulesets import Case, cases, packets

_Rules = tuple[Rule, ...]


def _with_rules(case: Case, change: Callable[[Chain], _Rules]) -> tuple[RuleSet, ...]:
    return tuple(
        replace(
            ruleset,
            tables=tuple(
                replace(
                    table,
                    chains={
                        name: replace(chain, rules=change(chain))
                        for name, chain in table.chains.items()
                    },
                )
                for table in ruleset.tables
            ),
        )
        for ruleset in case.rulesets
    )


def _halves(condition: Condition) -> Condition:
    """The condition with its interval split in two."""
    if not isinstance(condition, Has) or not condition.values:
        return condition
    first, last = condition.values[0]
    if first == last:
        return condition
    middle = (first + last) // 2
    halves = ((first, middle),), ((middle + 1, last),)
    rest = Has(condition.field, condition.values[1:])
    return Any((*(Has(condition.field, half) for half in halves), rest))


def _continued(chain: Chain) -> _Rules:
    return tuple(
        each for rule in chain.rules for each in (rule._replace(verdict=CONTINUE, effects=()), rule)
    )


def _twice(chain: Chain) -> _Rules:
    """Rules twice in a row, but those whose second visit means something."""
    return tuple(
        each
        for rule in chain.rules
        for each in ((rule, rule) if not rule.effects and not _is_open(rule) else (rule,))
    )


def _is_open(rule: Rule) -> bool:
    return isinstance(rule.verdict, Jump | Goto)


_CHANGES: dict[str, Callable[[Chain], _Rules]] = {
    "a rule twice": _twice,
    "the same match without a verdict before": _continued,
    "not not": lambda chain: tuple(
        rule._replace(match=tuple(Not(Not(each)) for each in rule.match)) for rule in chain.rules
    ),
    "all in one": lambda chain: tuple(
        rule._replace(match=(All(rule.match),)) for rule in chain.rules
    ),
    "an interval in two": lambda chain: tuple(
        rule._replace(match=tuple(_halves(each) for each in rule.match)) for rule in chain.rules
    ),
    "a rule that never matches": lambda chain: tuple(
        each for rule in chain.rules for each in (rule._replace(match=(Any(()),)), rule)
    ),
}


def _asked(data: st.DataObject, case: Case) -> list[Packet]:
    return data.draw(
        st.lists(packets(case.family, case.traffic), min_size=4, max_size=4), label="packets"
    )


@given(change=st.sampled_from(sorted(_CHANGES)), data=st.data(), case=cases(is_open=False))
def test_what_is_written_differently_is_judged_alike(
    change: str, data: st.DataObject, case: Case
) -> None:
    asked = _asked(data, case)
    rewritten = _with_rules(case, _CHANGES[change])

    before, after = (traced(each, case.traffic, asked) for each in (case.rulesets, rewritten))

    assert [each.verdict for each in after] == [each.verdict for each in before]


@given(data=st.data(), case=cases())
def test_an_unread_match_more_never_makes_a_possible_verdict_impossible(
    data: st.DataObject, case: Case
) -> None:
    asked = _asked(data, case)
    line = data.draw(st.integers(1, 20), label="line")

    def doubtful(chain: Chain) -> _Rules:
        return tuple(
            rule._replace(match=(*rule.match, Unread("-m new"))) if rule.line == line else rule
            for rule in chain.rules
        )

    before, after = (
        traced(each, case.traffic, asked) for each in (case.rulesets, _with_rules(case, doubtful))
    )

    for one, other in zip(before, after, strict=True):
        assert one.possible <= other.possible


@given(data=st.data(), case=cases())
def test_the_names_of_chains_mean_nothing(data: st.DataObject, case: Case) -> None:
    asked = _asked(data, case)

    def renamed(rule: Rule) -> Rule:
        if isinstance(rule.verdict, Jump | Goto):
            return rule._replace(verdict=replace(rule.verdict, chain=f"x{rule.verdict.chain}"))
        return rule

    others = tuple(
        replace(
            ruleset,
            tables=tuple(
                replace(
                    table,
                    chains={
                        f"x{name}": replace(
                            chain, name=f"x{name}", rules=tuple(map(renamed, chain.rules))
                        )
                        for name, chain in table.chains.items()
                    },
                )
                for table in ruleset.tables
            ),
        )
        for ruleset in case.rulesets
    )
    before, after = (traced(each, case.traffic, asked) for each in (case.rulesets, others))

    assert [(each.verdict, each.line) for each in after] == [
        (each.verdict, each.line) for each in before
    ]


@given(data=st.data(), case=cases())
def test_a_second_export_can_only_forbid(data: st.DataObject, case: Case) -> None:
    asked = _asked(data, case)
    other = data.draw(cases(), label="other")
    kept = tuple(
        replace(
            ruleset,
            tables=tuple(
                replace(
                    table,
                    chains={
                        name: replace(
                            chain, rules=tuple(r._replace(effects=()) for r in chain.rules)
                        )
                        for name, chain in table.chains.items()
                    },
                )
                for table in ruleset.tables
                if table.name == "filter"
            ),
        )
        for ruleset in other.rulesets
    )
    alone = traced(case.rulesets, case.traffic, asked)

    for one, both in zip(alone, traced(case.rulesets + kept, case.traffic, asked), strict=True):
        assert "accept" not in both.possible - one.possible
