"""Public ports: what clients outside write into their packets, and what a machine gets of it."""

from collections.abc import Iterator, Sequence

from flowmodel.fields import PORT_PROTOCOLS, Family
from flowmodel.record import NamedTuple, replace
from flowmodel.site import End, Public, Service
from flowmodel.values import Values, difference, intersection, single, union
from linter.engine.sets.between import between, of_services
from linter.engine.sets.space import Box, PacketSet, Space, minus


class Moved(NamedTuple):
    """A public port that leads to another port of a machine, at some public addresses."""

    addresses: Values
    public: int
    inside: int

    def packets(self, space: Space) -> PacketSet:
        """The packets that are sent to the public port."""
        protocols = union((number, number) for number in PORT_PROTOCOLS)
        return (
            space.within(space.fields["dst"], self.addresses)
            & space.within(space.fields["dport"], single(self.public))
            & space.within(space.fields["proto"], protocols)
        )


def moved(end: End, family: Family) -> tuple[Moved, ...]:
    """The public ports of an end that lead to others, at those addresses that are meant."""
    return tuple(
        Moved(addresses, public, inside)
        for addresses, its in _told(end, family)
        for public, inside in its.ports
    )


def services_to(
    space: Space, end: End, services: Sequence[Service], *, every: bool = False
) -> PacketSet:
    """The packets of an end's services, with the ports that they have at its addresses.

    `every`: with all ports that may lead to the services, not with those alone that clients use.
    """
    found, rest = space.false, space.true
    for addresses, its in _told(end, space.family):
        here = space.within(space.fields["dst"], addresses)
        there = _at(its, services, every=every)
        found |= here & of_services(space, space.fields, there)
        rest = minus(rest, here)
    return found | rest & of_services(space, space.fields, services)


def between_ends(
    space: Space,
    source: Values,
    end: End,
    destination: Values,
    services: Sequence[Service],
    *,
    every: bool = False,
) -> tuple[PacketSet, Box]:
    """The packets of services to some addresses of an end, with the ports that they have there."""
    found, boxes = space.false, []
    rest = destination
    for addresses, its in _told(end, space.family):
        here = intersection(rest, addresses)
        rest = difference(rest, addresses)
        if here and (there := _at(its, services, every=every)):
            packets, box = between(space, source, here, there)
            found |= packets
            boxes.append(box)
    if rest or not boxes:
        packets, box = between(space, source, rest, services)
        found |= packets
        boxes.append(box)
    names = set(boxes[0]).intersection(*boxes)
    return found, {name: union(each for box in boxes for each in box[name]) for name in names}


def _told(end: End, family: Family) -> Iterator[tuple[Values, Public]]:
    for each in end.published:
        if each.ports and (addresses := (each.addresses & end.public).of(family)):
            yield addresses, each


def _at(public: Public, services: Sequence[Service], *, every: bool) -> tuple[Service, ...]:
    """The services as they are at the public addresses; those that are not to be had there gone."""
    ports = public.leading if every else public.outside
    there = (
        replace(each, ports=ports(each.ports)) if each.proto in PORT_PROTOCOLS else each
        for each in services
    )
    return tuple(each for each in there if each.ports)
