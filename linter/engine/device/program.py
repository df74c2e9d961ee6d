"""Chains made ready for a question: rules that cannot concern it left out, alike rules joined."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from flowmodel.match import Condition, Match, Test, Volatile, leaves
from flowmodel.record import NamedTuple, dataclass, field
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.values import Values, overlaps, union
from flowmodel.verdict import (
    Continue,
    Decision,
    Effect,
    Lead,
    Unknown,
    Verdict,
)

_JOIN_FROM = 8
"""Runs of fewer rules are left as they are: nothing is gained."""

_MANY = 1000
"""Of fewer rules it is not kept what they were joined to."""


class Joined(NamedTuple):
    """Consecutive rules of one verdict that differ in the values of one field only, as one."""

    match: Match
    verdict: Verdict
    effects: tuple[Effect, ...]
    rules: tuple[Rule, ...]


Step = Rule | Joined


def rules_of(step: Step) -> tuple[Rule, ...]:
    """The rules that a step stands for."""
    return step.rules if isinstance(step, Joined) else (step,)


Relevance = Callable[[Rule], bool]


class Joins:
    """Long runs of rules with those joined that are alike, for all questions about the same ones.

    They are told apart by identity, and kept so that no other rule can take the place of one.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], tuple[tuple[Rule, ...], tuple[Step, ...]]] = {}

    def of(self, rules: tuple[Rule, ...]) -> tuple[Step, ...]:
        """The steps of the rules."""
        if len(rules) < _MANY:
            return tuple(_joined(rules))
        key = tuple(map(id, rules))
        if key not in self._known:
            self._known[key] = rules, tuple(_joined(rules))
        return self._known[key][1]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The steps of every chain of a device's rule sets, made when first asked for."""

    relevant: Relevance
    joins: Joins
    _steps: dict[Chain, tuple[Step, ...]]
    _plain: dict[Chain, bool] = field(default_factory=dict)

    def steps(self, chain: Chain) -> tuple[Step, ...]:
        """The chain's steps in order; rules that do nothing and irrelevant ones are left out."""
        if chain not in self._steps:
            rules = (rule for rule in chain.rules if _acts(rule) and self.relevant(rule))
            self._steps[chain] = self.joins.of(tuple(rules))
        return self._steps[chain]

    def is_plain(self, table: Table, chain: Chain) -> bool:
        """Whether the chain, and all that it calls, does the same with a packet at each visit."""
        if chain not in self._plain:
            self._plain[chain] = all(
                not step.effects
                and not isinstance(step.verdict, Unknown)
                and not any(map(_has_dice, step.match))
                for each in called_from(table, chain)
                for step in self.steps(each)
            )
        return self._plain[chain]


def called_from(table: Table, chain: Chain) -> list[Chain]:
    """The chain, and all chains that rules of it lead to."""
    return Called()(table, chain)


class Called:
    """Says of chains which others they lead to; what rules say is kept, as machines share most."""

    def __init__(self) -> None:
        self._names: dict[Chain, tuple[str, ...]] = {}

    def __call__(self, table: Table, chain: Chain) -> list[Chain]:
        """The chain, and all chains that rules of it lead to."""
        found, known = [chain], {id(chain)}
        for each in found:
            for name in self.names(each):
                target = table.chains[name]
                if id(target) not in known:
                    known.add(id(target))
                    found.append(target)
        return found

    def names(self, chain: Chain) -> tuple[str, ...]:
        """The names of the chains that rules of this one lead to."""
        known = self._names.get(chain)
        if known is None:
            leads = [rule.verdict for rule in chain.rules if isinstance(rule.verdict, Lead)]
            known = self._names[chain] = tuple(dict.fromkeys(each.chain for each in leads))
        return known


def _has_dice(condition: Condition) -> bool:
    """Whether a part of the condition has a memory or a die."""
    return any(isinstance(each, Volatile) for each in leaves((condition,)))


def program(relevant: Relevance, joins: Joins | None = None) -> Program:
    """An empty program that keeps the rules which the function calls relevant.

    `joins`: what other programs of the same rules have joined.
    """
    return Program(relevant, joins or Joins(), {})


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
    for (verdict, plain), group in groupby(
        rules, key=lambda rule: (rule.verdict, not rule.effects)
    ):
        run = list(group)
        if plain and len(run) >= _JOIN_FROM and isinstance(verdict, Decision):
            yield from _join(run)
        else:
            yield from run


def _join(run: list[Rule]) -> Iterable[Step]:
    """The rules with those joined that agree in all but one test, if that saves half of them."""
    for name in ("src", "dst", "dport"):
        groups: dict[tuple[Condition, ...], list[Rule]] = {}
        for rule in run:
            others = tuple([c for c in rule.match if not (isinstance(c, Test) and c.field == name)])
            groups.setdefault(others, []).append(rule)
            if len(groups) > len(run) >> 1:
                break
        else:
            return [
                step for others, group in groups.items() for step in _union(group, others, name)
            ]
    return run


def _union(group: list[Rule], others: tuple[Condition, ...], field: str) -> Iterator[Step]:
    """One step for all rules with exactly one test of the field; the others as they are."""
    # A set that many rules test against is one object: it counts once.
    values: dict[int, Values] = {}
    joined: list[Rule] = []
    test: Test | None = None
    for rule in group:
        tests = [c for c in rule.match if isinstance(c, Test) and c.field == field]
        if len(tests) == 1:
            test = tests[0]
            values[id(test.values)] = test.values
            joined.append(rule)
        else:
            yield rule
    if test is not None:
        intervals = (interval for each in values.values() for interval in each)
        match = (*others, Test(test.field, union(intervals)))
        yield Joined(match, group[0].verdict, (), tuple(joined))
