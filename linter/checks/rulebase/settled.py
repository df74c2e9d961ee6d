"""Chains of which nothing would be said wherever they are asked again."""

from typing import Final

from flowmodel.match import IsFamily, Match, Test, Volatile, leaves
from flowmodel.ruleset import Chain, Table
from linter.checks.rulebase.replies import is_written_for_replies
from linter.engine.device.program import Called

_PLAIN: Final = (Test, IsFamily)


class Settled:
    """Says of base chains whether nothing would be said of their rules, whatever they do there."""

    def __init__(self, telling: set[int], called: Called) -> None:
        self._telling = telling
        self._called = called
        self._bases: set[tuple[Table, Chain]] = set()
        """Both families ask for them."""
        self._chains: set[Chain] = set()
        self._clear: dict[Chain, bool] = {}
        self._dice: dict[int, tuple[bool, Match]] = {}
        """By identity of the conditions, which rules may share, with these."""

    def is_so(self, table: Table, base: Chain) -> bool:
        """Whether all of its rules are needed somewhere, and none has to be asked about."""
        key = table, base
        if key in self._bases:
            return True
        # Most that are not have a rule of their own that is not needed so far.
        found = self._is_settled(base) and all(map(self._is_settled, self._called(table, base)))
        if found:
            self._bases.add(key)
        return found

    def _is_settled(self, chain: Chain) -> bool:
        if chain in self._chains:
            return True
        for rule in chain.rules:
            if not (rule.is_given or id(rule) in self._telling):
                return False
        found = self.is_clear(chain)
        if found:
            self._chains.add(chain)
        return found

    def is_clear(self, chain: Chain) -> bool:
        """Whether one packet is enough to be asked about, whichever of its rules is meant."""
        known = self._clear.get(chain)
        if known is None:
            known = self._clear[chain] = not any(
                is_written_for_replies(chain, rule, is_stateless=True) or self._has_dice(rule.match)
                for rule in chain.rules
            )
        return known

    def _has_dice(self, match: Match) -> bool:
        # Most conditions are tests of numbers, and hold no others.
        others = [each for each in match if not isinstance(each, _PLAIN)]
        if not others:
            return False
        known = self._dice.get(id(match))
        if known is None:
            known = any(isinstance(each, Volatile) for each in leaves(others)), match
            self._dice[id(match)] = known
        return known[0]
