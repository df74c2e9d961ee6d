"""Packets whose ends a device changes: as the policies know them, and as they leave it."""

from collections.abc import Iterable
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import NumberField
from flowmodel.site import End, Service
from flowmodel.values import union
from flowmodel.verdict import TranslateDestination
from linter.engine.device.connection import without_flags
from linter.engine.device.passage import Strand
from linter.engine.sets.between import of_services
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.site.asked import Part
from linter.engine.site.survey import Answered

_NOWHERE: Final = Addresses()


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


def comes(answered: Answered) -> PacketSet:
    """What comes to a machine for its own addresses; to a router comes whatever it is asked about.

    What others on the way have sent to another address does not get to the machine.
    """
    space, crossing = answered.space, answered.question.crossing
    device = crossing.device
    own = (device.own | device.local | device.perhaps).of(space.family)
    if not (device.is_machine and crossing.traffic == "input" and own):
        return space.true
    arrivals = [(each.packets, each.header.numbers["dst"]) for each in answered.answer.arrivals]
    here = (packets & space.within(dst, own) for packets, dst in arrivals)
    kept = (packets for packets, dst in arrivals if dst is space.fields["dst"])
    return space.union((*here, *kept))


def from_itself(space: Space, strand: Strand) -> PacketSet:
    """The packets whose sender has the address to which a strand is translated."""
    return _equals(space, "src", strand.header.numbers["dst"])


def arriving(
    answered: Answered,
    end: End,
    services: Iterable[Service] | None = None,
    also: Addresses = _NOWHERE,
) -> PacketSet:
    """The packets that leave here, translated, for an end; for its services, where such are given.

    They may have been sent to any address and any port; they are among those that come here, and
    have not come back to their sender.
    `also`: other addresses that are the end's here.
    """
    space, came = answered.space, comes(answered)
    addresses = ((end.wide or end.addresses) | also).of(space.family)
    found = space.false
    for strand in answered.connections.passage.passed:
        numbers = strand.header.numbers
        if any(numbers[field] is not space.fields[field] for field in ("dst", "dport")):
            meant = space.true if services is None else of_services(space, numbers, services)
            there = strand.packets & came & meant & space.within(numbers["dst"], addresses)
            found |= minus(there, from_itself(space, strand))
    return without_flags(space, space.some(found))


def meant(answered: Answered, part: Part) -> PacketSet:
    """The packets of a part; of those sent elsewhere, what is sent on from here to where it is."""
    if not part.is_sent_on:
        return part.packets
    return part.packets & arriving(answered, part.destination, part.meant or None)


def astray(answered: Answered, ends: Iterable[End]) -> PacketSet:
    """The packets that may leave here for one of the ends, and may leave for elsewhere."""
    space = answered.space
    known = union(each for end in ends for each in (end.wide or end.addresses).of(space.family))
    there = elsewhere = space.false
    for strand in answered.connections.passage.passed:
        arrives = space.within(strand.header.numbers["dst"], known)
        there |= strand.packets & arrives
        elsewhere |= minus(strand.packets, arrives)
    return without_flags(space, space.some(there) & space.some(elsewhere))


def led_away(answered: Answered, addresses: Addresses) -> PacketSet:
    """What a router on the way sends to none of the addresses, or keeps for itself (REDIRECT)."""
    space, passage = answered.space, answered.connections.passage
    known = addresses.of(space.family)
    judged = [(each, result.header) for result in passage.results for each in result.regions]
    seen = [(strand.packets, strand.header) for strand in passage.passed]
    seen += [(each.packets, header) for each, header in judged]
    away = space.union(
        minus(packets, space.within(header.numbers["dst"], known))
        for packets, header in seen
        if header.numbers["dst"] is not space.fields["dst"]
    )
    for each, _ in judged:
        if isinstance(each.verdict, TranslateDestination) and each.verdict.local:
            away |= each.packets
    return without_flags(space, space.some(away))


def _equals(space: Space, field: NumberField, value: Bits) -> PacketSet:
    """The packets whose field has a value that is the same for all; none where it is not."""
    if not all(bit in (space.true, space.false) for bit in value):
        return space.false
    number = sum(1 << place for place, bit in enumerate(reversed(value)) if bit == space.true)
    return space.within(space.fields[field], ((number, number),))
