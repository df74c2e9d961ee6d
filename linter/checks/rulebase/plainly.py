"""What rules say so plainly that nobody has to be asked: no packet sets, no walk.

Each function says True only where it is sure; where it says False, it may be so all the same.
"""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel import fields
from flowmodel.fields import FAMILIES, Family
from flowmodel.match import (
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Name,
    Relation,
    Test,
    Unread,
    Volatile,
    leaves,
)
from flowmodel.ruleset import CONNTRACK, Chain, Hook, Rule, RuleSet, Table, Traffic, base_chains
from flowmodel.values import contains
from flowmodel.verdict import (
    Accept,
    Continue,
    CopyMark,
    Drop,
    Effect,
    Escape,
    Goto,
    Reject,
    Return,
    SetMark,
    Unknown,
    UnknownMark,
)
from linter.checks.rulebase.calls import can_drop
from linter.checks.rulebase.tools import is_networks_table
from linter.engine.device.passage import HOOKS
from linter.engine.device.program import called_from
from linter.engine.device.sieve import Sieve
from linter.engine.sets.space import SURROUNDINGS

_TRAFFIC: tuple[Traffic, ...] = ("input", "forward")
_Bases = list[tuple[Table, Chain]]
_MARKS = frozenset({"mark", "ct_mark"})


def is_closed(rulesets: Sequence[RuleSet]) -> bool:
    """Whether no packet to the device, or through it, is left to default policies that accept.

    Where no chain judges what goes through it, nobody asks.
    """
    for family, bases in _by_family(rulesets):
        for traffic in _TRAFFIC:
            filters = [
                (table, chain)
                for table, chain in bases
                if chain.base
                and chain.base.purpose == "filter"
                and not chain.base.is_given
                and traffic in chain.base.judges
                and chain.base.hook in HOOKS[traffic]
            ]
            if not filters and traffic == "forward":
                continue
            if not any(
                _leaves_nothing(chain, family) and not is_networks_table(table)
                for table, chain in filters
            ):
                return False
    return True


def goes_on(rulesets: Sequence[RuleSet], sieves: Mapping[Family, Sieve]) -> bool:
    """Whether all packets of connections may pass that can begin.

    None can begin, as the sieves for all addresses tell; or all connections are tracked, and each
    chain that could drop some of their packets accepts what is established first.
    """
    for family, bases in _by_family(rulesets):
        its = [each for each in rulesets if family in each.families]
        begins = any(sieves[family].may_pass(its, traffic) for traffic in _TRAFFIC)
        if begins and not all(_keeps(table, chain, family) for table, chain in bases):
            return False
    return True


def _keeps(table: Table, base: Chain, family: Family) -> bool:
    """Whether packets of known connections pass a base chain, and all stay known there.

    Their translations are settled, and change nothing of their state: no chain of kind nat is asked
    about them (nf_nat_inet_fn in net/netfilter/nf_nat_core.c), and others accept them before their
    rules translate, or whatever these do.
    """
    assert base.base is not None
    for each in called_from(table, base):
        if not all(_is_mark(effect) for rule in each.rules for effect in rule.effects):
            return False
    return base.base.kind == "nat" or _lets_established(table, base, family)


def _is_mark(effect: Effect) -> bool:
    """Whether the effect sets a mark, and nothing that says how a connection is tracked."""
    if isinstance(effect, SetMark | UnknownMark):
        return effect.field in _MARKS
    return isinstance(effect, CopyMark) and effect.target in _MARKS


def is_told(rulesets: Sequence[RuleSet], hooks: Sequence[Hook]) -> bool:
    """Whether no rule at the hooks depends on what exports do not tell, but for interfaces."""
    for _, bases in _by_family(rulesets):
        for table, chain in bases:
            if chain.base is None or chain.base.hook not in hooks:
                continue
            for each in called_from(table, chain):
                for rule in each.rules:
                    if rule.effects or isinstance(rule.verdict, Unknown):
                        return False
                    if any(map(_is_open, leaves(rule.match))):
                        return False
    return True


def _by_family(rulesets: Sequence[RuleSet]) -> Iterator[tuple[Family, _Bases]]:
    for family in FAMILIES:
        its = [each for each in rulesets if family in each.families]
        bases = base_chains(its, family)
        if bases:
            yield family, bases


def _is_for_all(rule: Rule, family: Family) -> bool:
    return all(isinstance(each, IsFamily) and each.family == family for each in rule.match)


def _leaves_nothing(chain: Chain, family: Family) -> bool:
    if isinstance(chain.end, Drop):
        return True
    for rule in chain.rules:
        # These may lead to the default policy, past what stands behind them.
        if isinstance(rule.verdict, Return | Goto):
            return False
        if isinstance(rule.verdict, Accept | Drop | Reject) and _is_for_all(rule, family):
            return True
    return False


def _lets_established(table: Table, chain: Chain, family: Family) -> bool:
    """Whether a base chain accepts packets of known connections, whatever is not known."""
    base = chain.base
    if base and base.hook in ("prerouting", "output") and base.priority < CONNTRACK:
        # Nothing is known of connections yet.
        return not can_drop(table, chain)
    for rule in chain.rules:
        accepts = isinstance(rule.verdict, Accept) and not isinstance(rule.verdict, Escape)
        if accepts and all(_is_for_established(each, family) for each in rule.match):
            return True
        if not isinstance(rule.verdict, Accept | Continue) and not _may_spare(rule, family):
            break
    else:
        return isinstance(chain.end, Accept)
    return not can_drop(table, chain)


def _is_for_established(condition: Condition, family: Family) -> bool:
    """Whether the condition holds for all packets of known connections."""
    return _of_established(condition, family) is True


def _may_spare(rule: Rule, family: Family) -> bool:
    """Whether the rule is for no such packet, or may be: it depends on what nobody knows."""
    return any(
        isinstance(each, Unread | Volatile) or _of_established(each, family) is False
        for each in rule.match
    )


def _of_established(condition: Condition, family: Family) -> bool | None:
    """Whether it holds for all packets of known connections or for none; None for neither."""
    match condition:
        case IsFamily(other):
            return other == family
        case Test("state", values):
            return contains(values, fields.ESTABLISHED)
        case Any(several) | All(several):
            deciding = isinstance(condition, Any)
            said = [_of_established(each, family) for each in several]
            if deciding in said:
                return deciding
            return None if None in said else not deciding
        case _:
            return None


def _is_open(condition: Condition) -> bool:
    match condition:
        case Unread() | Volatile():
            return True
        case Test(field, _) | Masked(field, _, _):
            return field in SURROUNDINGS
        case Name("phys_in" | "phys_out"):
            return True
        case Relation(several, _):
            return any(each in SURROUNDINGS for each in several)
        case _:
            return False
