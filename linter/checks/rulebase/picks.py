"""Packets that are likely to come to a rule, made of its conditions."""

from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.fields import NEW, SYN, Family
from flowmodel.match import All, Any, Condition, Masked, Name, Not, Relation, Test
from flowmodel.values import Values, contains, intersection
from linter.engine.device.mentions import OTHER
from linter.engine.device.row import Entry, Packet, texts

_UNUSED: Final = 253
"""A protocol that no rule names (RFC 3692: for experiments)."""
_NONE: Final = frozenset[str]()
_RANDOM: Final = 0x9E3779B97F4A7C15


class Picks:
    """Packets that a rule matches."""

    def __init__(self, family: Family, names: Sequence[str], missing: str | None) -> None:
        self.family = family
        other = OTHER
        self.names = [other, *(each for each in names if each != other)]
        self.usual = {"in": other, "out": other, "phys_in": "", "phys_out": ""}
        self.missing = missing
        if missing:
            self.usual[missing] = ""
        self._by_asked: dict[tuple[object, ...], tuple[str, Sequence[Condition]]] = {}
        """Names by the identities of the conditions that they fulfil, which are kept with them:
        some are made of those of a rule, and live no longer than what is known of it."""
        self.count = 1 << (32 if family == 4 else 128)

    def of(self, entry: Entry, number: int, other: Entry | None = None) -> Packet | None:
        """A packet that the conditions of a rule ask for, and those of another one."""
        seed = (entry.at * 8 + number + 1) * _RANDOM
        numbers: dict[str, int] = {
            "src": (seed >> 12) % self.count,
            "dst": (seed * 3 >> 12) % self.count,
            "proto": _UNUSED,
            "sport": seed >> 20 & 0xFFFF,
            "dport": seed >> 24 & 0xFFFF,
            "icmp_type": 200,
            "tcp_flags": SYN,
        }
        tests = entry.tests
        others = list(_chosen(entry.others, number)) if entry.others else []
        if other is not None:
            both = dict(tests)
            for field, values in other.tests.items():
                both[field] = intersection(both[field], values) if field in both else values
                if not both[field]:
                    return None
            tests = both
            others += _chosen(other.others, number)
        for field, values in tests.items():
            if field == "state" and contains(values, NEW):
                numbers[field] = NEW
            else:
                numbers[field] = _inside(values, seed, entry.at + number)
        if not others:
            return Packet(self.family, numbers, self.usual, _NONE)
        names = dict(self.usual)
        for each in others:
            if isinstance(each, Masked):
                numbers[each.field] = numbers.get(each.field, 0) & ~each.mask | each.value
            elif isinstance(each, Relation):
                row = each.rows[number % len(each.rows)]
                numbers.update((f, first) for f, (first, _) in zip(each.fields, row, strict=True))
            elif isinstance(each, Test):
                numbers[each.field] = _inside(each.values, seed)
        for side in {each.field for each in _named(others)} - {self.missing}:
            names[side] = self._name(side, others)
        return Packet(self.family, numbers, names, frozenset(texts(others)))

    def _name(self, side: str, conditions: Sequence[Condition]) -> str:
        """A name with which the conditions about one side hold."""
        asked = [each for each in conditions if any(one.field == side for one in _named([each]))]
        # Many rules stand behind the same jump.
        key = (side, *map(id, asked))
        known = self._by_asked.get(key)
        if known is None:
            known = self._by_asked[key] = self._fitting(side, asked), asked
        return known[0]

    def _fitting(self, side: str, asked: Sequence[Condition]) -> str:
        for name in self.names:
            packet = Packet(self.family, {}, {**self.usual, side: name}, _NONE)
            if all(packet.holds(each, dice=True) for each in asked):
                return name
        return self.usual[side]


def _named(conditions: Sequence[Condition]) -> Iterator[Name]:
    for each in conditions:
        if isinstance(each, Name):
            yield each
        elif isinstance(each, Not) and isinstance(each.condition, Name):
            yield each.condition


def _chosen(conditions: Sequence[Condition], number: int) -> Iterator[Condition]:
    """The conditions, with one of those of which any has to hold."""
    for each in conditions:
        if isinstance(each, Any) and each.conditions:
            yield from _chosen((each.conditions[number % len(each.conditions)],), number)
        elif isinstance(each, All):
            yield from _chosen(each.conditions, number)
        else:
            yield each


def _inside(values: Values, seed: int, which: int = 0) -> int:
    first, last = values[which % len(values)]
    return first + (seed >> 12) % (last - first + 1) if last > first else first
