"""Public addresses: to which of a role's machines the packets come that are sent to one of them.

A public address is one machine's, and the translations on the way tell whose. So packets that get
to another machine of the role are not asked about on the way to this one. A flow that must work
may choose its machine; but where every machine can have an address of its own, each must be found.
"""

from collections.abc import Sequence

from flowmodel.record import replace
from flowmodel.values import size
from linter.engine.device.connection import without_flags
from linter.engine.device.passage import Strand
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.questions import Part


def is_shared(part: Part, space: Space) -> bool:
    """Whether the packets are sent to public addresses of a role that has other machines too."""
    way, family = part.way, space.family
    if way is None or part.is_elsewhere or not part.destination.public.of(family):
        return False
    is_public = bool((way.destination & part.destination.public).of(family))
    return is_public and way.arrives.addresses.of(family) != part.destination.addresses.of(family)


def sorted_out(part: Part, strands: Sequence[Strand], space: Space) -> Part | None:
    """The part without the packets that get to other machines of the role; None where none is left.

    `strands`: the packets that the devices on the way have translated.
    """
    way, family = part.way, space.family
    if way is None:
        return part
    here = way.arrives.addresses.of(family)
    others = (part.destination.addresses - way.arrives.addresses).of(family)
    to_others, to_here = (
        space.union(s.packets & space.within(s.header.numbers["dst"], goal) for s in strands)
        for goal in (others, here)
    )
    astray = without_flags(space, space.always(minus(to_others, to_here))) & part.packets
    is_found = without_flags(space, space.some(to_here)) & part.packets != space.false
    machines = size(part.destination.addresses.of(family))
    if part.requirement and not is_found and size(part.destination.public.of(family)) >= machines:
        return part
    rest = minus(part.packets, astray)
    return replace(part, packets=rest) if rest != space.false else None


def replies_past(part: Part, strands: Sequence[Strand], space: Space) -> PacketSet | None:
    """The packets that surely arrive with their sender's address; None where there are none."""
    own = space.union(
        strand.packets for strand in strands if strand.header.numbers["src"] == space.fields["src"]
    )
    packets = without_flags(space, space.always(own)) & part.packets
    return packets if packets != space.false else None
