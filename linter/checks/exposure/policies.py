"""What the policies of a site say, as sets of packets of one address family."""

from collections.abc import Callable, Collection, Iterable, Sequence

from flowmodel.addresses import Addresses
from flowmodel.fields import PORT_PROTOCOLS
from flowmodel.record import dataclass, replace
from flowmodel.site import End, Requirement, Service, Site
from flowmodel.values import Values, full, size, union
from linter.engine.sets.between import of_services
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.asked import Part
from linter.engine.site.exported import outside, the_internet
from linter.engine.site.firewalls import LOOPBACK
from linter.engine.site.ports import services_to

_MANY_MACHINES = 64
_EVERY_PORT = ((1, 65535),)


@dataclass(frozen=True, slots=True)
class Policies:
    """A site's requirements as packet sets of one space."""

    site: Site
    space: Space

    @property
    def active(self) -> list[Requirement]:
        """The flows that count here and permit something."""
        flows = self.site.requirements
        return [r for r in flows if not r.inactive_because and r.need != "never"]

    @property
    def to_others(self) -> list[Requirement]:
        """Those of them between two machines."""
        return [flow for flow in self.active if not flow.is_self]

    @property
    def to_ports(self) -> list[Requirement]:
        """Those of them that name ports: a flow for everything says of no port whose it is."""
        return [flow for flow in self.to_others if not _is_for_all_ports(flow)]

    def permitted(self) -> PacketSet:
        """All packets that some active flow, or the site itself, permits."""
        return self.space.union(
            self.flow(flow, tuple(map(_with_port_zero, flow.services))) for flow in self.active
        )

    def forbidden(self, missed: Callable[[End], PacketSet] | None = None) -> PacketSet:
        """All packets that an active flow with `need: never` forbids, but what misses its end."""
        nothing = self.space.false
        return self.space.union(
            minus(
                self.from_addresses(source) & self.leading_to(end, flow.services),
                missed(end) if missed else nothing,
            )
            for flow in self.site.requirements
            if flow.need == "never" and not flow.inactive_because
            for source, end in flow.ends
        )

    def to_itself(self, parts: Iterable[Part]) -> PacketSet:
        """Packets from a role's address to the same address, which never leave the machine."""
        ends = {id(part.source): part.source for part in parts if part.source is not None}
        src, dst = self.space.fields["src"], self.space.fields["dst"]
        return self.space.union(
            self.space.within(src, ((value, value),)) & self.space.within(dst, ((value, value),))
            for end in ends.values()
            if size(end.addresses.of(self.space.family)) <= _MANY_MACHINES
            for first, last in end.addresses.of(self.space.family)
            for value in range(first, last + 1)
        )

    def flow(self, requirement: Requirement, services: Sequence[Service]) -> PacketSet:
        """The packets of a flow with the given services, from all that its source can mean."""
        return self.space.union(
            self._between(self.from_end(source), destination, services, is_self=requirement.is_self)
            for source, destination in requirement.ends
        )

    def at_roles(self, names: Collection[str]) -> PacketSet:
        """The packets that a machine of the roles may get, at whatever address it has."""
        return self.space.union(
            self.from_end(source) & self.services(flow.services)
            for flow in self.to_others
            for source, end in flow.ends
            if end.name in names
        )

    def towards(self, requirement: Requirement, services: Sequence[Service]) -> PacketSet:
        """The packets to a flow's destinations with the given services, from anywhere."""
        return self.space.union(self.sent_to(end, services) for end in goals(requirement))

    def sent_to(self, end: End, services: Sequence[Service]) -> PacketSet:
        """The packets from anywhere to services of an end, at the public ports that clients use."""
        return self.to_end(end) & services_to(self.space, end, services)

    def leading_to(self, end: End, services: Sequence[Service]) -> PacketSet:
        """The packets from anywhere that may come to services of an end, by any public port."""
        return self.to_end(end) & services_to(self.space, end, services, every=True)

    def ports_of(self, services: Iterable[Service], ends: Iterable[End]) -> Values:
        """All ports of services, of whatever protocol, on machines and at public addresses."""
        inside = union(interval for service in services for interval in service.ports)
        public = (each for end in ends for each in end.published)
        return union((*inside, *(port for each in public for port in each.leading(inside))))

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
        values = every_of(end).of(self.space.family)
        return self.space.within(self.space.fields["dst"], values)

    def from_end(self, end: End) -> PacketSet:
        """The packets from any address of an end; from everywhere, if that is the internet."""
        if end.kind == "internet":
            # What is open to the internet needs no protection from the networks inside.
            return self.space.true
        return self.from_addresses(end)

    def from_addresses(self, end: End) -> PacketSet:
        """The packets from any address of an end, and from no other."""
        addresses = (end.wide or end.addresses) | end.beside
        return self.space.within(self.space.fields["src"], addresses.of(self.space.family))

    def _between(
        self, source: PacketSet, end: End, services: Sequence[Service], *, is_self: bool = False
    ) -> PacketSet:
        if is_self:
            family = self.space.family
            own = union(end.addresses.of(family) + LOOPBACK.of(family))
            source = self.space.within(self.space.fields["src"], own)
            to = self.space.within(self.space.fields["dst"], own)
            return source & to & self.services(services)
        return source & self.sent_to(end, services)

    def services(self, services: Iterable[Service]) -> PacketSet:
        """The packets of any of the services."""
        return of_services(self.space, self.space.fields, services)


def _is_for_all_ports(flow: Requirement) -> bool:
    everything = (_EVERY_PORT, full(16))
    return any(one.proto in PORT_PROTOCOLS and one.ports in everything for one in flow.services)


def _with_port_zero(service: Service) -> Service:
    """Who may use all ports may use port 0 too, where nothing can listen (RFC 6335, section 6)."""
    return replace(service, ports=full(16)) if service.ports == _EVERY_PORT else service


def every_of(end: End) -> Addresses:
    """All addresses that an end is known by, public ones too."""
    return (end.wide or end.addresses) | end.public | end.beside | end.perhaps


def goals(requirement: Requirement) -> tuple[End, ...]:
    """The ends that a flow goes to, each once."""
    return tuple({id(destination): destination for _, destination in requirement.ends}.values())
