"""What exports add to a site: their networks, and the other addresses of its machines."""

from collections.abc import Mapping
from typing import Final

from flowmodel.addresses import EVERYWHERE, LOOPBACK, ON_LINK, Addresses, together, unbounded
from flowmodel.fields import FAMILIES
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device, End, Site
from flowmodel.values import EMPTY, overlaps, union
from linter.engine.device.mentions import input_destinations

# RFC 1918, RFC 6598 (behind a provider's NAT), RFC 3927, RFC 1122 (loopback); RFC 4193, RFC 4291.
PRIVATE: Final = Addresses(
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
NOBODYS: Final = Addresses(
    ((0, 0x00FFFFFF), (0x7F000000, 0x7FFFFFFF), (0xE0000000, 0xFFFFFFFF)),
    ((0, 1), (0xFF << 120, (1 << 128) - 1)),
)
"""Addresses at which no machine is found: loopback, multicast, broadcast (RFC 6890)."""
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
    return outside(site) - PRIVATE


def every_address(end: End) -> End:
    """The end at all that its name can mean, where what must never be may come from or get to.

    What must work is only asked about globally reachable addresses of the internet, and about those
    of a machine that the site binds.
    """
    # A role that may be anywhere is at the addresses that a machine can have.
    wide = end.wide - unbounded(end.wide) if end.kind == "role" else end.wide
    return replace(end, addresses=end.addresses | wide | end.beside | end.perhaps)


def every_machine(end: End) -> End:
    """The same for what is sent: there is nobody at the other addresses of the internet."""
    if end.kind in ("role", "peer"):
        return every_address(end)
    return replace(end, addresses=end.addresses | (end.wide - NOBODYS - ON_LINK))


def completed(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> Site:
    """The site with what the rule sets of its devices tell of its surroundings."""
    told: dict[str, Addresses] = {}
    for its in rulesets.values():
        for ruleset in its:
            for name, addresses in ruleset.networks:
                told[name] = told.get(name, Addresses()) | addresses
    beside = _beside(site, rulesets)
    perhaps = _perhaps(site, rulesets, beside)
    if not (told or beside or perhaps or site.shown):
        return site
    devices = (replace(d, perhaps=perhaps.get(d.name, Addresses())) for d in site.devices)
    site = replace(site, exported=tuple(told.items()), devices=tuple(devices))
    of_roles: dict[str, Addresses] = {}
    for device in site.devices:
        if device.perhaps:
            name = device.roles[0]
            of_roles[name] = of_roles.get(name, Addresses()) | device.perhaps
    exported = together((*told.values(), *(site.networks[name] for name in site.shown)))

    def end(known: End) -> End:
        if known.kind == "internet":
            return replace(known, addresses=known.addresses - exported, wide=known.wide - exported)
        if known.name not in beside and known.name not in of_roles:
            return known
        nothing = Addresses()
        return replace(
            known,
            beside=beside.get(known.name, nothing),
            perhaps=of_roles.get(known.name, nothing),
        )

    return site.with_ends(end)


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
        reached = device.local - ON_LINK - NOBODYS
        for ruleset in rulesets.get(device.name, ()):
            rest = (ruleset.own | reached) - bound
            if device.roles and rest:
                name = device.roles[0]
                names = device.roles if name.count(".") < _NAMED else (name,)
                for each in names:
                    found[each] = found.get(each, Addresses()) | rest
    return found


def _on_links_alone(device: Device) -> Addresses:
    """The link-local addresses of a machine that has no others of a family: its neighbours' way."""
    v4, v6 = (
        EMPTY if (device.own | device.local - ON_LINK).of(family) else its.of(family)
        for its in (device.local - LOOPBACK,)
        for family in FAMILIES
    )
    return Addresses(v4, v6)


def _perhaps(
    site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]], beside: Mapping[str, Addresses]
) -> dict[str, Addresses]:
    """The addresses that each machine's rules about packets to itself name, and nobody else does.

    Such a rule is dead, or the machine has an address that the site does not know.
    """
    bound: dict[str, list[Addresses]] = {}
    for role in site.roles:
        bound.setdefault(role.name, []).append(role.addresses)
    found: dict[str, Addresses] = {}
    for device in site.devices:
        its = rulesets.get(device.name, ())
        if not device.roles or any(ruleset.own for ruleset in its):
            continue
        known = together(
            each
            for role in device.roles
            for each in (*bound.get(role, ()), beside.get(role, Addresses()))
        )
        named = {
            family: union(
                interval
                for values in input_destinations(its, family)
                if not overlaps(values, known.of(family))
                for interval in values
            )
            for family in FAMILIES
        }
        of_others = together(each for role in site.roles for each in (role.addresses, role.public))
        rest = Addresses(named[4], named[6]) - NOBODYS - (of_others - known) - device.foreign
        rest |= _on_links_alone(device)
        if rest:
            found[device.name] = rest
    return found
