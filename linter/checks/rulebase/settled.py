"""Chains of which nothing would be said wherever they are asked again."""

from flowmodel.match import Volatile, leaves
from flowmodel.ruleset import Chain, Table
from linter.checks.rulebase.replies import is_written_for_replies
from linter.engine.device.program import called_from


class Settled:
    """Says of base chains whether nothing would be said of their rules, whatever they do there."""

    def __init__(self, telling: set[int]) -> None:
        self._telling = telling
        self._chains: set[int] = set()

    def is_so(self, table: Table, base: Chain) -> bool:
        """Whether all of its rules are needed somewhere, and none has to be asked about."""
        # Most that are not have a rule of their own that is not needed so far.
        return self._is_settled(base) and all(map(self._is_settled, called_from(table, base)))

    def _is_settled(self, chain: Chain) -> bool:
        if id(chain) in self._chains:
            return True
        telling = self._telling
        found = all(rule.is_given or id(rule) in telling for rule in chain.rules) and not any(
            is_written_for_replies(chain, rule, is_stateless=True)
            or any(isinstance(each, Volatile) for each in leaves(rule.match))
            for rule in chain.rules
        )
        if found:
            self._chains.add(id(chain))
        return found
