"""Public addresses: to which of a role's machines the packets come that are sent to one of them.

A public address is one machine's, and the translations on the way tell whose. So packets that get
to another machine of the role are not asked about on the way to this one. A flow that must work
may choose its machine; but where every machine can have an address of its own, each must be found.
"""

from collections.abc import Sequence

from flowmodel.addresses import Addresses, of_family, together
from flowmodel.fields import Family
from flowmodel.record import replace
from flowmodel.values import Values, difference, size, union
from linter.engine.device.connection import Outcome, without_flags
from linter.engine.device.passage import Strand
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.asked import Part
from linter.engine.site.firewalls import Firewalls
from linter.engine.site.pieces import Way


def is_public(part: Part, space: Space) -> bool:
    """Whether the packets are sent to addresses that a device on the way may translate."""
    way, family = part.way, space.family
    if way is None or part.is_elsewhere:
        return False
    return part.only != "all" or bool((way.destination & part.destination.public).of(family))


def has_own_address(part: Part, family: Family) -> bool:
    """Whether the role has public addresses enough for each of its machines to be reached.

    Where no router is on the way, somebody translates whose rules are not here.
    """
    flow, role, way = part.requirement, part.destination, part.way
    if flow is None or flow.need not in ("must", "should") or way is None:
        return False
    if all(crossing.device.is_machine for path in way.paths for crossing in path):
        return False
    machines = 1 if role.is_machine else size(role.addresses.of(family))
    return machines > 1 and size(role.public.of(family)) >= machines


def as_it_arrives(way: Way, firewalls: Firewalls) -> Way:
    """The way, to the own address of a machine that surely has no public one.

    Where no router of the site translates it, nor the machine, somebody else does before they come.
    """
    machines, routers = way.arrives.sure, firewalls.site.devices
    lost = way.destination - way.arrives.addresses
    lost &= together(machine.foreign for machine in machines)
    if not lost or any(not c.device.is_machine for path in way.paths for c in path):
        return way
    translating = (*machines, *(each for each in routers if not each.is_machine))
    told = (firewalls.forwarded(each) for each in translating)
    lost -= together(of_family(firewalls.family, values) for values in told)
    own = way.arrives.addresses
    here = Addresses(own.v4 if lost.v4 else (), own.v6 if lost.v6 else ())
    return replace(way, destination=way.destination - lost | here)


def sorted_out(
    part: Part, strands: Sequence[Strand], translated: Values, roles: Values, space: Space
) -> tuple[Part | None, bool]:
    """The part without the packets that do not come this way (None where none is left).

    And whether some of them may get to its machine. `strands`: the packets that the devices on the
    way have translated; `translated`: the addresses to which they do so at all. What is sent there
    and is not translated stays at the device. `roles`: the addresses of all roles. What must work
    and gets to another role's machine is asked about, and fails; what is open there is so there.
    """
    way, family = part.way, space.family
    if way is None:
        return part, True
    moved = space.union(strand.packets for strand in strands)
    if part.only == "kept":
        stays = minus(part.packets, without_flags(space, space.always(moved)))
        return _only(part, stays, space), True
    sent = part.packets if part.only == "all" else space.false
    here = way.arrives.addresses.of(family)
    is_needed = part.requirement is not None and part.requirement.need != "never"
    others = (part.destination.addresses - way.arrives.addresses).of(family)
    if not is_needed:
        others = difference(union(others + roles), here)
    plain = minus(sent, moved), space.fields["dst"]
    arriving = [plain, *((s.packets, s.header.numbers["dst"]) for s in strands)]
    to_others, to_here = (
        space.union(packets & space.within(dst, goal) for packets, dst in arriving)
        for goal in (others, here)
    )
    if not is_needed:
        stays = plain[0] & space.within(plain[1], difference(translated, here))
        to_others = to_others | stays
    astray = without_flags(space, space.always(minus(to_others, to_here))) & part.packets
    is_found = without_flags(space, space.some(to_here)) & part.packets != space.false
    asked = sent if part.only == "all" else part.packets & without_flags(space, space.some(moved))
    return _only(part, minus(asked, astray), space), is_found


def _only(part: Part, packets: PacketSet, space: Space) -> Part | None:
    """The part with some of its packets; None where none is left."""
    return replace(part, packets=packets) if packets != space.false else None


def replies_past(part: Part, strands: Sequence[Strand], space: Space) -> Outcome:
    """The packets that arrive with their sender's address: surely, and where that is open."""
    src = space.fields["src"]
    own, other = (
        space.union(s.packets for s in strands if (s.header.numbers["src"] == src) is is_own)
        for is_own in (True, False)
    )
    certain = without_flags(space, space.always(own)) & part.packets
    either = without_flags(space, space.some(own) & space.some(other)) & part.packets
    return Outcome(certain, certain | either)
