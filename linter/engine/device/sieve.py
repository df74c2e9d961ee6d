"""Whether some first packets can pass a firewall at all, read off its rules without packet sets."""

from collections.abc import Mapping, Sequence
from typing import Final

from flowmodel import fields
from flowmodel.fields import Family
from flowmodel.match import All, Any, Condition, IsFamily, Match, Name, Test
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, RuleSet, Table, Traffic, base_chains
from flowmodel.values import Values, overlaps
from flowmodel.verdict import (
    Accept,
    Continue,
    Drop,
    Escape,
    Goto,
    Jump,
    Lead,
    Reject,
    Return,
    Translation,
    Unknown,
    Verdict,
)
from linter.engine.device.mentions import LOOPBACK
from linter.engine.device.passage import HOOKS
from linter.engine.device.program import Called
from linter.engine.device.walk import DEPTH_LIMIT

_FIRST: Final[Values] = tuple(
    (n, n) for n in sorted((fields.NEW, fields.INVALID, fields.UNTRACKED))
)
"""The states of packets without an entry in connection tracking (`device/conntrack.py`)."""


_ALL: Final[Mapping[str, Values]] = {}


# After an unknown target that writes, no later verdict is sure: it counts as past them all.
_PASSED_OVER: Final = (Drop, Reject, Continue)
_GOING_ON: Final = (Continue, Jump, Unknown)


class _Way(NamedTuple):
    """What such packets may do in a chain."""

    is_accepted: bool
    is_past_all: bool
    """Whether no later base chain may be asked about some of them."""
    comes_back: bool


_ANYTHING = _Way(is_accepted=True, is_past_all=True, comes_back=True)


class Sieve:
    """Says of firewalls whether packets of others may pass; never "surely".

    `fields` are the values that these packets have: of their addresses, services and ports.
    What it says of chains is kept: thousands of machines have the same ones.
    """

    def __init__(self, family: Family, fields: Mapping[str, Values] = _ALL) -> None:
        self.family = family
        self._fields: Mapping[str, Values] = {"state": _FIRST, **fields}
        self._is_of_all = not fields
        self._called = Called()
        self._rewriting: dict[Chain, bool] = {}
        """Of the rules of a chain itself."""
        self._chains: dict[tuple[Chain, Table | None], _Way] = {}
        self._excluded: dict[Condition, bool] = {}
        self._depth = 0

    def may_pass(self, rulesets: Sequence[RuleSet], traffic: Traffic) -> bool:
        """Whether a first packet of theirs may pass all base chains of the traffic.

        All of them are asked by every packet: it passes none of them if one lets nothing pass,
        unless a verdict before that one leads past it.
        """
        found = base_chains(rulesets, self.family)
        bases = [
            (table, base)
            for hook in HOOKS[traffic]
            for table, base in found
            if base.base and base.base.hook == hook
        ]
        rewriting = set() if self._is_of_all else {id(b) for t, b in bases if self._rewrites(t, b)}
        if any(id(base) in rewriting and _sends_elsewhere(base) for _, base in bases):
            # Others may become such packets on their way.
            return True
        for table, base in bases:
            assert base.base, "asked for above"
            way = self._way(table, base)
            if way.is_past_all:
                return True
            passes = way.is_accepted or (way.comes_back and not isinstance(base.end, Drop))
            if not passes and base.base.kind != "nat":
                return False
            if id(base) in rewriting:
                # Later chains see others in their place.
                return True
        return True

    def _rewrites(self, table: Table, base: Chain) -> bool:
        """Whether a rule of the base chain may give packets other addresses or ports."""
        if not self._called.names(base):
            return self._rewrites_itself(base)
        return any(map(self._rewrites_itself, self._called(table, base)))

    def _rewrites_itself(self, chain: Chain) -> bool:
        known = self._rewriting.get(chain)
        if known is None:
            known = any(isinstance(rule.verdict, Translation) for rule in chain.rules)
            self._rewriting[chain] = known
        return known

    def _way(self, table: Table, chain: Chain) -> _Way:
        # Jumps lead to chains of the table; many tables share the chains that have none.
        key = (chain, table if self._called.names(chain) else None)
        known = self._chains.get(key)
        if known is None:
            # One that leads back to itself may do anything.
            self._chains[key] = _ANYTHING
            self._depth += 1
            known = _ANYTHING if self._depth > DEPTH_LIMIT else self._walked(table, chain)
            self._depth -= 1
            self._chains[key] = known
        return known

    def _walked(self, table: Table, chain: Chain) -> _Way:
        is_accepted = is_past_all = comes_back = False
        for rule in chain.rules:
            verdict = rule.verdict
            if rule.match and (
                isinstance(verdict, _PASSED_OVER)
                or (is_accepted and isinstance(verdict, Accept) and not _leads_past(verdict))
            ):
                # It tells nothing more, whether or not it is for such packets.
                continue
            if self._excludes(rule.match):
                continue
            is_last = not rule.match and not isinstance(verdict, _GOING_ON)
            if isinstance(verdict, Lead):
                inside = self._way(table, table.chains[verdict.chain])
                is_accepted |= inside.is_accepted
                is_past_all |= inside.is_past_all
                if isinstance(verdict, Goto):
                    comes_back |= inside.comes_back
                elif not rule.match and not inside.comes_back:
                    is_last = True
            elif isinstance(verdict, Return):
                comes_back = True
            elif not isinstance(verdict, _PASSED_OVER):
                is_accepted = True
                is_past_all |= _leads_past(verdict)
            if is_last:
                return _Way(is_accepted, is_past_all, comes_back)
        return _Way(is_accepted, is_past_all, comes_back=True)

    def _excludes(self, match: Match) -> bool:
        """Whether a condition surely holds for no such packet."""
        for condition in match:
            known = self._excluded.get(condition)
            if known is None:
                known = self._excluded[condition] = self._holds_never(condition)
            if known:
                return True
        return False

    def _holds_never(self, condition: Condition) -> bool:
        # Nearly all conditions are tests.
        if isinstance(condition, Test):
            values = self._fields.get(condition.field)
            return values is not None and not overlaps(condition.values, values)
        match condition:
            case IsFamily(family):
                return family != self.family
            # By this one nothing comes from others, nor leaves to them.
            case Name("in" | "out", names, prefixes):
                return not prefixes and names <= {LOOPBACK}
            case All(several):
                return self._excludes(several)
            case Any(several):
                return all(self._excludes((each,)) for each in several)
            case _:
                return False


def _sends_elsewhere(base: Chain) -> bool:
    """Whether a base chain that rewrites packets may change what the packets of a traffic are."""
    return base.base is not None and base.base.hook != "postrouting"


def _leads_past(verdict: Verdict) -> bool:
    return isinstance(verdict, Escape) or (isinstance(verdict, Unknown) and verdict.escapes)
