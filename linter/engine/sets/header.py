"""Where a packet's fields come from at one point of its way: the wire, a translation, a mark."""

from flowmodel.fields import NumberField, bits
from flowmodel.record import dataclass, replace
from linter.engine.sets.space import Bits, Space


@dataclass(frozen=True, slots=True)
class Header:
    """The value of every field as a function of the packet that entered.

    All sets of one question speak of the packet as it was sent; address translation, marks and
    connection tracking change what the later rules see of it, not the packet that is asked about.
    An interface name that is known is a text; else it is in the space's variables.
    """

    numbers: dict[str, Bits]
    names: dict[str, str]
    context: str = ""
    """Tells apart the moments at which one unread text may answer differently."""

    def with_number(self, field: str, value: Bits) -> "Header":
        """The header with one field changed."""
        return replace(self, numbers={**self.numbers, field: value})

    def with_names(self, **names: str) -> "Header":
        """The header at another pair of interfaces."""
        return replace(self, names={**self.names, **names})

    def at(self, hook: str) -> "Header":
        """The header at another hook."""
        return replace(self, context=f"{self.context.partition('@')[0]}@{hook}")

    def moved(self) -> "Header":
        """The header behind a translation: an unread text may be about what it has changed."""
        begin, at, hook = self.context.partition("@")
        return replace(self, context=f"{begin}'{at}{hook}")


def wire(space: Space) -> Header:
    """The header of a packet as it comes: every field is what the packet has."""
    return Header(dict(space.fields), {})


_OPPOSITE = (("src", "dst"), ("sport", "dport"), ("src_type", "dst_type"), ("in", "out"))


def mirrored(header: Header) -> Header:
    """The header of the answers to packets with the given one: ends and ports change places."""
    numbers = dict(header.numbers)
    for one, other in _OPPOSITE:
        numbers[one], numbers[other] = header.numbers[other], header.numbers[one]
    names = {
        {"in": "out", "out": "in"}.get(field, field): name for field, name in header.names.items()
    }
    return replace(header, numbers=numbers, names=names)


def constant(space: Space, field: NumberField, value: int) -> Bits:
    """The bits of a field's known value."""
    return space.constant(value, bits(field, space.family))
