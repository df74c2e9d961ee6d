"""What is open, on which machine and to whom, in words that are the same for both families."""

from collections.abc import Mapping, Sequence

from flowmodel.addresses import Addresses
from flowmodel.fields import Family, NumberField
from flowmodel.site import Site
from flowmodel.values import Values, size, union
from linter.checks.exposure.claims import Claim, Opened
from linter.checks.words import (
    end_words,
    is_or_are,
    listed,
    networks_words,
    ports_of_packets,
    ports_words,
)
from linter.engine.sets.readout import projected
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.sets.words import addresses_in_words, filled
from linter.engine.site.exported import the_internet

_LIMIT = 256
_FEW = 2
_INTERNET = "the internet"
_PRIVATE = "private addresses"


def opened(claims: Sequence[Claim]) -> Opened:
    """The words for claims that say the same of one rule.

    A rule for both families is one finding, so its words may not depend on the family.
    """
    hosts = _hosts(claims)
    ports = _ports(claims)
    return Opened(
        ports_words(ports),
        is_or_are(ports),
        hosts,
        _networks(claims, "src"),
        _networks(claims, "dst"),
        _where(claims, hosts),
    )


def _hosts(claims: Sequence[Claim]) -> str:
    reason = claims[0].reason
    flow = reason.requirement
    if flow is None:
        return reason.subject.partition(".")[2]
    ends = list({id(end): end for _, end in flow.ends}.values())
    reached = [
        end
        for end in ends
        if any(
            claim.packets & claim.crossing.policies.to_end(end) != claim.answered.space.false
            for claim in claims
        )
    ]
    # What a port-forward sends to a machine goes to none of its addresses.
    return listed(end_words(end, flow.policy) for end in reached or ends)


def _where(claims: Sequence[Claim], hosts: str) -> str:
    crossing = claims[0].answered.question.crossing
    name = crossing.device.name
    if crossing.traffic == "forward":
        return f" through {name}"
    return "" if name == hosts else f" on {name}"


def _ports(claims: Sequence[Claim]) -> dict[int, Values]:
    found: dict[int, Values] = {}
    for claim in claims:
        for number, ports in ports_of_packets(claim.answered.space, claim.packets).items():
            found[number] = union(found.get(number, ()) + ports)
    return found


def _networks(claims: Sequence[Claim], field: NumberField) -> str:
    """The networks that the packets have addresses of, the internet first.

    They are those of the site, and those that exports show and the site does not name.
    """
    site = claims[0].crossing.policies.site
    # The site's own names first: of two for the same addresses it is the one that people know.
    networks = site.networks | dict(site.exported) | site.networks
    found: dict[str, None] = {}
    outside: list[str] = []
    for claim in claims:
        space = claim.answered.space
        rest = claim.packets
        for name in _smaller_first(networks, space.family):
            here = rest & space.within(space.fields[field], networks[name].of(space.family))
            if here != space.false:
                rest = minus(rest, here)
                found[name] = None
        if rest != space.false:
            outside.append(_outside(site, space, rest, field))
    names = [name for name in (*site.networks, *dict(site.exported)) if name in found]
    internet = _INTERNET if _INTERNET in outside else " and ".join(dict.fromkeys(outside))
    return networks_words(internet, names)


def _smaller_first(networks: Mapping[str, Addresses], family: Family) -> list[str]:
    """The networks, those inside another one before that one."""
    return sorted(networks, key=lambda name: size(networks[name].of(family)))


def _outside(site: Site, space: Space, packets: PacketSet, field: NumberField) -> str:
    """The internet; or the addresses of packets, if they are few or nobody on it has them."""
    internet = space.within(space.fields[field], the_internet(site).of(space.family))
    is_internet = packets & internet != space.false
    addresses = projected(space, packets, field, _LIMIT)
    addresses = filled(space, addresses) if field == "dst" else addresses
    if len(addresses) > _FEW:
        return _INTERNET if is_internet else _PRIVATE
    if is_internet and size(addresses) > 1 << (len(space.fields[field]) - 9):
        return _INTERNET
    words = addresses_in_words(addresses, space.family)
    return f"{words} (internet)" if site.networks and is_internet else words
