"""Which rules of a long row may match the same packets as another, however many there are.

Each set of rules is one integer with a bit for each rule. For each field, the rules that have a
value in common with a test are such a set, and those that have one in every field are what all of
these sets have in common: that takes a few operations on integers, where rules that test against
sets of addresses each overlap with hundreds of others at one end.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.fields import Family, NumberField, bits
from flowmodel.values import Values, overlaps, size
from linter.engine.device.blocks import EVERY, MOST_RANGES, Block, Blocks, blocks_of
from linter.engine.device.row import Entry

_RARE: Final = 32
"""The places of so few rules are noted one by one, else as an integer."""
_ROOM: Final = 1 << 24
"""About how many bytes of integers are kept for each field, and of each kind."""
_WORD: Final = 64
"""How many bytes are looked through at once."""


class Masks:
    """The rules of a row, by the values that they test for."""

    def __init__(
        self, entries: Sequence[Entry], fields: Sequence[NumberField], family: Family
    ) -> None:
        self._entries = entries
        self._places = [each.at for each in entries]
        # Both ends are told apart by the same sets.
        lists: dict[int, _Lists] = {}
        self._fields: list[_Field] = []
        for field in fields:
            width = bits(field, family)
            its = lists.setdefault(width, _Lists(width))
            self._fields.append(_Field(entries, field, its))

    def overlapping(self, entry: Entry, after: int) -> Iterator[Entry]:
        """The rules behind a place that share a value of each field with a rule, in their order."""
        found = -1
        for field in self._fields:
            values = entry.tests.get(field.name)
            if values:
                found &= field.having(values)
        start, entries = bisect_right(self._places, after), self._entries
        found &= (1 << len(entries)) - 1
        for at in _ones(found >> start):
            yield entries[start + at]


class _List:
    """Values that rules test for."""

    __slots__ = ("blocks", "is_exact", "known", "values")

    def __init__(self, values: Values, width: int) -> None:
        self.values = values
        blocks = blocks_of(values, width, MOST_RANGES)
        self.blocks: Sequence[Block] = (
            () if blocks is EVERY or len(values) > MOST_RANGES else blocks
        )
        """None for what is compared with every other one."""
        self.is_exact = sum(1 << width - length for length, _ in self.blocks) == size(values)
        """Whether the blocks have no other values."""
        self.known: Sequence[_List] | None = None
        """Those that it has values in common with, where it is among the row's."""

    def meets(self, other: "_List") -> bool:
        """Whether both have a value in common, if a block of one is in a block of the other."""
        return (self.is_exact and other.is_exact) or overlaps(self.values, other.values)


class _Lists:
    """The values that rules test for in fields of one width."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._every: dict[Values, _List] = {}
        self._by_identity: dict[int, tuple[_List, Values]] = {}
        """The same for those that rules share, with what has the identity: equality is slow."""
        self._by_block = Blocks[_List](width)
        self._long: list[_List] = []

    def add(self, values: Values) -> _List:
        """The list of these values, before anything is asked."""
        its = self._known(values)
        if its is None:
            its = self._every.get(values)
            if its is None:
                its = self._every[values] = _List(values, self._width)
                if its.blocks:
                    self._by_block.add(its, its.blocks)
                else:
                    self._long.append(its)
            self._by_identity[id(values)] = its, values
        return its

    def _known(self, values: Values) -> _List | None:
        if len(values) == 1:
            return self._every.get(values)
        found = self._by_identity.get(id(values))
        return found[0] if found else None

    def meeting(self, values: Values) -> Sequence[_List]:
        """The lists that have some of the values."""
        its = self._known(values)
        if its is None:
            return self._meeting(_List(values, self._width))
        if its.known is None:
            its.known = self._meeting(its)
        return its.known

    def _meeting(self, its: _List) -> Sequence[_List]:
        if not its.blocks:
            return [each for each in self._every.values() if overlaps(each.values, its.values)]
        near = dict.fromkeys(self._by_block.meeting(its.blocks))
        found = [each for each in near if its.meets(each)]
        return found + [each for each in self._long if overlaps(each.values, its.values)]


class _Field:
    """The rules by the values of one field."""

    def __init__(self, entries: Sequence[Entry], name: NumberField, lists: _Lists) -> None:
        self.name: Final = name
        self._lists = lists
        self._size = (len(entries) >> 3) + 1
        self._places: dict[_List | None, list[int]] = {}
        for place, each in enumerate(entries):
            values = each.tests.get(name)
            its = lists.add(values) if values else None
            self._places.setdefault(its, []).append(place)
        self._masks: dict[_List, int] = {}
        self._everywhere = self._mask([None])
        self._known: dict[object, tuple[int, Values]] = {}
        """By values, or by the identities of lists, which are kept with it."""

    def having(self, values: Values) -> int:
        """The rules with one of the values, as the bits of their places."""
        key = values if len(values) == 1 else id(values)
        known = self._known.get(key)
        if known is None:
            if len(self._known) * self._size > _ROOM:
                self._known.clear()
            found = self._mask(self._lists.meeting(values)) | self._everywhere
            known = self._known[key] = found, values
        return known[0]

    def _mask(self, lists: Sequence[_List | None]) -> int:
        """The rules with one of some lists, as the bits of their places."""
        rare, found = bytearray(self._size), 0
        for each in lists:
            places = self._places.get(each, ())
            if each is None or len(places) <= _RARE:
                for place in places:
                    rare[place >> 3] |= 1 << (place & 7)
                continue
            if each not in self._masks:
                if len(self._masks) * self._size > _ROOM:
                    self._masks.clear()
                self._masks[each] = self._mask_of(places)
            found |= self._masks[each]
        return found | int.from_bytes(rare, "little")

    def _mask_of(self, places: Sequence[int]) -> int:
        found = bytearray(self._size)
        for place in places:
            found[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(found, "little")


def _ones(mask: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    data = mask.to_bytes((mask.bit_length() >> 3) + 1, "little")
    for start in range(0, len(data), _WORD):
        word = int.from_bytes(data[start : start + _WORD], "little")
        while word:
            lowest = word & -word
            yield start * 8 + lowest.bit_length() - 1
            word ^= lowest
