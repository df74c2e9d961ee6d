"""Mistakes that open what nobody asked for."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from random import Random
from typing import Final

from tests.oracles.site.changes import (
    Planted,
    chain_of,
    changed_at,
    forwards_of,
    needed,
    with_chain,
    with_rules,
)
from tests.oracles.site.intentions import UNUSED
from tests.oracles.site.plan import (
    OUTSIDE,
    PINGS,
    RAW,
    Address,
    Firewall,
    Mistake,
    Plan,
    Query,
    Rule,
    Service,
)
from tests.oracles.site.routes import way
from tests.oracles.site.rules import prefixes

_SERVERS: Final = 20


def _opening(plan: Plan, firewall: Firewall, service: Service) -> Iterator[Query]:
    """Connections to machines of roles that cross the device first, and that nobody needs."""
    for machine in plan.machines:
        if not machine.roles or firewall.machine not in ("", machine.name):
            continue
        for source in (*OUTSIDE[:1], *OUTSIDE[2:], *_clients(plan)):
            place = plan.network_of(source)
            routers = {hop.router.name for hop in way(plan, place, machine.network)}
            passed = {firewall.machine} == {machine.name} or firewall.device in routers
            for target in machine.addresses:
                if passed and target.version == source.version and target != source:
                    yield Query(source, target, service)


def _clients(plan: Plan) -> Iterator[Address]:
    yield from (m.addresses[0] for m in plan.machines if not m.roles)


def opened_port(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall in plan.firewalls:
        service = random.choice(UNUSED)
        found = list(_opening(plan, firewall, service))
        if found:
            query = random.choice(found)
            target = (ip_network(str(query.target)),)
            ports = (service.port, service.port)
            rule = Rule("accept", (), target, service.proto, ports)
            yield Planted(
                with_rules(firewall, [rule, *chain_of(firewall).rules]),
                Mistake("opened_port", firewall.device, opens=query),
            )


def trusted_source_port(random: Random, plan: Plan) -> Iterator[Planted]:
    """A rule for answers that lets in whoever takes the port of a server."""
    forbidden = [s for flow in plan.active if flow.need == "never" for s in flow.services]
    for firewall in plan.firewalls:
        service = random.choice([*forbidden, *UNUSED])
        if found := list(_opening(plan, firewall, service)):
            query = replace(random.choice(found), source_port=_SERVERS)
            rule = Rule("accept", proto=service.proto, from_ports=(_SERVERS, _SERVERS))
            yield Planted(
                with_rules(firewall, [rule, *chain_of(firewall).rules]),
                Mistake("trusted_source_port", firewall.device, opens=query),
            )


def open_protocol(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall in plan.firewalls:
        service = Service(random.choice([*RAW]))
        if found := list(_opening(plan, firewall, service)):
            rule = Rule("accept", proto=service.proto)
            yield Planted(
                with_rules(firewall, [rule, *chain_of(firewall).rules]),
                Mistake("open_protocol", firewall.device, opens=random.choice(found)),
            )


def out_of_date(random: Random, plan: Plan) -> Iterator[Planted]:
    """A rule for what another version of the product needs, or another kind of site."""
    for flow in plan.flows:
        if plan.counts(flow) or flow.need == "never" or flow.target.is_internet:
            continue
        for firewall in plan.firewalls:
            service = random.choice(flow.services)
            goals = {a for m in plan.machines if m.name in flow.target.machines for a in m.every}
            sources = prefixes(flow.source, plan)
            found = [
                query
                for query in _opening(plan, firewall, service)
                if query.target in goals
                and (flow.source.is_internet or any(query.source in p for p in sources))
            ]
            if found and service.proto not in PINGS:  # ICMP that is open is no finding
                ports = (service.port, service.port) if service.port else None
                rule = Rule("accept", sources, prefixes(flow.target, plan), service.proto, ports)
                yield Planted(
                    with_rules(firewall, [rule, *chain_of(firewall).rules]),
                    Mistake("out_of_date", firewall.device, opens=random.choice(found)),
                )


def everybody(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in needed(plan):
        if rule.sources and rule.targets and rule.ports and rule.proto:
            service = Service(rule.proto, rule.ports[0])
            goals = {p[0] for p in rule.targets}
            found = [q for q in _opening(plan, firewall, service) if q.target in goals]
            if found:
                wide = replace(rule, sources=(), in_name="", out_name="")
                query = random.choice(found)
                yield Planted(
                    changed_at(firewall, index, wide),
                    Mistake("everybody", firewall.device, opens=query),
                )


def wide_range(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in needed(plan):
        for service in UNUSED:
            goals = {p[0] for p in rule.targets}
            found = [
                q
                for q in _opening(plan, firewall, service)
                if q.target in goals
                and (not rule.sources or any(q.source in p for p in rule.sources))
            ]
            if found and rule.proto == service.proto and not rule.out_name:
                wide = replace(rule, ports=(1, 65535))
                query = random.choice(found)
                yield Planted(
                    changed_at(firewall, index, wide),
                    Mistake("wide_range", firewall.device, opens=query),
                )


def wide_target(random: Random, plan: Plan) -> Iterator[Planted]:
    """The whole network instead of one machine of it."""
    for firewall, index, rule in needed(plan):
        if rule.targets and rule.ports and rule.proto and not firewall.machine:
            service = Service(rule.proto, rule.ports[0])
            goals = {p[0] for p in rule.targets}
            around = {plan.network_of(p[0]) for p in rule.targets}
            whole = tuple(p for n in plan.networks if n.name in around for p in n.prefixes)
            found = [
                q
                for q in _opening(plan, firewall, service)
                if q.target not in goals
                and plan.network_of(q.target) in around
                and (not rule.sources or any(q.source in p for p in rule.sources))
            ]
            if found:
                mistake = Mistake("wide_target", firewall.device, opens=random.choice(found))
                yield Planted(changed_at(firewall, index, replace(rule, targets=whole)), mistake)


def trusted_interface(random: Random, plan: Plan) -> Iterator[Planted]:
    """Everything from one interface, whoever is behind it."""
    for firewall in plan.firewalls:
        router = next((one for one in plan.routers if one.name == firewall.device), None)
        for near, network in router.interfaces if router else ():
            service = random.choice(UNUSED)
            found = [
                q
                for q in _opening(plan, firewall, service)
                if plan.network_of(q.source) == network and plan.network_of(q.target) != network
            ]
            if found:
                rules = [Rule("accept", in_name=near), *chain_of(firewall).rules]
                mistake = Mistake("trusted_interface", firewall.device, opens=random.choice(found))
                yield Planted(with_rules(firewall, rules), mistake)


def policy_accept(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall in plan.firewalls:
        found = list(_opening(plan, firewall, random.choice(UNUSED)))
        if found:
            opened = with_chain(firewall, replace(chain_of(firewall), policy="accept"))
            mistake = Mistake("policy_accept", firewall.device, opens=random.choice(found))
            yield Planted(opened, mistake)


def ipv6_open(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall in plan.firewalls:
        if firewall.families == (4, 6):
            found = [q for q in _opening(plan, firewall, UNUSED[0]) if q.source.version == 6]
            if found:
                mistake = Mistake("ipv6_open", firewall.device, opens=random.choice(found))
                yield Planted(replace(firewall, families=(4,)), mistake)


def forbidden_open(random: Random, plan: Plan) -> Iterator[Planted]:
    for flow in plan.active:
        if flow.need == "never":
            for firewall in plan.firewalls:
                service = flow.services[0]
                found = [
                    q
                    for q in _opening(plan, firewall, service)
                    if plan.owner(q.target) in [plan.machine(n) for n in flow.target.machines]
                    and (
                        flow.source.is_internet
                        or any(q.source in p for p in prefixes(flow.source, plan))
                    )
                ]
                if found:
                    rule = Rule(
                        "accept",
                        (),
                        prefixes(flow.target, plan),
                        service.proto,
                        (service.port, service.port),
                    )
                    yield Planted(
                        with_rules(firewall, [rule, *chain_of(firewall).rules]),
                        Mistake(
                            "forbidden_open", firewall.device, flow.full_name, random.choice(found)
                        ),
                    )


def public_from_inside(random: Random, plan: Plan) -> Iterator[Planted]:
    """A port forward for everybody, and a filter that lets in all that was translated."""
    for firewall, index, forward in forwards_of(plan):
        if not firewall.machine and forward.proto:
            changed = list(firewall.forwards)
            changed[index] = replace(forward, in_name="")
            other = [n for n in plan.networks if plan.network_of(forward.inside) != n.name]
            sources = [
                a
                for m in plan.machines
                if not m.roles and m.network in {n.name for n in other}
                for a in m.addresses
                if a.version == 4
            ]
            service = random.choice([s for s in UNUSED if s.proto == "tcp"])
            extra = replace(forward, in_name="", proto="tcp", port=service.port,
                            inside_port=service.port)  # fmt: skip
            rule = Rule("accept", translated=True)
            if sources:
                query = Query(random.choice(sources), forward.public, service)
                opened = replace(firewall, forwards=(*changed, extra))
                yield Planted(
                    with_rules(opened, [rule, *chain_of(firewall).rules]),
                    Mistake("public_from_inside", firewall.device, opens=query),
                )
