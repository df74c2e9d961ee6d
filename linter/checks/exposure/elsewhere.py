"""Packets to a role's address that a translation sends to a machine of another role."""

from collections.abc import Iterable, Mapping

from flowmodel.addresses import EVERYWHERE, Addresses
from flowmodel.record import dataclass
from flowmodel.site import End, Site
from flowmodel.values import Values, difference, union
from linter.checks.exposure.policies import Policies, every_of
from linter.checks.exposure.translated import comes, from_itself
from linter.engine.device.connection import without_flags
from linter.engine.device.passage import Strand
from linter.engine.sets.between import of_services
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.exported import outside
from linter.engine.site.survey import Answered


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What leaves a device for another machine than it was sent to.

    What is permitted at the one machine is not therefore permitted at the other one.
    """

    answered: Answered
    site: Site
    unpermitted: PacketSet
    """What may get to a machine of a role where no flow permits it, whatever it was sent to."""
    by_role: Mapping[str, tuple[PacketSet, PacketSet]]
    """By role, what is sent to its addresses and may get to any role, and to itself."""

    def gone(self, ends: Iterable[End]) -> PacketSet:
        """What is sent to these roles, or to any where none is among them, and gets to others."""
        names = {end.name for end in ends} & self.by_role.keys()
        found = [self.by_role[name] for name in sorted(names or self.by_role.keys())]
        space = self.answered.space
        moved = space.union(moved for moved, _ in found)
        return minus(moved, space.union(kept for _, kept in found))

    @property
    def is_moved(self) -> bool:
        """Whether something leaves the device for another address than it was sent to."""
        unmoved = self.answered.space.fields["dst"]
        passed = self.answered.connections.passage.passed
        return self.answered.question.crossing.traffic != "input" and any(
            strand.header.numbers["dst"] is not unmoved for strand in passed
        )

    def missed(self, end: End) -> PacketSet:
        """What is surely sent on to others than the end, here or before, and so is not for it.

        What a machine itself hands on to others, its senders have got from the machine.
        """
        answered, space = self.answered, self.answered.space
        if not self.is_moved:
            return space.false
        others = difference(self._told(end), every_of(end).of(space.family))
        away = there = space.false
        for strand in answered.connections.passage.passed:
            moved = strand.packets & _to(space, strand, others)
            away |= moved
            there |= minus(strand.packets, moved)
        return minus(_some(space, away), _some(space, there))

    def _told(self, end: End) -> Values:
        """The addresses of which the site says whose they are, as far as it matters to the end."""
        space = self.answered.space
        inside = EVERYWHERE - outside(self.site) if end.kind == "internet" else Addresses()
        roles = (each for role in self.site.roles for each in _machines(role, space))
        return union((*roles, *inside.of(space.family)))


def going_elsewhere(answered: Answered, policies: Policies) -> Elsewhere:
    """The packets that leave here translated for some role."""
    space, roles = answered.space, policies.site.roles
    every = union(interval for role in roles for interval in _machines(role, space))
    unpermitted, came = space.false, comes(answered)
    # Machines that the site binds one by one are ends of one name.
    alike: dict[str, list[End]] = {}
    for role in roles:
        alike.setdefault(role.name, []).append(role)
    found = dict.fromkeys(alike, (space.false, space.false))
    for strand in answered.connections.passage.passed:
        if strand.header.numbers["dst"] is space.fields["dst"]:
            continue
        packets = strand.packets & came & _to(space, strand, every)
        if packets == space.false:
            continue
        # Who gets back to itself has reached no other machine.
        back = from_itself(space, strand)
        others = minus(packets, back)
        unpermitted |= minus(others, _permitted(policies, strand))
        for name, ends in alike.items():
            moved, kept = found[name]
            sent = packets & space.union(map(policies.to_end, ends))
            own = union(each for end in ends for each in _machines(end, space))
            arriving = minus(sent & _to(space, strand, own), back)
            found[name] = moved | sent, kept | arriving
    by_role = {name: (_some(space, a), _some(space, b)) for name, (a, b) in found.items()}
    return Elsewhere(answered, policies.site, _some(space, unpermitted), by_role)


def _permitted(policies: Policies, strand: Strand) -> PacketSet:
    """What a flow permits for where the packets arrive.

    By the port that they are sent to; where they are sent to no address of the flow's own end, by
    the port that they arrive at as well.
    """
    space, numbers = policies.space, strand.header.numbers
    found = space.false
    for flow in policies.active:
        asked = policies.services(flow.services)
        came = of_services(space, numbers, flow.services)
        for source, end in flow.ends:
            if end.kind == "internet":
                continue  # who may connect there may not therefore to a machine here
            # Which of a role's machines it gets to is for the flow itself to ask.
            alike = [other for _, other in flow.ends if other.name == end.name]
            sent = space.union(policies.sent_to(each, flow.services) for each in alike)
            here = _to(space, strand, union(i for each in alike for i in _machines(each, space)))
            if end.kind == "role":
                there = here & (sent | asked & came)
            else:
                # An address in a flow means whatever machine is behind it.
                there = sent | here & asked & came
            found |= policies.from_end(source) & there
    return found


def _machines(end: End, space: Space) -> Values:
    addresses = (end.wide or end.addresses) | end.beside | end.perhaps
    return addresses.of(space.family)


def _to(space: Space, strand: Strand, values: Values) -> PacketSet:
    return space.within(strand.header.numbers["dst"], values)


def _some(space: Space, packets: PacketSet) -> PacketSet:
    return without_flags(space, space.some(packets))
