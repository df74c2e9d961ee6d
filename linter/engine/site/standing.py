"""Which addresses are a device's own and where it stands, as its exports and the site tell it."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.addresses import EVERYWHERE, LOOPBACK, ON_LINK, Addresses, together
from flowmodel.fields import FAMILIES
from flowmodel.record import replace
from flowmodel.ruleset import Link, RuleSet
from flowmodel.site import Device, End, Interface, Site
from flowmodel.source import InputError
from flowmodel.values import EMPTY
from linter.engine.sets.words import addresses_in_words

INTERNET = "internet"
_IPV6 = Addresses((), EVERYWHERE.v6)


def known(device: Device, found: Sequence[RuleSet]) -> Device:
    """The device with its own addresses, and which of its roles' machines it is if these tell it.

    Raises InputError where site and exports contradict each other.
    """
    told = together(ruleset.local for ruleset in found)
    foreign = together(ruleset.foreign for ruleset in found)
    if wrong := device.local & foreign:
        _refuse(device, found, f"does not have {_words(wrong)}, which `addresses:` names")
    local = device.local | told
    foreign = (foreign | device.foreign) - local
    if device.own == EVERYWHERE and not device.ipv6:
        foreign |= _IPV6 - local
    device = replace(device, local=local, foreign=foreign)
    return _at_machine(device, found) if device.roles and (local or foreign) else device


def _at_machine(device: Device, found: Sequence[RuleSet]) -> Device:
    """The machine whose addresses are told: it has these, and those that the site binds."""
    known = Addresses(*(EVERYWHERE.of(f) if device.foreign.of(f) else EMPTY for f in FAMILIES))
    bound = device.own
    if bound == EVERYWHERE:
        bound = within(bound, device)
    elif bound & known and not bound & known & device.local:
        _refuse(device, found, f"has none of the addresses of {' and '.join(device.roles)}")
    if device.machines:
        fits = tuple(
            each
            for each in device.machines
            if each & device.local and not (each & known) - device.local
        )
        if not fits:
            return replace(device, local=Addresses())
        bound = together(fits)
        if any(len({e.of(f) for e in fits}) > 1 and not device.foreign.of(f) for f in FAMILIES):
            return replace(device, machines=fits)
    own = bound | (device.local - ON_LINK)
    return replace(device, own=own, machines=(), foreign=device.foreign - own)


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


def narrowed_to(site: Site, anywhere: Mapping[str, Device]) -> Site:
    """The site, whose roles that could be anywhere are at the addresses of their machine."""
    if not anywhere:
        return site

    def end(found: End) -> End:
        device = anywhere.get(found.name)
        if device is None or found.kind != "role":
            return found
        return replace(
            found, addresses=within(found.addresses, device), wide=within(found.wide, device)
        )

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
