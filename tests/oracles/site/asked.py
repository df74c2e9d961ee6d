"""The connections that are tried at a site, and what its policy says of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from tests.oracles.site.arrivals import handed_to, led, meant, sent_to
from tests.oracles.site.intentions import FORBIDDEN, UNUSED
from tests.oracles.site.plan import (
    INTERNET,
    OUTSIDE,
    PINGS,
    PRIVATE,
    UNPRIVILEGED,
    Address,
    End,
    Flow,
    Machine,
    Plan,
    Query,
    Service,
)
from tests.oracles.site.routes import crossings, way

MOST_OPENINGS: Final = 300
"""How many connections that nobody asks for are tried at a site, beside those of flows."""


@dataclass(frozen=True)
class Wanted:
    """One connection that a flow needs, and the machines where it may come out."""

    flow: Flow
    query: Query
    goals: frozenset[str]
    port: int
    """The port inside that the service has; outside it may be another."""
    alternative: tuple[Address, Address, int] | None = None
    """For `any_of`: the two addresses between which one service is enough, and a client's port."""


def wanted(plan: Plan) -> Iterator[Wanted]:
    """All connections that must or should work, for some addresses of networks.

    Those that follow on them are among these.
    """
    for flow in plan.active:
        if flow.need in ("must", "should") or flow.follows:
            for source in _addresses(flow.source, plan):
                for target, goals in _targets(flow, source, plan):
                    for service in flow.services:
                        if service.proto == "icmp" and source.version == 6:
                            continue  # ICMP is IPv4's; IPv6 has a protocol of its own
                        mine = _also_at(plan, goals, service, source)
                        for port in _client_ports(flow):
                            there = _asked_for(service, target, flow, plan)
                            yield Wanted(
                                flow,
                                Query(source, target, there, port, _group(flow, source)),
                                mine,
                                service.port,
                                (source, target, port) if flow.any_of else None,
                            )


def _also_at(
    plan: Plan, goals: frozenset[str], service: Service, source: Address
) -> frozenset[str]:
    """The machines where a connection may come out, with those to which they hand it on.

    Who gets back to itself has not reached another machine.
    """
    mine = (machine for machine in plan.machines if machine.name in goals)
    sender = plan.owner(source)
    handed = frozenset[str]().union(*(handed_to(plan, one, service) for one in mine))
    return goals | (handed - {sender.name if sender else ""})


def _group(flow: Flow, source: Address) -> Address | None:
    return next((one for one in flow.group if one.version == source.version), None)


def _client_ports(flow: Flow) -> list[int]:
    """Ports to try: the ends of ranges, but of the wide one any, which the kernel chooses."""
    ends = {p for span in flow.client_ports for p in (span if span != UNPRIVILEGED else (0,))}
    return sorted(ends) or [0]


def _asked_for(service: Service, target: Address, flow: Flow, plan: Plan) -> Service:
    """The service by the port that it has at the address."""
    public = plan.public(target, flow.target.name)
    return replace(service, port=public.port(service.port)) if public else service


def _addresses(end: End, plan: Plan) -> list[Address]:
    """The addresses of an end where somebody is."""
    if end.is_internet:
        return list(OUTSIDE)
    found = [a for m in plan.machines if m.name in end.machines for a in m.addresses]
    for prefix in end.prefixes:
        found += [
            address
            for machine in plan.machines
            for address in machine.addresses
            if address.version == prefix.version and address in prefix
        ]
    return list(dict.fromkeys(found))


def _targets(flow: Flow, source: Address, plan: Plan) -> Iterator[tuple[Address, frozenset[str]]]:
    """The addresses that clients at the source use, and the machines behind each."""
    if flow.to_public is not None:
        sender = plan.owner(source)
        is_itself = sender is not None and sender.name in flow.target.machines
        if source.version == flow.to_public.version and not is_itself:
            role = {one.machine for one in plan.publics if one.role == flow.target.name}
            is_paired = "paired_publics" in plan.features
            yield flow.to_public, frozenset(() if is_paired else role) | {*flow.target.machines}
        return
    if flow.target.is_internet:
        yield from (
            (one, frozenset({INTERNET})) for one in OUTSIDE if one.version == source.version
        )
        return
    outside = plan.network_of(source) == INTERNET
    publics = [one for one in plan.publics if one.role == flow.target.name]
    if outside and source.version == 4 and publics:
        # Which of the machines an address leads to, a site says in pairs alone.
        is_paired = "paired_publics" in plan.features
        for public in dict.fromkeys(one.address for one in publics):
            mine = {one.machine for one in publics if not is_paired or one.address == public}
            yield public, frozenset(mine)
        return
    sender = plan.owner(source)
    for address in _addresses(flow.target, plan):
        machine = plan.owner(address)
        if machine and machine != sender and address.version == source.version:
            yield address, frozenset({machine.name})


def verdict(plan: Plan, query: Query, machine: Machine, port: int) -> str:
    """`permitted`, `forbidden` or `undeclared`, for a connection that came out at the machine."""
    came_out = {Service(query.service.proto, port), meant(plan, machine, query, port)}
    needs = {
        flow.need
        for flow in plan.active
        if _holds(flow.source, query.source, plan, strict=flow.need == "never")
        and (plan.is_at(machine, flow.target) or _is_named(flow, query.target, plan))
        and any(_is_meant(flow, query, one, plan) for one in came_out)
    }
    if "never" in needs:
        return "forbidden"
    return "permitted" if needs else "undeclared"


def _is_named(flow: Flow, target: Address, plan: Plan) -> bool:
    """Whether a flow is to the address itself, and so to whatever machine is behind it."""
    if flow.need == "never" or flow.target.name in plan.roles:
        return flow.to_public == target
    prefixes = (one for one in flow.target.prefixes if one.version == target.version)
    return flow.to_public == target or any(target in one for one in prefixes)


def _is_meant(flow: Flow, query: Query, came_out: Service, plan: Plan) -> bool:
    """Whether it is a service of the flow; outside, at the public port that the site says.

    Who is inside may connect to the port inside as well, and needs no public one for it.
    """
    public = plan.public(query.target, flow.target.name)
    is_inside = plan.network_of(query.source) != INTERNET
    if public is None or not public.ports or flow.need == "never" or is_inside:
        return flow.has(came_out) or flow.has(query.service)
    asked = {there: here for here, there in public.ports}.get(query.service.port)
    inside = came_out.port, asked or query.service.port
    return any(
        flow.has(replace(came_out, port=port)) and query.service.port == public.port(port)
        for port in inside
    )


def _holds(end: End, source: Address, plan: Plan, *, strict: bool) -> bool:
    if end.is_internet:  # what the internet may reach, everybody may; what it must not, others may
        return not strict or plan.network_of(source) == INTERNET
    sender = plan.owner(source)
    return (sender is not None and sender.name in end.machines) or any(
        source in prefix for prefix in end.prefixes if prefix.version == source.version
    )


def is_forbidden_outside(plan: Plan, query: Query) -> bool:
    """Whether a connection to somebody on the internet is one that must never be."""
    return any(
        flow.target.is_internet
        and flow.need == "never"
        and flow.has(query.service)
        and _holds(flow.source, query.source, plan, strict=True)
        for flow in plan.active
    )


def devices_outward(plan: Plan, query: Query) -> frozenset[str]:
    """The devices that judge what a machine sends to the internet."""
    sender, start = plan.owner(query.source), plan.network_of(query.source)
    routers = {hop.router.name for hop in way(plan, start, INTERNET)}
    own = {one.device for one in plan.firewalls if sender and one.machine == sender.name}
    return frozenset(({one.device for one in plan.firewalls} & routers) | own)


def devices_on_way(plan: Plan, query: Query, machine: Machine) -> frozenset[str]:
    """The devices with an export that judge what reaches the machine: routers, and its own."""
    start = plan.network_of(query.source)
    told = {one.device for one in plan.firewalls}
    names = {hop.router.name for hop in way(plan, start, machine.network)}
    public = next((one for one in plan.publics if one.address == query.target), None)
    if public:  # first to the router that translates, then on to the machine
        router = next(one for one in plan.routers if one.name == public.router)
        behind = next(network for _, network in router.interfaces if network != INTERNET)
        outward = () if start == INTERNET else way(plan, start, INTERNET)
        names |= {router.name, *(hop.router.name for hop in outward)}
        names |= {hop.router.name for hop in way(plan, behind, machine.network)}
    leading = {one.device for one in led(plan, query)}
    if leading and not public:  # first to the address, then on to where it is sent
        place = plan.network_of(query.target)
        names |= {
            hop.router.name
            for hop in (*way(plan, start, place), *way(plan, place, machine.network))
        }
    own = {one.device for one in plan.firewalls if one.machine == machine.name}
    return frozenset((names | leading) & told) | frozenset(own)


def devices_met(plan: Plan, one: Wanted) -> frozenset[str]:
    """The devices that the packets of a connection meet, the sender's own among them.

    They may be sent to a machine that they are not for, and be dropped there.
    """
    names = one.goals | sent_to(plan, one.query)
    machines = [each for each in plan.machines if each.name in names]
    devices = {d for each in machines for d in devices_on_way(plan, one.query, each)}
    sender = plan.owner(one.query.source)
    devices |= {f.device for f in plan.firewalls if sender and f.machine == sender.name}
    if INTERNET in one.goals:
        start = plan.network_of(one.query.source)
        devices |= {hop.router.name for hop in way(plan, start, INTERNET)}
    return frozenset(devices)


def is_cut(plan: Plan, query: Query) -> bool:
    """Whether a router on the way has no IPv6 for it; no emptied filter brings that back."""
    start, end = plan.network_of(query.source), plan.network_of(query.target)
    routers = {hop.router.name for hop in way(plan, start, end)}
    without = {one.device for one in plan.firewalls if not one.ipv6}
    return query.source.version == 6 and bool(routers & without)


def has_ways(plan: Plan, query: Query) -> bool:
    """Whether packets may take one of several ways: they fail somewhere on each, where they do."""
    start, end = plan.network_of(query.source), plan.network_of(query.target)
    pairs = ((start, end), (start, INTERNET), (INTERNET, end))
    return any(crossings(plan, *one) != frozenset(way(plan, *one)) for one in pairs)


def openings(plan: Plan) -> list[Query]:
    """Connections from everywhere to all addresses of machines with a role, at many ports."""
    services = {s for flow in plan.flows for s in flow.services if s.proto not in PINGS}
    services |= {s for flow in plan.flows for s in flow.then}
    services |= {*FORBIDDEN, *UNUSED}
    services |= {Service("tcp", there) for one in plan.publics for _, there in one.ports}
    every = [one for firewall in plan.firewalls for one in firewall.forwards if one.proto]
    services |= {Service(one.proto, port) for one in every for port in (one.port, one.inside_port)
                 if one.proto and port}  # fmt: skip
    private = PRIVATE if "private_senders" in plan.features else ()
    sources = [*OUTSIDE, *private, *(a for m in plan.machines for a in m.addresses)]
    targets: list[Address] = [a for m in plan.machines if m.roles for a in m.every]
    targets += dict.fromkeys(one.address for one in plan.publics)
    found = [
        Query(source, target, service)
        for source in sources
        for target in targets
        for service in sorted(services)
        if source.version == target.version and source != target
    ]
    if private:
        found += [
            Query(address, there, service)
            for machine in plan.machines
            if machine.roles
            for address in machine.addresses
            for there in (*OUTSIDE, *PRIVATE)
            for service in (*FORBIDDEN, *UNUSED)
            # Link-local addresses are nobody beyond an uplink (docs/limits.md).
            if address.version == there.version and not there.is_link_local
        ]
    random = Random(plan.seed)
    return random.sample(found, min(MOST_OPENINGS, len(found)))
