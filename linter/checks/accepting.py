"""The accepting rules of a chain and of those it calls, found by a packet's addresses and ports."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from flowmodel.match import Condition, Match, Relation, Test
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Accept, Goto, Jump

_LOOKED: Final = 20_000
"""How many rules are looked at: a rule base may have hundreds of thousands."""
_DEEP: Final = 64
"""How deep chains call each other whose rules are looked at: each rule has the conditions above."""
_TELLING: Final = frozenset({"dst", "sport", "dport"})
_Block = tuple[str, int, int]
"""A field, and the values of it that have the same number when they are divided by a power of two:
their count, and the first of them."""


class Accepting:
    """The rules that accept, each with all conditions that a packet fulfils that it accepts."""

    def __init__(self, table: Table, chain: Chain) -> None:
        self._order: dict[int, int] = {}
        self._rules: list[tuple[int, Match, Rule]] = []
        self._others: list[int] = []
        """Rules that no block stands for."""
        self._blocks: dict[_Block, list[int]] = defaultdict(list)
        for place, (match, rule) in enumerate(islice(_rules(table, chain), _LOOKED)):
            self._order[id(rule)] = place
            if isinstance(rule.verdict, Accept) and not (rule.is_given or rule.is_automatic):
                self._add((place, match, rule))
        self._counts = {(field, count) for field, count, _ in self._blocks}

    def _add(self, found: tuple[int, Match, Rule]) -> None:
        blocks = [_block(each) for each in found[1] if not _TELLING.isdisjoint(named(each))]
        number = len(self._rules)
        self._rules.append(found)
        if not blocks or None in blocks:
            self._others.append(number)
            return
        for block in {each for each in blocks if each}:
            self._blocks[block].append(number)

    def place(self, rule: Rule | None) -> int:
        """Where packets come to the rule; behind all others if it is not among them."""
        return self._order.get(id(rule), _LOOKED)

    def near(self, numbers: Mapping[str, int | None]) -> Iterator[tuple[int, Match, Rule]]:
        """All rules of which a packet with these numbers fulfils what is asked of one of its ends.

        Those that ask nothing simple of the destination and the ports are among them. In the order
        in which packets come to them, with their places.
        """
        if any(numbers[field] is None for field in _TELLING):
            yield from self._rules
            return
        found = set(self._others)
        for field, count in self._counts:
            value = numbers[field] or 0
            found.update(self._blocks.get((field, count, value - value % count), ()))
        yield from (self._rules[each] for each in sorted(found))


def named(condition: Condition) -> tuple[str, ...]:
    """The fields that a condition without parts is about."""
    if isinstance(condition, Test):
        return (condition.field,)
    return condition.fields if isinstance(condition, Relation) else ()


def _block(condition: Condition) -> _Block | None:
    """The values of a condition, if they are a block."""
    if not isinstance(condition, Test) or len(condition.values) != 1:
        return None
    first, last = condition.values[0]
    count = last - first + 1
    is_block = count & (count - 1) == 0 and first % count == 0
    return (condition.field, count, first) if is_block else None


def _rules(table: Table, chain: Chain) -> Iterator[tuple[Match, Rule]]:
    """The rules in the order in which packets come to them, those of a chain at its first call.

    Each with all conditions that a packet fulfils that comes there and matches.
    """
    known = {chain.name}
    waiting: list[tuple[Match, Iterator[Rule]]] = [((), iter(chain.rules))]
    while waiting:
        above, rules = waiting[-1]
        rule = next(rules, None)
        if rule is None:
            waiting.pop()
            continue
        match = (*above, *rule.match)
        yield match, rule
        if len(waiting) > _DEEP:
            continue
        if isinstance(rule.verdict, Jump | Goto) and rule.verdict.chain not in known:
            known.add(rule.verdict.chain)
            waiting.append((match, iter(table.chains[rule.verdict.chain].rules)))
