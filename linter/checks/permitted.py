"""What the policies say of packets towards their roles: permitted, or why they are too much."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flowmodel.fields import TCP, UDP, NumberField
from flowmodel.finding import Level
from flowmodel.record import dataclass
from flowmodel.site import End, Requirement, Service, Site
from flowmodel.values import Values, difference, size, union
from linter.engine.device.connection import without_flags
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.site.exported import outside, the_internet
from linter.engine.site.firewalls import LOOPBACK
from linter.engine.site.paths import INTERNET
from linter.engine.site.questions import Part
from linter.engine.site.survey import Answered

_MANY_MACHINES = 64


class Kind(NamedTuple):
    """A reason for which an opening is too broad, and the packets that it speaks of."""

    check: str
    level: Level
    packets: PacketSet
    requirement: Requirement | None
    message: str
    ports: Values
    """The destination ports that the packets have at most."""


@dataclass(frozen=True, slots=True)
class Policies:
    """A site's requirements as packet sets of one space."""

    site: Site
    space: Space

    def permitted(self) -> PacketSet:
        """All packets that some active flow, or the site itself, permits."""
        return self.space.union(
            self.flow(requirement, requirement.services)
            for requirement in self.site.requirements
            if not requirement.inactive_because and requirement.need != "never"
        )

    def forbidden(self) -> PacketSet:
        """All packets that an active flow with `need: never` forbids."""
        return self.space.union(
            self.from_addresses(source) & self._between(self.space.true, end, flow.services)
            for flow in self.site.requirements
            if flow.need == "never" and not flow.inactive_because
            for source, end in flow.ends
        )

    def to_itself(self, parts: Iterable[Part]) -> PacketSet:
        """Packets from a role's address to the same address, which never leave the machine."""
        ends = {part.source.name: part.source for part in parts if part.source is not None}
        src, dst = self.space.fields["src"], self.space.fields["dst"]
        return self.space.union(
            self.space.within(src, ((value, value),)) & self.space.within(dst, ((value, value),))
            for end in ends.values()
            if size(end.addresses.of(self.space.family)) <= _MANY_MACHINES
            for first, last in end.addresses.of(self.space.family)
            for value in range(first, last + 1)
        )

    def flow(self, requirement: Requirement, services: Iterable[Service]) -> PacketSet:
        """The packets of a flow with the given services, from all that its source can mean."""
        return self.space.union(
            self._between(self._from(source), destination, services, is_self=requirement.is_self)
            for source, destination in requirement.ends
        )

    def towards(self, requirement: Requirement, services: Iterable[Service]) -> PacketSet:
        """The packets to a flow's destinations with the given services, from anywhere."""
        ends = {id(destination): destination for _, destination in requirement.ends}
        return self.space.union(
            self._between(self.space.true, end, services) for end in ends.values()
        )

    def internet(self) -> PacketSet:
        """The packets from addresses in no network of the site, or of its exports."""
        values = outside(self.site).of(self.space.family)
        return self.space.within(self.space.fields["src"], values)

    def strangers(self) -> PacketSet:
        """The packets from addresses that somebody on the internet can have."""
        values = the_internet(self.site).of(self.space.family)
        return self.space.within(self.space.fields["src"], values)

    def to_end(self, end: End) -> PacketSet:
        """The packets to any address of an end."""
        addresses = (end.wide or end.addresses) | end.public | end.beside
        return self.space.within(self.space.fields["dst"], addresses.of(self.space.family))

    def from_end(self, end: End) -> PacketSet:
        """The packets from any address of an end; from everywhere, if that is the internet."""
        return self._from(end)

    def from_addresses(self, end: End) -> PacketSet:
        """The packets from any address of an end, and from no other."""
        addresses = (end.wide or end.addresses) | end.beside
        return self.space.within(self.space.fields["src"], addresses.of(self.space.family))

    def _from(self, end: End) -> PacketSet:
        if end.kind == "internet":
            # What is open to the internet needs no protection from the networks inside.
            return self.space.true
        return self.from_addresses(end)

    def _between(
        self, source: PacketSet, end: End, services: Iterable[Service], *, is_self: bool = False
    ) -> PacketSet:
        to = self.to_end(end)
        if is_self:
            family = self.space.family
            own = union(end.addresses.of(family) + LOOPBACK.of(family))
            source = self.space.within(self.space.fields["src"], own)
            to = self.space.within(self.space.fields["dst"], own)
        return source & to & self.services(services)

    def services(self, services: Iterable[Service]) -> PacketSet:
        """The packets of any of the services."""
        space = self.space
        return space.union(
            space.within(space.fields["proto"], ((service.proto, service.proto),))
            & space.within(space.fields["dport"], service.ports)
            for service in services
        )

    def kinds(self) -> Iterator[Kind]:
        """The reasons, the most telling ones first; each holds what those before it leave over."""
        active = [r for r in self.site.requirements if not r.inactive_because and r.need != "never"]
        to_others = [r for r in active if not r.is_self]
        yield from self._admin(to_others)
        yield from self._inactive()
        for flow in to_others:
            packets = self.towards(flow, flow.services)
            message = f"the port of {flow.name} is open for more sources than it needs"
            yield Kind("FW202", "warning", packets, flow, message, _ports(flow.services))
        yield from self._wrong_address(to_others)
        yield from self._internal([r for r in active if r.is_self], to_others)
        yield from self._moved(active)
        yield from self._other_protocol(to_others)

    def _admin(self, active: list[Requirement]) -> Iterator[Kind]:
        internet = self.internet()
        for flow in active:
            if flow.is_admin:
                packets = self.towards(flow, flow.services) & internet
                message = f"the administrators' port of {flow.name} is open from the {INTERNET}"
                yield Kind("FW203", "critical", packets, flow, message, _ports(flow.services))

    def _inactive(self) -> Iterator[Kind]:
        for flow in self.site.requirements:
            if flow.inactive_because:
                packets = self.flow(flow, flow.services)
                message = f"{flow.name} is open, but is not in use here ({flow.inactive_because})"
                yield Kind("FW213", "warning", packets, flow, message, _ports(flow.services))

    def _wrong_address(self, active: list[Requirement]) -> Iterator[Kind]:
        for flow in active:
            names = {destination.name for _, destination in flow.ends}
            for other in self._facets(names):
                packets = self.to_end(other) & self.services(flow.services)
                message = (
                    f"the port of {flow.name} is open at {other.name}, an address it is not for"
                )
                yield Kind("FW211", "warning", packets, flow, message, _ports(flow.services))

    def _facets(self, names: set[str]) -> Iterator[End]:
        """The other addresses of a role of which some address is named."""
        for role in self.site.roles:
            parent, dot, _ = role.name.rpartition(".")
            beside = {name for name in names if name.rpartition(".")[0] == parent}
            # `policy.role.address` has two dots, `policy.role` has one.
            if dot and "." in parent and beside and not {role.name, parent} & names:
                yield role

    def _internal(self, selves: list[Requirement], others: list[Requirement]) -> Iterator[Kind]:
        for flow in selves:
            for _, role in flow.ends:
                elsewhere = self.space.union(
                    self.towards(other, other.services) for other in others
                )
                mine = self.to_end(role) & self.services(flow.services)
                message = (
                    f"{flow.name} is for the machine itself, but its port is open from outside"
                )
                packets = minus(mine, elsewhere)
                yield Kind("FW204", "error", packets, flow, message, _ports(flow.services))

    def _moved(self, active: list[Requirement]) -> Iterator[Kind]:
        for flow in active:
            old = tuple(
                Service(s.proto, difference(s.ports, _of(flow, s.proto)), s.text)
                for s in flow.default_services
            )
            packets = self.towards(flow, old)
            message = f"{flow.name} has moved, and its old port is still open"
            yield Kind("FW214", "warning", packets, flow, message, _ports(old))

    def _other_protocol(self, active: list[Requirement]) -> Iterator[Kind]:
        twin = {TCP: UDP, UDP: TCP}
        for flow in active:
            other = tuple(
                Service(twin[s.proto], s.ports, s.text) for s in flow.services if s.proto in twin
            )
            packets = self.towards(flow, other)
            message = f"the port of {flow.name} is open in the other protocol too"
            yield Kind("FW209", "info", packets, flow, message, _ports(other))


def _ports(services: Iterable[Service]) -> Values:
    return union(interval for service in services for interval in service.ports)


def _of(flow: Requirement, proto: int) -> Values:
    return _ports(service for service in flow.services if service.proto == proto)


def as_translated(answered: Answered, permitted: PacketSet) -> PacketSet:
    """Permitted packets as they come to a device behind one that gave them another source.

    Only translations to one address count: of others nobody can tell what they look like.
    """
    space = answered.space
    found = space.false
    translated: tuple[NumberField, ...] = ("src", "dst", "dport")
    for strand in answered.answer.arrivals[1:]:
        packets = space.some(strand.packets & permitted).exists(space.cube("sport"))
        for field in translated:
            new = strand.header.numbers[field]
            if new is not space.fields[field]:
                packets = packets.exists(space.cube(field)) & _equals(space, field, new)
        found = found | packets
    return found


def arriving(answered: Answered, end: End, services: Iterable[Service] | None = None) -> PacketSet:
    """The packets that leave here, translated, for an end; for its services, where such are given.

    They may have been sent to any address and any port.
    """
    space = answered.space
    addresses = (end.wide or end.addresses).of(space.family)
    found = space.false
    for strand in answered.connections.passage.passed:
        numbers = strand.header.numbers
        if any(numbers[field] is not space.fields[field] for field in ("dst", "dport")):
            meant = (
                space.true
                if services is None
                else space.union(
                    space.within(numbers["proto"], ((service.proto, service.proto),))
                    & space.within(numbers["dport"], service.ports)
                    for service in services
                )
            )
            found |= strand.packets & meant & space.within(numbers["dst"], addresses)
    return without_flags(space, space.some(found))


def _equals(space: Space, field: NumberField, value: Bits) -> PacketSet:
    """The packets whose field has a value that is the same for all; none where it is not."""
    if not all(bit in (space.true, space.false) for bit in value):
        return space.false
    number = sum(1 << place for place, bit in enumerate(reversed(value)) if bit == space.true)
    return space.within(space.fields[field], ((number, number),))
