"""The accepting rules of a chain and of those it calls, found by a packet's addresses and ports."""

from collections.abc import Iterator, Mapping, Sequence
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
_FEW: Final = 16
"""Ranges of a list each of which is looked for; a longer one is taken as all between its ends."""
_Rules = list[int]
"""The numbers of rules that are looked for by one condition."""


class Accepting:
    """The rules that accept, each with all conditions that a packet fulfils that it accepts."""

    def __init__(self, table: Table, chain: Chain) -> None:
        self._order: dict[int, int] = {}
        self._rules: list[tuple[int, Match, Rule]] = []
        self._others: _Rules = []
        """Rules that are not looked for by conditions."""
        self._asked: dict[int, _Rules] = {}
        """By the identity of the conditions, many of which are those of several rules."""
        self._blocks: dict[str, dict[int, dict[int, list[_Rules]]]] = {}
        """By what a condition wants: the field, how many values of it have the same number when
        they are divided by that, and the first of them."""
        for place, (match, rule) in enumerate(islice(_rules(table, chain), _LOOKED)):
            self._order[id(rule)] = place
            if isinstance(rule.verdict, Accept) and not (rule.is_given or rule.is_automatic):
                self._add((place, match, rule))

    def _add(self, found: tuple[int, Match, Rule]) -> None:
        number = len(self._rules)
        self._rules.append(found)
        asked = _asked(found[1])
        if not asked:
            self._others.append(number)
        for each in asked:
            rules = self._asked.get(id(each))
            if rules is None:
                rules = self._asked[id(each)] = []
                self._file(each, rules)
            rules.append(number)

    def _file(self, test: Test, rules: _Rules) -> None:
        """Keep the rules under the smallest blocks that have all values of the condition."""
        by_count = self._blocks.setdefault(test.field, {})
        values = test.values
        if len(values) > _FEW:
            values = ((values[0][0], values[-1][1]),)
        for first, last in values:
            # A power of two, as what is between the ends differs in the bits in which they differ.
            count = 1 << (first ^ last).bit_length()
            by_count.setdefault(count, {}).setdefault(first & -count, []).append(rules)

    def place(self, rule: Rule | None) -> int:
        """Where packets come to the rule; behind all others if it is not among them."""
        return self._order.get(id(rule), _LOOKED)

    def near(self, numbers: Mapping[str, int | None]) -> Iterator[tuple[int, Match, Rule]]:
        """All rules whose conditions a packet with these numbers fulfils but for those of one kind.

        Some more are among them. In the order in which packets come to them, with their places.
        """
        found = set(self._others)
        for field, by_count in self._blocks.items():
            value = numbers[field]
            # Whether a rule matches that asks for what the packet does not have is not known.
            if value is not None:
                for count, blocks in by_count.items():
                    found.update(*blocks.get(value - value % count, ()))
        yield from (self._rules[each] for each in sorted(found))


def named(condition: Condition) -> tuple[str, ...]:
    """The fields that a condition without parts is about."""
    if isinstance(condition, Test):
        return (condition.field,)
    return condition.fields if isinstance(condition, Relation) else ()


def _asked(match: Match) -> Sequence[Test]:
    """Conditions of which a packet fulfils one that is near to the rule; none if none tells.

    Of conditions of two kinds it fulfils one: those are taken that few packets fulfil. Of a rule
    with one kind it has to fulfil something that tells where the packet goes.
    """
    tests = [each for each in match if isinstance(each, Test) and each.field in _WIDTHS]
    if len(tests) > 1:
        if len(tests) > 2:
            tests.sort(key=_fixed, reverse=True)
        kind = _KINDS[tests[0].field]
        for each in tests:
            if _KINDS[each.field] != kind:
                return tests[0], each
    telling = [each for each in match if not _TELLING.isdisjoint(named(each))]
    tests = [each for each in tests if each.field in _TELLING]
    return tests if len(tests) == len(telling) else ()


def _fixed(test: Test) -> int:
    """How many bits of the field are about the same in all values."""
    if not test.values:
        return 128
    first, last = test.values[0]
    width = 128 if last > 0xFFFFFFFF else _WIDTHS[test.field]
    return width - (len(test.values) * (last - first + 1)).bit_length()


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
