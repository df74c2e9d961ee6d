"""The packets of questions: between addresses, with some services or with all."""

from collections.abc import Iterable, Mapping

from flowmodel import fields
from flowmodel.site import Service
from flowmodel.values import Values, union
from linter.engine.sets.space import Bits, Box, PacketSet, Space

MOST = 256
"""How many addresses of a range are asked about where each of them is a case of its own."""


def between(
    space: Space, source: Values, destination: Values, services: Iterable[Service]
) -> tuple[PacketSet, Box]:
    """The packets between addresses; of the services, or of all protocols but ICMP."""
    box: Box = {"src": source, "dst": destination}
    asked = tuple(services)
    if asked:
        kind = _of_clients(space, asked)
        box["proto"] = union((service.proto, service.proto) for service in asked)
        box["dport"] = union(interval for service in asked for interval in service.ports)
    else:
        # Both: nobody takes the other family's ICMP, which `meta l4proto ipv6-icmp accept` lets
        # pass in a table of both families.
        icmp = union((number, number) for number in (fields.ICMP, fields.ICMPV6))
        kind = ~space.within(space.fields["proto"], icmp)
    ends = space.within(space.fields["src"], source) & space.within(
        space.fields["dst"], destination
    )
    return kind & ends, box


def _of_clients(space: Space, services: Iterable[Service]) -> PacketSet:
    """The packets of services from the ports of their clients."""
    by_sports: dict[Values, list[Service]] = {}
    for each in services:
        by_sports.setdefault(each.sports, []).append(each)
    return space.union(
        of_services(space, space.fields, several) & space.within(space.fields["sport"], sports)
        for sports, several in by_sports.items()
    )


def of_services(
    space: Space, numbers: Mapping[str, Bits], services: Iterable[Service]
) -> PacketSet:
    """The packets that are of one of the services, by the fields that they have somewhere."""
    kinds: dict[tuple[int, Values, Values], Values] = {}
    for each in services:
        key = each.proto, each.types, each.codes
        kinds[key] = union(kinds.get(key, ()) + each.ports)
    found = space.false
    for (proto, types, codes), ports in kinds.items():
        kind = space.within(numbers["proto"], ((proto, proto),))
        kind &= space.within(numbers["dport"], ports)
        if proto in (fields.ICMP, fields.ICMPV6):
            kind &= space.within(numbers["icmp_type"], types)
            kind &= space.within(numbers["icmp_code"], codes)
        found |= kind
    return found


def same_ends(space: Space, addresses: Values) -> PacketSet:
    """Packets that a machine sends to itself have one address at both ends."""
    return same_values(space, space.fields["src"], space.fields["dst"], addresses)


def same_values(space: Space, one: Bits, other: Bits, addresses: Values) -> PacketSet:
    """The packets of which both values are the same one of the addresses."""
    return space.union(
        space.within(one, (each,)) & space.within(other, (each,))
        for first, last in addresses
        for each in ((value, value) for value in range(first, min(last, first + MOST - 1) + 1))
    )
