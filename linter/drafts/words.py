"""Addresses and services as site files write them."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, ICMP, ICMPV6, PORT_PROTOCOLS, Family
from flowmodel.opened import Offered
from flowmodel.values import Values, full, intersection, size
from policies.protocols import name_of
from policies.services import ANY, ports_text

MOST: Final = 16
"""How many addresses, or protocols, an entry lists: nobody reviews longer lists."""
_PORTS: Final[Values] = ((1, (1 << 16) - 1),)


def literals(addresses: Addresses) -> tuple[str, ...]:
    """Addresses, prefixes and ranges, as the site file has them."""
    return tuple(
        _interval(family, first, last)
        for family in FAMILIES
        for first, last in addresses.of(family)
    )


def _interval(family: Family, first: int, last: int) -> str:
    address = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    bits = 32 if family == 4 else 128
    if first == last:
        return str(address(first))
    length = bits - (last - first).bit_length()
    if last - first + 1 == 1 << (bits - length) and first % (last - first + 1) == 0:
        return f"{address(first)}/{length}"
    return f"{address(first)}-{address(last)}"


def services(offered: Sequence[Offered]) -> tuple[str, ...]:
    """The services, those of one port for several protocols together; `any` for all there are."""
    if _is_everything(offered):
        return (ANY,)
    return tuple(dict.fromkeys(text for each in offered for text in _services(each)))


def unlisted(offered: Sequence[Offered]) -> int:
    """How many protocols `services` leaves out, as they are too many to be listed."""
    if _is_everything(offered):
        return 0
    return sum(len(others) for each in offered if len(others := _without_ports(each)) > MOST)


def _is_everything(offered: Sequence[Offered]) -> bool:
    return any(
        each.protocols == full(8) and intersection(each.ports, _PORTS) == _PORTS for each in offered
    )


def _services(offered: Offered) -> Iterator[str]:
    numbers = [n for first, last in offered.protocols for n in range(first, last + 1)]
    ports = intersection(offered.ports, _PORTS)
    names = [name_of(n) for n in numbers if n in PORT_PROTOCOLS]
    if names and ports:
        yield f"{ports_text(ports)}/{'+'.join(names)}"
    for number in numbers:
        if number in (ICMP, ICMPV6):
            yield _messages(offered, name_of(number))
    others = _without_ports(offered)
    if len(others) <= MOST:
        yield from (name_of(n) for n in others)


def _without_ports(offered: Offered) -> list[int]:
    return [
        n
        for first, last in offered.protocols
        for n in range(first, last + 1)
        if n and n not in PORT_PROTOCOLS and n not in (ICMP, ICMPV6)
    ]


def _messages(offered: Offered, name: str) -> str:
    if offered.types == full(8) and offered.codes == full(8):
        return name
    codes = "" if offered.codes == full(8) else f"/{ports_text(offered.codes)}"
    return f"{ports_text(offered.types)}{codes}/{name}"


def is_single(addresses: Addresses, limit: int = MOST) -> bool:
    """Whether these are few enough to be listed."""
    return len(addresses.v4) + len(addresses.v6) <= limit and bool(
        size(addresses.v4) + size(addresses.v6)
    )
