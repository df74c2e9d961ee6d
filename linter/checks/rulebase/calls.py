"""Which rules lead to each chain of a table, and whether what they lead to can drop packets."""

from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Accept, Drop, Lead, Reject, Unknown
from linter.engine.device.program import called_from

Calls = dict[str, list[tuple[Chain, Rule]]]
"""By the name of a chain the rules that lead to it, each with the chain in which it stands."""


def calls_of(table: Table) -> Calls:
    """The rules that lead to each chain."""
    found: Calls = {}
    for chain in table.chains.values():
        for rule in chain.rules:
            if isinstance(rule.verdict, Lead):
                found.setdefault(rule.verdict.chain, []).append((chain, rule))
    return found


class Jumps:
    """The rules that lead to the chains of tables, looked up once for each table."""

    def __init__(self) -> None:
        self._known: dict[int, Calls] = {}

    def to(self, table: Table, chain: str) -> list[tuple[Chain, Rule]]:
        """Those that lead to one chain, each with the chain that it is in."""
        if id(table) not in self._known:
            self._known[id(table)] = calls_of(table)
        return self._known[id(table)].get(chain, [])


def can_drop(table: Table, base: Chain) -> bool:
    """Whether a base chain can drop a packet."""
    if not isinstance(base.end, Accept):
        return True
    drops = Drop | Reject | Unknown
    rules = (rule for chain in called_from(table, base) for rule in chain.rules)
    return any(isinstance(rule.verdict, drops) for rule in rules)
