"""Finds the rules of a row that match a packet, or that may match the same packets as another."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, Literal

from flowmodel.fields import Family, NumberField
from flowmodel.match import Condition, Name
from flowmodel.record import NamedTuple
from flowmodel.values import Values, contains, overlaps
from linter.engine.device.row import Entry, Packet

_FEW: Final = 48
"""Shorter rows are looked through."""
_APART: Final = 12
"""How many rules are about one block and every address, if one end is to tell rules apart."""
_SPLIT: Final = 64
"""Into how many blocks the addresses of a rule are split at most: else one stands for all."""
_PAIRS: Final = 16
"""How many pairs of blocks a rule is found by at most: else by the blocks of one end."""
_PORTS: Final = 4
"""How many single ports a rule is found by at most."""
_ENDS: Final[tuple[Literal["src", "dst"], ...]] = ("src", "dst")
_FIELDS: Final[tuple[NumberField, ...]] = ("dport", "proto", "sport", *_ENDS)
"""The fields that tell rules apart, those with the fewest values first."""

_Block = tuple[int, int]
"""The length of a prefix, and its bits; (0, 0) is every address."""
_ANY: Final[_Block] = (0, 0)
_EVERY: Final[Sequence[_Block]] = (_ANY,)


class Lookup:
    """The rules of a row by their addresses."""

    def __init__(self, entries: Sequence[Entry], family: Family) -> None:
        self.entries = [each for each in entries if each.is_for]
        self.width = 32 if family == 4 else 128
        self.is_long = len(self.entries) > _FEW
        """Whether addresses are looked up; a short row is looked through."""
        self._by_lengths: dict[tuple[int, int], dict[tuple[int, int], list[Entry]]] = {}
        self._by_port: dict[int, list[Entry]] = {}
        self._wide: list[Entry] = []
        self._by_list: dict[tuple[str, int], _Listed] = {}
        """By an end and the identity of its long list, which rules share where it is a set."""
        self._met: dict[tuple[int, int], tuple[bool, Values, Values]] = {}
        """Of two such lists, whether they overlap; they are kept, as their identities are."""
        self._blocks: list[list[Sequence[_Block]]] = []
        self._sides: tuple[_Side, ...] = ()
        """By the addresses of each end; made when somebody asks for what overlaps."""
        self._telling: _Side | None = None
        """An end that tells the rules apart, as it does in lists of addresses."""
        if self.is_long:
            self._index()
        else:
            for each in self.entries:
                self._add_by_port(each)

    def _index(self) -> None:
        self._blocks = blocks = [
            [
                _blocks(each.tests[side], self.width) if side in each.tests else _EVERY
                for each in self.entries
            ]
            for side in _ENDS
        ]
        for number, its in enumerate(blocks):
            is_few = sum(block is _EVERY for block in its) < _APART
            if is_few and (side := self._both_sides()[number]).most <= _APART:
                self._telling = side
                return
        self._index_pairs(*blocks)

    def _index_pairs(
        self, sources: Sequence[Sequence[_Block]], destinations: Sequence[Sequence[_Block]]
    ) -> None:
        """Note where rules are found by the addresses of both ends."""
        for each, its_sources, its_destinations in zip(
            self.entries, sources, destinations, strict=True
        ):
            if its_sources is its_destinations is _EVERY:
                self._add_by_port(each)
                continue
            side = _listed(each)
            if side:
                values = each.tests[side]
                listed = self._by_list.setdefault((side, id(values)), _Listed(side, values, []))
                listed.entries.append(each)
                continue
            for (one_length, one), (other_length, other) in _pairs(its_sources, its_destinations):
                found = self._by_lengths.setdefault((one_length, other_length), {})
                found.setdefault((one, other), []).append(each)

    def _add_by_port(self, each: Entry) -> None:
        ports = each.tests.get("dport", ())
        if ports and len(ports) <= _PORTS and all(one == last for one, last in ports):
            for port, _ in ports:
                self._by_port.setdefault(port, []).append(each)
        else:
            self._wide.append(each)

    def matching(self, packet: Packet, known: Entry | None = None) -> list[Entry]:
        """The rules whose conditions a packet fulfils, in their order.

        Of the one that is known to be among them, it is not asked again.
        """
        found = [each for each in self._near(packet) if each is known or packet.fulfils(each)]
        if len(found) > 1:
            unique = {each.at: each for each in found}
            return [unique[at] for at in sorted(unique)]
        return found

    def _near(self, packet: Packet) -> list[Entry]:
        numbers = packet.numbers
        if self._telling is not None:
            return [*self._telling.around(numbers.get(self._telling.end, 0))]
        near = [*self._by_port.get(numbers.get("dport", 0), ()), *self._wide]
        for side, values, entries in self._by_list.values():
            if contains(values, numbers.get(side, 0)):
                near += entries
        source, destination = numbers.get("src", 0), numbers.get("dst", 0)
        width = self.width
        for (one, other), found in self._by_lengths.items():
            near += found.get((source >> width - one, destination >> width - other), ())
        return near

    def overlapping(self, entry: Entry, after: int = -1) -> list[Entry]:
        """The rules behind a place that may match a packet which the rule matches, in their order.

        The fields that packets keep on their way through the hook tell rules apart, no others.
        """
        near = self._with_addresses_of(entry) if self.is_long else self.entries
        tests = [(field, entry.tests[field]) for field in _FIELDS if entry.tests.get(field)]
        names = _names(entry.others)
        found: list[Entry] = []
        for each in near:
            if each.at <= after:
                continue
            for field, values in tests:
                its = each.tests.get(field)
                if its and its is not values and not self._meet(its, values):
                    break
            else:
                if not (names and each.others) or _share_names(names, _names(each.others)):
                    found.append(each)
        return found

    def _with_addresses_of(self, entry: Entry) -> Sequence[Entry]:
        """The rules that may have addresses in common with one, by the end that has fewer."""
        fewest = len(self.entries)
        found: tuple[_Side, Sequence[_Block]] | None = None
        for side, end in zip(self._both_sides(), _ENDS, strict=True):
            # Few are sooner looked through than counted at the other end.
            if fewest > _FEW:
                blocks = _blocks(entry.tests.get(end, ()), self.width)
                count = side.count(blocks)
                if count < fewest:
                    fewest, found = count, (side, blocks)
        return found[0].near(found[1]) if found else self.entries

    def _meet(self, mine: Values, its: Values) -> bool:
        if len(mine) <= _SPLIT or len(its) <= _SPLIT:
            return overlaps(mine, its)
        key = id(mine), id(its)
        if key not in self._met:
            self._met[key] = overlaps(mine, its), mine, its
        return self._met[key][0]

    def apart(self, end: Literal["src", "dst"]) -> frozenset[int]:
        """The places of rules whose addresses at one end no other rule's test has.

        None in short rows, and where a test is for nearly all addresses.
        """
        if not self.is_long:
            return frozenset()
        side = self._both_sides()[_ENDS.index(end)]
        return frozenset() if any(end in each.tests for each in side.any) else side.apart()

    def _both_sides(self) -> "tuple[_Side, ...]":
        if not self._sides:
            self._sides = tuple(
                _Side(end, self.entries, its, self.width)
                for end, its in zip(_ENDS, self._blocks, strict=True)
            )
            self._blocks = []
        return self._sides


class _Listed(NamedTuple):
    """The rules that have one long list of addresses at one end."""

    side: Literal["src", "dst"]
    values: Values
    entries: list[Entry]


class _Side:
    """The rules by the addresses of one end."""

    def __init__(
        self,
        end: Literal["src", "dst"],
        entries: Sequence[Entry],
        blocks: Sequence[Sequence[_Block]],
        width: int,
    ) -> None:
        self.end = end
        self.width = width
        self.entries = entries
        self.any: list[Entry] = []
        self.by_block: dict[_Block, list[Entry]] = {}
        for each, its in zip(entries, blocks, strict=True):
            if its is _EVERY:
                self.any.append(each)
                continue
            for block in its:
                self.by_block.setdefault(block, []).append(each)
        self.lengths = sorted({length for length, _ in self.by_block})
        self.most = len(self.any) + max(map(len, self.by_block.values()), default=0)
        """How many rules are about one block and every address, at most."""
        self._sorted: tuple[list[int], list[Entry]] = ([], [])
        """The first address of each block, and whose it is; made when somebody asks for them."""

    def apart(self) -> frozenset[int]:
        """The places of the rules whose blocks have nothing in common with those of others."""
        by_block = self.by_block
        shared = {block for block, its in by_block.items() if len(its) > 1}
        # Blocks of the shortest length are in no other one.
        for shorter in self.lengths[:-1]:
            for block in by_block:
                length, bits = block
                if length > shorter and (around := (shorter, bits >> length - shorter)) in by_block:
                    shared |= {around, block}
        not_apart = {each.at for block in shared for each in by_block[block]}
        return frozenset({each.at for its in by_block.values() for each in its} - not_apart)

    def count(self, blocks: Sequence[_Block]) -> int:
        """How many rules have an address in one of the blocks, roughly."""
        if blocks is _EVERY:
            return len(self.entries)
        count = len(self.any)
        for each in blocks:
            _, start, end = self._inside(each)
            count += end - start
        return count

    def _inside(self, block: _Block) -> tuple[Sequence[Entry], int, int]:
        """Where in a list the rules are with a block inside of one, or maybe one around it."""
        length, bits = block
        if self.lengths and length >= self.lengths[-1]:
            # No block is longer, so that none but the same one is inside: most are addresses.
            its = self.by_block.get(block, ())
            return its, 0, len(its)
        firsts, entries = self._in_order()
        first = bits << self.width - length
        last = first + (1 << self.width - length) - 1
        return entries, bisect_left(firsts, first), bisect_right(firsts, last)

    def _in_order(self) -> tuple[list[int], list[Entry]]:
        if not self._sorted[0]:
            starts = [
                bits << self.width - length
                for (length, bits), its in self.by_block.items()
                for _ in its
            ]
            every = [each for its in self.by_block.values() for each in its]
            order = sorted(range(len(every)), key=starts.__getitem__)
            self._sorted = [starts[each] for each in order], [every[each] for each in order]
        return self._sorted

    def around(self, address: int) -> Iterator[Entry]:
        """The rules that may be about an address."""
        yield from self.any
        for length in self.lengths:
            yield from self.by_block.get((length, address >> self.width - length), ())

    def near(self, blocks: Sequence[_Block]) -> list[Entry]:
        """The rules with an address in one of the blocks, in their order."""
        found = {each.at: each for each in self.any}
        for block in blocks:
            length, bits = block
            inside, start, end = self._inside(block)
            found.update((each.at, each) for each in inside[start:end])
            for shorter in self.lengths:
                if shorter >= length:
                    break
                its = self.by_block.get((shorter, bits >> length - shorter), ())
                found.update((each.at, each) for each in its)
        return [found[at] for at in sorted(found)]


def _listed(each: Entry) -> Literal["src", "dst", ""]:
    """The end at which a rule has a long list; none where other addresses tell it better."""
    found: Literal["src", "dst", ""] = ""
    for side in _ENDS:
        values = each.tests.get(side)
        if values and len(values) <= _SPLIT:
            return ""
        if values:
            found = side
    return found


def _pairs(
    sources: Sequence[_Block], destinations: Sequence[_Block]
) -> Iterable[tuple[_Block, _Block]]:
    """Pairs of blocks under which a rule is found; of one side only where both would be many."""
    if len(sources) == len(destinations) == 1:
        return ((sources[0], destinations[0]),)
    if len(sources) * len(destinations) > _PAIRS:
        by_source = destinations is _EVERY or (
            sources is not _EVERY and len(sources) <= len(destinations)
        )
        sources, destinations = (sources, _EVERY) if by_source else (_EVERY, destinations)
    return product(sources, destinations)


def _blocks(values: Values, width: int) -> Sequence[_Block]:
    """A few blocks of addresses that hold all values; `_EVERY` itself for every address."""
    if not values:
        return _EVERY
    if len(values) == 1 or len(values) > _SPLIT:
        one = _around(values[0][0], values[-1][1], width)
        return (one,) if one != _ANY else _EVERY
    found = dict.fromkeys(_around(first, last, width) for first, last in values)
    return _EVERY if _ANY in found else tuple(found)


def _around(first: int, last: int, width: int) -> _Block:
    length = width - (first ^ last).bit_length()
    return (length, first >> width - length)


def _share_names(mine: Mapping[str, frozenset[str]], its: Mapping[str, frozenset[str]]) -> bool:
    return all(not (side in its and its[side].isdisjoint(some)) for side, some in mine.items())


def _names(conditions: Sequence[Condition]) -> dict[str, frozenset[str]]:
    """The names of interfaces that conditions ask for, where they list them."""
    found: dict[str, frozenset[str]] = {}
    for each in conditions:
        if isinstance(each, Name) and not each.prefixes:
            known = found.get(each.field)
            found[each.field] = each.names if known is None else known & each.names
    return found
