"""Which rules of a base chain decide some packets, found without asking each rule."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

from flowmodel.match import IsFamily
from flowmodel.record import dataclass
from flowmodel.ruleset import Chain, Rule, Table
from flowmodel.verdict import Continue, Goto, Jump, Lead, Onward, Return, Verdict
from linter.engine.device.fates import Fate, Fates
from linter.engine.device.program import called_from
from linter.engine.sets.space import PacketSet, Space, minus

MOST: Final = 60
"""How many rules are looked for that decide one set of packets."""
_BLOCK = 4096
"""How many sets are joined to one at most: larger unions cost more than they save."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Who decides the packets that fit a rule, before they come to it."""

    takers: tuple[Fate, ...]
    """The one that fits all of them first, if there is one."""
    ends: tuple[Fate, ...]
    """The rules that give these packets their verdicts; where a rule only sends them past, another
    one than it."""
    is_whole: bool = False
    """Whether the first one fits all of the packets."""
    is_complete: bool = True
    """Whether these are all; there may be more than are looked for."""
    by_policy: bool = False
    """Whether the default policy decides some of them."""
    came_not: bool = False
    """Whether an earlier base chain has dropped some of them."""


class Takers:
    """Looks up rules by the packets that they decide, in one base chain."""

    def __init__(self, chain: Fates) -> None:
        self.chain = chain
        self.space = chain.space
        rules = chain.rules
        self.ends = [place for place, each in enumerate(rules) if _ends(each.rule)]
        self._hits = _Unions(self.space, [rules[place].hits for place in self.ends])
        self._fits = _Unions(self.space, [rules[place].fits for place in self.ends])
        self._turns = [place for place, each in enumerate(rules) if _turns(each.rule)]
        self._noted = _noted(chain)
        self._called: dict[str, frozenset[str]] = {}

    def of(self, place: int, packets: PacketSet) -> Taken:
        """Who decides the packets, none of which comes to the rule at that place."""
        chain, space = self.chain, self.space
        came = packets & chain.came
        left = minus(came, chain.rest)
        whole = self._whole(place, left) if left == packets else None
        if whole is not None and self._is_same(left, chain.rules[whole].rule.verdict):
            # Whoever takes some of them before does the same.
            only = (chain.rules[whole],)
            return Taken(only, only, is_whole=True)
        places, is_complete = self._greedy(left)
        if whole is not None:
            places = [whole, *(each for each in places if each != whole)]
        ends = tuple(chain.rules[each] for each in places)
        late = came & space.union(
            [chain.rest, *(chain.rules[each].hits for each in places if each > place)]
        )
        # What is decided behind the rule was sent past it by one before it.
        turns = list(self._past(place, late)) if late != space.false else []
        first = [each for each in places if each < place]
        takers = tuple(chain.rules[each] for each in [*first, *turns]) or ends
        return Taken(
            takers,
            ends,
            is_whole=whole is not None and takers[0] is chain.rules[whole],
            is_complete=is_complete,
            by_policy=came & chain.rest != space.false,
            came_not=came != packets,
        )

    def behind(self, place: int, packets: PacketSet) -> tuple[Fate, ...]:
        """The rules behind a place that fit the packets; none where some are left to the policy."""
        rules = self.chain.rules
        left = packets
        start = bisect_right(self.ends, place)
        found: list[Fate] = []
        while left != self.space.false:
            start = self._fits.first(left, start)
            if start < 0 or len(found) == MOST:
                return ()
            found.append(rules[self.ends[start]])
            left = minus(left, found[-1].fits)
            start += 1
        return tuple(found)

    def notes(self, place: int, packets: PacketSet) -> bool:
        """Whether a rule behind the place logs, counts or marks some of the packets."""
        seen = next((noted for at, noted in self._noted if at > place), self.space.false)
        return packets & seen != self.space.false

    def _greedy(self, left: PacketSet) -> tuple[list[int], bool]:
        """The places of the rules that decide the packets, one packet of them after the other."""
        places: list[int] = []
        while left != self.space.false and len(places) < MOST:
            at = self._hits.first(left.pick_cube_dd(), 0)
            if at < 0:
                break
            places.append(self.ends[at])
            left = minus(left, self.chain.rules[places[-1]].hits)
        return sorted(places), left == self.space.false

    def _whole(self, place: int, packets: PacketSet) -> int | None:
        """The place of a rule before it that fits all packets: the last one that decides any."""
        at = self._hits.last(packets, bisect_left(self.ends, place))
        if at < 0:
            return None
        fits = self.chain.rules[self.ends[at]].fits
        return self.ends[at] if minus(packets, fits) == self.space.false else None

    def _is_same(self, packets: PacketSet, verdict: Verdict) -> bool:
        """Whether all of the packets meet with the verdict."""
        decisions, false = self.chain.decisions, self.space.false
        if verdict == self.chain.base.end:
            return all(packets & each == false for each in decisions.values())
        return minus(packets, decisions.get(verdict, false)) == false

    def _past(self, place: int, packets: PacketSet) -> Iterator[int]:
        """The rules before a place that send some of the packets past it."""
        name = self.chain.rules[place].chain.name
        for each in self._turns:
            fate = self.chain.rules[each]
            if each < place and fate.hits & packets != self.space.false:
                if fate.chain.name not in self._called:
                    called = called_from(self.chain.table, fate.chain)
                    self._called[fate.chain.name] = frozenset(other.name for other in called)
                if name in self._called[fate.chain.name]:
                    yield each


def is_unconditional(rule: Rule) -> bool:
    """Whether the rule is about all packets that come to it, of its family."""
    return all(isinstance(each, IsFamily) for each in rule.match)


def _ends(rule: Rule) -> bool:
    return not isinstance(rule.verdict, Onward)


def _turns(rule: Rule) -> bool:
    return isinstance(rule.verdict, Return | Goto)


def _noted(chain: Fates) -> list[tuple[int, PacketSet]]:
    """For places in their order, the packets that rules from there on log, count or mark."""
    calls = Counter(
        each.rule.verdict.chain for each in chain.rules if isinstance(each.rule.verdict, Lead)
    )
    noting: list[tuple[int, PacketSet]] = []
    for place, each in enumerate(chain.rules):
        if isinstance(each.rule.verdict, Continue) or each.rule.effects:
            # A chain that is called again is asked again, behind all that stands between.
            at = place if calls[each.chain.name] < 2 else len(chain.rules)
            noting.append((at, each.fits))
    found: list[tuple[int, PacketSet]] = []
    seen = chain.space.false
    for at, fits in sorted(noting, key=itemgetter(0), reverse=True):
        seen = seen | fits
        found.append((at, seen))
    return found[::-1]


class _Unions:
    """A list of sets in which those are found quickly that have a packet in common with another."""

    def __init__(self, space: Space, sets: Sequence[PacketSet]) -> None:
        self.space = space
        self.sets = sets
        self._known: dict[tuple[int, int], PacketSet] = {}

    def first(self, packets: PacketSet, start: int) -> int:
        """The first set from a place on that has one of the packets; -1 if there is none."""
        return self._found(packets, start, len(self.sets), from_the_end=False)

    def last(self, packets: PacketSet, end: int) -> int:
        """The last set before a place that has one of the packets; -1 if there is none."""
        return self._found(packets, 0, end, from_the_end=True)

    def _found(self, packets: PacketSet, start: int, end: int, *, from_the_end: bool) -> int:
        count = len(self.sets)
        blocks = range(start - start % _BLOCK, end, _BLOCK)
        waiting = [(low, min(low + _BLOCK, count)) for low in blocks]
        if not from_the_end:
            waiting.reverse()
        while waiting:
            low, high = waiting.pop()
            if high <= start or low >= end:
                continue
            # Of a block that is in the range in part, the union says little: its halves say more.
            is_inside = start <= low and high <= end
            if is_inside and self._union(low, high) & packets == self.space.false:
                continue
            if high == low + 1:
                return low
            middle = (low + high) // 2
            halves = [(middle, high), (low, middle)]
            waiting += halves[::-1] if from_the_end else halves
        return -1

    def _union(self, low: int, high: int) -> PacketSet:
        if high == low + 1:
            return self.sets[low]
        if (low, high) not in self._known:
            middle = (low + high) // 2
            both = self._union(low, middle) | self._union(middle, high)
            self._known[low, high] = both
        return self._known[low, high]


def calls_nothing(table: Table, name: str) -> bool:
    """Whether a chain, and all that it leads to, decides nothing: it is empty, or only notes."""
    called: list[Chain] = called_from(table, table.chains[name])
    plain = Continue | Return | Jump | Goto
    return all(isinstance(rule.verdict, plain) for each in called for rule in each.rules)
