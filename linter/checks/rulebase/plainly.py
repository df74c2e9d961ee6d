"""What rules say so plainly that nobody has to be asked: no packet sets, no walk.

Each function says True only where it is sure; where it says False, it may be so all the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

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
    Decision,
    Drop,
    Effect,
    Escape,
    Goto,
    Return,
    SetMark,
    Unknown,
    UnknownMark,
)
from linter.checks.rulebase.calls import can_drop
from linter.checks.rulebase.tools import is_networks_table
from linter.engine.device.passage import HOOKS
from linter.engine.device.program import Called, called_from
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


def goes_on(rulesets: Sequence[RuleSet], sieves: Mapping[Family, Sieve], kept: "Kept") -> bool:
    """Whether all packets of connections may pass that can begin.

    All connections are tracked, and each chain that could drop some of their packets accepts what
    is established first; or none can begin, as the sieves for all addresses tell.
    """
    for family, bases in _by_family(rulesets):
        if all(kept.of(table, chain, family) for table, chain in bases):
            continue
        its = [each for each in rulesets if family in each.families]
        if any(sieves[family].may_pass(its, traffic) for traffic in _TRAFFIC):
            return False
    return True


class Kept:
    """Says of base chains whether packets of known connections pass, and all stay known there.

    What it says of chains is kept: thousands of machines have the same ones.
    """

    def __init__(self) -> None:
        self._called = Called()
        self._only_marks: dict[Chain, bool] = {}
        self._alone: dict[tuple[Chain, Family], bool] = {}
        """Of chains that call none."""
        self._established: dict[tuple[int, Family], tuple[bool, Condition]] = {}
        """By identity, which conditions hold for all packets of known connections, with these."""

    def of(self, table: Table, base: Chain, family: Family) -> bool:
        """Whether they do so in a base chain."""
        known = self._alone.get((base, family))
        if known is None:
            chains = self._called(table, base)
            known = all(map(self._marks, chains)) and self._lets(table, base, family)
            if len(chains) == 1:
                self._alone[base, family] = known
        return known

    def _lets(self, table: Table, base: Chain, family: Family) -> bool:
        """Whether packets of known connections pass a base chain.

        Their translations are settled, and change nothing of their state: no chain of kind nat is
        asked about them (nf_nat_inet_fn in net/netfilter/nf_nat_core.c), and others accept them
        before their rules translate, or whatever these do.
        """
        if base.base is None or base.base.kind == "nat":
            return True
        return _lets_established(table, base, family, self._is_for_established)

    def _is_for_established(self, condition: Condition, family: Family) -> bool:
        known = self._established.get((id(condition), family))
        if known is None:
            known = _is_for_established(condition, family), condition
            self._established[id(condition), family] = known
        return known[0]

    def _marks(self, chain: Chain) -> bool:
        """Whether the rules of a chain change marks, and nothing that says how one is tracked."""
        known = self._only_marks.get(chain)
        if known is None:
            effects = (effect for rule in chain.rules for effect in rule.effects)
            known = self._only_marks[chain] = all(map(_is_mark, effects))
        return known


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
                    for condition in rule.match:
                        # Most conditions hold no others.
                        if isinstance(condition, Test):
                            if condition.field in SURROUNDINGS:
                                return False
                        elif any(map(_is_open, leaves((condition,)))):
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
        if isinstance(rule.verdict, Decision) and _is_for_all(rule, family):
            return True
    return False


def _lets_established(
    table: Table, chain: Chain, family: Family, is_for: Callable[[Condition, Family], bool]
) -> bool:
    """Whether a base chain accepts packets of known connections, whatever is not known."""
    base = chain.base
    if base and base.hook in ("prerouting", "output") and base.priority < CONNTRACK:
        # Nothing is known of connections yet.
        return not can_drop(table, chain)
    for rule in chain.rules:
        accepts = isinstance(rule.verdict, Accept) and not isinstance(rule.verdict, Escape)
        if accepts and all(is_for(each, family) for each in rule.match):
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
        # Most are these.
        case Test(field, _) | Masked(field, _, _):
            return field in SURROUNDINGS
        case Unread() | Volatile():
            return True
        case Name("phys_in" | "phys_out"):
            return True
        case Relation(several, _):
            return any(each in SURROUNDINGS for each in several)
        case _:
            return False
