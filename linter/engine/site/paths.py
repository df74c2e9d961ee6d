"""Which devices a packet crosses between two ends, and at which hook of each."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Literal

from flowmodel.addresses import EVERYWHERE, Addresses, machines, together
from flowmodel.fields import Family
from flowmodel.record import replace
from flowmodel.site import Device, End, Interface, Site, Uplink
from flowmodel.values import size
from linter.engine.budget import TooComplexError
from linter.engine.site.crossing import Crossing, Path, beginning, ending, named
from linter.engine.site.pieces import Piece, Way
from linter.engine.site.uplinks import split

INTERNET = "internet"
PATH_LIMIT = 32
"""How many ways there may be between two networks; real sites have one or two."""


By = Literal["usual", "all"] | Device
"""The addresses by which an end is reached: senders outside all known networks use its public ones
where it has some, and others its own. `all`: those outside also use its own. A router: everybody
uses the public ones, which it translates."""


class Topology:
    """The networks and devices of a site as a graph."""

    def __init__(self, site: Site, family: Family) -> None:
        self.site = site
        self.family = family
        self.hosts = [
            machine
            for device in site.devices
            if device.is_machine
            for machine in taken_apart(device, family)
        ]
        self.routers = [device for device in site.devices if not device.is_machine]
        self._behind = dict(site.behind)
        self.paths = cache(self._paths)
        self.pieces = cache(self._pieces)
        self._goals = cache(self._goals_of)
        self._apart = cache(Piece.apart)
        self._firewalls = cache(Piece.firewalls)
        # Smaller ones first: a network inside another one is its own. One that no interface leads
        # to is only a name for addresses of the network around it.
        linked = {n for device in site.devices for each in device.interfaces for n in each.networks}
        self.networks = sorted(
            site.networks.items(),
            key=lambda item: (item[0] not in linked, size(item[1].v4) + size(item[1].v6)),
        )

    def _pieces(self, end: End) -> tuple[Piece, ...]:
        """The end's addresses by network and machine; those in no network are the internet's."""
        pieces: list[Piece] = []
        rest = end.addresses
        for name, network in self.networks:
            inside = rest & network
            if inside:
                pieces += self._at_routers(end, inside, name)
                rest = rest - network
        # No device of the site leads to what an export alone shows: as far as the site tells, it is
        # where the internet is.
        for _, network in self.site.exported:
            if inside := rest & network:
                pieces += self._at_routers(end, inside, INTERNET)
                rest = rest - network
        if rest:
            pieces += self._at_routers(end, rest, INTERNET, is_known=False)
        return tuple(pieces)

    def _at_routers(
        self, end: End, addresses: Addresses, network: str, *, is_known: bool = True
    ) -> Iterator[Piece]:
        """The pieces, with those apart that name a firewall between networks itself."""
        for router in self.routers:
            if meant := named(router.local, addresses):
                yield Piece(meant, network, (), router, is_known)
                addresses = addresses - meant
        if addresses:
            yield from self._by_host(end, addresses, network, is_known=is_known)

    def _goals_of(self, end: End) -> tuple[Piece, ...]:
        """The pieces of an end that packets are sent to: no machine has a firewall's addresses."""
        own = together(router.local for router in self.routers)
        found: list[Piece] = []
        for piece in self.pieces(end):
            if piece.router is not None or not piece.addresses & own:
                found.append(piece)
            elif rest := piece.addresses - own:
                found.append(replace(piece, addresses=rest))
        return tuple(found)

    def _by_host(
        self, end: End, addresses: Addresses, network: str, *, is_known: bool = True
    ) -> Iterator[Piece]:
        pieces = [Piece(addresses, network, (), None, is_known)]
        everywhere = EVERYWHERE.of(self.family)
        for host in self.hosts:
            # A machine whose address nobody told has them all; only its own roles are on it.
            if host.own.of(self.family) == everywhere and end.name not in host.roles:
                continue
            here = (host,)
            its_own = here if end.name in host.roles else ()
            pieces = [
                replace(piece, addresses=part, hosts=piece.hosts + on, sure=piece.sure + sure)
                for piece in pieces
                for part, on, sure in (
                    (piece.addresses & host.own, here, here),
                    ((piece.addresses - host.own) & host.perhaps, here, its_own),
                    (piece.addresses - host.own - host.perhaps, (), ()),
                )
                if part
            ]
        for piece in pieces:
            # Each machine has to be found behind one of the public addresses.
            if end.public and not end.is_machine and (apart := machines(piece.addresses)):
                yield from (replace(piece, addresses=each) for each in apart)
            else:
                yield piece

    def ways(self, source: End, destination: End, by: By = "usual") -> Iterator[Way]:
        """The ways from one end to the other."""
        hosts = {host for end in (source, destination) if (host := self._behind.get(end.name))}
        for piece in self.pieces(source):
            for its in self._goals(destination):
                start, goal = self._apart(piece, its.sure), self._apart(its, piece.sure)
                is_itself = goal.router is not None and goal.router is start.router
                if is_itself or any(host in goal.sure for host in start.sure):
                    # What a machine sends to itself goes by its loopback interface: `self_path`.
                    continue
                if hosts - {host.name for host in (*start.hosts, *goal.hosts)}:
                    # Nobody but its machine is known to lead to a network behind it.
                    continue
                wanted, public = goal.addresses, destination.public
                if isinstance(by, Device):
                    wanted = public
                elif by == "all" and not start.is_known:
                    wanted = wanted | public
                elif not start.is_known:
                    wanted = Addresses(public.v4 or wanted.v4, public.v6 or wanted.v6)
                wanted = _in_families(wanted, goal.addresses, destination.addresses)
                yield from self._ways(start, goal, wanted, by if isinstance(by, Device) else None)

    def _ways(
        self, start: Piece, goal: Piece, wanted: Addresses, over: Device | None
    ) -> Iterator[Way]:
        """The ways to these addresses, by the uplink of each and over a router, if one is given."""
        for served, uplink in self._served(start, wanted):
            if over:
                paths = self.over(over, start, goal, uplink)
                is_past = self.is_past(over.name, start, goal)
            else:
                paths = self.between(start, goal, uplink)
                is_past = uplink is not None and self.is_past(uplink.device, start, goal)
            for addresses, taken in (
                ((served, paths),) if uplink else self._by_uplink(served, paths)
            ):
                yield Way(start, addresses, goal, taken, is_past, is_told=uplink is not None)

    def _served(self, start: Piece, wanted: Addresses) -> Iterator[tuple[Addresses, Uplink | None]]:
        """The addresses by the uplink at which packets from there come in, if the site says it."""
        return split(self.site.uplinks if start.network == INTERNET else (), wanted)

    def ways_to(self, source: End, router: Device, own: Addresses) -> Iterator[Way]:
        """The ways from an end to a router itself, for packets to addresses that it keeps."""
        for start in self.pieces(source):
            first = self._firewalls(start, "output", INTERNET)
            for its, uplink in self._served(start, own) if start.router is not router else ():
                found = [
                    (*first, *before, Crossing(router, "input", entry.name, ""))
                    for entry in router.interfaces
                    for before in self._up_to(router, start.network, entry, uplink)
                ]
                yield Way(start, its, Piece(its, INTERNET, (), router), _shortest(found))

    def _by_uplink(
        self, wanted: Addresses, paths: tuple[Path, ...]
    ) -> Iterator[tuple[Addresses, tuple[Path, ...]]]:
        """The addresses that are sent to, with the paths on which packets to them come in.

        A provider routes its own addresses only: of several uplinks, packets come by the one that
        has a network with the address. Where none has, nobody can tell by which of them.
        """
        by_uplink: dict[tuple[str, ...], list[Path]] = {}
        for path in paths:
            by_uplink.setdefault(path[0].key if path else (), []).append(path)
        if len(by_uplink) > 1:
            for several in by_uplink.values():
                here = wanted & _near(several[0][0])
                if here:
                    yield here, tuple(several)
                    wanted = wanted - here
        if wanted:
            yield wanted, paths

    def between(self, start: Piece, goal: Piece, uplink: Uplink | None = None) -> tuple[Path, ...]:
        """All paths from one piece to the other, the machines' own firewalls included."""
        first = self._firewalls(start, "output", goal.network)
        last = self._firewalls(goal, "input", start.network)
        if start.router is not None or goal.router is not None:
            between = tuple(self._cut(start, goal))
        elif start.network == goal.network:
            return ((*first, *last),)
        else:
            between = self._led(start.network, goal.network, uplink) or ((),)
        return tuple((*first, *path, *last) for path in between)

    def _cut(self, start: Piece, goal: Piece) -> Iterator[Path]:
        """The paths from or to a firewall between networks itself, or from one to another.

        It has all its addresses at each of its interfaces (RFC 1122, 3.3.4.2, weak model).
        """
        paths: tuple[Path, ...] = ((),)
        if start.network != goal.network:
            paths = self.paths(start.network, goal.network) or ((),)
        if goal.router is not None:
            paths = ending(paths, goal.router, start.network, goal.network)
        if start.router is not None:
            paths = beginning(paths, start.router, start.network, goal.network)
        yield from dict.fromkeys(paths)

    def over(
        self, router: Device, start: Piece, goal: Piece, uplink: Uplink | None = None
    ) -> tuple[Path, ...]:
        """The shortest paths over a router that translates what they are for, and back perhaps."""
        first = self._firewalls(start, "output", INTERNET)
        last = self._firewalls(goal, "input", start.network)
        found = [
            (*first, *before, Crossing(router, "forward", entry.name, leave.name), *after, *last)
            for entry in router.interfaces
            for leave in router.interfaces
            for before in self._up_to(router, start.network, entry, uplink)
            for after in self._from(router, leave.networks, goal.network)
        ]
        return _shortest(found)

    def is_past(self, router: str, start: Piece, goal: Piece) -> bool:
        """Whether the shortest way between the two does not lead over the router."""
        direct = self.between(start, goal)
        return not any(crossing.device.name == router for path in direct for crossing in path)

    def _up_to(
        self, router: Device, start: str, entry: Interface, uplink: Uplink | None
    ) -> Iterator[Path]:
        """The paths from a network to where a router's interface is."""
        for network in entry.networks:
            if network != start:
                paths = self._led(start, network, uplink) if network != INTERNET else ()
                yield from _without(router, paths)
            elif uplink is None or (uplink.device, uplink.interface) == (router.name, entry.name):
                yield ()

    def _from(self, router: Device, networks: Iterable[str], goal: str) -> Iterator[Path]:
        for network in networks:
            if network == goal:
                yield ()
            elif network != INTERNET:
                yield from _without(router, self.paths(network, goal))

    def is_linked(self, way: Way) -> bool:
        """Whether the site tells how packets get there; without network devices it need not."""
        start, goal = way.source.network, way.arrives.network
        return not self.routers or start == goal or bool(self.paths(start, goal))

    def _led(self, start: str, goal: str, uplink: Uplink | None) -> tuple[Path, ...]:
        """The shortest paths, those that come in by an uplink if one is told."""
        if uplink is None:
            return self.paths(start, goal)
        found: list[Path] = []
        for device in self.routers:
            for crossing, there in _through(device, start):
                if (device.name, crossing.in_name) != (uplink.device, uplink.interface):
                    continue
                rest = ((),) if there == goal else _without(device, self.paths(there, goal))
                found += ((crossing, *path) for path in rest if there != INTERNET)
        return _shortest(found)

    def _paths(self, start: str, goal: str) -> tuple[Path, ...]:
        """The shortest paths; over the internet only where the site has no other.

        A router prefers the shorter way, and nobody's network goes out to come back in.
        """
        found: list[Path] = []
        self._extend(start, goal, (), frozenset({start, INTERNET}), found)
        if not found:
            self._extend(start, goal, (), frozenset({start}), found)
        if len(found) > PATH_LIMIT:
            raise TooComplexError(f"more than {PATH_LIMIT} paths from {start} to {goal}")
        return _shortest(found)

    def _extend(
        self, here: str, goal: str, path: Path, seen: frozenset[str], found: list[Path]
    ) -> None:
        if here == goal:
            found.append(path)
            return
        for device in self.routers:
            if any(crossing.device is device for crossing in path):
                continue
            for crossing, there in _through(device, here):
                if (there == goal or there not in seen) and len(found) <= PATH_LIMIT:
                    self._extend(there, goal, (*path, crossing), seen | {there}, found)


def _through(device: Device, network: str) -> Iterator[tuple[Crossing, str]]:
    for entry in device.interfaces:
        if network not in entry.networks:
            continue
        for leave in device.interfaces:
            if leave is not entry:
                for there in leave.networks:
                    yield Crossing(device, "forward", entry.name, leave.name), there


def _shortest(paths: Sequence[Path]) -> tuple[Path, ...]:
    shortest = min(map(len, paths), default=0)
    return tuple(dict.fromkeys(path for path in paths if len(path) == shortest))


def _without(router: Device, paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if all(each.device is not router for each in path))


def _in_families(wanted: Addresses, goal: Addresses, all_goals: Addresses) -> Addresses:
    """The addresses of the families in which this goal is meant, if another goal has the others."""
    return Addresses(
        wanted.v4 if goal.v4 or not all_goals.v4 else (),
        wanted.v6 if goal.v6 or not all_goals.v6 else (),
    )


def _near(entry: Crossing) -> Addresses:
    """The networks at the interface by which packets come in."""
    return together(i.near for i in entry.device.interfaces if i.name == entry.in_name)


def self_path(host: Device) -> Path:
    """The crossings of a packet that a machine sends to itself: over the loopback interface."""
    return Crossing(host, "output", "", "lo"), Crossing(host, "input", "lo", "")


def taken_apart(device: Device, family: Family) -> Iterator[Device]:
    """The device at each machine that it may stand at, as far as one family tells them apart."""
    if not device.machines:
        yield device
    for own in {each.of(family): each for each in device.machines if each.of(family)}.values():
        # Words would leave out what makes two of them differ.
        yield replace(device, own=own, at=str(own.of(family)))
