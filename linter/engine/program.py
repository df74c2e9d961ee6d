"""Chains made ready for a question: rules that cannot concern it left out, alike rules joined."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from linter.model.fields import Family
from linter.model.match import Condition, Match, Test
from linter.model.ruleset import Chain, Rule, RuleSet, Table
from linter.model.values import Values, overlaps, union
from linter.model.verdict import Accept, Continue, Drop, Effect, Reject, Verdict

_JOIN_FROM = 8
"""Runs of fewer rules are left as they are: nothing is gained."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One rule, or consecutive rules of one verdict that differ in one field only, joined."""

    match: Match
    verdict: Verdict
    effects: tuple[Effect, ...]
    rules: tuple[Rule, ...]


Relevance = Callable[[Rule], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The steps of every chain of a device's rule sets for one family, made when first asked for."""

    relevant: Relevance
    _steps: dict[Chain, tuple[Step, ...]]

    def steps(self, chain: Chain) -> tuple[Step, ...]:
        """The chain's steps in order; rules that do nothing and irrelevant ones are left out."""
        if chain not in self._steps:
            rules = (rule for rule in chain.rules if _acts(rule) and self.relevant(rule))
            self._steps[chain] = tuple(_joined(rules))
        return self._steps[chain]


def program(relevant: Relevance) -> Program:
    """An empty program that keeps the rules which the function calls relevant."""
    return Program(relevant, {})


def base_chains(rulesets: Sequence[RuleSet], family: Family) -> list[tuple[Table, Chain]]:
    """The base chains that packets of a family meet, by priority; equal ones as they are listed."""
    found = [
        (table, chain)
        for ruleset in rulesets
        for table in ruleset.tables
        if family in table.families
        for chain in table.chains.values()
        if chain.base is not None
    ]
    return sorted(found, key=lambda item: item[1].base.priority if item[1].base else 0)


def near(addresses: Values) -> Relevance:
    """Relevance for questions about packets that have one of the addresses at one end at least.

    A rule is left out only if its source and its destination both exclude all the addresses.
    """
    away: dict[Condition, int] = {}

    def side(condition: Condition) -> int:
        if not isinstance(condition, Test) or condition.field not in ("src", "dst"):
            return 0
        if overlaps(condition.values, addresses):
            return 0
        return 1 if condition.field == "src" else 2

    def relevant(rule: Rule) -> bool:
        sides = 0
        for condition in rule.match:
            known = away.get(condition)
            if known is None:
                known = away[condition] = side(condition)
            sides |= known
        return sides != 3

    return relevant


def everything(_: Rule) -> bool:
    """Relevance for questions about all packets."""
    return True


def _acts(rule: Rule) -> bool:
    return bool(rule.effects) or not isinstance(rule.verdict, Continue)


def _joined(rules: Iterable[Rule]) -> Iterator[Step]:
    for (verdict, plain), group in groupby(rules, key=lambda rule: (rule.verdict, not rule.effects)):
        run = [Step(rule.match, rule.verdict, rule.effects, (rule,)) for rule in group]
        if plain and len(run) >= _JOIN_FROM and isinstance(verdict, Accept | Drop | Reject):
            for field in ("src", "dst", "dport"):
                run = _join(run, field)
        yield from run


def _join(run: list[Step], field: str) -> list[Step]:
    """The steps with those joined that agree in all but one test of the field."""
    groups: dict[tuple[object, ...], list[tuple[Step, Test]]] = {}
    for step in run:
        tests = [c for c in step.match if isinstance(c, Test) and c.field == field]
        others = tuple(
            (c.field, c.values) if isinstance(c, Test) else c
            for c in step.match
            if c not in tests
        )
        if len(tests) == 1:
            groups.setdefault(others, []).append((step, tests[0]))
        else:
            groups[(step,)] = [(step, Test("proto", ()))]
    return [_union(group, field) for group in groups.values()]


def _union(group: list[tuple[Step, Test]], field: str) -> Step:
    first = group[0][0]
    if len(group) == 1:
        return first
    values = union(interval for _, test in group for interval in test.values)
    others = tuple(
        condition
        for condition in first.match
        if not (isinstance(condition, Test) and condition.field == field)
    )
    joined = Test(group[0][1].field, values)
    rules = tuple(rule for step, _ in group for rule in step.rules)
    return Step((*others, joined), first.verdict, first.effects, rules)
