"""Base chains of one hook and priority: what depends on which of them runs first is not certain.

Kernels differ: in 6.18 the chain that was made last runs first, in 4.14 it was the first one
(net/netfilter/core.c, nf_hook_entries_grow), and no file says which one was made first.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import starmap
from typing import Final

from flowmodel.match import Match, Test
from flowmodel.record import NamedTuple, replace
from flowmodel.ruleset import CONNTRACK, Base, Chain, Gap, Hook, Rule, RuleSet, Table
from flowmodel.verdict import (
    DROP,
    TranslateDestination,
    TranslateSource,
    Verdict,
)
from parsers.shared.doubt import (
    EVERY,
    LEVEL,
    Bits,
    Doubt,
    changed,
    does,
    doubted,
    either,
    escapes,
    translates,
)
from parsers.shared.netfilter import reached

_MOST: Final = 200_000
"""Pairs of rules that are compared at one place; where there are more, some are taken to meet."""
_SAME: Final = "another base chain has the same hook and priority: which of them runs first, "
_LEVEL: Final = (
    "connection tracking has the chain's priority, too: which of them runs first, and so what the"
    " chain sees of connections, depends on the kernel"
)
_CHANGES: Final = f"{_SAME}and so what it sees of the other's changes, depends on the kernel"
_ADDRESSES: Final = f"{_SAME}and so which of them translates a packet, depends on the kernel"


_Base = tuple[int, Table, Chain, Base]
"""The group of a base chain, its table, itself, and what makes it one."""


class _Based(NamedTuple):
    """A base chain, and what all the rules that it leads to say."""

    group: int
    table: Table
    chain: Chain
    base: Base
    reached: tuple[str, ...]
    rules: tuple[Rule, ...]
    """Those that matter to a packet that comes to them."""
    changed: Bits
    moved: Bits
    """What its translations may change that others ask for."""
    translating: tuple[Rule, ...]
    escaping: tuple[Rule, ...]
    """Those behind which no later chain may be asked."""


def sets_in_any_order(rulesets: Sequence[RuleSet]) -> list[RuleSet]:
    """Rule sets of one kernel, in which nothing is certain that depends on their order."""
    if len(rulesets) < 2:
        return list(rulesets)
    groups = [each.tables for each in rulesets]
    tables, gaps = in_any_order(*groups)
    found: list[RuleSet] = []
    for each in rulesets:
        its, tables = tables[: len(each.tables)], tables[len(each.tables) :]
        found.append(replace(each, tables=tuple(its)))
    return [replace(found[0], gaps=(*found[0].gaps, *gaps)), *found[1:]]


def in_any_order(*groups: Sequence[Table]) -> tuple[list[Table], list[Gap]]:
    """All tables, in which nothing is certain that depends on the order, and what to say of it.

    Of several groups, nothing is asked about tables of one and the same. A chain sees what another
    one has changed or not; of two marks on the same bits either one stays; where one translates a
    packet, no other chain for translations is asked about it; nor is any chain where one sends it
    past all others.
    """
    is_one = len(groups) == 1
    found: list[tuple[_Based, Doubt]] = []
    for (hook, priority), several in _places(groups).items():
        if is_one and priority == CONNTRACK and hook in ("prerouting", "output"):
            found += ((one, LEVEL) for one in starmap(_of_base, several))
        if len(several) > 1:
            found += _at_one_place(list(starmap(_of_base, several)), is_one=is_one)
    doubts: dict[tuple[int, str], Doubt] = {}
    for one, doubt in found:
        for name in one.reached:
            key = id(one.table), name
            doubts[key] = doubts[key].with_other(doubt) if key in doubts else doubt
    made = {id(table): _doubted(table, doubts) for each in groups for table in each}
    gaps: dict[tuple[str, int], Gap] = {}
    for one, doubt in found:
        chains = made[id(one.table)].chains
        if any(chains[name] is not one.table.chains[name] for name in one.reached):
            place = one.base.hook, round(one.base.priority)
            gaps[place] = Gap("FW902", _message(one, doubt), one.chain.span, "")
    return list(made.values()), list(gaps.values())


def _message(one: _Based, doubt: Doubt) -> str:
    if doubt.is_level:
        return _LEVEL
    return _ADDRESSES if one.base.kind == "nat" and (doubt.skipped or doubt.is_late) else _CHANGES


def _places(groups: Sequence[Sequence[Table]]) -> dict[tuple[Hook, int], list[_Base]]:
    """The base chains of each hook and priority; chains for translations share one."""
    found: dict[tuple[Hook, int], list[_Base]] = {}
    for number, tables in enumerate(groups):
        for table in tables:
            for chain in table.chains.values():
                if base := chain.base:
                    place = base.hook, round(base.priority)
                    found.setdefault(place, []).append((number, table, chain, base))
    return found


def _of_base(group: int, table: Table, chain: Chain, base: Base) -> _Based:
    chains = reached(table, chain)
    rules = tuple(rule for each in chains.values() for rule in each.rules if does(rule))
    translating = tuple(filter(translates, rules))
    moved = {name: EVERY for rule in translating for name in _ends(rule.verdict)}
    return _Based(
        group,
        table,
        chain,
        base,
        tuple(chains),
        rules,
        changed(effect for rule in rules for effect in rule.effects),
        moved,
        translating,
        tuple(filter(escapes, rules)),
    )


def _at_one_place(several: Sequence[_Based], *, is_one: bool) -> Iterator[tuple[_Based, Doubt]]:
    """Every base chain that another one runs before or behind, with what that makes of it."""
    pairs = len(several) ** 2
    if pairs > _MOST:
        every = _as_one(several)
        yield from ((one, every) for one in several)
        return
    for one in several:
        for other in several:
            if other is not one and _is_asked(one, other, is_one=is_one):
                yield one, _doubt(one, other, _MOST // pairs)


def _is_asked(one: _Based, other: _Based, *, is_one: bool) -> bool:
    """Whether both may see one packet, and their order is not known."""
    is_known = one.base.kind == other.base.kind and one.base.priority != other.base.priority
    is_meant = is_one or one.group != other.group
    return is_meant and not is_known and bool(one.table.families & other.table.families)


def _as_one(several: Sequence[_Based]) -> Doubt:
    """What nobody knows of chains that are too many to compare two and two."""
    doubt = Doubt()
    for each in several:
        first = next(iter((*each.translating, *each.escaping)), None)
        seen = either(each.changed, each.moved)
        is_late = each.chain.end == DROP or bool(each.rules)
        doubt = doubt.with_other(Doubt(seen, each.changed, first, is_late))
    return doubt


def _doubt(one: _Based, other: _Based, most: int) -> Doubt:
    """What is not known of `one`, as `other` may run before or behind it."""
    seen, skipping, is_late = other.changed, other.escaping, False
    if one.base.kind == other.base.kind == "nat":
        skipping = (*skipping, *other.translating)
        is_late = bool(one.translating) and (
            other.chain.end == DROP or _meet_in(other.rules, one.translating, most)
        )
    else:
        seen = either(seen, other.moved)
    is_skipped = bool(skipping) and (one.chain.end == DROP or _meet_in(one.rules, skipping, most))
    return Doubt(seen, other.changed, skipping[0] if is_skipped else None, is_late)


def _ends(verdict: Verdict) -> tuple[str, ...]:
    """What the translation may change that rules ask for."""
    match verdict:
        case TranslateDestination():
            return ("dst", "dport", "dst_type", "ct_status")
        case TranslateSource():
            return ("src", "sport", "src_type", "ct_status")
        case _:
            return ("src", "dst", "src_type", "dst_type", "ct_status")


def _meet_in(rules: Sequence[Rule], others: Sequence[Rule], most: int) -> bool:
    """Whether one of the rules may see a packet that one of the others takes away from it."""
    return len(rules) * len(others) > most or any(
        not _is_same(rule, other) and not _are_apart(rule.match, other.match)
        for rule in rules
        for other in others
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


def _doubted(table: Table, doubts: Mapping[tuple[int, str], Doubt]) -> Table:
    chains = {}
    for name, chain in table.chains.items():
        doubt = doubts.get((id(table), name))
        chains[name] = doubted(chain, doubt) if doubt else chain
    return replace(table, chains=chains)
