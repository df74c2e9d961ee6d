"""Firewalls whose rules do what a policy wants, and translate what a site's addresses need."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, ip_network
from random import Random
from typing import Literal

from tests.oracles.site.plan import (
    INTERNET,
    Address,
    Chain,
    End,
    Firewall,
    Flow,
    Forward,
    Machine,
    Plan,
    Prefix,
    Public,
    Router,
    Rule,
    SourceNat,
)
from tests.oracles.site.routes import crossings, way


def firewalls(random: Random, features: frozenset[str], plan: Plan) -> tuple[Firewall, ...]:
    """A firewall for each router that the site names, and for some machines of roles."""
    found = [_router(random, features, plan, one) for one in plan.routers if one.is_told]
    for machine in plan.machines:
        alone = all(sum(role in m.roles for m in plan.machines) == 1 for role in machine.roles)
        likely = "hosts" in features and (alone or "hosts_of_many" in features)
        likely = likely and not set(machine.roles) & set(plan.wide)
        if machine.roles and likely and random.random() < 0.5:
            found.append(_host(random, features, plan, machine))
    return tuple(found)


def _dialect(random: Random, features: frozenset[str]) -> Literal["iptables", "nft"]:
    return "nft" if "nft" in features and random.random() < 0.5 else "iptables"


def _ipv6(plan: Plan) -> bool:
    return any(p.version == 6 for network in plan.networks for p in network.prefixes)


def _router(random: Random, features: frozenset[str], plan: Plan, router: Router) -> Firewall:
    rules: list[Rule] = []
    outward: list[Rule] = []
    for flow in carried(random, plan):
        hops = _hops(plan, flow, router)
        if hops:
            rule = _rule(flow, plan, random.random() < 0.5, hops)
            (outward if flow.target.is_internet else rules).extend(rule)
            if flow.to_public and not router.uplinks:  # before the translation, and behind it
                rules += [_before(flow, flow.to_public, one, plan) for one in rule]
    if "translated_filter" in features and random.random() < 0.25:
        rules = _by_translation(random, plan, router, rules)
    rules = [*_forbidden(plan, plan.active), *rules]
    internal = tuple(prefix for network in plan.networks for prefix in network.prefixes)
    if outward:
        rules.append(Rule("drop", targets=internal))
    forwards, nats = _translations(random, features, plan, router)
    chain = Chain(tuple(rules + outward))
    has_ipv6 = _ipv6(plan)
    return Firewall(
        router.name,
        _dialect(random, features),
        forward=chain,
        forwards=forwards,
        source_nats=nats,
        families=(4, 6) if has_ipv6 else (4,),
        ipv6=has_ipv6,
    )


def _before(flow: Flow, to: Address, rule: Rule, plan: Plan) -> Rule:
    """The rule as it is for packets that nobody has translated yet."""
    public, ports = plan.public(to, flow.target.name), rule.ports
    if public and ports:
        ports = public.port(ports[0]), public.port(ports[1])
    target = (ip_network(f"{to}"),)
    return replace(rule, targets=target, ports=ports, in_name="", out_name="")


def _by_translation(random: Random, plan: Plan, router: Router, rules: list[Rule]) -> list[Rule]:
    """The rules, where one stands for all that is translated, in front or behind."""
    translated = {one.role for one in plan.publics if one.router == router.name}
    outside = {
        flow.full_name
        for flow in plan.active
        if flow.source.is_internet and flow.target.name in translated
    }
    if not outside:
        return rules
    kept = [one for one in rules if one.flow not in outside or any(map(_is_six, one.targets))]
    rule = Rule("accept", translated=True)
    return [rule, *kept] if random.random() < 0.5 else [*kept, rule]


def _is_six(prefix: Prefix) -> bool:
    return prefix.version == 6


def _forbidden(plan: Plan, flows: Iterable[Flow]) -> list[Rule]:
    """Rules that drop what is forbidden, where a wider rule behind them would let it through."""
    return [
        Rule(
            "drop",
            prefixes(flow.source, plan),
            prefixes(flow.target, plan),
            service.proto,
            (service.port, service.port),
        )
        for flow in flows
        if flow.need == "never" and not flow.source.is_internet
        for service in flow.services
    ]


def carried(random: Random, plan: Plan) -> list[Flow]:
    """The flows that firewalls let through: all that must work, and some that may."""
    return [
        flow
        for flow in plan.active
        if flow.is_built
        and (flow.need in ("must", "should") or (flow.need == "may" and random.random() < 0.5))
    ]


def places(end: End, plan: Plan) -> set[str]:
    """The networks that an end is in."""
    if end.is_internet:
        return {INTERNET}
    found = {plan.machine(name).network for name in end.machines}
    return found | {plan.network_of(prefix[0]) for prefix in end.prefixes}


def _hops(plan: Plan, flow: Flow, router: Router) -> set[tuple[str, str]]:
    """The interfaces by which a flow crosses the router."""
    found: set[tuple[str, str]] = set()
    for start in places(flow.source, plan):
        for end in places(flow.target, plan):
            for hop in crossings(plan, start, end):
                if hop.router == router:
                    found.add((hop.near, hop.far))
            if flow.to_public and router.uplinks:
                near = [hop.near for hop in way(plan, start, INTERNET) if hop.router == router]
                far = [hop.far for hop in way(plan, INTERNET, end) if hop.router == router]
                found |= {(a, b) for a in near for b in far}
            elif flow.to_public:  # on the way out to the public address, and in again
                found |= {
                    (hop.near, hop.far)
                    for hop in (*way(plan, start, INTERNET), *way(plan, INTERNET, end))
                    if hop.router == router
                }
    return found


def prefixes(end: End, plan: Plan) -> tuple[Prefix, ...]:
    """The addresses of an end; none for the internet."""
    own = [address for name in end.machines for address in plan.machine(name).addresses]
    return tuple(ip_network(str(address)) for address in own) + end.prefixes


def _rule(flow: Flow, plan: Plan, named: bool, hops: set[tuple[str, str]]) -> list[Rule]:
    near = {one for one, _ in hops}
    far = {one for _, one in hops}
    names = [("", "")]
    if flow.target.is_internet:
        router_uplinks = {u for one in plan.routers for u in one.uplinks} & far
        names = (
            [("", up) for up in sorted(far)]
            if not router_uplinks
            else [("", up) for one in plan.routers for up in one.uplinks]
        )
    elif named and len(near) == 1 and len(far) == 1 and not flow.source.is_internet:
        names = [(next(iter(near)), next(iter(far)))]
    return _by(flow, plan, names)


def _by(flow: Flow, plan: Plan, names: list[tuple[str, str]]) -> list[Rule]:
    """The rules that let a flow through, by these interfaces."""
    return [
        Rule(
            "accept",
            prefixes(flow.source, plan),
            tuple(map(ip_network, flow.group)) or prefixes(flow.target, plan),
            service.proto,
            (service.port, service.port) if service.port else None,
            in_name,
            out_name,
            4 if service.proto == "icmp" else None,
            flow=flow.full_name,
            from_ports=from_ports,
        )
        for service in flow.services
        for from_ports in flow.client_ports or (None,)
        for in_name, out_name in names
    ]


def _host(random: Random, features: frozenset[str], plan: Plan, machine: Machine) -> Firewall:
    entering: list[Rule] = []
    leaving: list[Rule] = []
    outward: list[Rule] = []
    for flow in carried(random, plan):
        if plan.is_at(machine, flow.target):
            rules = _by(flow, plan, [("", "")])
            own = tuple(ip_network(str(address)) for address in machine.addresses)
            entering += [_at(rule, own if random.random() < 0.5 else ()) for rule in rules]
        if plan.is_at(machine, flow.source):
            (outward if flow.target.is_internet else leaving).extend(_sent(flow, plan))
    towards = (flow for flow in plan.active if plan.is_at(machine, flow.target))
    filters = "host_output" in features and random.random() < 0.3
    internal = tuple(prefix for network in plan.networks for prefix in network.prefixes)
    leaving += [Rule("drop", targets=internal), *outward] if outward else []
    output = Chain(tuple(leaving)) if filters else Chain(policy="accept", established=False)
    has_ipv6 = any(address.version == 6 for address in machine.every)
    return Firewall(
        f"{machine.name}-host",
        _dialect(random, features),
        machine.name,
        input=Chain((*_forbidden(plan, towards), *entering)),
        output=output,
        families=(4, 6) if has_ipv6 else (4,),
        ipv6=has_ipv6,
    )


def _at(rule: Rule, own: tuple[Prefix, ...]) -> Rule:
    if rule.targets and rule.targets[0].is_multicast:
        own = rule.targets
    return replace(rule, targets=own, in_name="", out_name="")


def _sent(flow: Flow, plan: Plan) -> list[Rule]:
    return [replace(rule, sources=()) for rule in _by(flow, plan, [("", "")])]


def _translations(
    random: Random, features: frozenset[str], plan: Plan, router: Router
) -> tuple[tuple[Forward, ...], tuple[SourceNat, ...]]:
    forwards: list[Forward] = []
    nats: list[SourceNat] = []
    mine = [one for one in plan.publics if one.router == router.name]
    for public in mine:
        inside = _four(plan.machine(public.machine).addresses)
        near = random.choice(["", public.uplink])
        used = [flow for flow in plan.active if flow.to_public == public.address]
        near = "" if used else near
        shared = sum(one.address == public.address for one in mine) > 1
        if "one_to_one" in features and not shared and not public.ports and random.random() < 0.3:
            forwards.append(Forward(public.address, inside, in_name=near))
            nats += [
                SourceNat((ip_network(f"{inside}"),), (), up, public.address)
                for up in router.uplinks
            ]
        else:
            forwards += _ports(plan, public, inside, near)
        for flow in used:  # a client in the same network must not be answered past the router
            nats.append(
                SourceNat(
                    tuple(p for p in flow.source.prefixes if p.version == 4),
                    (ip_network(f"{inside}"),),
                )
            )
    private = [p for n in plan.networks for p in n.prefixes if p.version == 4 and p.is_private]
    if router.uplinks and private and random.random() < 0.9:
        four = tuple(p for p in private if isinstance(p, IPv4Network))
        nats += [SourceNat(four, (), uplink) for uplink in router.uplinks]
    return tuple(forwards), tuple(nats)


def _four(addresses: tuple[Address, ...]) -> IPv4Address:
    return next(one for one in addresses if isinstance(one, IPv4Address))


def _ports(plan: Plan, public: Public, inside: IPv4Address, near: str) -> list[Forward]:
    found: dict[tuple[str, int], Forward] = {}
    for flow in plan.active:
        outside = flow.source.is_internet and flow.target.name == public.role
        named = flow.to_public == public.address and flow.target.name == public.role
        if (outside or named) and flow.need != "never" and flow.is_built:
            for service in flow.services:
                if service.port:
                    outer = public.port(service.port)
                    mapped = service.port if outer != service.port else 0
                    found[service.proto, outer] = Forward(
                        public.address, inside, service.proto, outer, mapped, near
                    )
    return list(found.values())
