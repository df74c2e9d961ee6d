"""What a machine hands on to others of its role: whether they take it, and who gets the answers.

A proxy or a balancer of connections may do so. Its own rules say where packets go; whether they
work there depends on the other machine, on what is between, and on the way of the answers.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from flowmodel.addresses import Addresses, together
from flowmodel.fields import Family
from flowmodel.record import NamedTuple, dataclass, replace
from flowmodel.site import Device, End, Site
from flowmodel.values import Values, difference, union
from linter.engine.budget import TooComplexError
from linter.engine.device.ask import ask, sent_elsewhere
from linter.engine.device.connection import without_flags
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import Place
from linter.engine.device.passage import Strand
from linter.engine.sets.between import MOST, same_values
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.asked import Part, Question

Loss = Literal["at the other", "the replies", "to its sender"]
"""What may be wrong: the other machine refuses it, loses its replies, or has sent it itself."""


class Taking(NamedTuple):
    """A machine that others of its role may hand connections on to, and its rules."""

    device: Device
    firewall: Firewall


@dataclass(frozen=True, slots=True)
class Handed:
    """Required packets that a machine hands on, and what nobody knows of them there, in words."""

    part: Part
    device: Device
    packets: PacketSet
    doubt: str
    loss: Loss


def alike(site: Site, device: Device, end: End) -> Addresses:
    """The addresses of all machines of the role that a flow is to, the device's among them.

    Those of all its roles where a flow names an address. Machines that the site binds one by one
    are ends of one name.
    """
    names = {role.name for role in site.roles}
    if end.name in names:
        names = {end.name}
    else:
        names = {role.name for role in site.roles if role.addresses & device.own}
    mine = (role.addresses for role in site.roles if role.name in names)
    return together((end.addresses, *mine))


def handed(
    question: Question, firewall: Firewall, site: Site, takers: Mapping[str, Taking]
) -> Iterator[Handed]:
    """What a machine hands on of the packets that it is asked about, doubt by doubt."""
    space, device = firewall.space, question.crossing.device
    own = _own(device, space.family)
    goals = [
        (part, others)
        for part in question.required
        if (others := difference(alike(site, device, part.destination).of(space.family), own))
    ]
    if not goals:
        return
    asked = space.union(part.packets for part, _ in goals)
    sent = [replace(came, packets=came.packets & asked) for came in question.sent]
    place = question.crossing.place
    try:
        moved = [(came, each) for came in sent for each in sent_elsewhere(firewall, place, [came])]
    except TooComplexError:
        why = f"whether {device.name} hands these packets on, as its rules are too complex"
        yield from (Handed(part, device, part.packets, why, "at the other") for part, _ in goals)
        return
    for part, others in goals:
        found: dict[tuple[str, Loss], PacketSet] = {}
        for came, strand in moved:
            goal = part.packets & space.within(strand.header.numbers["dst"], others)
            there = replace(strand, packets=strand.packets & goal)
            for doubt, packets in _doubts(came, there, others, device, site, takers):
                found[doubt] = found.get(doubt, space.false) | packets
        for (why, loss), packets in found.items():
            lost = without_flags(space, space.some(packets)) & part.packets
            if lost != space.false:
                yield Handed(part, device, lost, why, loss)


def _own(device: Device, family: Family) -> Values:
    """The addresses that are surely a machine's; none where it may be one of several."""
    if device.is_one_of_several(family):
        return device.local.of(family)
    return (device.own | device.local).of(family)


def _doubts(
    came: Strand,
    there: Strand,
    others: Values,
    device: Device,
    site: Site,
    takers: Mapping[str, Taking],
) -> Iterator[tuple[tuple[str, Loss], PacketSet]]:
    """What is open of packets that another machine gets."""
    space = takers[device.name].firewall.space
    if there.packets == space.false or there.header.numbers["dst"] == came.header.numbers["dst"]:
        return
    why = f"whether {device.name} sends these packets back to their sender"
    yield (why, "to its sender"), there.packets & _back(came, there, others, space)
    if there.header.numbers["src"] == came.header.numbers["src"]:
        yield (f"whether the replies come back over {device.name}", "the replies"), there.packets
    for why, packets in _refused(there, device, site, takers, space):
        yield (why, "at the other"), packets


def _back(came: Strand, there: Strand, others: Values, space: Space) -> PacketSet:
    """What is sent to who has sent it: to one address, or to one of too many to be told apart."""
    src, dst = came.header.numbers["src"], there.header.numbers["dst"]
    few = union((first, min(last, first + MOST - 1)) for first, last in others)
    many = difference(others, few)
    unclear = space.within(src, many) & space.within(dst, many)
    return same_values(space, src, dst, few) | unclear


def _refused(
    strand: Strand, device: Device, site: Site, takers: Mapping[str, Taking], space: Space
) -> Iterator[tuple[str, PacketSet]]:
    """The packets that may not get to the machine that they are sent to, and why."""
    dst = strand.header.numbers["dst"]
    near = _near(site, device).of(space.family)
    if (far := minus(strand.packets, space.within(dst, near))) != space.false:
        yield f"whether what {device.name} sends on gets to another network", far
    for taker in takers.values():
        theirs = strand.packets & space.within(dst, taker.device.own.of(space.family))
        if taker.device is device or theirs == space.false:
            continue
        lost = minus(theirs, _taken(taker.firewall, replace(strand, packets=theirs), space))
        if lost != space.false:
            yield f"whether {taker.device.name} lets in what {device.name} sends on", lost


def _taken(firewall: Firewall, strand: Strand, space: Space) -> PacketSet:
    """The packets that surely get in, and whose connections work there."""
    try:
        found = ask(firewall, Place("input", "", ""), [strand]).connections
    except TooComplexError:
        return space.false
    both = found.reply.certain & found.later.certain
    return found.opening.certain & both


def _near(site: Site, device: Device) -> Addresses:
    """The networks that a machine is in."""
    return together(each for each in site.networks.values() if each & device.own)
