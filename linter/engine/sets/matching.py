"""The packets that a rule's conditions match, as a set; unread conditions are free variables."""

from collections.abc import Callable

from flowmodel.fields import NumberField
from flowmodel.match import (
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Match,
    Name,
    Not,
    Relation,
    Test,
    Unread,
    Volatile,
    name_holds,
)
from linter.engine.sets.header import Header
from linter.engine.sets.space import SURROUNDINGS, PacketSet, Space

_MANY = 16
"""More conditions in one rule than that are unread ones: each that joins would cost them all."""


class Matcher:
    """Turns conditions into packet sets of one space, each once for each origin of its field.

    `spend` is called for each row of a relation: there may be many in a single condition.
    """

    def __init__(self, space: Space, spend: Callable[[], None] = lambda: None) -> None:
        self.space = space
        self._spend = spend
        self.volatile: list[PacketSet] = []
        """The free variables of matches that may answer differently at each visit."""
        self.visits = 0
        """How many visits of something that may answer differently each time there were."""
        self._names: dict[str, int] = {}
        self._relations: dict[tuple[int, ...], tuple[object, PacketSet]] = {}

    def match(self, match: Match, header: Header) -> PacketSet:
        """The packets for which all conditions hold, seen through the header."""
        if len(match) > _MANY:
            return self.space.intersection(self.condition(each, header) for each in match)
        result = self.space.true
        for condition in match:
            if result == self.space.false:
                break
            result = self.condition(condition, header) & result
        return result

    def condition(self, condition: Condition, header: Header) -> PacketSet:
        """The packets for which the condition holds, seen through the header."""
        match condition:
            case Test(field, values):
                self._note(field)
                return self.space.within(header.numbers[field], values)
            case IsFamily(family):
                return self.space.true if family == self.space.family else self.space.false
            case Masked(field, mask, value):
                self._note(field)
                return self.space.masked(header.numbers[field], mask, value)
            case Name():
                return self._name(condition, header)
            case Not(inner):
                return ~self.condition(inner, header)
            case All(conditions):
                return self.match(conditions, header)
            case Any(conditions):
                return self.space.union(self.condition(each, header) for each in conditions)
            case Relation():
                return self._relation(condition, header)
            case Unread(text):
                return self.space.unknown(text, header.context)
            case Volatile(text):
                self.volatile.append(self.unknown_visit(text))
                return self.volatile[-1]

    def _note(self, field: NumberField) -> None:
        if field in SURROUNDINGS:
            self.space.is_open = True

    def unknown_visit(self, text: str) -> PacketSet:
        """A free variable for one visit of something that may answer differently each time."""
        self.visits += 1
        return self.space.unknown(text, str(self.visits))

    def _name(self, condition: Name, header: Header) -> PacketSet:
        known = header.names.get(condition.field)
        if known is not None:
            return self.space.true if name_holds(condition, known) else self.space.false
        # The empty name, of code 0, is for packets that have no such interface.
        first = 1 if condition.field in ("in", "out") else 0
        codes = tuple((code, code) for code in self._codes(condition) if code >= first)
        if len(codes) in (0, len(self.space.names) - first):
            return self.space.true if codes else self.space.false
        self.space.is_open = True
        return self.space.within(header.numbers[condition.field], codes)

    def _codes(self, condition: Name) -> list[int]:
        """The codes of the names that fulfil the condition, in their order."""
        if condition.prefixes:
            names = enumerate(self.space.names)
            return [code for code, name in names if name_holds(condition, name)]
        if not self._names:
            self._names = {name: code for code, name in enumerate(self.space.names)}
        return sorted(self._names[name] for name in condition.names if name in self._names)

    def _relation(self, relation: Relation, header: Header) -> PacketSet:
        for field in relation.fields:
            self._note(field)
        origins = tuple(header.numbers[field] for field in relation.fields)
        key = (id(relation), *map(id, origins))
        if key not in self._relations:
            columns = self.space.union(self._row(row, origins) for row in relation.rows)
            self._relations[key] = ((relation, origins), columns)
        return self._relations[key][1]

    def _row(
        self, row: tuple[tuple[int, int], ...], origins: tuple[tuple[PacketSet, ...], ...]
    ) -> PacketSet:
        self._spend()
        result = self.space.true
        for interval, origin in zip(row, origins, strict=True):
            result = self.space.within(origin, (interval,)) & result
        return result
