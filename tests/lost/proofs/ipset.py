"""Two listings of sets that hold the same packets, though not the same entries (ipset(8)).

A set of networks looks for the longest prefix first, and the first entry that it finds decides:
the packet is in the set, or with `nomatch` it is not. An entry with a timeout may be gone, so that
the next one decides.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from itertools import product
from typing import NamedTuple

from tests.lost.change import Change
from tests.lost.exports import Export
from tests.lost.proofs import kernel

_ADD = re.compile(r"add (\S+) (\S+)(.*)")
_CREATE = re.compile(r"create (\S+) (\S+)")
_PORTS = re.compile(r"(?:([\w-]+):)?(\d+)(?:-(\d+))?")
# Of such a set an entry stands for more than it says.
_MASKED = re.compile(r"^create .*(?:net|bit|mark)mask", re.MULTILINE)
_ASKED = re.compile(r"(?<=--match-set )\S+")
_MOST = 200_000
Point = tuple[str, int]
"""What a part of an entry is asked for: a family, protocol or name, and a number in it."""


class Cell(NamedTuple):
    """A part of an entry: all numbers from the first to the last."""

    kind: str
    first: int
    last: int

    def has(self, point: Point) -> bool:
        return point[0] == self.kind and self.first <= point[1] <= self.last


class Entry(NamedTuple):
    """An entry of a set."""

    cells: tuple[Cell, ...]
    is_nomatch: bool
    lapses: bool

    @property
    def size(self) -> int:
        """How many addresses it stands for: the smallest is asked first."""
        networks = (each for each in self.cells if each.kind[:1] == "v")
        return max((each.last - each.first for each in networks), default=0)


Held = tuple[str, list[Entry]]
"""The type of a set, and its entries."""
Sets = dict[str, Held]


def proof(export: Export, change: Change) -> kernel.Proof:
    """Whether the kernel takes both, and its sets hold the same."""
    said = kernel.proof(export, change)
    if said != "differs":
        return said
    for before, after in kernel.listings(export, change):
        if before and after and is_same(before, after):
            return "same"
    return said


def rules_proof(export: Export, change: Change) -> kernel.Proof:
    """Whether the kernel takes both, and rules that ask for another set ask for the same."""
    said = kernel.proof(export, change)
    if said == "differs" and "--match-set" in export.text:
        for before, after in kernel.listings(export, change):
            if before and after and names_same(before, after):
                return "same"
    return said


def is_same(before: str, after: str) -> bool:
    """Whether the sets of two listings hold the same, and all else is equal."""
    one, other = _sets(before), _sets(after)
    if _rest(before) != _rest(after) or one.keys() != other.keys():
        return False
    return all(_hold_alike(one[name], other[name], other) for name in one)


def names_same(before: str, after: str) -> bool:
    """Whether two listings differ in names of sets only, and those that rules ask hold the same."""
    if _MASKED.search(before):
        return False
    sets = _sets(before)
    lines = [text.splitlines() for text in (before, after)]
    return len(lines[0]) == len(lines[1]) and all(
        _asks_same(one, other, sets) for one, other in zip(*lines, strict=True) if one != other
    )


def _asks_same(one: str, other: str, sets: Sets) -> bool:
    names = [_ASKED.findall(line) for line in (one, other)]
    if _ASKED.sub("", one) != _ASKED.sub("", other):
        return False
    pairs = [(sets[first], sets[second]) for first, second in zip(*names, strict=True)]
    return all(
        _form(first[0]) == _form(second[0]) and _hold_alike(first, second, sets)
        for first, second in pairs
    )


def _rest(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("add ")]


def _sets(text: str) -> Sets:
    found: Sets = {match[1]: (match[2], []) for match in _CREATE.finditer(text)}
    for match in _ADD.finditer(text):
        cells = tuple(_cell(word) for word in match[2].split(","))
        found[match[1]][1].append(Entry(cells, "nomatch" in match[3], "timeout" in match[3]))
    return found


def _cell(word: str) -> Cell:
    try:
        found = ip_network(word, strict=False)
    except ValueError:
        if ports := _PORTS.fullmatch(word):
            return Cell(f"port {ports[1] or 'tcp'}", int(ports[2]), int(ports[3] or ports[2]))
        return Cell(f"name {word}", 0, 0)
    return Cell(f"v{found.version}", int(found[0]), int(found[-1]))


def _hold_alike(one: Held, other: Held, sets: Sets) -> bool:
    (kind, before), (_, after) = one, other
    if kind == "list:set":
        members = [{each.cells[0].kind[5:] for each in entries} for entries in (before, after)]
        return _is_covered(members[0] - members[1], members[1], sets) and not (
            members[1] - members[0]
        )
    if before == after:
        return True
    if kind.count("net") > 1 and "nomatch" in f"{before}{after}":
        return False
    entries = [*before, *after]
    if not entries:
        return True
    sides = [sorted({*_points(entries, at)}) for at in range(len(entries[0].cells))]
    count = 1
    for side in sides:
        count *= len(side)
    ask = _of_interface if "iface" in kind else _outcomes
    return count <= _MOST and all(
        ask(before, point) == ask(after, point) for point in product(*sides)
    )


def _points(entries: list[Entry], at: int) -> Iterator[Point]:
    """The ends of all ranges, and their neighbours: between them nothing changes."""
    for entry in entries:
        cell = entry.cells[at]
        yield from ((cell.kind, cell.first + step) for step in (-1, 0))
        yield from ((cell.kind, cell.last + step) for step in (0, 1))


def _outcomes(entries: list[Entry], point: tuple[Point, ...]) -> frozenset[bool]:
    """What the set may say of the point."""
    found: set[bool] = set()
    held = [e for e in entries if all(c.has(p) for c, p in zip(e.cells, point, strict=True))]
    for entry in sorted(held, key=lambda each: each.size):
        found.add(not entry.is_nomatch)
        if not entry.lapses:
            return frozenset(found)
    return frozenset(found | {False})


def _of_interface(entries: list[Entry], point: tuple[Point, ...]) -> frozenset[bool]:
    """What a set with interfaces may say: a network as long, of another one, ends the search.

    ip_set_hash_gen.h, mtype_test_cidrs: it counts as the last one until it is collected, and may
    do so no more where the entry of the interface itself has lapsed (`multi = 0`).
    """
    found: set[bool] = set()
    held = [each for each in entries if each.cells[0].has(point[0])]
    for size in sorted({each.size for each in held}):
        level = [each for each in held if each.size == size]
        own = [each for each in level if each.cells[1].has(point[1])]
        found |= {not each.is_nomatch for each in own}
        if not all(each.lapses for each in own):
            return frozenset(found)
        others = [each for each in level if each not in own]
        if others:
            found.add(False)
        if not own and not all(each.lapses for each in others):
            return frozenset(found)
    return frozenset(found | {False})


def _is_covered(gone: set[str], kept: set[str], sets: Sets) -> bool:
    """Whether each set that a list lost has its entries in one that it kept, of the same form."""
    return all(
        all(each.is_nomatch for each in sets[name][1])
        or any(_is_within(sets[name], sets[other]) for other in kept)
        for name in gone
    )


def _form(kind: str) -> str:
    return kind.partition(":")[2].replace("net", "ip")


def _is_within(small: Held, large: Held) -> bool:
    if _form(small[0]) != _form(large[0]) or any(
        each.is_nomatch or each.lapses for each in large[1]
    ):
        return False
    held = (each for each in small[1] if not each.is_nomatch)
    return all(any(_contains(wide, each) for wide in large[1]) for each in held)


def _contains(wide: Entry, entry: Entry) -> bool:
    return all(
        one.has((other.kind, other.first)) and one.has((other.kind, other.last))
        for one, other in zip(wide.cells, entry.cells, strict=True)
    )
