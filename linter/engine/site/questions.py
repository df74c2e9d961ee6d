"""What a site asks of its devices: the packets of every flow, and all others towards its roles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flowmodel.addresses import Addresses, of_family, together
from flowmodel.fields import ICMP, ICMPV6
from flowmodel.record import replace
from flowmodel.site import Device, End, Requirement, Service, Site
from flowmodel.values import (
    Values,
    complement,
    difference,
    full,
    intersection,
    overlaps,
    size,
    union,
)
from linter.engine.sets.between import between, same_ends
from linter.engine.site.asked import Only, Part, Question
from linter.engine.site.crossing import Crossing, Path
from linter.engine.site.exported import every_address, every_machine, unprotected
from linter.engine.site.firewalls import LOOPBACK, Firewalls
from linter.engine.site.literals import behind, untranslated
from linter.engine.site.paths import INTERNET, By, Topology, self_path
from linter.engine.site.pieces import Way
from linter.engine.site.ports import between_ends
from linter.engine.site.publics import as_it_arrives
from linter.engine.site.titles import give_titles

# At a machine's own firewall, packets of the other direction are not what is asked about.
_ELSEWHERE = frozenset(
    {
        ("inward", "output"),
        ("forwarded", "output"),
        ("networks", "output"),
        ("outward", "input"),
    }
)


_MANY_MACHINES = 64
"""So many machines of a role are told apart; more are somewhere in a network."""


class Questions:
    """Collects what each crossing is asked."""

    def __init__(self, site: Site, firewalls: Firewalls) -> None:
        self.site = site
        self.family = firewalls.family
        self.firewalls = firewalls
        self.topology = Topology(site, firewalls.family)
        self.space = firewalls.space
        self.by_crossing: dict[tuple[str, ...], Question] = {}
        self.unreached: list[tuple[Requirement, Way]] = []
        self.paths: dict[Path, list[Part]] = {}
        self.forwarded: Values = ()
        """The addresses in no flow that packets are asked about, as some rule translates them."""

    def ask(self) -> None:
        """Put every requirement, and everything towards and from the roles, to the crossings."""
        give_titles(self.space, self.site)
        for requirement in self.site.requirements:
            for source, destination in requirement.ends:
                if requirement.is_self:
                    self._ask_self(requirement, source, destination)
                elif not requirement.inactive_because:
                    # Whether packets to a group get anywhere is told in both families.
                    if requirement.group or (self._is_here(source) and self._is_here(destination)):
                        self._ask_flow(requirement, source, destination)
                    if shared := _shared(source, destination):
                        self._ask_self(requirement, source, shared)
        everywhere = self._everywhere()
        for bound in self.site.roles:
            # What is open counts at every address of the machine.
            role = replace(bound, addresses=bound.addresses | bound.beside | bound.perhaps)
            for network in everywhere if self._is_here(role) else ():
                for way in self._ways(network, role, "all"):
                    self._ask_way("inward", None, network, role, way)
                    self._ask_forwarded(network, role, way)
            for way_out in self._outward(role, everywhere) if self._is_here(role) else ():
                self._ask_way("outward", None, role, *way_out)
        for device in self.site.devices:
            if self.firewalls.is_unaddressed(device):
                self._ask_anywhere(device)
        for goal in unprotected(self.site):
            for network in everywhere:
                for way in self.topology.ways(network, goal):
                    self._ask_way("networks", None, network, goal, way)

    def _is_here(self, end: End) -> bool:
        """Whether an end has any address of the family: else nobody sends from there or to it."""
        every = (end.addresses, end.wide, end.public, end.beside, end.perhaps)
        return any(each.of(self.family) for each in every)

    def _ask_anywhere(self, device: Device) -> None:
        """Ask what a machine lets in at addresses that nobody knows, whoever the sender is."""
        everything = full(len(self.space.fields["dst"]))
        packets, box = between(self.space, everything, everything, ())
        for role in self.site.roles:
            if role.name in device.roles:
                here = (Crossing(device, "input", "", ""),)
                part = Part(None, None, role, None, packets, box, is_anywhere=True)
                self._enlist("inward", here, part)
                for part in self._forbidden_anywhere(device):
                    self._enlist("forbidden", here, part)
                return

    def _forbidden_anywhere(self, device: Device) -> Iterator[Part]:
        """What must not get to the roles of a machine, at whatever address."""
        everything = full(len(self.space.fields["dst"]))
        for flow in self.site.requirements:
            services = self._existing(flow)
            if flow.need != "never" or flow.inactive_because or not services:
                continue
            for source, role in flow.ends:
                sources = every_address(source).addresses.of(self.family)
                if role.name in device.roles and sources:
                    packets, box = between(self.space, sources, everything, services)
                    yield Part(flow, source, role, None, packets, box, is_anywhere=True)

    def replace(self, parts: Mapping[int, Part | None]) -> None:
        """Ask about other parts, or none, instead of those with the ids."""

        def replaced(asked: list[Part]) -> list[Part]:
            return [new for part in asked if (new := parts.get(id(part), part)) is not None]

        self.paths = {path: replaced(asked) for path, asked in self.paths.items()}
        for question in self.by_crossing.values():
            question.required = replaced(question.required)
            question.inward = replaced(question.inward)
            question.forbidden = replaced(question.forbidden)

    def _everywhere(self) -> list[End]:
        known = [End(n, "peer", a) for n, a in self.site.networks.items()]
        inside = Addresses()
        for each in known:
            inside = inside | each.addresses
        for name, addresses in self.site.exported:
            if rest := addresses - inside:
                known.append(End(name, "peer", rest))
                inside = inside | rest
        outside = Addresses(complement(inside.v4, 32), complement(inside.v6, 128))
        return [*known, End("internet", "internet", outside)]

    def _outward(self, role: End, everywhere: Sequence[End]) -> Iterator[tuple[End, Way]]:
        for network in everywhere:
            for way in self.topology.ways(role, network):
                yield network, way

    def _ask_group(self, requirement: Requirement, source: End, destination: End) -> None:
        """Ask about packets to a group: they get to the machines of the sender's own network.

        Whether a router takes them any further is told by no export, and no cloud takes them to
        other machines by itself (Amazon VPC FAQs: neither multicast nor broadcast).
        """
        group = requirement.group
        if not group.of(self.family):
            return
        for way in self.topology.ways(source, destination, "usual"):
            is_one_network = way.source.network == way.arrives.network != INTERNET
            if not is_one_network or self._is_in_cloud(way):
                self.unreached.append((requirement, way))
                continue
            arrives = replace(way.arrives, addresses=group)
            here = replace(way, destination=group, arrives=arrives)
            self._ask_way("required", requirement, source, destination, here)

    def _is_in_cloud(self, way: Way) -> bool:
        devices = (crossing.device for path in way.paths for crossing in path)
        return any(
            ruleset.place
            for device in devices
            for ruleset in self.firewalls.rulesets.get(device.name, ())
        )

    def _ask_flow(self, requirement: Requirement, source: End, destination: End) -> None:
        if requirement.group:
            self._ask_group(requirement, source, destination)
            return
        if requirement.need == "never":
            source, destination = every_address(source), every_machine(destination)
        translated = tuple(behind(self.topology, self.firewalls, destination))
        for router, end in translated:
            self._ask_behind(requirement, source, router, end)
        if translated:
            rest = destination.addresses - together(end.public for _, end in translated)
            destination = replace(destination, addresses=rest)
        if requirement.need != "never":
            for router, public in untranslated(self.topology, destination):
                to_it = self.topology.ways_to(source, router, public)
                self._ask_over(requirement, source, destination, to_it, "kept")
            for way in self._ways(source, destination, "usual"):
                self._ask_way("required", requirement, source, destination, way)
            return
        for way in self._ways(source, destination, "all"):
            self._ask_way("forbidden", requirement, source, destination, way)
            # It must not get there by any other address, or under any other port, either.
            services = self._existing(requirement)
            others = self._forwarded_parts(source, destination, way, all_addresses=True)
            for part in others if services else ():
                self._enlist_all(
                    "forbidden", replace(part, requirement=requirement, meant=services)
                )

    def _ways(self, source: End, destination: End, by: By) -> Iterator[Way]:
        """The ways; of several paths to a public address, those with a router that translates it.

        Packets to a machine's own address take whichever they take, translated on one or not.
        """
        for way in self.topology.ways(source, destination, by):
            if not way.is_either:
                yield as_it_arrives(way, self.firewalls)
                continue
            public = rest = way.destination - way.arrives.addresses
            served = [public & self._translated_on(path) for path in way.paths]
            for here in served:
                if here := here & rest:
                    taken = (p for p, its in zip(way.paths, served, strict=True) if not here - its)
                    yield replace(way, destination=here, paths=tuple(taken))
                    rest = rest - here
            if left := way.destination - (public - rest):
                yield replace(way, destination=left)

    def _translated_on(self, path: Path) -> Addresses:
        devices = (crossing.device for crossing in path if crossing.traffic == "forward")
        return together(
            of_family(self.family, self.firewalls.forwarded(device)) for device in devices
        )

    def _ask_behind(self, requirement: Requirement, source: End, router: Device, end: End) -> None:
        """Ask about packets to an address that a router translates: they go where it sends them.

        Those that it does not translate stay there: it is asked about them itself.
        """
        over = self.topology.ways(source, end, router)
        self._ask_over(requirement, source, end, over, "translated")
        to_it = self.topology.ways_to(source, router, end.public)
        self._ask_over(requirement, source, end, to_it, "kept")

    def _ask_over(
        self, requirement: Requirement, source: End, end: End, ways: Iterable[Way], only: Only
    ) -> None:
        kind = "forbidden" if requirement.need == "never" else "required"
        services = self._existing(requirement)
        for way in ways:
            values = way.source.addresses.of(self.family), way.destination.of(self.family)
            if services and all(values):
                packets, box = between(self.space, *values, services)
                part = Part(requirement, source, end, way, packets, box, only=only)
                self._enlist_all(kind, part)

    def _ask_self(self, requirement: Requirement, source: End, role: End) -> None:
        if requirement.inactive_because or requirement.need not in ("must", "should"):
            return
        for host in self.topology.hosts:
            own = role.addresses.of(self.family)
            if not intersection(host.own.of(self.family), own):
                continue
            services = self._existing(requirement)
            if not services:
                return
            both = union(own + LOOPBACK.of(self.family))
            packets, box = between(self.space, both, both, services)
            same = same_ends(self.space, both)
            part = Part(requirement, source, role, None, packets & same, box)
            self._enlist("required", self_path(host), part)

    def _ask_way(
        self,
        kind: str,
        requirement: Requirement | None,
        source: End,
        destination: End,
        way: Way,
    ) -> None:
        ends = way.source.addresses.of(self.family), way.destination.of(self.family)
        if not all(ends):
            return
        if requirement is None:
            packets, box = between(self.space, *ends, ())
        elif services := self._existing(requirement):
            every = requirement.need == "never"
            packets, box = between_ends(
                self.space, ends[0], destination, ends[1], services, every=every
            )
        else:
            return
        if packets == self.space.false:
            return
        part = Part(requirement, source, destination, way, packets, box)
        if requirement and not (any(way.paths) and self.topology.is_linked(way)):
            self.unreached.append((requirement, way))
        for path in way.paths:
            self._enlist(kind, path, part)

    def _existing(self, requirement: Requirement) -> tuple[Service, ...]:
        """The services of the family: ICMP is part of IPv4 (RFC 792), ICMPv6 of IPv6 (RFC 4443).

        What must not get through must not from any port, whichever ports clients have.
        """
        other = ICMPV6 if self.family == 4 else ICMP
        services = (each for each in requirement.services if each.proto != other)
        if requirement.need != "never":
            return tuple(services)
        return tuple(replace(each, sports=full(16)) for each in services)

    def _ask_forwarded(self, source: End, role: End, way: Way) -> None:
        """Ask about packets to any address that a device may replace by the role's."""
        for part in self._forwarded_parts(source, role, way, all_addresses=False):
            self._enlist_all("forwarded", part)

    def _forwarded_parts(
        self, source: End, role: End, way: Way, *, all_addresses: bool
    ) -> Iterator[Part]:
        """The packets to addresses that a router may replace by the role's, on the way over it.

        With `all_addresses` those of the role itself are among them.
        """
        goal = way.arrives.addresses.of(self.family)
        asked = union(way.destination.of(self.family) + goal)
        sources = way.source.addresses.of(self.family)
        for router in self.topology.routers:
            from_ = union(
                interval
                for sent_to, addresses in self.firewalls.forwards(router.name)
                if overlaps(addresses, goal)
                for interval in sent_to
            )
            other = difference(from_, asked)
            self.forwarded = union(self.forwarded + other)
            goals = self._come_by(way, role, from_ if all_addresses else other)
            over = self._over(router, way)
            if goals and sources and any(c.device is router for p in over.paths for c in p):
                packets, box = between(self.space, sources, goals, ())
                yield Part(None, source, role, over, packets, box, is_elsewhere=True)

    def _come_by(self, way: Way, role: End, goals: Values) -> Values:
        """Those of the addresses whose packets come this way, by what the site says of uplinks."""
        if way.is_told:
            return intersection(goals, way.destination.of(self.family))
        if way.source.is_known:
            return goals
        told = together(uplink.addresses for uplink in self.site.uplinks) & role.public
        return difference(goals, told.of(self.family))

    def _over(self, router: Device, way: Way) -> Way:
        """The way itself where it leads over the router; or else the one that does.

        Inside one network nobody needs the router to get to a machine without a firewall.
        """
        is_inside = way.source.network == way.arrives.network and not way.arrives.hosts
        if is_inside or any(c.device is router for path in way.paths for c in path):
            return way
        paths = self.topology.over(router, way.source, way.arrives)
        return replace(way, paths=paths, is_past=True)

    def _enlist_all(self, kind: str, part: Part) -> None:
        for path in part.way.paths if part.way else ():
            self._enlist(kind, path, part)

    def _enlist(self, kind: str, path: Path, part: Part) -> None:
        self.paths.setdefault(path, []).append(part)
        for crossing in path:
            question = self.by_crossing.setdefault(crossing.key, Question(crossing))
            # What one end's machine may send is no harm where another device judges it.
            is_left = kind == "forbidden" and crossing.traffic == "output" and len(path) > 1
            if is_left and not crossing.device.roles:
                continue
            if (kind, crossing.traffic) not in _ELSEWHERE:
                getattr(question, kind).append(part)


def _shared(source: End, destination: End) -> End | None:
    """Where two roles are on the same machines, as if everything is installed on one of them."""
    if (source.kind, destination.kind) != ("role", "role") or source.name == destination.name:
        return None
    both = source.addresses & destination.addresses
    if not both or size(both.v4) + size(both.v6) > _MANY_MACHINES:
        return None
    return replace(destination, addresses=both)
