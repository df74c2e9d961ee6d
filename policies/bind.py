"""Makes the site that checks see: flows, firewalls and waivers with addresses for names."""

from collections.abc import Sequence
from datetime import date
from itertools import chain

from flowmodel.addresses import Addresses, others, together
from flowmodel.site import OWN, Device, End, Interface, Requirement, Site, Waiver
from flowmodel.source import Source
from flowmodel.used import Used
from flowmodel.values import size
from policies.addresses import NOWHERE
from policies.bindings import bind_flow, check_pairs, follow_ons, requirement, services_of
from policies.ends import Ends
from policies.machines import machines_at, machines_of
from policies.model import Flow, Peer, Role
from policies.problems import find_problems
from policies.publics import check_reachable, uplinks
from policies.site_file import AcceptEntry, DeviceEntry, SiteFile
from policies.uses import Use


def own_flow(ends: Ends, flow: Flow) -> Requirement:
    """A flow of the site's `allow`."""
    sources = [end for name in flow.sources for end in ends.of_place(name)]
    targets = [end for name in flow.targets for end in ends.of_place(name)]
    check_pairs(flow, len(sources) * len(targets), ends.site.source)
    pairs = tuple((source, target) for source in sources for target in targets)
    if flow.is_either:
        pairs = tuple(dict.fromkeys((*pairs, *((target, source) for source, target in pairs))))
    if flow.need == "never":
        pairs = tuple(map(ends.forbidden, pairs))
    return Requirement(
        policy=OWN,
        id=flow.id,
        ends=pairs,
        services=services_of(flow, {}),
        need=flow.need,
        span=flow.span,
        any_of=flow.is_any_of,
        group=flow.group,
        is_admin=flow.is_admin,
        is_critical=flow.is_critical,
        app=flow.app,
        purpose=flow.purpose,
        inactive_because="" if pairs else "an endpoint is not bound",
    )


def bind_device(ends: Ends, entry: DeviceEntry) -> Device:
    """A firewall with the addresses behind its interfaces, or of the machine that it is on."""
    networks = ends.site.networks
    interfaces = []
    for name, behind, span in entry.interfaces:
        near = together(networks[one] for one in behind if one != "internet")
        addresses = near | ends.outside if "internet" in behind else near
        interfaces.append(Interface(name, behind, addresses, span, near))
    roles = [end for host in entry.hosts for end in ends.of_place(host.value)]
    machines = machines_of(roles) if entry.own is None else machines_at(roles, entry.own.addresses)
    if not entry.has_ipv6 and _are_enough_without_ipv6(ends, entry):
        machines = _without_ipv6(machines, roles) or machines
    own = machines[0] if len(machines) == 1 else together(end.wide for end in roles)
    return Device(
        entry.name,
        entry.exports,
        entry.format,
        tuple(interfaces),
        tuple(dict.fromkeys(end.name for end in roles)),
        own,
        entry.span,
        entry.has_ipv6,
        entry.includes,
        entry.groups,
        entry.acl,
        machines if len(machines) > 1 else (),
        local=entry.addresses,
        foreign=others(entry.addresses),
        named=entry.named,
        format_named=entry.format_named,
    )


def _without_ipv6(machines: Sequence[Addresses], roles: Sequence[End]) -> tuple[Addresses, ...]:
    """Those of the machines that may have no IPv6.

    A plain list does not say whose its IPv6 addresses are: each of its machines may have none.
    """
    if all(each.is_one_machine for each in roles):
        return tuple(each for each in machines if not each.v6)
    return tuple(dict.fromkeys(Addresses(each.v4, ()) for each in machines if each.v4))


def _are_enough_without_ipv6(ends: Ends, entry: DeviceEntry) -> bool:
    """Whether a device's role has as many machines without IPv6 as there are such devices.

    If it has fewer, one of the devices contradicts the addresses, and nobody knows which.
    """
    names = {host.value for host in entry.hosts}
    alike = [
        each
        for each in ends.site.devices
        if not each.has_ipv6 and names & {host.value for host in each.hosts}
    ]
    own = together(end.addresses for host in entry.hosts for end in ends.of_place(host.value))
    return size(own.v4) - size(own.v6) >= len(alike)


def bind_waiver(ends: Ends, entry: AcceptEntry) -> Waiver:
    """A waiver with the addresses of its destination."""
    to = NOWHERE
    for name in entry.to:
        for end in ends.of_place(name):
            to |= end.wide | end.public
    return Waiver(
        entry.finding,
        entry.because,
        entry.until,
        entry.span,
        entry.device,
        entry.flow,
        to,
        entry.service,
    )


def _waivers(ends: Ends, site: SiteFile, today: date) -> tuple[Waiver, ...]:
    waivers = [bind_waiver(ends, one) for one in site.accept if one.until >= today]
    # Without an address `to` would fit every destination, which is not what the site says.
    places = [one.to for one in site.accept if one.until >= today]
    return tuple(one for one, to in zip(waivers, places, strict=True) if one.to or not to)


def bind(site: SiteFile, today: date, machines: tuple[str, ...] = ()) -> Site:
    """The site with addresses for names; waivers that ended before today are left out.

    With `machines` the site is these roles' machine alone, and what is not bound can be anywhere.
    """
    ends = Ends(site, machines)
    bindings = [
        bind_flow(ends, use, flow) for use in site.uses.values() for flow in use.policy.flows
    ]
    firsts = [requirement(one) for one in bindings]
    then = (follow_ons(one, first) for one, first in zip(bindings, firsts, strict=True))
    flows = (*firsts, *chain.from_iterable(then))
    own = tuple(own_flow(ends, flow) for flow in site.allow)
    check_reachable(flows + own, together(site.networks.values()), site.source)
    return Site(
        name=site.name,
        networks=site.networks,
        devices=tuple(bind_device(ends, one) for one in site.devices),
        requirements=flows + own,
        roles=ends.roles(),
        waivers=_waivers(ends, site, today),
        problems=find_problems(site, ends, bindings, flows + own, today),
        not_covered={use.policy.name: use.policy.not_covered for use in site.uses.values()},
        sources=_sources(site),
        used=tuple(map(_used, site.uses.values())),
        marked=site.marked,
        unmarked=site.unmarked,
        uplinks=uplinks(
            (
                *site.roles.values(),
                *(where for use in site.uses.values() for where in use.bind.values()),
            ),
            site.source,
        ),
    )


def _used(use: Use) -> Used:
    policy = use.policy
    values = policy.values({name: ports for name, (ports, _) in use.parameters.items()})
    ends: list[Role | Peer] = [*policy.roles.values(), *policy.peers.values()]
    return Used(
        policy.name,
        policy.title,
        policy.document,
        policy.source,
        titles=tuple((each.name, each.title) for each in ends),
        answers=tuple(
            (name, use.options.get(name, option.default)) for name, option in policy.options.items()
        ),
        ports=tuple((name, values[name].text) for name in use.parameters),
        not_covered=policy.not_covered,
    )


def _sources(site: SiteFile) -> tuple[Source, ...]:
    policies = (*(use.policy for use in site.uses.values()), *site.own)
    return (site.source, *dict.fromkeys(policy.source for policy in policies))
