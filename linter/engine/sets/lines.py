"""A packet set as the lines of a table: which services, from where, to where, at which interfaces.

Services with the same ends are one line, and ends with the same services are, so that two rules
that overlap do not make two lines. A line may say a little more than is its own where that makes it
shorter: what other lines say too, or what nobody asked about. "Everything from 10.0.0.0/8" may
stand beside "tcp 443 from any address".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce

from flowmodel.fields import ICMP, ICMPV6
from flowmodel.record import NamedTuple, dataclass
from flowmodel.values import EMPTY, Values, complement, full, gaps, is_subset, joined, size, union
from linter.engine.sets.combinations import LIMIT, LINES, Combination, Combinations
from linter.engine.sets.full import count
from linter.engine.sets.readout import TooManyError, slices
from linter.engine.sets.space import Bits, PacketSet, Space, minus

_ALIKE = 64
"""Up to how many kinds of ends are compared with each other, to say less."""
_COMPARED = 200
"""Up to how many lines are."""
_BY_BEING_FIRST = ("state", "ct_dir", "tcp_flags")
_VARIABLES = 512
_ALL_PORTS: Values = ((1, (1 << 16) - 1),)
"""Nobody is asked about port 0."""

Pair = tuple[str, ...]
"""The interfaces of packets: where they come in, and where they leave."""


class Ends(NamedTuple):
    """Where the packets of a line come from and go to; all combinations of these."""

    pairs: frozenset[Pair]
    sources: Values
    destinations: Values
    source_ports: Values


class Offer(NamedTuple):
    """Protocols with the same ports, or with the same types and codes of ICMP."""

    protocols: Values
    ports: Values
    types: Values
    codes: Values


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line: the packets in it, and their ends and services as it says them."""

    packets: PacketSet
    ends: Ends
    offers: tuple[Offer, ...]
    said: PacketSet
    """All that it says, with what others tell too or nobody asked about."""

    @property
    def is_everything(self) -> bool:
        """Whether it has every service that was asked about."""
        return self.offers is EVERYTHING


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What lines are made of: a space, the interfaces as variables, and what was asked about."""

    space: Space
    sides: Mapping[str, Bits]
    codes: Mapping[str, Values]
    """The values of the variables that stand for the interfaces."""
    asked: PacketSet
    every: PacketSet
    """The services of packets that were followed; what has them all may have everything."""
    routed: PacketSet
    """The packets at the interfaces by which they come and go, as far as that is known."""
    combinations: Combinations
    spend: Callable[[], None]
    """Called at every step; raises where there were too many."""

    def lines(self, packets: PacketSet, known: PacketSet) -> list[Line]:
        """The lines of a set; `known` are packets of which others tell, and those of the set.

        Raises TooManyError.
        """
        space = self.space
        packets = packets.exists(space.cube(*_BY_BEING_FIRST))
        told = known.exists(space.cube(*_BY_BEING_FIRST)) | ~(self.asked & self.routed)
        by_rest: dict[PacketSet, list[PacketSet]] = {}
        for rest, service in self._services(self._from_any_port(packets)):
            by_rest.setdefault(rest, []).append(service)
        by_ends: dict[Ends, list[PacketSet]] = {}
        for rest, several in by_rest.items():
            services = space.union(several)
            for ends in self._ends(rest):
                by_ends.setdefault(ends, []).append(services)
            if len(by_ends) > LINES:
                raise TooManyError
        lines = [
            line
            for ends, each in by_ends.items()
            for line in self._lines(ends, space.union(each), packets, told)
        ]
        return self._without_said(lines) if len(lines) <= _COMPARED else lines

    def _lines(
        self, ends: Ends, services: PacketSet, packets: PacketSet, told: PacketSet
    ) -> Iterator[Line]:
        """One line for the services, or one for messages of ICMP and one for the others.

        The families have their own ICMP, and all else is often alike.
        """
        space = self.space
        messages = services & space.within(space.fields["proto"], ((ICMP, ICMP), (ICMPV6, ICMPV6)))
        others = minus(services, messages)
        parts = (services,) if self._is_most(services) else (others, messages)
        for part in parts:
            self.spend()
            if part != space.false:
                yield self._line(ends, part, packets, told)

    def _from_any_port(self, packets: PacketSet) -> PacketSet:
        """The set with the same packets from port 0, which nobody asks about, as from port 1."""
        space = self.space
        zero, one = (space.within(space.fields["sport"], ((n, n),)) for n in (0, 1))
        return packets | ((packets & one).exists(space.cube("sport")) & zero)

    def _services(self, packets: PacketSet) -> Iterator[tuple[PacketSet, PacketSet]]:
        """The parts of the set with the same ends: these, and the services."""
        space = self.space
        fields = space.fields
        for of_proto, protocols in slices(space, packets, "proto", LIMIT).items():
            proto = space.within(fields["proto"], tuple(protocols))
            for of_type, types in slices(space, of_proto, "icmp_type", LIMIT).items():
                kind = proto & space.within(fields["icmp_type"], tuple(types))
                for of_code, codes in slices(space, of_type, "icmp_code", LIMIT).items():
                    code = kind & space.within(fields["icmp_code"], tuple(codes))
                    for rest, ports in slices(space, of_code, "dport", LIMIT).items():
                        self.spend()
                        yield rest, code & space.within(fields["dport"], tuple(ports))

    def _ends(self, rest: PacketSet) -> Iterator[Ends]:
        """The ends in a set that depends on nothing else, in as few combinations as it takes."""
        by_pairs = self._by_pairs(rest)
        found: dict[Combination, set[Pair]] = {}
        for at, pairs in by_pairs.items():
            for key in self.combinations.of(at):
                found.setdefault(key, set()).update(pairs)
        sides = max((len(pairs[0]) for pairs in by_pairs.values()), default=0)
        every = len(self.codes) ** sides
        for key, some in found.items():
            if len(some) < every and len(found) <= _ALIKE:
                wide = self._wide(some, key, by_pairs)
                some = wide if len(wide) == every else some  # noqa: PLW2901
            yield from (Ends(frozenset(each), *key) for each in _products(some))

    def _by_pairs(self, rest: PacketSet) -> dict[PacketSet, list[Pair]]:
        """The packets at the interfaces, with all pairs at which it is these that pass."""
        space = self.space
        every = union(code for codes in self.codes.values() for code in codes)
        at_all = space.intersection(space.within(bits, every) for bits in self.sides.values())
        anywhere = rest.exists(self._cube(self.sides))
        if self.routed == at_all and anywhere & at_all == rest:
            # The same packets at all of them: nothing has to be asked one by one.
            return {anywhere: [(name,) for name in self.codes]}
        found: dict[PacketSet, list[Pair]] = {}
        sides, rest = self._sides(rest)
        for pair, at in self._at_sides(rest, sides):
            found.setdefault(at, []).append(pair)
        return found

    def _sides(self, rest: PacketSet) -> tuple[tuple[str, ...], PacketSet]:
        """The interfaces that matter: where packets leave does not if their address tells it."""
        sides = tuple(self.sides)
        if "out" in sides:
            anywhere = (rest & self.routed).exists(self._cube(("out",)))
            if minus(anywhere & self.routed, rest) == self.space.false:
                return ("in",), anywhere
        return sides, rest

    def _cube(self, sides: Iterable[str]) -> PacketSet:
        cube = self.space.true
        for side in sides:
            for bit in self.sides[side]:
                cube &= bit
        return cube

    def _wide(
        self,
        pairs: set[Pair],
        key: Combination,
        by_pairs: Mapping[PacketSet, Sequence[Pair]],
    ) -> set[Pair]:
        """The pairs, with those at which the same packets pass and others too."""
        box = self.combinations.box(*key)
        more = (
            pair
            for at, some in by_pairs.items()
            if minus(box, at) == self.space.false
            for pair in some
        )
        return pairs | set(more)

    def _at_sides(self, rest: PacketSet, sides: Sequence[str]) -> Iterator[tuple[Pair, PacketSet]]:
        if not sides:
            yield (), rest
            return
        side, *others = sides
        cube = self._cube((side,))
        alike: dict[PacketSet, list[tuple[Pair, PacketSet]]] = {}
        for name, code in self.codes.items():
            self.spend()
            at = (rest & self.space.within(self.sides[side], code)).exists(cube)
            if at == self.space.false:
                continue
            if at not in alike:
                alike[at] = list(self._at_sides(at, others))
            for pair, last in alike[at]:
                yield (name, *pair), last

    def box(self, ends: Ends) -> PacketSet:
        """All packets between the ends, also those that take another way."""
        space = self.space
        by_last: dict[Pair, list[str]] = {}
        for pair in ends.pairs:
            by_last.setdefault(pair[1:], []).append(pair[0])
        sides = space.false
        for rest, firsts in by_last.items():
            codes = union(code for name in firsts for code in self.codes[name])
            at = space.within(self.sides["in"], codes)
            for name in rest:
                at &= space.within(self.sides["out"], self.codes[name])
            sides |= at
        return sides & self.combinations.box(ends.sources, ends.destinations, ends.source_ports)

    def _line(self, ends: Ends, services: PacketSet, packets: PacketSet, told: PacketSet) -> Line:
        space = self.space
        box = self.box(ends)
        cube = space.cube("src", "dst", "sport") & self._cube(self.sides)
        more = ~minus(box, told).exists(cube)
        if self._is_everything(services, more):
            return Line(box & packets, ends, EVERYTHING, box)
        offers = tuple(self._offers(services, more))
        said = box & space.union(self._offered(each) for each in offers)
        return Line(box & services & packets, ends, offers, said)

    def _is_everything(self, services: PacketSet, more: PacketSet) -> bool:
        """Whether they are everything with what more is told, or may be where not all is known."""
        if minus(self.every, more) != self.space.false:
            return False
        return self.every != self.space.true or self._is_most(services)

    def _offered(self, offer: Offer) -> PacketSet:
        space, fields = self.space, self.space.fields
        found = space.within(fields["proto"], offer.protocols)
        found &= space.within(fields["dport"], offer.ports)
        found &= space.within(fields["icmp_type"], offer.types)
        return found & space.within(fields["icmp_code"], offer.codes)

    def _without_said(self, lines: Sequence[Line]) -> list[Line]:
        """The lines without those of which another one says all."""
        kept: list[Line] = []
        # Of two that say the same, the one that says more is asked first.
        for line in sorted(lines, key=lambda each: -count(self.space, each.said, _VARIABLES)):
            if not any(minus(line.packets, each.said) == self.space.false for each in kept):
                kept.append(line)
        return [line for line in lines if line in kept]

    def _is_most(self, services: PacketSet) -> bool:
        """Whether the services are most of all there are: two protocols of which ports are told."""
        space = self.space
        found = slices(space, services, "proto", LIMIT).values()
        protocols = union(each for some in found for each in some)
        return size(protocols) > 1 << 7

    def _offers(self, services: PacketSet, more: PacketSet) -> Iterator[Offer]:
        """The services, protocol by protocol; what more there is where that says them shorter."""
        space = self.space
        for mine, protocols in slices(space, services, "proto", LIMIT).items():
            known: dict[PacketSet, list[int]] = {}
            for first, last in protocols:
                for number in range(first, last + 1):
                    one = space.within(space.fields["proto"], ((number, number),))
                    wide = (more & one).exists(space.cube("proto"))
                    known.setdefault(wide, []).append(number)
            for wide, numbers in known.items():
                yield from self._of(mine, wide, union((n, n) for n in numbers))

    def _of(self, mine: PacketSet, wide: PacketSet, protocols: Values) -> Iterator[Offer]:
        space = self.space
        if contains_any(protocols, (ICMP, ICMPV6)):
            if wide.exists(space.cube("dport")) == space.true and _most(space, mine):
                yield Offer(protocols, full(16), full(8), full(8))
                return
            for of_type, types in slices(space, mine, "icmp_type", LIMIT).items():
                for codes in map(tuple, slices(space, of_type, "icmp_code", LIMIT).values()):
                    yield Offer(protocols, full(16), tuple(types), codes)
            return
        cube = space.cube("icmp_type", "icmp_code")
        ports, others = (
            union(
                each
                for some in slices(space, packets.exists(cube), "dport", LIMIT).values()
                for each in some
            )
            for packets in (mine, wide)
        )
        ports = shorter(ports, others)
        ports = full(16) if ports == _ALL_PORTS else ports
        yield Offer(protocols, ports, full(8), full(8))


EVERYTHING = (Offer(full(8), full(16), full(8), full(8)),)


def _products(pairs: Iterable[Pair]) -> Iterator[set[Pair]]:
    """The pairs in parts of which each has all combinations of its interfaces.

    People read a line as "by one of these, to one of those".
    """
    leaves: dict[str, set[Pair]] = {}
    # In an order of their own: that of a set of texts is another one in each run.
    for pair in sorted(pairs):
        leaves.setdefault(pair[0] if pair else "", set()).add(pair[1:])
    alike: dict[frozenset[Pair], list[str]] = {}
    for name, several in leaves.items():
        alike.setdefault(frozenset(several), []).append(name)
    for others, names in alike.items():
        yield {(name, *rest) if name else rest for name in names for rest in others}


def _most(space: Space, icmp: PacketSet) -> bool:
    """Whether these are most of all types of ICMP."""
    types = slices(space, icmp, "icmp_type", LIMIT).values()
    return sum(size(tuple(each)) for each in types) > 1 << 7


def contains_any(values: Values, numbers: Iterable[int]) -> bool:
    """Whether one of the numbers is in the set."""
    return any(first <= number <= last for number in numbers for first, last in values)


def shorter(values: Values, more: Values) -> Values:
    """The values, with some of the others where fewer ranges say that and they are not the most."""
    if not is_subset(values, more):
        more = union(values + more)
    holes = [each for each in complement(values, 16) if is_subset((each,), more)]
    found = union((*values, *holes))
    if len(found) < len(values) and size(found) < 2 * size(values):
        return found
    return values


def told(values: Values, asked: Values, bits: int, slack: Values = EMPTY) -> Values:
    """The values, with those around and between them that nobody asked about.

    `slack` are values that need not be there for nearly all to be said.
    """
    if is_subset(asked, reduce(joined, slack, values)):
        return full(bits)
    beside = complement(asked, bits)
    is_most = 2 * size(values) > size(asked)
    for each in union(beside + slack) if is_most else beside:
        more = joined(values, each)
        is_shorter = gaps(more, bits) < gaps(values, bits)
        if is_shorter and (is_most or len(more) < len(values)):
            values = more
    return values
