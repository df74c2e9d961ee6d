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


Sets = dict[str, tuple[str, list[Entry]]]


def proof(export: Export, change: Change) -> kernel.Proof:
    """Whether the kernel takes both, and its sets hold the same."""
    said = kernel.proof(export, change)
    if said != "differs":
        return said
    for before, after in kernel.listings(export, change):
        if before and after and is_same(before, after):
            return "same"
    return said


def is_same(before: str, after: str) -> bool:
    """Whether the sets of two listings hold the same, and all else is equal."""
    one, other = _sets(before), _sets(after)
    if _rest(before) != _rest(after) or one.keys() != other.keys():
        return False
    return all(_is_same(name, one, other) for name in one)


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


def _is_same(name: str, one: Sets, other: Sets) -> bool:
    (kind, before), (_, after) = one[name], other[name]
    if kind == "list:set":
        members = [{each.cells[0].kind[5:] for each in entries} for entries in (before, after)]
        return _is_covered(members[0] - members[1], members[1], other) and not (
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


def _is_within(small: tuple[str, list[Entry]], large: tuple[str, list[Entry]]) -> bool:
    forms = [each[0].partition(":")[2].replace("net", "ip") for each in (small, large)]
    if forms[0] != forms[1] or any(each.is_nomatch or each.lapses for each in large[1]):
        return False
    held = (each for each in small[1] if not each.is_nomatch)
    return all(any(_contains(wide, each) for wide in large[1]) for each in held)


def _contains(wide: Entry, entry: Entry) -> bool:
    return all(
        one.has((other.kind, other.first)) and one.has((other.kind, other.last))
        for one, other in zip(wide.cells, entry.cells, strict=True)
    )
