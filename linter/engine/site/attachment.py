"""Where the firewalls of a site stand, as far as their exports tell it and the site does not."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.addresses import EVERYWHERE, Addresses
from flowmodel.fields import FAMILIES
from flowmodel.record import NamedTuple, replace
from flowmodel.ruleset import Link, RuleSet, tells_networks, traffic_of
from flowmodel.site import Device, Interface, Site, Uplink
from flowmodel.source import InputError
from flowmodel.values import is_subset, union
from linter.engine.site.exported import completed
from linter.engine.site.machines import machines_of
from linter.engine.site.narrowing import narrowed
from linter.engine.site.standing import interfaces, known, narrowed_to
from linter.engine.site.unlisted import unnamed_name, with_unlisted
from linter.engine.site.uplinks import resolved

INTERNET = "internet"
RuleSets = dict[str, tuple[RuleSet, ...]]


class Misplaced(NamedTuple):
    """A device about which site and export do not say enough, or contradict each other.

    Without a device it is an uplink that no device has.
    """

    error: InputError
    device: str


class Attached(NamedTuple):
    """The site with every device at its place, the rule sets by device, and what has none."""

    site: Site
    rulesets: RuleSets
    misplaced: tuple[Misplaced, ...]


def attached(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> Attached:
    """The site with the interfaces that exports tell, and one device for each machine in them.

    A device of many machines (AWS) becomes one for each network interface that a flow is about,
    under the name `device/eni-0a1b`. One that cannot be placed is not judged.
    """
    networks = dict(site.networks)
    devices: list[Device] = []
    placed: RuleSets = {}
    misplaced: list[Misplaced] = []
    standing: dict[str, list[Device]] = {}
    behind: dict[str, str] = {}
    for device in site.devices:
        found = rulesets.get(device.name, ())
        try:
            before = set(networks)
            for each, its in list(_placed(device, found, site, networks)):
                devices.append(each)
                # The machines of an account have the roles whose addresses they have.
                for role in each.roles if device.roles else ():
                    standing.setdefault(role, []).append(each)
                if device.roles:
                    behind |= dict.fromkeys(networks.keys() - before, each.name)
                if its:
                    placed[each.name] = its
        except InputError as error:
            misplaced.append(Misplaced(error, device.name))
    # What a cloud filters before a machine, it filters before the machine's own firewall.
    devices.sort(key=lambda each: not any(its.place for its in placed.get(each.name, ())))
    outside = _outside(site)
    shown = {name: a for name, a in networks.items() if _is_within(a, outside)}
    site = replace(
        site,
        devices=tuple(devices),
        networks=networks,
        behind=tuple(behind.items()),
        shown=tuple(shown),
    )
    site = replace(site, uplinks=tuple(_uplinks(site, placed, misplaced)))
    site = completed(narrowed_to(site, standing), placed)
    return Attached(site, narrowed(site, placed), tuple(misplaced))


def _uplinks(site: Site, placed: RuleSets, misplaced: list[Misplaced]) -> Iterator[Uplink]:
    """The uplinks that the site names, as far as there are such; others are noted."""
    is_whole = not misplaced
    for uplink in site.uplinks:
        try:
            if found := resolved(site, uplink, placed):
                yield found
        except InputError as error:
            # A device that cannot be placed may have the interface: the error about it is enough.
            if is_whole:
                misplaced.append(Misplaced(error, ""))


def _placed(
    device: Device, found: tuple[RuleSet, ...], site: Site, networks: dict[str, Addresses]
) -> Iterator[tuple[Device, tuple[RuleSet, ...]]]:
    links = [link for ruleset in found for link in ruleset.links]
    if any(ruleset.own for ruleset in found):
        _check_all_have_places(device, found)
        if device.local:
            message = f"the exports of `{device.name}` tell its addresses: leave out `addresses:`"
            raise InputError(message, device.span)
        between = tuple(ruleset for ruleset in found if _only_forwards(ruleset))
        if device.interfaces and between:
            yield device, _one(device, between)
        else:
            machines = tuple(ruleset for ruleset in found if ruleset not in between)
            yield from machines_of(device, machines, site)
        return
    device = known(device, found, site.roles)
    if not found:
        yield device, found
    elif device.roles:
        _compare_host(device, found)
        if not any(map(tells_networks, found)):
            _compare(device, links)
            its = device.interfaces
            if not its and any(link.is_outside for link in links):
                its = tuple(interfaces(device, links, site, networks))
            device = replace(device, interfaces=its)
        yield device, found
    elif device.interfaces:
        _compare(device, links)
        yield with_unlisted(device, links, _outside(site), networks), _one(device, found)
    elif any(link.is_outside for link in links) or any(map(tells_networks, found)):
        yield replace(device, interfaces=_interfaces(device, links, site, networks)), found
    else:
        why = "its export does not tell which networks it connects"
        if links:
            why = "the output of `ip -j route` beside its rules has no default route"
        message = (
            f"device `{device.name}` needs `interfaces:`, or `host:` on a machine itself: {why}"
        )
        raise InputError(message, device.span, _line(site, device.span.line))


def _one(device: Device, found: tuple[RuleSet, ...]) -> tuple[RuleSet, ...]:
    """The rule sets of one firewall; of several in an export, no packet meets them all.

    Raises InputError where none of them has the device's name.
    """
    places = dict.fromkeys(ruleset.place for ruleset in found if ruleset.place)
    mine = [place for place in places if len(places) == 1 or place.lower() == device.name.lower()]
    if places and len(mine) != 1:
        message = (
            f"the exports of `{device.name}` hold {len(places)} firewalls: name the device after "
            f"one of them ({', '.join(places)}), or give it the exports of one only"
        )
        raise InputError(message, device.span)
    return tuple(ruleset for ruleset in found if ruleset.place in ("", *mine))


def _only_forwards(ruleset: RuleSet) -> bool:
    """Whether this is a firewall between networks, in an export that has machines too (AWS)."""
    return traffic_of(ruleset) == {"forward"}


def _line(site: Site, number: int) -> str:
    """The site file's own line."""
    lines = site.sources[0].lines if site.sources else []
    return lines[number - 1] if number <= len(lines) else ""


def _check_all_have_places(device: Device, found: tuple[RuleSet, ...]) -> None:
    """Raises InputError for exports of one machine among those of a whole account."""
    alone = dict.fromkeys(ruleset.path for ruleset in found if not ruleset.place)
    if alone:
        message = (
            f"{', '.join(alone)} is the export of one firewall, but the others of `{device.name}` "
            "are of many machines: make it a device of its own, with `host:` or `interfaces:`"
        )
        raise InputError(message, device.span)


def _compare_host(device: Device, found: tuple[RuleSet, ...]) -> None:
    """Raises InputError where the export is of a cloud's firewall that stands before no machine."""
    for ruleset in found:
        if ruleset.place and _only_forwards(ruleset):
            message = (
                f"{ruleset.place} is a firewall between networks: device `{device.name}` needs "
                "`interfaces:` instead of `host:`"
            )
            raise InputError(message, device.span)


def _compare(device: Device, links: Sequence[Link]) -> None:
    """Raises InputError where the site names an interface that the export does not have."""
    known = [name for link in links for name in link.names]
    for interface in device.interfaces:
        if known and interface.name not in known:
            message = f"`{device.name}` has no interface `{interface.name}`: it has " + ", ".join(
                link.names[0] for link in links
            )
            raise InputError(message, interface.span)


def _interfaces(
    device: Device, links: Sequence[Link], site: Site, networks: dict[str, Addresses]
) -> tuple[Interface, ...]:
    """The interfaces with the networks behind them, those that the site does not name too.

    A network that lies behind several interfaces is taken apart: each part is a network of its own,
    added to `networks`. So is what no network of the site has: what is open from there counts.
    """
    outside = _outside(site)
    routed = _routed(links)
    behind: dict[str, list[Link]] = {}
    for name, addresses in site.networks.items():
        for link, routes in zip(links, routed, strict=True):
            if routes & addresses:
                behind.setdefault(name, []).append(link)
    found = []
    for link in links:
        names: list[str] = []
        for name, several in behind.items():
            if link not in several:
                continue
            part = name
            if len(several) > 1 and not _is_within(site.networks[name], link.addresses):
                inside = link.addresses & site.networks[name]
                part = _part(f"{name} at {link.names[0]}", inside, device, networks)
            if part not in names:
                names.append(part)
        if not link.is_outside and (unnamed := (link.addresses & outside)):
            names.append(unnamed_name(link.names[0], device))
            networks[names[-1]] = unnamed
        addresses = Addresses()
        for name in names:
            addresses |= networks[name]
        if link.is_outside:
            names.append(INTERNET)
            addresses |= outside - _inside(links)
        found.append(Interface(link.names[0], tuple(names), addresses, link.span, link.addresses))
    return tuple(found)


def _routed(links: Sequence[Link]) -> list[Addresses]:
    """What each link's routes lead to: a network inside another one's is behind its own link."""
    found = []
    for link in links:
        v4, v6 = (
            union(
                inner
                for other in links
                if other is not link
                for inner in other.addresses.of(family)
                if is_subset((inner,), link.addresses.of(family))
                and inner not in link.addresses.of(family)
            )
            for family in FAMILIES
        )
        found.append(link.addresses - Addresses(v4, v6))
    return found


def _part(name: str, addresses: Addresses, device: Device, networks: dict[str, Addresses]) -> str:
    """The name of a network with these addresses, which is added to `networks` if it is new."""
    same = next((known for known, its in networks.items() if its == addresses), "")
    if not same:
        same = f"{name} of {device.name}" if name in networks else name
        networks[same] = addresses
    return same


def _is_within(inner: Addresses, outer: Addresses) -> bool:
    return is_subset(inner.v4, outer.v4) and is_subset(inner.v6, outer.v6)


def _inside(links: Sequence[Link]) -> Addresses:
    """Every address that the export shows behind an interface without the world behind it."""
    inside = Addresses()
    for link in links:
        if not link.is_outside:
            inside |= link.addresses
    return inside


def _outside(site: Site) -> Addresses:
    """Every address in no network of the site."""
    inside = Addresses()
    for addresses in site.networks.values():
        inside |= addresses
    return EVERYWHERE - inside
