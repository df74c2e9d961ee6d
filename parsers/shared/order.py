"""Base chains of one hook and priority: what depends on which of them runs first is not certain.

Kernels differ: in 6.18 the chain that was made last runs first, in 4.14 it was the first one
(net/netfilter/core.c, nf_hook_entries_grow), and no file says which one was made first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from operator import is_
from typing import Final, NamedTuple

from flowmodel.match import All, Any, Condition, Masked, Match, Not, Relation, Test, Volatile
from flowmodel.record import replace
from flowmodel.ruleset import CONNTRACK, Base, Chain, Gap, Rule, RuleSet, Table
from flowmodel.verdict import (
    ACCEPT,
    DROP,
    CopyMark,
    Drop,
    Effect,
    Lead,
    MapNetwork,
    NoTrack,
    Reject,
    SetMark,
    TranslateDestination,
    TranslateSource,
    Unknown,
    UnknownMark,
    Verdict,
)

_TRANSLATIONS: Final = (TranslateDestination, TranslateSource, MapNetwork)
_DECIDING: Final = (*_TRANSLATIONS, Unknown, Drop, Reject)
_MOST: Final = 100_000
"""How many pairs of rules are compared; where there are more, some are taken to meet."""
_TRACKED: Final = ("state", "ct_mark", "ct_status", "ct_dir", "orig_src", "orig_dst", "orig_proto")
"""What connection tracking tells of a packet, once it has seen it."""
_MARK: Final = (1 << 32) - 1
_EVERY: Final = (1 << 128) - 1
_TEXT: Final = "the order of chains at one priority"
_SAME: Final = "another base chain has the same hook and priority: which of them runs first, "
_LEVEL: Final = (
    "connection tracking has the chain's priority, too: which of them runs first, and so what the"
    " chain sees of connections, depends on the kernel"
)
_CHANGES: Final = f"{_SAME}and so what it sees of the other's changes, depends on the kernel"
_ADDRESSES: Final = f"{_SAME}and so which of them translates a packet, depends on the kernel"
_OPEN: Final = Volatile(_TEXT)

_Bits = dict[str, int]
"""Fields, and which of their bits."""


class _Based(NamedTuple):
    group: int
    table: Table
    chain: Chain
    base: Base


@dataclass(slots=True)
class _Doubt:
    """What nobody knows of one chain's rules."""

    seen: _Bits = field(default_factory=dict)
    """What another chain may or may not have changed before."""
    kept: _Bits = field(default_factory=dict)
    """What another chain may change back afterwards."""
    skipped: Rule | None = None
    """A translation of another chain that may come first, so that this one is not asked."""
    is_level: bool = False
    """Whether the chain has the priority of connection tracking, before or behind which it runs."""
    is_late: bool = False
    """Whether another chain may decide before what this one translates."""

    def of_rule(self, rule: Rule) -> Rule:
        """The rule, which may match where it depends on what is not known, and may not."""
        match = tuple(map(self._of, rule.match))
        effects = tuple(map(self._effect, rule.effects))
        if self.is_level and any(isinstance(each, NoTrack) for each in effects):
            match = (*match, _OPEN)
        if (self.skipped and _does(rule)) or (self.is_late and _translates(rule)):
            match = (*match, _OPEN)
        elif all(map(is_, (*match, *effects), (*rule.match, *rule.effects))):
            return rule
        return rule._replace(match=match, effects=effects)

    def _of(self, condition: Condition) -> Condition:
        match condition:
            case Not(inner):
                found = self._of(inner)
                return condition if found is inner else Not(found)
            case All(several) | Any(several):
                made = tuple(self._of(each) for each in several)
                is_same = all(map(is_, made, several))
                return condition if is_same else type(condition)(made)
            case _:
                return _OPEN if _meet(_asked((condition,)), self.seen) else condition

    def _effect(self, effect: Effect) -> Effect:
        changed = _changed((effect,))
        copied = {effect.source: effect.source_mask} if isinstance(effect, CopyMark) else {}
        if isinstance(effect, NoTrack) or not (
            _meet(changed, self.kept) or _meet(copied, self.seen)
        ):
            return effect
        (name,) = changed
        return UnknownMark(name, _TEXT)


def sets_in_any_order(rulesets: Sequence[RuleSet]) -> list[RuleSet]:
    """Rule sets of one kernel, in which nothing is certain that depends on their order."""
    rulesets = [
        replace(each, tables=tuple(map(_before_tracking, each.tables))) for each in rulesets
    ]
    if len(rulesets) < 2:
        return rulesets
    groups = [each.tables for each in rulesets]
    tables, gaps = in_any_order(*groups)
    found: list[RuleSet] = []
    for each in rulesets:
        its, tables = tables[: len(each.tables)], tables[len(each.tables) :]
        found.append(replace(each, tables=tuple(its)))
    return [replace(found[0], gaps=(*found[0].gaps, *gaps)), *found[1:]]


def _before_tracking(table: Table) -> Table:
    """The table; where no connection is known yet, its mark is not written (nft_ct_set_eval).

    xt_connmark does the same. A chain that others call as well may run behind connection tracking.
    """
    early: set[str] = set()
    other: set[str] = set()
    for chain in table.chains.values():
        if base := chain.base:
            is_early = base.hook in ("prerouting", "output") and base.priority < CONNTRACK
            (early if is_early else other).update(_reached(table, chain))
    chains = {
        name: _without_entry(chain, is_sure=name not in other) if name in early else chain
        for name, chain in table.chains.items()
    }
    return replace(table, chains=chains)


def _without_entry(chain: Chain, *, is_sure: bool) -> Chain:
    if not any(_is_of_entry(each) for rule in chain.rules for each in rule.effects):
        return chain
    rules = [
        rule._replace(
            effects=tuple(
                UnknownMark("ct_mark", _TEXT) if _is_of_entry(each) else each
                for each in rule.effects
                if not (is_sure and _is_of_entry(each))
            )
        )
        for rule in chain.rules
    ]
    return replace(chain, rules=tuple(rules))


def _is_of_entry(effect: Effect) -> bool:
    return not isinstance(effect, NoTrack) and "ct_mark" in _changed((effect,))


def in_any_order(*groups: Sequence[Table]) -> tuple[list[Table], list[Gap]]:
    """All tables, in which nothing is certain that depends on the order, and what to say of it.

    Of several groups, nothing is asked about tables of one and the same. A chain sees what another
    one has changed or not; of two marks on the same bits either one stays; where one translates a
    packet, no other chain for translations is asked about it.
    """
    doubts: dict[tuple[int, str], _Doubt] = {}
    pairs = list(_pairs(groups))
    for one, other in pairs:
        for name in _reached(one.table, one.chain):
            doubt = doubts.setdefault((id(one.table), name), _Doubt())
            _doubt(doubt, one, other)
    for one in _level(groups):
        for name in _reached(one.table, one.chain):
            doubt = doubts.setdefault((id(one.table), name), _Doubt())
            doubt.is_level = True
            doubt.seen = _both(doubt.seen, dict.fromkeys(_TRACKED, _EVERY))
            doubt.kept = _both(doubt.kept, {"ct_mark": _EVERY})
    made = {id(table): _doubted(table, doubts) for each in groups for table in each}
    gaps: dict[tuple[str, int], Gap] = {}
    for one, _ in pairs:
        if _is_doubted(one, made[id(one.table)]):
            doubt = doubts[id(one.table), one.chain.name]
            is_of_ends = doubt.skipped or doubt.is_late
            message = _ADDRESSES if is_of_ends else _CHANGES
            place = one.base.hook, round(one.base.priority)
            gaps[place] = Gap("FW902", message, one.chain.span, "")
    for one in _level(groups):
        if _is_doubted(one, made[id(one.table)]):
            gaps[one.base.hook, CONNTRACK] = Gap("FW902", _LEVEL, one.chain.span, "")
    return list(made.values()), list(gaps.values())


def _level(groups: Sequence[Sequence[Table]]) -> Iterator[_Based]:
    """The base chains that run where connection tracking does."""
    for table in groups[0] if len(groups) == 1 else ():
        for chain in table.chains.values():
            base = chain.base
            if base and base.priority == CONNTRACK and base.hook in ("prerouting", "output"):
                yield _Based(0, table, chain, base)


def _is_doubted(one: _Based, made: Table) -> bool:
    reached = _reached(one.table, one.chain)
    return any(made.chains[name] is not chain for name, chain in reached.items())


def _doubt(doubt: _Doubt, one: _Based, other: _Based) -> None:
    """Adds what is not known of `one`, as `other` may run before or behind it."""
    theirs = list(_rules(other.table, other.chain))
    changed = _changed(effect for rule in theirs for effect in rule.effects)
    doubt.kept = _both(doubt.kept, changed)
    translating = list(filter(_translates, theirs))
    if one.base.kind == other.base.kind == "nat":
        mine = list(_rules(one.table, one.chain))
        if translating and (one.chain.end == DROP or _meet_in(mine, translating)):
            doubt.skipped = translating[0]
        translated = list(filter(_translates, mine))
        if translated and (other.chain.end == DROP or _meet_in(theirs, translated)):
            doubt.is_late = True
    else:
        for rule in translating:
            changed |= dict.fromkeys(_ends(rule.verdict), _EVERY)
    doubt.seen = _both(doubt.seen, changed)


def _translates(rule: Rule) -> bool:
    return isinstance(rule.verdict, _TRANSLATIONS)


def _does(rule: Rule) -> bool:
    """Whether it matters that a packet comes to the rule."""
    return bool(rule.effects) or isinstance(rule.verdict, _DECIDING)


def _ends(verdict: Verdict) -> tuple[str, ...]:
    """What the translation may change that rules ask for."""
    match verdict:
        case TranslateDestination():
            return ("dst", "dport", "dst_type", "ct_status")
        case TranslateSource():
            return ("src", "sport", "src_type", "ct_status")
        case _:
            return ("src", "dst", "src_type", "dst_type", "ct_status")


def _meet_in(rules: Iterable[Rule], translating: Sequence[Rule]) -> bool:
    """Whether one of the rules may do something with a packet that one of the others translates."""
    found = list(filter(_does, rules))
    return len(found) * len(translating) > _MOST or any(
        not _is_same(rule, other) and not _are_apart(rule.match, other.match)
        for rule in found
        for other in translating
    )


def _is_same(one: Rule, other: Rule) -> bool:
    """Whether it does not matter by which of the rules a packet is translated."""
    return one.verdict == other.verdict and not one.effects and not other.effects


def _are_apart(one: Match, other: Match) -> bool:
    """Whether two plain tests of one field show that no packet fulfils both matches."""
    return any(
        isinstance(first, Test)
        and isinstance(second, Test)
        and first.field == second.field
        and not any(a <= d and c <= b for a, b in first.values for c, d in second.values)
        for first in one
        for second in other
    )


def _pairs(groups: Sequence[Sequence[Table]]) -> Iterator[tuple[_Based, _Based]]:
    """Every two base chains of one hook and priority that see the same packets, in both orders."""
    found: dict[tuple[str, int], list[_Based]] = {}
    for number, tables in enumerate(groups):
        for table in tables:
            for chain in table.chains.values():
                if chain.base:
                    key = (chain.base.hook, round(chain.base.priority))
                    found.setdefault(key, []).append(_Based(number, table, chain, chain.base))
    for several in found.values():
        for one, other in permutations(several, 2):
            is_asked = len(groups) == 1 or one.group != other.group
            is_known = one.base.kind == other.base.kind and one.base.priority != other.base.priority
            if is_asked and not is_known and one.table.families & other.table.families:
                yield one, other


def _reached(table: Table, chain: Chain) -> dict[str, Chain]:
    """The chain and all that its rules lead to, by name."""
    found = {chain.name: chain}
    left = [chain]
    while left:
        for rule in left.pop().rules:
            name = rule.verdict.chain if isinstance(rule.verdict, Lead) else ""
            if name in table.chains and name not in found:
                found[name] = table.chains[name]
                left.append(found[name])
    return found


def _rules(table: Table, chain: Chain) -> Iterator[Rule]:
    for each in _reached(table, chain).values():
        yield from each.rules


def _doubted(table: Table, doubts: Mapping[tuple[int, str], _Doubt]) -> Table:
    chains = {}
    for name, chain in table.chains.items():
        doubt = doubts.get((id(table), name))
        chains[name] = _of_chain(chain, doubt) if doubt else chain
    return replace(table, chains=chains)


def _of_chain(chain: Chain, doubt: _Doubt) -> Chain:
    rules = tuple(map(doubt.of_rule, chain.rules))
    if doubt.skipped and chain.end == DROP:
        passing = doubt.skipped._replace(match=(_OPEN,), verdict=ACCEPT, effects=(), is_given=True)
        rules = (*rules, passing)
    is_same = len(rules) == len(chain.rules) and all(map(is_, rules, chain.rules))
    return chain if is_same else replace(chain, rules=rules)


def _asked(conditions: Iterable[Condition]) -> _Bits:
    """The bits of fields that conditions without others in them ask for."""
    found: _Bits = {}
    for condition in conditions:
        match condition:
            case Masked(name, mask, _):
                found = _both(found, {name: mask})
            case Test(name, _):
                found = _both(found, {name: _EVERY})
            case Relation(names, _):
                found = _both(found, dict.fromkeys(names, _EVERY))
            case _:
                pass
    return found


def _changed(effects: Iterable[Effect]) -> _Bits:
    found: _Bits = {}
    for effect in effects:
        match effect:
            case SetMark(name, keep, flip):
                found = _both(found, {name: ~keep & _MARK | flip})
            case CopyMark(_, name, source_mask, target_mask):
                found = _both(found, {name: source_mask | target_mask})
            case UnknownMark(name, _):
                found = _both(found, {name: _EVERY})
            case NoTrack():
                found = _both(found, {"state": _EVERY})
    return found


def _both(one: _Bits, other: _Bits) -> _Bits:
    return {name: one.get(name, 0) | other.get(name, 0) for name in (*one, *other)}


def _meet(one: _Bits, other: _Bits) -> bool:
    return any(bits & other.get(name, 0) for name, bits in one.items())
