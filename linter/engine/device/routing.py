"""Where sets of packets go behind prerouting: to the machine itself, or through it."""

from collections.abc import Iterator

from flowmodel.fields import FOR_MANY, LOCAL, UNICAST
from flowmodel.record import dataclass
from flowmodel.values import Values, full, union
from linter.engine.packet.routing import TYPE_UNICAST, Around, Leads, Own
from linter.engine.packet.state import WHERE
from linter.engine.sets.header import Header
from linter.engine.sets.space import Bits, PacketSet, Space, minus


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Packets for the machine, which a rule may send to another one.

    Of addresses of which nobody tells whether they are the machine's own, both ways are possible.
    """

    around: Around

    def stays(self, space: Space, header: Header, *, is_moved: bool) -> PacketSet:
        """The packets that stay on the machine; `is_moved`: a rule sent them elsewhere."""
        if not is_moved:
            return space.true
        address = header.numbers["dst"]
        is_own = space.within(address, self.around.own)
        maybe = space.unknown(WHERE, header.context)
        if self.around.foreign:
            maybe = minus(maybe, space.within(address, self.around.foreign))
        return is_own | maybe

    @property
    def leads(self) -> Leads:
        """The interfaces by which packets leave, as far as that is known."""
        return self.around.leads


@dataclass(frozen=True, slots=True)
class Routed:
    """Packets of which nobody said where they go: their address decides, as far as it is known."""

    here: Values
    elsewhere: Values
    as_sent: PacketSet
    """The packets that stay if no rule sends them to another address."""
    local: Values
    leads: Leads = ()

    def stays(self, space: Space, header: Header, *, is_moved: bool) -> PacketSet:
        """The packets that stay, with free variables where nobody knows."""
        address, sent = header.numbers["dst"], space.fields["dst"]
        if address is sent:
            return self.as_sent
        if not is_moved:
            return space.true
        same = _same(space, address, sent)
        return (same & self.as_sent) | minus(_known(space, header, self.here, self.elsewhere), same)


def by_interface(
    space: Space, header: Header, packets: PacketSet, leads: Leads
) -> Iterator[tuple[str, PacketSet]]:
    """The packets that leave, by the interface; without a name those of which nobody knows."""
    rest = packets
    for name, values in leads:
        there = rest & space.within(header.numbers["dst"], values)
        if there != space.false:
            yield name, there
            rest = minus(rest, there)
    if rest != space.false:
        yield "", rest


def routed(
    space: Space, header: Header, own: Own, leads: Leads, *, leaves: bool
) -> tuple[Header, Routed]:
    """The header of packets that come to a device, and where they go there.

    `leaves`: that they leave the device again is told.
    """
    here, elsewhere = own.here(space.family), own.elsewhere(space.family, leaves=leaves)
    as_sent = _known(space, header, here, elsewhere)
    if own.takes_unknown(space.family):
        not_own = space.within(header.numbers["dst"], union((*elsewhere, *FOR_MANY[space.family])))
        as_sent = as_sent | minus(space.true, not_own)
    local = own.local(space.family)
    found = Routed(here, elsewhere, as_sent, local, leads)
    return typed(space, header, as_sent, local), found


def typed(space: Space, header: Header, stays: PacketSet, local: Values) -> Header:
    """The header with what `-m addrtype` says of packets for one machine, where these stay.

    What is forwarded has no entry of another type in the local table (net/ipv4/fib_frontend.c,
    __inet_dev_addr_type). What stays is for an address of the device's own if it is `local`.
    """
    numbers = header.numbers
    is_local = space.within(numbers["dst"], local)
    own = space.choose(is_local, space.constant(LOCAL, 4), numbers["dst_type"])
    kind = space.choose(stays, own, space.constant(TYPE_UNICAST, 4))
    alone = minus(_unicast(space, header), _for_many(space, header))
    return header.with_number("dst_type", space.choose(alone, kind, numbers["dst_type"]))


def _known(space: Space, header: Header, here: Values, elsewhere: Values) -> PacketSet:
    """The packets that stay, with a free variable where nobody knows."""
    address = header.numbers["dst"]
    # Other packets than those for its own hardware address are not passed on
    # (net/ipv4/ip_forward.c and net/ipv6/ip6_output.c ask for PACKET_HOST).
    foreign = minus(minus(space.true, _unicast(space, header)), _for_many(space, header))
    maybe = minus(space.fresh(1, full(1))[0], space.within(address, elsewhere))
    return space.within(address, here) | foreign | maybe


def _unicast(space: Space, header: Header) -> PacketSet:
    return space.within(header.numbers["pkt_type"], ((UNICAST, UNICAST),))


def _for_many(space: Space, header: Header) -> PacketSet:
    return space.within(header.numbers["dst"], FOR_MANY[space.family])


def _same(space: Space, address: Bits, sent: Bits) -> PacketSet:
    """The packets whose address is the one that they were sent to.

    Nothing where the kernel chooses it: to compare two free addresses takes 2^32 nodes.
    """
    same = space.true
    for new, old in zip(address, sent, strict=True):
        if new not in (space.true, space.false, old):
            return space.false
        same = minus(same, new ^ old)
    return same
