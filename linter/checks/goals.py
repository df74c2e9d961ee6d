"""Where packets must arrive that a device sends on to another address than they came for."""

from collections.abc import Sequence

from flowmodel.record import dataclass
from flowmodel.values import Values, contains
from flowmodel.verdict import Escape
from linter.engine.packet.state import State
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.sets.witness import Example
from linter.engine.site.ports import Moved


@dataclass(frozen=True, slots=True)
class Goal:
    """The addresses, and the public ports that lead to others there; all others stay.

    `is_any_port`: whether nobody says which port it must be.
    """

    addresses: Values
    moved: tuple[Moved, ...] = ()
    is_any_port: bool = False
    is_as_sent: bool = False
    """Whether it must be the address that they are sent to, of several machines' ones."""

    def port_of(self, sent: Example) -> int | None:
        """The port at which a packet must arrive."""
        to, port = sent.values["dst"], sent.values["dport"]
        for each in self.moved:
            if port == each.public and to is not None and contains(each.addresses, to):
                return each.inside
        return port

    def is_at(self, sent: Example, to: int, port: int | None) -> bool:
        """Whether these are the right ends for a packet."""
        is_right = self.is_any_port or port == self.port_of(sent)
        is_right = is_right and (not self.is_as_sent or to == sent.values["dst"])
        return contains(self.addresses, to) and is_right

    def is_reached(self, sent: Example, state: State) -> bool | None:
        """Whether the packet leaves for the goal and the right port; None: not known."""
        to, port = state.numbers["dst"], state.numbers["dport"]
        if to is None or port is None or isinstance(state.verdict, Escape):
            return None
        return self.is_at(sent, to, port)

    def reached(self, space: Space, dst: Bits, dport: Bits) -> PacketSet:
        """The packets that leave for the goal and the right port, if these are their ends then."""
        here = space.within(dst, self.addresses)
        if self.is_as_sent and _is_told(space, dst):
            here = here & _same(space, dst, space.fields["dst"])
        if self.is_any_port:
            return here
        right, rest = space.false, space.true
        for each in self.moved:
            sent = each.packets(space)
            right |= sent & space.within(dport, ((each.inside, each.inside),))
            rest = minus(rest, sent)
        right |= rest & _same(space, dport, space.fields["dport"])
        return right & here

    def ports_in_words(self, space: Space, packets: PacketSet) -> str:
        """`port 8443 to 443`: what has to be changed of the packets' ports; empty for nothing."""
        pairs = (
            f"{each.public} to {each.inside}"
            for each in self.moved
            if each.public != each.inside and packets & each.packets(space) != space.false
        )
        words = ", ".join(dict.fromkeys(pairs))
        return f"port {words}" if words else ""


def _is_told(space: Space, dst: Bits) -> bool:
    """Whether rules say what the address is: of an unknown one it is open whether it is right."""
    sent = space.fields["dst"]
    return all(bit in (space.true, space.false, own) for bit, own in zip(dst, sent, strict=True))


def _same(space: Space, left: Bits, right: Sequence[PacketSet]) -> PacketSet:
    result = space.true
    for one, other in zip(left, right, strict=True):
        result = result & ~(one ^ other)
    return result
