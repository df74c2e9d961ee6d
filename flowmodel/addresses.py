"""Addresses of both families."""

from collections.abc import Iterable
from itertools import zip_longest

from flowmodel.fields import FAMILIES, FOR_MANY, Family
from flowmodel.record import dataclass
from flowmodel.values import EMPTY, Values, difference, full, intersection, size, union


@dataclass(frozen=True, slots=True)
class Addresses:
    """Address sets of the two families."""

    v4: Values = EMPTY
    v6: Values = EMPTY

    def of(self, family: Family) -> Values:
        """The addresses of one family."""
        return self.v4 if family == 4 else self.v6

    def __or__(self, other: "Addresses") -> "Addresses":
        if not other:
            return self
        return Addresses(union(self.v4 + other.v4), union(self.v6 + other.v6)) if self else other

    def __and__(self, other: "Addresses") -> "Addresses":
        return Addresses(intersection(self.v4, other.v4), intersection(self.v6, other.v6))

    def __sub__(self, other: "Addresses") -> "Addresses":
        if not (self and other):
            return self
        return Addresses(difference(self.v4, other.v4), difference(self.v6, other.v6))

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)


MACHINE_LIMIT = 64
"""How many machines of one role are told apart."""
LINK_LOCAL: Values = ((0xFE80 << 112, (0xFEC0 << 112) - 1),)
"""Addresses of one link in IPv6 (RFC 4291, 2.5.6), which no router passes on."""
EVERYWHERE = Addresses(full(32), full(128))
"""Every address of both families."""
LOOPBACK = Addresses(((0x7F000000, 0x7FFFFFFF),), ((1, 1),))
ON_LINK = LOOPBACK | Addresses(((0xA9FE0000, 0xA9FEFFFF),), LINK_LOCAL)
"""Loopback and link-local addresses: nobody behind a router sends packets there (RFC 6890)."""

MULTICAST = Addresses(((0xE0000000, 0xEFFFFFFF),), ((0xFF << 120, (1 << 128) - 1),))
"""The addresses of groups (RFC 5771; RFC 4291, 2.7)."""


def others(own: Addresses) -> Addresses:
    """What a device does not have with these addresses alone, in the families that they are of.

    Loopback and link-local addresses it has anyhow, and those for many are nobody's.
    """
    v4, v6 = (EVERYWHERE.of(family) if own.of(family) else EMPTY for family in FAMILIES)
    return Addresses(v4, v6) - own - ON_LINK - Addresses(FOR_MANY[4], FOR_MANY[6])


def for_all_of(family: Family, first: int, last: int) -> Addresses:
    """What the kernel makes of a network of more than two addresses, beside those of machines.

    The broadcast addresses of IPv4 (fib_add_ifaddr in net/ipv4/fib_frontend.c), and in IPv6, where
    it forwards, the anycast address of all routers of the network, which it takes in itself
    (RFC 4291, section 2.6.1; addrconf_join_anycast in net/ipv6/addrconf.c).
    """
    if last - first <= 1:
        return Addresses()
    return of_family(family, ((first, first), (last, last)) if family == 4 else ((first, first),))


def unbounded(addresses: Addresses) -> Addresses:
    """Those of the families in which they are all that there are: nobody says there which."""
    v4, v6 = (
        every if addresses.of(family) == every else EMPTY
        for family in FAMILIES
        for every in (EVERYWHERE.of(family),)
    )
    return Addresses(v4, v6)


def of_family(family: Family, values: Values) -> Addresses:
    """Addresses of one family only."""
    return Addresses(values, EMPTY) if family == 4 else Addresses(EMPTY, values)


def together(several: Iterable[Addresses]) -> Addresses:
    """Many addresses in one union: very many interfaces can be in a VPC, or have a group."""
    known = tuple(several)
    if len(known) == 1:
        return known[0]
    return Addresses(
        union(interval for each in known for interval in each.v4),
        union(interval for each in known for interval in each.v6),
    )


def machines(several: Addresses) -> tuple[Addresses, ...]:
    """One machine for each address of a family, the first ones of both together, and so on.

    Nothing where they are more than `MACHINE_LIMIT`: that is a network, whose machines are not told
    apart.
    """
    if size(several.v4) + size(several.v6) > MACHINE_LIMIT:
        return ()
    both = zip_longest(_singles(several.v4), _singles(several.v6), fillvalue=EMPTY)
    return tuple(Addresses(v4, v6) for v4, v6 in both)


def _singles(values: Values) -> list[Values]:
    return [((each, each),) for first, last in values for each in range(first, last + 1)]


def address_in_words(address: int, family: Family) -> str:
    """`192.0.2.10` or `2001:db8::10`."""
    if family == 4:
        return ".".join(map(str, address.to_bytes(4)))
    from ipaddress import IPv6Address

    return str(IPv6Address(address))
