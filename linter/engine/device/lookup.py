"""Finds the rules of a row that match a packet, or that may match the same packets as another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from typing import Final, Literal

from flowmodel.fields import Family, NumberField
from flowmodel.match import Condition, Name
from flowmodel.record import NamedTuple
from flowmodel.values import Values, contains, overlaps
from linter.engine.device.blocks import EVERY, MOST_RANGES, Block, Blocks, blocks_of
from linter.engine.device.masks import Masks
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
_SEARCHED: Final = 16
"""So few long lists are each asked for an address."""
_PAYS: Final = 12
"""How often all rules are looked through before their sets are made."""
_ENDS: Final[tuple[Literal["src", "dst"], ...]] = ("src", "dst")
_FIELDS: Final[tuple[NumberField, ...]] = ("dport", "proto", "sport", *_ENDS)
"""The fields that tell rules apart, those with the fewest values first."""


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
        self._searched: list[_Listed] = []
        """Long lists of which each is asked whether it has an address."""
        self._by_list: dict[Literal["src", "dst"], Blocks[_Listed]] = {}
        """The others, where there are many, by their blocks at an end."""
        self._met: dict[tuple[int, int], tuple[bool, Values, Values]] = {}
        """Of two such lists, whether they overlap; they are kept, as their identities are."""
        self._blocks: list[list[Sequence[Block]]] = []
        self._sides: tuple[_Side, ...] = ()
        """By the addresses of each end; made when somebody asks for what overlaps."""
        self._telling: _Side | None = None
        """An end that tells the rules apart, as it does in lists of addresses."""
        self._masks: Masks | None = None
        """Made when it was often asked what overlaps with a rule that has many rules' addresses."""
        self._looked = 0
        """How many rules were looked through for such rules."""
        if self.is_long:
            self._index()
        else:
            for each in self.entries:
                self._add_by_port(each)

    def _index(self) -> None:
        self._blocks = blocks = [
            [
                blocks_of(each.tests[side], self.width, _SPLIT) if side in each.tests else EVERY
                for each in self.entries
            ]
            for side in _ENDS
        ]
        for number, its in enumerate(blocks):
            is_few = sum(block is EVERY for block in its) < _APART
            if is_few and (side := self._both_sides()[number]).most <= _APART:
                self._telling = side
                return
        self._index_pairs(*blocks)

    def _index_pairs(
        self, sources: Sequence[Sequence[Block]], destinations: Sequence[Sequence[Block]]
    ) -> None:
        """Note where rules are found by the addresses of both ends."""
        listed: dict[tuple[Literal["src", "dst"], int], _Listed] = {}
        for each, its_sources, its_destinations in zip(
            self.entries, sources, destinations, strict=True
        ):
            if its_sources is its_destinations is EVERY:
                self._add_by_port(each)
                continue
            side = _listed(each)
            if side:
                values = each.tests[side]
                # Rules share long lists where these are sets.
                its = listed.setdefault((side, id(values)), _Listed(side, values, []))
                its.entries.append(each)
                continue
            for (one_length, one), (other_length, other) in _pairs(its_sources, its_destinations):
                found = self._by_lengths.setdefault((one_length, other_length), {})
                found.setdefault((one, other), []).append(each)
        self._index_lists(tuple(listed.values()))

    def _index_lists(self, several: "Sequence[_Listed]") -> None:
        for each in several:
            blocks: Sequence[Block] = EVERY
            if len(several) > _SEARCHED and len(each.values) <= MOST_RANGES:
                blocks = blocks_of(each.values, self.width, MOST_RANGES)
            if blocks is EVERY:
                self._searched.append(each)
            else:
                self._by_list.setdefault(each.side, Blocks(self.width)).add(each, blocks)

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

    def has_other(self, packet: Packet, known: Entry | None = None) -> bool:
        """Whether the conditions of any other rule than the known one hold for a packet."""
        # Neither a generator nor a list for most: many packets are asked about.
        if self.is_long:
            near: Iterable[Entry] = self._near(packet)
        elif its := self._by_port.get(packet.numbers.get("dport", 0)):
            near = chain(its, self._wide)
        else:
            near = self._wide
        for each in near:  # noqa: SIM110
            if each is not known and packet.fulfils(each):
                return True
        return False

    def _near(self, packet: Packet) -> list[Entry]:
        numbers = packet.numbers
        if self._telling is not None:
            telling = self._telling
            return [*telling.any, *telling.around(numbers.get(telling.end, 0))]
        near = [*self._by_port.get(numbers.get("dport", 0), ()), *self._wide]
        for side, values, entries in self._searched:
            if contains(values, numbers.get(side, 0)):
                near += entries
        for side, lists in self._by_list.items():
            for listed in lists.around(numbers.get(side, 0)):
                near += listed.entries
        source, destination = numbers.get("src", 0), numbers.get("dst", 0)
        width = self.width
        for (one, other), found in self._by_lengths.items():
            near += found.get((source >> width - one, destination >> width - other), ())
        return near

    def overlapping(self, entry: Entry, after: int = -1) -> Iterator[Entry]:
        """The rules behind a place that may match a packet which the rule matches, in their order.

        The fields that packets keep on their way through the hook tell rules apart, no others.
        """
        names = _names(entry.others)
        found = self._with_values_of(entry, after)
        for each in found:
            if not (names and each.others) or _share_names(names, _names(each.others)):
                yield each

    def _among(self, near: Sequence[Entry], entry: Entry, after: int) -> Iterator[Entry]:
        """Those of some rules behind a place that share a value of each field with a rule."""
        tests = [(field, entry.tests[field]) for field in _FIELDS if entry.tests.get(field)]
        for each in near:
            if each.at <= after:
                continue
            for field, values in tests:
                its = each.tests.get(field)
                if its and its is not values and not self._meet(its, values):
                    break
            else:
                yield each

    def _with_values_of(self, entry: Entry, after: int) -> Iterator[Entry]:
        """The rules behind a place that share a value of each field with a rule."""
        near = self._with_addresses_of(entry) if self.is_long else self.entries
        if len(near) <= _FEW:
            return self._among(near, entry, after)
        if self._masks is None:
            # To make them takes as long as to look through many rules.
            self._looked += len(near)
            if self._looked < _PAYS * len(self.entries):
                return self._among(near, entry, after)
            family: Family = 4 if self.width == 32 else 6
            self._masks = Masks(self.entries, _FIELDS, family)
        return self._masks.overlapping(entry, after)

    def _with_addresses_of(self, entry: Entry) -> Sequence[Entry]:
        """The rules that may have addresses in common with one, by the end that has fewer."""
        fewest = len(self.entries)
        found: tuple[_Side, Sequence[Block]] | None = None
        for side, end in zip(self._both_sides(), _ENDS, strict=True):
            # Few are sooner looked through than counted at the other end.
            if fewest > _FEW:
                blocks = blocks_of(entry.tests.get(end, ()), self.width, _SPLIT)
                count = side.count(blocks)
                if count < fewest:
                    fewest, found = count, (side, blocks)
        if found and (fewest <= _FEW or self._masks is None):
            return found[0].near(found[1])
        return self.entries

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


class _Side(Blocks[Entry]):
    """The rules by the addresses of one end."""

    def __init__(
        self,
        end: Literal["src", "dst"],
        entries: Sequence[Entry],
        blocks: Sequence[Sequence[Block]],
        width: int,
    ) -> None:
        super().__init__(width)
        self.end = end
        self.entries = entries
        self.any: list[Entry] = []
        by_block = self.by_block
        for each, its in zip(entries, blocks, strict=True):
            if its is EVERY:
                self.any.append(each)
                continue
            for block in its:
                by_block.setdefault(block, []).append(each)
        self.most = len(self.any) + max(map(len, self.by_block.values()), default=0)
        """How many rules are about one block and every address, at most."""

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

    def count(self, blocks: Sequence[Block]) -> int:
        """How many rules have an address in one of the blocks, roughly."""
        if blocks is EVERY:
            return len(self.entries)
        count = len(self.any)
        for each in blocks:
            _, start, end = self.inside(each)
            count += end - start
        return count

    def near(self, blocks: Sequence[Block]) -> list[Entry]:
        """The rules with an address in one of the blocks, in their order."""
        found = {each.at: each for each in self.any}
        found.update((each.at, each) for each in self.meeting(blocks))
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
    sources: Sequence[Block], destinations: Sequence[Block]
) -> Iterable[tuple[Block, Block]]:
    """Pairs of blocks under which a rule is found; of one side only where both would be many."""
    if len(sources) == len(destinations) == 1:
        return ((sources[0], destinations[0]),)
    if len(sources) * len(destinations) > _PAIRS:
        by_source = destinations is EVERY or (
            sources is not EVERY and len(sources) <= len(destinations)
        )
        sources, destinations = (sources, EVERY) if by_source else (EVERY, destinations)
    return product(sources, destinations)


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
