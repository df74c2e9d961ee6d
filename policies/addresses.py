"""Addresses, prefixes and ranges as text, and which of them the internet routes."""

import re
from functools import cache
from typing import Final

from flowmodel.addresses import Addresses, address_in_words
from flowmodel.fields import Family
from flowmodel.values import Interval, Values, difference, full, union

_LENGTH: Final = re.compile(r"0|[1-9][0-9]{0,2}")

# The IANA special-purpose registry (RFC 6890) where it says "not globally reachable", with
# multicast (RFC 5771) and the 6to4 relays (RFC 7526), which nobody routes either.
_NOT_GLOBAL_4: Final = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 "
    "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
    "224.0.0.0/3"
)
# Inside 2000::/3: protocol assignments with Teredo and benchmarking, documentation (RFC 3849,
# RFC 9637), 6to4 and the returned 6bone (RFC 3701).
_NOT_GLOBAL_6: Final = "2001::/23 2001:db8::/32 2002::/16 3ffe::/16 3fff::/20"
# What no machine has as its own address on a network: this-network, loopback, link-local,
# multicast, reserved and broadcast.
_NOT_A_HOST_4: Final = "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/3"
_NOT_A_HOST_6: Final = "::/127 fe80::/10 ff00::/8"

NOWHERE: Final = Addresses()


def parse_addresses(text: str) -> Addresses:
    """The addresses that `10.0.0.1`, `10.0.0.0/24` or `10.0.0.1-10.0.0.9` stands for.

    Raises ValueError with a message for people.
    """
    first, dash, last = text.partition("-")
    if dash:
        version, low = _address(first.strip())
        other, high = _address(last.strip())
        if version != other:
            raise ValueError(f"address range `{text}` mixes IPv4 and IPv6")
        if low > high:
            raise ValueError(
                f"address range `{text}` ends before it starts; write `{last}-{first}`"
            )
        return _of(version, (low, high))
    head, slash, length = text.partition("/")
    version, value = _address(head)
    if not slash:
        return _of(version, (value, value))
    width = 32 if version == 4 else 128
    if not _LENGTH.fullmatch(length) or int(length) > width:
        raise ValueError(f"`/{length}` is not an IPv{version} prefix length (0 to {width})")
    size = 1 << (width - int(length))
    if value % size:
        network = address_in_words(value - value % size, version)
        raise ValueError(
            f"`{text}` has host bits set; write `{network}/{length}` for the prefix, "
            f"or `{head}` for the single address"
        )
    return _of(version, (value, value + size - 1))


def looks_like_address(text: str) -> bool:
    """Whether the text is meant as an address rather than as a name."""
    return bool(re.match(r"[0-9a-fA-F]*:|[0-9]+(\.|/|-[0-9]+\.|$)", text))


def _address(text: str) -> tuple[Family, int]:
    import ipaddress

    if "%" in text:
        raise ValueError(f"`{text}` has a zone id, which has a meaning on one machine only")
    if re.match(r"([0-9]+\.)*0[0-9]+(\.|$)", text):
        raise ValueError(
            f"`{text}` has a leading zero, which some programs read as octal; remove it"
        )
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"`{text}` is not an IP address") from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise ValueError(f"`{text}` is an IPv4-mapped address; write `{address.ipv4_mapped}`")
    return 4 if address.version == 4 else 6, int(address)


def _of(version: int, interval: Interval) -> Addresses:
    return Addresses(v4=(interval,)) if version == 4 else Addresses(v6=(interval,))


def first_address(addresses: Addresses) -> str:
    """The lowest address of a set as text, IPv4 first; empty for the empty set."""
    if addresses.v4:
        return address_in_words(addresses.v4[0][0], 4)
    return address_in_words(addresses.v6[0][0], 6) if addresses.v6 else ""


@cache
def globally_reachable() -> Addresses:
    """What the internet routes: everything but the special-purpose ranges; 2000::/3 in IPv6."""
    unicast = parse_addresses("2000::/3").v6
    return Addresses(
        difference(full(32), _prefixes(_NOT_GLOBAL_4).v4),
        difference(unicast, _prefixes(_NOT_GLOBAL_6).v6),
    )


@cache
def host_addresses() -> Addresses:
    """Every address that a machine can have on a network, private ones too."""
    return Addresses(
        difference(full(32), _prefixes(_NOT_A_HOST_4).v4),
        difference(full(128), _prefixes(_NOT_A_HOST_6).v6),
    )


def _prefixes(text: str) -> Addresses:
    found = [parse_addresses(prefix) for prefix in text.split()]
    v4: Values = union(interval for one in found for interval in one.v4)
    return Addresses(v4, union(interval for one in found for interval in one.v6))
