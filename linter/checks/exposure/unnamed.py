"""Networks that only an export shows: the line of the site file that would name them."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family
from flowmodel.site import Site

_SHOWN = 4
"""How many prefixes a line may have; what has more is no network that somebody would name."""


def lines_to_add(message: str, site: Site) -> str:
    """What to add to the site file, for the networks that a finding's message names."""
    shown = {name: site.networks[name] for name in site.shown} | dict(site.exported)
    found = (_line(name, its, site) for name, its in shown.items() if _is_named(name, message))
    lines = [line for line in found if line]
    if not lines:
        return ""
    return f"; to give the network a name, add `networks: {{{', '.join(lines)}}}` to the site file"


def _is_named(name: str, message: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", message) is not None


def _line(name: str, addresses: Addresses, site: Site) -> str:
    prefixes = [text for family in FAMILIES for text in _prefixes(addresses, family)]
    if len(prefixes) > _SHOWN:
        return ""
    new = name.partition(" ")[0]
    new = f"behind-{new}" if new in site.networks else new
    return f"{new}: {prefixes[0] if len(prefixes) == 1 else '[' + ', '.join(prefixes) + ']'}"


def _prefixes(addresses: Addresses, family: Family) -> list[str]:
    found = (
        str(network)
        for first, last in addresses.of(family)
        for network in _networks(first, last, family)
    )
    return [f'"{text}"' if family == 6 else text for text in found]


def _networks(first: int, last: int, family: Family) -> Iterator[IPv4Network | IPv6Network]:
    if family == 4:
        return summarize_address_range(IPv4Address(first), IPv4Address(last))
    return summarize_address_range(IPv6Address(first), IPv6Address(last))
