"""The accepting rules of a chain and of those it calls, found by a packet's addresses and ports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from flowmodel.match import Condition, Match, Relation, Test
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Accept, Lead

_LOOKED: Final = 20_000
"""How many rules are looked at: a rule base may have hundreds of thousands."""
_DEEP: Final = 64
"""How deep chains call each other whose rules are looked at: each rule has the conditions above."""
_TELLING: Final = frozenset({"dst", "sport", "dport"})
_WIDTHS: Final = {"src": 32, "dst": 32, "sport": 16, "dport": 16}
"""Addresses of IPv6 are 96 bits longer."""
_KINDS: Final = {"src": "source", "dst": "destination", "sport": "port", "dport": "port"}
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
        number = len(self._rules)
        self._rules.append(found)
        blocks = _asked(found[1])
        if not blocks:
            self._others.append(number)
        for block in blocks:
            self._blocks[block].append(number)

    def place(self, rule: Rule | None) -> int:
        """Where packets come to the rule; behind all others if it is not among them."""
        return self._order.get(id(rule), _LOOKED)

    def near(self, numbers: Mapping[str, int | None]) -> Iterator[tuple[int, Match, Rule]]:
        """All rules whose conditions a packet with these numbers fulfils but for those of one kind.

        Some more are among them. In the order in which packets come to them, with their places.
        """
        found = set(self._others)
        for field, count in self._counts:
            value = numbers[field]
            # Whether a rule matches that asks for what the packet does not have is not known.
            if value is not None:
                found.update(self._blocks.get((field, count, value - value % count), ()))
        yield from (self._rules[each] for each in sorted(found))


def named(condition: Condition) -> tuple[str, ...]:
    """The fields that a condition without parts is about."""
    if isinstance(condition, Test):
        return (condition.field,)
    return condition.fields if isinstance(condition, Relation) else ()


def _asked(match: Match) -> Sequence[_Block]:
    """Blocks of which a packet is in one that is near to the rule; none if that says nothing.

    Of conditions of two kinds it fulfils one: those are taken that few packets fulfil. Of a rule
    with one kind it has to fulfil something that tells where the packet goes.
    """
    blocks = _blocks(match)
    if len(blocks) > 1:
        blocks.sort(key=_fixed, reverse=True)
        narrowest = blocks[0]
        for block in blocks:
            if _KINDS[block[0]] != _KINDS[narrowest[0]]:
                return narrowest, block
    telling = [each for each in match if not _TELLING.isdisjoint(named(each))]
    blocks = _blocks(telling)
    return blocks if len(blocks) == len(telling) else ()


def _blocks(conditions: Iterable[Condition]) -> list[_Block]:
    """The values of each condition about an address or a port, where they are a block."""
    found: list[_Block] = []
    for each in conditions:
        if isinstance(each, Test) and each.field in _WIDTHS and len(each.values) == 1:
            ((first, last),) = each.values
            differing = first ^ last
            if not (first & differing or differing & (differing + 1)):
                found.append((each.field, differing + 1, first))
    return found


def _fixed(block: _Block) -> int:
    """How many bits of the field are the same in all values of the block."""
    field, count, first = block
    width = 128 if first > 0xFFFFFFFF else _WIDTHS[field]
    return width - count.bit_length()


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
        if isinstance(rule.verdict, Lead) and rule.verdict.chain not in known:
            known.add(rule.verdict.chain)
            waiting.append((match, iter(table.chains[rule.verdict.chain].rules)))
