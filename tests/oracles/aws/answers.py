"""Answers of three values, and whether addresses are in networks."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

Answer = bool | None
"""Passes, does not, or: the export does not tell."""


def both(left: Answer, right: Answer) -> Answer:
    """Whether both hold."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(answers: Iterable[Answer]) -> Answer:
    """Whether one of them holds."""
    found = set(answers)
    return True if True in found else None if None in found else False


def is_in(cidr: str, family: int, address: int) -> bool:
    """Whether the address is in the network of its own family."""
    found = network(cidr)
    return found.version == family and (
        int(found.network_address) <= address <= int(found.broadcast_address)
    )


@lru_cache(maxsize=4096)
def network(cidr: str) -> IPv4Network | IPv6Network:
    """The network of a CIDR, or of one address."""
    # A range with host bits is meant in its canonical form (CreateNetworkAclEntry, CidrBlock).
    return ip_network(cidr, strict=False)
