"""Protocols by name and number (IANA's assigned Internet protocol numbers)."""

import re
from collections.abc import Mapping
from typing import Final

from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS

PROTOCOLS: Final[Mapping[str, int]] = {
    "tcp": 6,
    "udp": 17,
    "sctp": 132,
    "dccp": 33,
    "udplite": 136,
    "icmp": ICMP,
    "icmpv6": ICMPV6,
    "igmp": 2,
    "ipip": 4,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ospf": 89,
    "pim": 103,
    "vrrp": 112,
    "l2tp": 115,
}
TYPED: Final = (ICMP, ICMPV6)
_BY_NUMBER: Final = re.compile(r"proto ([1-9][0-9]{0,2})")


def number_of(name: str) -> int | None:
    """The number of `esp` or `proto 50`; None for what is no protocol here."""
    match = _BY_NUMBER.fullmatch(name)
    number = int(match[1]) if match else PROTOCOLS.get(name)
    return number if number is not None and number <= 255 else None


def name_of(number: int) -> str:
    """The name of a protocol, or `proto 200`."""
    named = (name for name, one in PROTOCOLS.items() if one == number)
    return next(named, f"proto {number}")


def has_ports(number: int) -> bool:
    """Whether its services are ports."""
    return number in PORT_PROTOCOLS
