"""The named sets of the kernel's ipset, and what their elements consist of."""

from collections.abc import Iterable, Iterator, Mapping

from flowmodel.fields import Family
from flowmodel.record import NamedTuple, dataclass
from flowmodel.source import Span


class Addresses(NamedTuple):
    """An address, prefix or range; the length is that of the prefix, or RANGE."""

    first: int
    last: int
    length: int

    def prefixes(self, bits: int) -> "Iterator[Addresses]":
        """The prefixes that make it up, as ipset stores a range in a set of networks."""
        first = self.first
        while first <= self.last:
            size = min(
                (first & -first).bit_length() - 1 if first else bits,
                (self.last - first + 1).bit_length() - 1,
            )
            yield Addresses(first, first + (1 << size) - 1, bits - size)
            first += 1 << size


RANGE = -1
"""The length of a range that is to be looked at as a whole."""


class Ports(NamedTuple):
    """A protocol with a range of ports, or of an ICMP type and code (`type * 256 + code`)."""

    protocol: int
    first: int
    last: int


class Interface(NamedTuple):
    """An interface by name; `physdev:` means a bridge port, `wildcard` every name so beginning."""

    name: str
    is_bridge_port: bool
    is_wildcard: bool


class Hardware(NamedTuple):
    """A hardware address."""

    text: str


class Mark(NamedTuple):
    """A packet mark."""

    value: int


class Member(NamedTuple):
    """A set in a list of sets."""

    name: str


Cell = Addresses | Ports | Interface | Hardware | Mark | Member


class Entry(NamedTuple):
    """One element: a cell for each part of the type, or fewer (`bitmap:ip,mac` without the MAC)."""

    cells: tuple[Cell, ...]
    is_nomatch: bool = False
    lapses: bool = False
    """Whether it has a timeout."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedSet:
    """A set of the kernel, with its type and entries."""

    name: str
    kind: str
    """`hash:net,port`."""
    family: Family
    entries: tuple[Entry, ...]
    netmask: int = -1
    """How many bits of an address are looked at; -1 for all."""
    bitmask: str = ""
    """The bits of an address that are looked at, where they are no prefix."""
    markmask: int = 0xFFFFFFFF
    span: Span | None = None
    """Where it is created."""

    @property
    def parts(self) -> tuple[str, ...]:
        """`net`, `port`: what each element consists of."""
        return tuple(self.kind.partition(":")[2].split(","))


def with_members(names: Iterable[str], sets: Mapping[str, NamedSet]) -> frozenset[str]:
    """The names of the sets, and of those that the lists among them hold.

    What a rule adds to a list, or takes from it, goes to a member (ip_set_list_set.c,
    list_set_kadd and list_set_kdel).
    """
    found = frozenset(names)
    cells = (cell for name in found & sets.keys() for e in sets[name].entries for cell in e.cells)
    return found | {cell.name for cell in cells if isinstance(cell, Member)}
