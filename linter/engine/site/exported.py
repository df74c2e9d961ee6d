"""What exports add to a site: their networks, and the other addresses of its machines."""

from collections.abc import Mapping
from typing import Final

from flowmodel.addresses import EVERYWHERE, Addresses
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import End, Site

# RFC 1918, RFC 6598 (behind a provider's NAT), RFC 3927, RFC 1122 (loopback); RFC 4193, RFC 4291.
_PRIVATE: Final = Addresses(
    (
        (0x0A000000, 0x0AFFFFFF),
        (0x64400000, 0x647FFFFF),
        (0x7F000000, 0x7FFFFFFF),
        (0xA9FE0000, 0xA9FEFFFF),
        (0xAC100000, 0xAC1FFFFF),
        (0xC0A80000, 0xC0A8FFFF),
    ),
    (
        (0, 1),
        (0xFC << 120, (0xFE << 120) - 1),
        (0xFE80 << 112, (0xFEC0 << 112) - 1),
    ),
)
"""Addresses that nobody on the internet has."""
_NAMED: Final = 2
"""How many dots there are in the name of a role's address."""


def outside(site: Site) -> Addresses:
    """Every address in no network of the site, nor in one that its exports show."""
    inside = Addresses()
    for addresses in (*site.networks.values(), *(each for _, each in site.exported)):
        inside |= addresses
    return EVERYWHERE - inside


def unprotected(site: Site) -> tuple[End, ...]:
    """The networks of a site without roles: as nobody says what is in them, all of it counts."""
    if site.roles:
        return ()
    return tuple(End(name, "peer", addresses) for name, addresses in site.networks.items())


def the_internet(site: Site) -> Addresses:
    """Those of them that somebody on the internet can have."""
    return outside(site) - _PRIVATE


def completed(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> Site:
    """The site with what the rule sets of its devices tell of its surroundings."""
    told: dict[str, Addresses] = {}
    for its in rulesets.values():
        for ruleset in its:
            for name, addresses in ruleset.networks:
                told[name] = told.get(name, Addresses()) | addresses
    beside = _beside(site, rulesets)
    if not told and not beside:
        return site
    site = replace(site, exported=tuple(told.items()))
    exported = Addresses()
    for addresses in told.values():
        exported |= addresses

    def end(known: End) -> End:
        if known.kind == "internet":
            return replace(known, addresses=known.addresses - exported, wide=known.wide - exported)
        return replace(known, beside=beside[known.name]) if known.name in beside else known

    return replace(
        site,
        roles=tuple(map(end, site.roles)),
        requirements=tuple(
            replace(flow, ends=tuple((end(source), end(to)) for source, to in flow.ends))
            for flow in site.requirements
        ),
    )


def _beside(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> dict[str, Addresses]:
    """The other addresses of each role's machines: those that no role is bound to.

    A role that has names for its addresses (`policy.role.address`) says of each what it is for:
    the others of its machines count once, with the first of them.
    """
    bound = Addresses()
    for role in site.roles:
        bound |= role.addresses
    found: dict[str, Addresses] = {}
    for device in site.devices:
        for ruleset in rulesets.get(device.name, ()):
            rest = ruleset.own - bound
            if device.roles and rest:
                name = device.roles[0]
                names = device.roles if name.count(".") < _NAMED else (name,)
                for each in names:
                    found[each] = found.get(each, Addresses()) | rest
    return found
