"""A device's rule sets, made ready to be asked about packets of one address family."""

from collections.abc import Callable
from typing import Any, TypeVar

from flowmodel.record import dataclass, field, replace
from flowmodel.ruleset import Chain, Hook, RuleSet, Table, base_chains
from flowmodel.source import Span
from flowmodel.values import Values
from flowmodel.verdict import Goto, Jump, MapNetwork, TranslateDestination, TranslateSource
from linter.engine.budget import Budget
from linter.engine.device.inventory import Inventory
from linter.engine.device.program import Program
from linter.engine.packet.routing import Around
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Space

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, eq=False)
class Firewall:
    """A device's rule sets with the space in which packets are asked about, and its name."""

    rulesets: tuple[RuleSet, ...]
    matcher: Matcher
    program: Program
    translates: bool = False
    """Whether any rule changes addresses or ports."""
    around: Around | None = None
    """Where the device stands; None: every packet stays on the asked way."""
    here: Values = ()
    """Destinations that it never passes on: its own addresses, and those for one link only."""
    drops: bool = True
    """False to ask only what packets become, not whether they pass: see `translating`."""
    name: str = ""
    span: Span | None = None
    """Where the device is named, for packets that no chain of it sees."""
    budget: Budget = field(default_factory=Budget)
    """The work that questions may take; the firewalls of a site share it."""
    inventory: Inventory = field(default_factory=Inventory)
    """What its rules say, which firewalls of one run share."""
    known: dict[object, Any] = field(default_factory=dict)
    """What was worked out about its rule sets and chains, and ends with it: see `once`."""

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.matcher.space

    def once(self, work: Callable[..., _Result], *about: object) -> _Result:
        """The function's result for these arguments, worked out once for this firewall.

        Rule sets, tables and chains are told apart by identity, so that a firewall made from this
        one with other rules may share what is known of the same ones.
        """
        key = (work, *about)
        if key not in self.known:
            self.known[key] = work(*about)
        result: _Result = self.known[key]
        return result

    def chains(self, hook: Hook) -> list[tuple[Table, Chain]]:
        """The base chains of one hook in the order in which packets meet them."""
        found = base_chains(self.rulesets, self.matcher.space.family)
        return [
            (table, chain)
            for table, chain in found
            if chain.base
            and chain.base.hook == hook
            and (self.drops or chain.base.kind == "nat" or self.once(_changes, table, chain))
        ]

    def translating(self) -> "Firewall":
        """The device as one that drops nothing: its translations, and the marks they ask for."""
        return replace(self, drops=False, here=())


def _changes(table: Table, base: Chain) -> bool:
    """Whether a rule of the chain, or of one that it calls, changes packets or marks them."""
    waiting, seen = [base], {base.name}
    while waiting:
        for rule in waiting.pop().rules:
            match rule.verdict:
                case TranslateDestination() | TranslateSource() | MapNetwork():
                    return True
                case Jump(name) | Goto(name) if name not in seen:
                    seen.add(name)
                    waiting.append(table.chains[name])
                case _:
                    pass
            if rule.effects:
                return True
    return False
