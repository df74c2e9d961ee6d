"""Which addresses are a device's own and where it stands, as its exports and the site tell it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import and_

from flowmodel.addresses import EVERYWHERE, LOOPBACK, ON_LINK, Addresses, together, unbounded
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import replace
from flowmodel.ruleset import Link, RuleSet
from flowmodel.site import Device, End, Interface, Site
from flowmodel.source import InputError
from flowmodel.values import EMPTY, Values, intersection, is_subset, overlaps
from linter.engine.sets.words import addresses_in_words

INTERNET = "internet"
_IPV6 = Addresses((), EVERYWHERE.v6)


def known(device: Device, found: Sequence[RuleSet], roles: Sequence[End]) -> Device:
    """The device with its own addresses, and which of its roles' machines it is if these tell it.

    Raises InputError where site and exports contradict each other.
    """
    told = together(ruleset.local for ruleset in found)
    foreign = together(ruleset.foreign for ruleset in found)
    if wrong := device.local & foreign:
        _refuse(device, found, f"does not have {_words(wrong)}, which `addresses:` names")
    local = device.local | told
    foreign = (foreign | device.foreign) - local
    if unbounded(device.own).v6 and not device.ipv6:
        foreign |= _IPV6 - local
    device = replace(device, local=local, foreign=foreign)
    if not device.roles or not (local or foreign):
        return device
    listed = [e.wide for e in roles if e.name in device.roles and not e.is_one_machine]
    return _at_machine(device, found, together(listed))


def _at_machine(device: Device, found: Sequence[RuleSet], listed: Addresses) -> Device:
    """The machine whose addresses are told: it has these, and those that the site binds.

    `listed` are addresses of its roles of which the site does not say which are on one machine, as
    of a plain list or a network.
    """
    known = Addresses(*(EVERYWHERE.of(f) if device.foreign.of(f) else EMPTY for f in FAMILIES))
    bound = together(device.machines) or device.own
    anywhere = unbounded(bound)
    bound = bound - anywhere | within(anywhere, device) & anywhere
    here = known - anywhere
    if all(each & here and not each & here & device.local for each in device.machines or (bound,)):
        _refuse(device, found, f"has none of the addresses of {' and '.join(device.roles)}")
    told = device.local - ON_LINK
    if device.machines:
        fits = (_told_by_family if listed else _told)(device.machines, device.local, known)
        # Whichever machine it is, it has what is told.
        device = replace(device, machines=tuple(each | told for each in fits))
        bound = together(fits)
        if any(device.is_one_of_several(f) and not device.foreign.of(f) for f in FAMILIES):
            return replace(device, own=device.own | told, foreign=device.foreign - bound)
        if len(fits) > 1:
            listed = bound - reduce(and_, fits)
    bound -= (listed & known) - device.local
    own = bound | told
    return replace(device, own=own, machines=(), foreign=device.foreign - own)


def _told(
    machines: Sequence[Addresses], local: Addresses, known: Addresses
) -> tuple[Addresses, ...]:
    """Those of the machines that have these addresses; all if none has any of them.

    A machine of which an address is missing fits where no other one does: it may be one that only
    the machine of a pair that is in use has, as of a single machine.
    """
    shared = reduce(and_, machines)
    fits = [each for each in machines if (each - shared) & local]
    whole = [each for each in fits if not ((each - shared) & known) - local]
    return tuple(whole or fits or machines)


def _told_by_family(
    machines: Sequence[Addresses], local: Addresses, known: Addresses
) -> tuple[Addresses, ...]:
    """The same where nobody says which IPv4 and which IPv6 address are of one machine.

    Each family tells by itself which address the machine has. Where all addresses are told and none
    is of the role, it has none of the role's; where not all are, it may have any of them.
    """
    shared = reduce(and_, machines)
    v4, v6 = (_of_family(machines, shared, local, known, family) for family in FAMILIES)
    count = max(len(v4), len(v6))
    v4, v6 = (found + found[-1:] * (count - len(found)) for found in (v4, v6))
    return tuple(Addresses(*both) | shared for both in zip(v4, v6, strict=True))


def _of_family(
    machines: Sequence[Addresses],
    shared: Addresses,
    local: Addresses,
    known: Addresses,
    family: Family,
) -> tuple[Values, ...]:
    """What the machine may have of the role's addresses of one family."""
    every = tuple(dict.fromkeys((each - shared).of(family) for each in machines))
    its = intersection(local.of(family), together(machines).of(family))
    whole = tuple(values for values in every if its and is_subset(its, values))
    fits = whole or tuple(values for values in every if overlaps(values, its))
    return fits or ((EMPTY,) if known.of(family) else every)


def within(addresses: Addresses, device: Device) -> Addresses:
    """Those that are the device's own, in the families in which all of its addresses are known.

    Without others it is still open to its neighbours, at its link-local addresses.
    """
    v4, v6 = (
        ((addresses & device.local) - ON_LINK).of(family) or (device.local - LOOPBACK).of(family)
        if device.foreign.of(family)
        else addresses.of(family)
        for family in FAMILIES
    )
    return Addresses(v4, v6)


def _refuse(device: Device, found: Sequence[RuleSet], message: str) -> None:
    paths = [link.span.path for ruleset in found for link in ruleset.links]
    by = f" ({paths[0]})" if paths else ""
    raise InputError(f"device `{device.name}` {message}{by}", device.span)


def _words(addresses: Addresses) -> str:
    return " and ".join(
        addresses_in_words(values, family)
        for family in FAMILIES
        if (values := addresses.of(family))
    )


def narrowed_to(site: Site, standing: Mapping[str, Sequence[Device]]) -> Site:
    """The site, whose roles that could be anywhere are at the addresses of their machines."""
    if not any(unbounded(role.wide) for role in site.roles):
        return site

    def end(found: End) -> End:
        anywhere = unbounded(found.wide)
        devices = standing.get(found.name)
        if not (anywhere and devices) or found.kind != "role":
            return found
        addresses, wide = (
            each - anywhere | together(within(each, one) for one in devices) & anywhere
            for each in (found.addresses, found.wide)
        )
        return replace(found, addresses=addresses, wide=wide)

    return site.with_ends(end)


def interfaces(
    device: Device, links: Sequence[Link], site: Site, networks: dict[str, Addresses]
) -> Iterator[Interface]:
    """The interfaces of a machine, with the networks of the site behind them.

    What lies behind one and is no network of the site is a network of its own, which is added to
    `networks`. Networks that no route names lie where the default route leads, if there is one.
    """
    inside = together(site.networks.values())
    outside = [link for link in links if link.is_outside]
    for link in links:
        names = [
            name
            for name, addresses in site.networks.items()
            if [each for each in links if each.addresses & addresses] == [link]
        ]
        if link.is_outside:
            names += [
                name
                for name, addresses in site.networks.items()
                if len(outside) == 1 and not any(each.addresses & addresses for each in links)
            ]
        elif unnamed := link.addresses - inside:
            names.append(f"{link.names[0]} of {device.name}")
            networks[names[-1]] = unnamed
        near = together(networks[name] for name in names)
        if link.is_outside:
            names.append(INTERNET)
        addresses = near | (EVERYWHERE - inside) if link.is_outside else near
        yield Interface(link.names[0], tuple(names), addresses, link.span, near)
