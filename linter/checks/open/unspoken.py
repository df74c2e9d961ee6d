"""Which openings of the exports the checks of flows say nothing about, in a site.

They ask what is open to the machines of the site's roles, by the interfaces that the site knows.
All else that is open is told as for exports alone, but for what flows permit.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from flowmodel.addresses import EVERYWHERE, Addresses, together
from flowmodel.fields import Family
from flowmodel.record import replace
from flowmodel.site import End, Interface, Site
from flowmodel.values import Values, difference, full, intersection, single
from linter.checks.exposure.policies import Policies
from linter.checks.open.findings import Judged
from linter.checks.subject import Subject
from linter.engine.device.mentions import OTHER
from linter.engine.sets.longlists import LongLists, UnfitError
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.attachment import INTERNET
from linter.engine.site.crossing import Crossing
from linter.engine.site.paths import Topology

if TYPE_CHECKING:
    from linter.engine.sets.lines import Offer


_MOST: Final = 256
_Way = tuple[Crossing, Values, Values]
_Services = Sequence[tuple[Values, Values]]
"""Protocols with their ports."""


def unspoken(subject: Subject, several: Iterator[Judged]) -> Iterator[Judged]:
    """Those of the rows that strangers reach where neither flows nor their checks speak of it."""
    if subject.is_alone:
        return several
    known = cache(lambda family: _Spoken(subject, family))
    return (each for each in several if known(each.found.namer.family).leaves(each))


class _Spoken:
    """What a site says of packets of one family."""

    def __init__(self, subject: Subject, family: Family) -> None:
        # What only a machine's own rules name may be nobody's, or anybody else's.
        self._site = subject.site.with_ends(lambda end: replace(end, perhaps=Addresses()))
        self._family = family
        self._ways = tuple(_ways(self._site, family))
        self._lists = LongLists().of(family)
        self._said: _Said | None = None

    def leaves(self, each: Judged) -> bool:
        """Whether strangers reach something of a row that the site says nothing of."""
        while True:
            try:
                if self._said is None:
                    space = Space(self._family, lists=self._lists)
                    permitted = Policies(self._site, space).permitted()
                    self._said = _Said(space, permitted, self._ways)
                return self._said.leaves(each)
            except UnfitError:
                self._said = None


class _Said:
    """The same as sets of one space."""

    def __init__(self, space: Space, permitted: PacketSet, ways: Sequence[_Way]) -> None:
        self.space = space
        self.permitted = permitted
        self._ways = ways
        self._asked: dict[tuple[object, ...], PacketSet] = {}

    def leaves(self, each: Judged) -> bool:
        """Whether strangers reach something of a row that the site says nothing of."""
        found, row, family = each.found, each.found.row, self.space.family
        came, left = _Sides(each, row.incoming), _Sides(each, row.outgoing)
        if left.is_outside:
            return False
        strangers = difference(found.ends.sources, found.namer.private)
        sources = intersection(strangers, came.addresses.of(family))
        if row.sent_on is None:
            to = intersection(found.ends.destinations, left.addresses.of(family))
            rest = self._unpermitted(sources, to, _marked(each))
        else:
            rest = self._unpermitted(sources, found.ends.destinations, _offered(found.offers))
            if rest != self.space.false:
                # A flow may name the machine, or the address that people know it by.
                there = row.sent_on.addresses.of(family)
                rest = self._unpermitted(sources, there, _marked(each))
        if _is_asked(each, came, left):
            device = each.opened.device
            asked = self.space.true if device.is_machine else self._asked_at(device.name, each)
            rest = minus(rest, asked)
        some = projected(self.space, rest, "src", _MOST)
        return len(some) == _MOST or found.namer.has_strangers(some)

    def _asked_at(self, device: str, each: Judged) -> PacketSet:
        """The packets to roles that come over a firewall by the interfaces of a row."""
        row = each.found.row
        key = device, row.incoming, row.outgoing
        if key not in self._asked:
            space, fields = self.space, self.space.fields
            self._asked[key] = space.union(
                space.within(fields["src"], source) & space.within(fields["dst"], goal)
                for crossing, source, goal in self._ways
                if crossing.device.name == device
                and (not row.incoming or each.named(crossing.in_name) in row.incoming)
                and (not row.outgoing or each.named(crossing.out_name) in row.outgoing)
            )
        return self._asked[key]

    def _unpermitted(self, sources: Values, to: Values, services: _Services) -> PacketSet:
        """The packets between addresses that no flow permits."""
        space, fields = self.space, self.space.fields
        kinds = space.union(
            space.within(fields["proto"], protocols) & space.within(fields["dport"], ports)
            for protocols, ports in services
        )
        ends = space.within(fields["src"], sources) & space.within(fields["dst"], to)
        return minus(ends & kinds, self.permitted)


def _ways(site: Site, family: Family) -> Iterator[_Way]:
    """What the checks of flows ask firewalls about packets to roles: from where, and to where."""
    topology = Topology(site, family)
    everybody = End("", "any", EVERYWHERE)
    for bound in site.roles:
        role = replace(bound, addresses=bound.addresses | bound.beside)
        for way in topology.ways(everybody, role, "all"):
            ends = way.source.addresses.of(family), way.destination.of(family)
            for crossing in dict.fromkeys(each for path in way.paths for each in path):
                if crossing.traffic == "forward":
                    yield crossing, *ends


def _marked(each: Judged) -> _Services:
    """The services that are reached: the marked ones of a row, or all that it has."""
    marked = ((hit.marked.proto, hit.ports) for hit in each.hits)
    return [(single(proto), ports) for proto, ports in marked] or _offered(each.found.offers)


def _offered(offers: "Sequence[Offer]") -> _Services:
    from linter.checks.open.deciding import SERVICES
    from linter.engine.sets.lines import EVERYTHING

    if offers is EVERYTHING:
        return [(SERVICES, full(16))]
    return [(each.protocols, each.ports) for each in offers]


class _Sides:
    """The interfaces by which the packets of a row come, or leave, as far as the site knows them.

    No names are all interfaces, those that the site does not list among them.
    """

    def __init__(self, each: Judged, names: Sequence[str]) -> None:
        known: dict[str, list[Interface]] = {}
        for one in each.opened.device.interfaces:
            known.setdefault(each.named(one.name), []).append(one)
        mine = [one for name in names for one in known.get(name, ())]
        # A name that stands for others is also for those that the site does not list.
        self.are_known = all(name in known and not name.endswith(OTHER) for name in names)
        self.is_some_known = not names or bool(mine)
        self.is_outside = bool(names) and self.are_known and all(map(_is_outside, mine))
        self.is_from_outside = any(INTERNET in one.networks for one in mine)
        is_placed = bool(names) and self.are_known
        self.addresses = together(one.addresses for one in mine) if is_placed else EVERYWHERE


def _is_outside(interface: Interface) -> bool:
    """Whether nothing but the internet is behind it."""
    return interface.networks == (INTERNET,)


def _is_asked(each: Judged, came: _Sides, left: _Sides) -> bool:
    """Whether the checks of flows ask what of it is open to roles.

    At a machine they ask about the machine, and between networks about what is sent on; by an
    interface of which the site says nothing no packet of theirs comes.
    """
    device, row = each.opened.device, each.found.row
    if device.is_machine:
        goes_there = each.opened.traffic == "input" or row.sent_on is not None
    else:
        goes_there = each.opened.traffic == "forward" and bool(device.interfaces)
    if not device.interfaces:
        return goes_there
    return goes_there and (came.are_known or came.is_from_outside) and left.is_some_known
