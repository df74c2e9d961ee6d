"""Networks that only an export shows: the line of the site file that would name them."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family, NumberField
from flowmodel.site import Site
from linter.checks.exposure.claims import Claim

_ENDS: tuple[NumberField, ...] = ("src", "dst")
_SHOWN = 4
"""How many prefixes a line may have; what has more is no network that somebody would name."""


def lines_to_add(claims: Sequence[Claim]) -> str:
    """What to add to the site file, for the networks that the packets come from or go to."""
    site = claims[0].crossing.policies.site
    found = {
        name: addresses
        for name, addresses in _only_shown(site).items()
        if any(_has(claim, addresses) for claim in claims)
    }
    lines = [line for name, addresses in found.items() if (line := _line(name, addresses, site))]
    if not lines:
        return ""
    return f"; to give the network a name, add `networks: {{{', '.join(lines)}}}` to the site file"


def _only_shown(site: Site) -> dict[str, Addresses]:
    return {name: site.networks[name] for name in site.shown} | dict(site.exported)


def _has(claim: Claim, addresses: Addresses) -> bool:
    """Whether an end of the packets is in the network, and the packets are not from everywhere."""
    space = claim.answered.space
    values = addresses.of(space.family)
    return bool(values) and any(
        claim.packets & space.within(space.fields[end], values) == claim.packets for end in _ENDS
    )


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
