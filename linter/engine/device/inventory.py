"""What the rules of a run say beside the ends of packets: each chain is read once."""

from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.match import Condition, Test
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Chain, Rule, RuleSet
from flowmodel.verdict import MapNetwork, TranslateDestination, TranslateSource
from linter.engine.sets.longlists import CUT

TRANSLATIONS: Final = (TranslateDestination, TranslateSource, MapNetwork)
_ENDS: Final = frozenset({"src", "dst", "proto", "sport", "dport"})


class Said(NamedTuple):
    """What some rules say."""

    rules: int
    """How many there are."""
    asked: tuple[Condition, ...]
    """Their conditions but for tests of ends and protocols, each once: most rules share them."""
    lists: tuple[Test, ...]
    """Their tests of so many ranges that addresses may stand for them, each once."""
    pairs: int
    """How many values their tests combine, where they have several."""
    acting: tuple[Rule, ...]
    """Those that mark packets, or give them other ends."""


class Inventory:
    """What chains say, for all who ask; they live as long as this does."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Chain, Said]] = {}

    def of(self, chain: Chain) -> Said:
        """What the rules of a chain say, without those that are switched off."""
        if id(chain) not in self._known:
            self._known[id(chain)] = chain, said(chain.rules)
        return self._known[id(chain)][1]

    def all(self, rulesets: Iterable[RuleSet]) -> Iterator[Said]:
        """What each chain of the rule sets says, as often as tables have it."""
        tables = (table for ruleset in rulesets for table in ruleset.tables)
        return (self.of(chain) for table in tables for chain in table.chains.values())

    def asked(self, rulesets: Iterable[RuleSet]) -> set[Condition]:
        """What the rules ask, each once, but for tests of ends and protocols."""
        return {each for its in self.all(rulesets) for each in its.asked}


def said(rules: Iterable[Rule]) -> Said:
    """What the rules say."""
    number = pairs = 0
    asked: dict[Condition, None] = {}
    lists: dict[Test, None] = {}
    acting: list[Rule] = []
    for rule in rules:
        number += 1
        product = 1
        for each in rule.match:
            if isinstance(each, Test):
                ranges = len(each.values)
                if ranges > 1:
                    product *= ranges
                    if ranges > CUT:
                        lists[each] = None
                if each.field in _ENDS:
                    continue
            asked[each] = None
        pairs += product
        if rule.effects or isinstance(rule.verdict, TRANSLATIONS):
            acting.append(rule)
    return Said(number, tuple(asked), tuple(lists), pairs, tuple(acting))
