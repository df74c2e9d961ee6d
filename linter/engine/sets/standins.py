"""Long lists of addresses, of which a few addresses stand for all in the diagrams of a space.

The other conditions on addresses cut the address space into intervals. Whatever is asked can tell
two addresses of one interval apart only by the lists that they are in: they are of one *cell*. A
diagram of 100,000 addresses is needed only to know which cells there are, so a space may be given
shorter lists in their place, of which the same cells are left: in each interval, addresses of the
same lists. Then each set of the space is a union of cells, and so is what it stands for. This maps
unions, complements, intersections and projections to those of the real sets, and the empty set
alone to the empty one (also where there are several addresses: sources, destinations, routers).

It is sound only for sets that are unions of cells, which is checked of all values on their way into
the space, and again on their way out. One that is none raises `UnfitError`: more is known then of
what is asked, and the question starts again. What looks at single bits of addresses (translation
of networks, odd masks) puts an end to it.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from itertools import chain
from typing import Final

from flowmodel.record import NamedTuple
from flowmodel.values import (
    Interval,
    Values,
    clipped,
    complement,
    contains,
    difference,
    full,
    intersection,
    overlaps,
    size,
    union,
)

LONG: Final = 1000
"""A set of more ranges is a long list."""
_SHARE: Final = 64
"""About how many addresses stand for a list: the more there are, the fewer new cuts matter."""


class Cell(NamedTuple):
    """Addresses that nothing tells apart, and those that stand for them."""

    addresses: Values
    codes: Values


class StandIns:
    """Lists of one family, with the shorter ones in their place."""

    def __init__(
        self,
        bits: int,
        lists: Sequence[Values],
        kinds: Mapping[int, Values],
        cuts: Iterable[int],
    ) -> None:
        """`kinds` are all addresses by the lists that they are in, as `marked` tells them."""
        self._bits = bits
        self._cuts = sorted(cuts)
        """Where the intervals begin."""
        self._kinds = tuple(kinds.values())
        """The addresses by the lists that they are in, those in none first."""
        self._codes = self._chosen()
        """What stands for each of these."""
        self._real = _Wholes(bits, self._kinds)
        self._shorter = _Wholes(bits, self._codes)
        self._coded: dict[Values, Values] = {}
        self._told: dict[Values, Values] = {}
        self._sizes: dict[Values, int] = {}
        self._are_large: dict[tuple[Values, int], bool] = {}
        for place, its in enumerate(lists):
            inside = sum(1 << at for at, mark in enumerate(kinds) if mark >> place & 1)
            self._real.know(inside, its)
            self._keep(its, self._shorter.of(inside, (1 << len(kinds)) - 1))

    def copy(self) -> "StandIns":
        """The same for another space, which will ask for cuts of its own."""
        made = copy(self)
        known = {"_coded": dict(self._coded), "_told": dict(self._told)}
        vars(made).update(known, _cuts=list(self._cuts), _sizes={}, _are_large={})
        return made

    @property
    def cuts(self) -> Sequence[int]:
        """Where the intervals begin that have been told apart."""
        return self._cuts

    @property
    def pieces(self) -> int:
        """How many ranges what stands for all cells has at most; a union of some has no more."""
        return sum(map(len, self._codes)) + len(self._cuts)

    def coded(self, values: Values) -> Values | None:
        """What stands for the values; None where they are no union of cells."""
        if values not in self._coded:
            if len(values) <= LONG and self._fit(values):
                self._coded[values] = values
            else:
                found = self._moved(values, self._kinds, self._shorter)
                if found is None:
                    return None
                self._keep(values, found)
        return self._coded[values]

    def told(self, codes: Values) -> Values | None:
        """The values for which these stand; None where they are no union of cells."""
        if codes not in self._told:
            found = self._moved(codes, self._codes, self._real)
            if found is None:
                return None
            self._keep(found, codes)
        return self._told[codes]

    def cell(self, address: int) -> Cell:
        """The cell that an address is in."""
        kind = next(at for at, its in enumerate(self._kinds) if contains(its, address))
        around = (self._interval(address),)
        return Cell(clipped(self._kinds[kind], around), clipped(self._codes[kind], around))

    def cells(self, codes: Values) -> Iterator[Cell]:
        """The cells for which these stand."""
        for kind, its in zip(self._kinds, self._codes, strict=True):
            for first, last in self._around(intersection(codes, its)):
                low, high = bisect_left(self._cuts, first), bisect_right(self._cuts, last)
                for cut in self._cuts[low:high]:
                    around = (self._interval(cut),)
                    if mine := clipped(its, around):
                        yield Cell(clipped(kind, around), mine)

    def size(self, codes: Values) -> int | None:
        """For how many values these stand; None where they are no union of cells."""
        if codes not in self._sizes:
            values = self.told(codes)
            if values is None:
                return None
            self._sizes[codes] = size(values)
        return self._sizes[codes]

    def has_more_nodes(self, codes: Values, limit: int) -> bool:
        """Whether a diagram of the values for which these stand surely has more nodes.

        Blocks, each of all values that begin with the same bits, are a node each where they are not
        alike and only a part of them is in the set.
        """
        key = codes, limit
        if key not in self._are_large:
            values = self.told(codes) or ()
            widths = self._bits >> 1, self._bits >> 2
            self._are_large[key] = any(_has_parts(values, width, limit) for width in widths)
        return self._are_large[key]

    def _keep(self, values: Values, codes: Values) -> None:
        self._told[codes] = values
        self._coded[values] = codes

    def _moved(self, values: Values, kinds: Sequence[Values], others: "_Wholes") -> Values | None:
        """The cells of these values, which are among the one kinds, as they are among the others.

        None where only a part of a cell is among the values.
        """
        around: list[Values] = []
        for kind in kinds:
            mine = intersection(values, kind)
            around.append(self._around(mine))
            if clipped(kind, around[-1]) != mine:
                return None
        # Which other kinds there are in an interval or not does not matter there.
        around += map(self._around, kinds)
        every = (1 << len(kinds)) - 1
        regions = marked(self._bits, around)
        found: list[Interval] = []
        for region, mark in sorted((each, mark) for mark, its in regions.items() for each in its):
            inside, here = mark & every, mark >> len(kinds)
            some = clipped(others.of(inside, here), (region,)) if inside else ()
            if some and found and found[-1][1] + 1 == some[0][0]:
                found[-1] = (found[-1][0], some[0][1])
                some = some[1:]
            found += some
        return tuple(found)

    def _around(self, values: Values) -> Values:
        """The intervals that the values lie in."""
        found: list[Interval] = []
        at = 0
        while at < len(values):
            start, _ = self._interval(values[at][0])
            _, end = self._interval(values[at][1])
            found.append((start, end))
            # What else lies in there says nothing new, but the last one may end behind it.
            beyond = bisect_left(values, (end + 1,))
            at = beyond - 1 if values[beyond - 1][1] > end else beyond
        return union(found)

    def _interval(self, address: int) -> Interval:
        index = bisect_right(self._cuts, address)
        last = self._cuts[index] - 1 if index < len(self._cuts) else (1 << self._bits) - 1
        return self._cuts[index - 1], last

    def _chosen(self) -> tuple[Values, ...]:
        """What stands for each kind: some of its addresses; all others stand for the first kind."""
        most = max(1, _SHARE // len(self._cuts))
        found: list[list[Interval]] = [[] for _ in self._kinds]
        for cut in self._cuts:
            interval = self._interval(cut)
            several = [_some(kind, interval, most) for kind in self._kinds]
            first, *others = (place for place, some in enumerate(several) if some)
            for place in others:
                found[place] += several[place]
            taken = union(each for place in others for each in several[place])
            found[first] += difference((interval,), taken)
        return tuple(map(union, found))

    def _fit(self, values: Values) -> bool:
        """Whether the values stand for themselves; then they are told apart from now on.

        They do if in all parts into which they cut the intervals there are the same kinds as in
        what stands for them.
        """
        for end in ends(values, self._bits):
            first, last = self._interval(end)
            if first == end:
                continue
            for part in ((first, end - 1), (end, last)):
                for kind, codes in zip(self._kinds, self._codes, strict=True):
                    if overlaps((part,), kind) != overlaps((part,), codes):
                        return False
            insort(self._cuts, end)
        return True


class _Wholes:
    """Disjoint sets that are all values together, and the unions of some of them."""

    def __init__(self, bits: int, parts: Sequence[Values]) -> None:
        self._bits = bits
        self._parts = parts
        self._every = (1 << len(parts)) - 1
        self._known = {1 << place: each for place, each in enumerate(parts)}
        self._known[self._every] = full(bits)

    def know(self, mark: int, values: Values) -> None:
        """Notes down the union of those that have a bit in the mark."""
        self._known[mark] = values

    def of(self, mark: int, here: int) -> Values:
        """The union of those that have a bit in the mark, as far as they have one in the other."""
        for known, values in self._known.items():
            if not (known ^ mark) & here:
                return values
        for known, values in self._known.items():
            if not (self._every ^ known ^ mark) & here:
                self._known[self._every ^ known] = complement(values, self._bits)
                return self._known[self._every ^ known]
        some = (each for place, each in enumerate(self._parts) if mark >> place & 1)
        self._known[mark] = union(chain.from_iterable(some))
        return self._known[mark]


def ends(values: Values, bits: int) -> list[int]:
    """Where intervals begin, if the values and all others are told apart."""
    ends = [end for first, last in values for end in (first, last + 1)]
    return ends[:-1] if ends and ends[-1] == 1 << bits else ends


def marked(bits: int, lists: Sequence[Values]) -> dict[int, Values]:
    """All values by the lists that they are in, a bit for each; those in none come first."""
    marks = len(lists)
    steps = [
        end << marks | 1 << place
        for place, its in enumerate(lists)
        for each in its
        for end in (each[0], each[1] + 1)
    ]
    steps.append(1 << bits + marks)
    steps.sort()
    found: dict[int, list[Interval]] = {0: []}
    inside = start = 0
    for step in steps:
        end = step >> marks
        if end > start:
            found.setdefault(inside, []).append((start, end - 1))
            start = end
        inside ^= step & (1 << marks) - 1
    return {mark: tuple(its) for mark, its in found.items() if its}


def _some(kind: Values, interval: Interval, number: int) -> Values:
    """Up to so many addresses of a kind that lie in the interval, far from each other."""
    mine = clipped(kind, (interval,))
    step = max(1, -(-len(mine) // number))
    return union((first, first) for first, _ in mine[::step])


def _has_parts(values: Values, width: int, limit: int) -> bool:
    """Whether more blocks of so many bits than that are unlike, and partly in the set."""
    if len(values) <= limit:
        return False
    last = (1 << width) - 1
    if last > limit:
        # Those are unlike in which the first range that begins behind their first value begins at
        # another place. To read all that is in them takes three times as long.
        begins = {first >> width: first & last for first, _ in reversed(values) if first & last}
        if len(set(begins.values())) > limit:
            return True
    found: set[tuple[int, ...]] = set()
    block = -1
    ends: list[int] = []
    for each in values:
        for place, end in enumerate(each):
            if end >> width != block:
                found.add(tuple(ends))
                if len(found) > limit + 1:
                    return True
                block, ends = end >> width, []
            if end & last != (last if place else 0):
                ends.append((end & last) << 1 | place)
    return False
