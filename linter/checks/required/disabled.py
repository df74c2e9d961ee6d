"""Disabled rules that would let through what is blocked: the question is asked again with them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from flowmodel.match import Condition, Masked, Test, leaves
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Chain, Rule, RuleSet, Table
from flowmodel.verdict import Denial, MapNetwork, TranslateDestination
from linter.checks.evidence import Evidence
from linter.checks.proof import accepted, blocked
from linter.checks.required.judgements import Judgement
from linter.checks.required.trials import PHASES, Trial, tried
from linter.engine.budget import TooComplexError
from linter.engine.device.ask import ask_again
from linter.engine.device.connection import (
    OPENING,
    Outcome,
    with_flags,
    without_flags,
)
from linter.engine.device.passage import ChainResult
from linter.engine.sets.full import count
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.survey import Answered

TRIED = 100
"""How many disabled rules are tried for one flow, the narrowest first."""


RuleSets = tuple[RuleSet, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What one rule of the export is in the model: a rule for each family, interface and so on."""

    rules: tuple[Rule, ...]

    @property
    def first(self) -> Rule:
        """The rule that stands for all."""
        return self.rules[0]

    @property
    def translates(self) -> bool:
        """Whether it sends packets elsewhere, as a port-forward does."""
        return any(isinstance(r.verdict, TranslateDestination | MapNetwork) for r in self.rules)

    @property
    def may_open(self) -> bool:
        """Whether packets can pass because of it."""
        return not all(isinstance(rule.verdict, Denial) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Helpful:
    """Disabled rules that would let through everything that is surely blocked, all the way."""

    groups: tuple[Group, ...]
    blocked: Evidence
    """The proof that it is blocked as it is now."""
    works: Evidence
    """The proof that it works with the rules."""


def helpful(judgement: Judgement) -> Helpful | None:
    """The disabled rules that would help, the narrowest ones; None where none would."""
    trials = [each for each in judgement.trials if each.blocked.certain != each.space.false]
    if not trials:
        return None
    firewall = trials[0].answered.answer.firewall
    groups = firewall.once(_groups, firewall.rulesets)
    if not groups:
        return None
    try:
        for chosen in islice(_candidates(trials, groups), TRIED):
            again = [_again(trial, chosen) for trial in trials]
            if all(map(_works, again)):
                first = trials[0]
                everywhere = ((first.place, first.blocked),)
                now = blocked(first.case(first.blocked, everywhere))
                return Helpful(chosen, now, _proof(again))
    except TooComplexError:
        # The finding that the flow is blocked stands without this one.
        return None
    return None


def _groups(rulesets: RuleSets) -> tuple[Group, ...]:
    by_span: dict[object, list[Rule]] = {}
    for _, chain in _chains(rulesets):
        for _, rule in chain.disabled:
            by_span.setdefault(rule.span, []).append(rule)
    groups = [Group(tuple(rules)) for rules in by_span.values()]
    return tuple(group for group in groups if group.may_open)


def _chains(rulesets: Iterable[RuleSet]) -> Iterator[tuple[Table, Chain]]:
    for ruleset in rulesets:
        for table in ruleset.tables:
            for chain in table.chains.values():
                yield table, chain


def _candidates(trials: Sequence[Trial], groups: Sequence[Group]) -> Iterator[tuple[Group, ...]]:
    """What to try: single rules, the narrowest first, then a port-forward and the rule beside it.

    The narrowest: a disabled rule that passes everything helps too, and nobody misses that one.
    """
    covering = _covering(trials, groups)
    for group in covering:
        yield (group,)
    for forward in (group for group in covering if group.translates):
        moved = [_again(trial, (forward,)) for trial in trials]
        for group in _covering(moved, groups):
            if not group.translates:
                yield forward, group


def _covering(trials: Sequence[Trial], groups: Sequence[Group]) -> list[Group]:
    """The groups that match all blocked packets where their rules would stand, narrowest first.

    Of any other group some packets would not notice.
    """
    matched: dict[tuple[int, int], list[PacketSet]] = {}
    for number, trial in enumerate(trials):
        for judged in trial.answered.connections.passage.results:
            # A chain that is called sees the packets as the chain that calls it does.
            for chain in judged.table.chains.values():
                for _, rule in chain.disabled:
                    packets = _matched(trial, judged, rule)
                    matched.setdefault((id(rule), number), []).append(packets)
    found: list[tuple[float, int]] = []
    for place, group in enumerate(groups):
        size = 0.0
        for number, trial in enumerate(trials):
            packets = trial.space.union(
                each for rule in group.rules for each in matched.get((id(rule), number), ())
            )
            if minus(trial.blocked.certain, packets) != trial.space.false:
                break
            size = max(size, _size(trial.space, packets))
        else:
            found.append((size, place))
    return [groups[place] for _, place in sorted(found)]


def _matched(trial: Trial, judged: ChainResult, rule: Rule) -> PacketSet:
    """The first packets that may match; what marks they have when they come there is open."""
    plain = tuple(condition for condition in rule.match if not _asks_for_marks(condition))
    matched = trial.space.some(trial.answered.answer.firewall.matcher.match(plain, judged.header))
    return without_flags(trial.space, with_flags(trial.space, matched, OPENING))


def _asks_for_marks(condition: Condition) -> bool:
    asked = (each.field for each in leaves((condition,)) if isinstance(each, Test | Masked))
    return any(field in ("mark", "ct_mark") for field in asked)


def _size(space: Space, packets: PacketSet) -> float:
    fields = ("src", "dst", "proto", "dport")
    width = sum(len(space.fields[field]) for field in fields)
    others = (name for name in space.fields if name not in fields and not name.startswith("orig"))
    return count(space, packets.exists(space.cube(*others)), width)


def _again(trial: Trial, chosen: Sequence[Group]) -> Trial:
    """What becomes of the blocked packets when the rules are enabled."""
    answer, wanted = trial.answered.answer, trial.blocked.certain
    rules = [rule for group in chosen for rule in group.rules]
    found = ask_again(
        answer,
        enabled(answer.firewall.rulesets, rules),
        wanted,
        translates=any(group.translates for group in chosen),
    )
    asked = Answered(trial.answered.question, found)
    part = replace(trial.part, packets=wanted)
    return tried(asked, part, trial.goal)


def enabled(rulesets: RuleSets, rules: Sequence[Rule]) -> RuleSets:
    """The rule sets with some of their disabled rules enabled, each in its place."""
    chosen = {id(rule) for rule in rules}
    return tuple(
        replace(ruleset, tables=tuple(_table(table, chosen) for table in ruleset.tables))
        for ruleset in rulesets
    )


def _table(table: Table, chosen: set[int]) -> Table:
    changed = {
        name: _chain(chain, chosen)
        for name, chain in table.chains.items()
        if any(id(rule) in chosen for _, rule in chain.disabled)
    }
    return replace(table, chains={**table.chains, **changed}) if changed else table


def _chain(chain: Chain, chosen: set[int]) -> Chain:
    rules: list[Rule] = []
    done = 0
    for index, rule in sorted(chain.disabled, key=lambda each: each[0]):
        if id(rule) in chosen:
            rules += (*chain.rules[done:index], rule)
            done = index
    rest = tuple(each for each in chain.disabled if id(each[1]) not in chosen)
    return replace(chain, rules=(*rules, *chain.rules[done:]), disabled=rest)


def _works(trial: Trial) -> bool:
    empty = trial.space.false
    return trial.blocked.possible == trial.reply.possible == trial.later.possible == empty


def _proof(again: Sequence[Trial]) -> Evidence:
    """The proof that connections work with the rules enabled: each packet of one, replayed."""
    everywhere = tuple((trial.place, Outcome(trial.packets, trial.packets)) for trial in again)
    proofs = [
        accepted(trial.case(packets, everywhere, phase))
        for trial, (_, packets) in zip(again, everywhere, strict=True)
        for phase in PHASES
    ]
    return proofs[0]
