"""Mistakes of the kinds that people make, planted into a site that is right."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, ip_network
from random import Random
from typing import Final, NamedTuple

from tests.oracles.site.intentions import UNUSED
from tests.oracles.site.plan import (
    OUTSIDE,
    Chain,
    Firewall,
    Forward,
    Mistake,
    Plan,
    Query,
    Rule,
    Service,
)
from tests.oracles.site.routes import way
from tests.oracles.site.rules import prefixes


class Planted(NamedTuple):
    """A firewall with a mistake in it."""

    firewall: Firewall
    mistake: Mistake


def plant(random: Random, plan: Plan, kinds: list[str]) -> Plan:
    """The plan with one mistake of one of the kinds, or as it is where none fits."""
    for kind in sorted(kinds, key=lambda kind: random.random() * (1 if kind in RARE else 2)):
        choices = list(KINDS[kind](random, plan))
        if choices:
            firewall, mistake = random.choice(choices)
            loaded = tuple(firewall if f.device == firewall.device else f for f in plan.firewalls)
            return replace(plan, firewalls=loaded, mistakes=(*plan.mistakes, mistake))
    return plan


def _hook(firewall: Firewall) -> str:
    return "input" if firewall.machine else "forward"


def _chain(firewall: Firewall) -> Chain:
    return firewall.input if firewall.machine else firewall.forward


def _with(firewall: Firewall, chain: Chain) -> Firewall:
    if firewall.machine:
        return replace(firewall, input=chain)
    return replace(firewall, forward=chain)


def _with_rules(firewall: Firewall, rules: list[Rule]) -> Firewall:
    return _with(firewall, replace(_chain(firewall), rules=tuple(rules)))


def _needed(plan: Plan) -> Iterator[tuple[Firewall, int, Rule]]:
    """The rules that stand for a flow that must or should work."""
    needed = {flow.full_name for flow in plan.active if flow.need in ("must", "should")}
    for firewall in plan.firewalls:
        for index, rule in enumerate(_chain(firewall).rules):
            if rule.flow in needed:
                yield firewall, index, rule


def _changed(firewall: Firewall, index: int, *rules: Rule) -> Firewall:
    before = _chain(firewall).rules
    return _with_rules(firewall, [*before[:index], *rules, *before[index + 1 :]])


def missing_accept(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in _needed(plan):
        yield Planted(
            _changed(firewall, index), Mistake("missing_accept", firewall.device, rule.flow)
        )


def wrong_port(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in _needed(plan):
        if rule.ports:
            wrong = replace(rule, ports=(rule.ports[0] + 1, rule.ports[0] + 1))
            mistake = Mistake("wrong_port", firewall.device, rule.flow)
            yield Planted(_changed(firewall, index, wrong), mistake)


def dropped_before(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in _needed(plan):
        before = replace(rule, verdict="drop", sources=(), in_name="", out_name="")
        mistake = Mistake("dropped_before", firewall.device, rule.flow)
        yield Planted(_changed(firewall, index, before, rule), mistake)


def mesh_forgotten(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in _needed(plan):
        for end in ("sources", "targets"):
            told = getattr(rule, end)
            machines = {o.name for p in told if (o := plan.owner(p[0])) and o.roles}
            if len(machines) > 1:
                gone = random.choice(sorted(machines))
                own = plan.machine(gone).addresses
                kept = tuple(p for p in told if p[0] not in own or p.num_addresses > 1)
                wrong = (
                    replace(rule, sources=kept) if end == "sources" else replace(rule, targets=kept)
                )
                mistake = Mistake("mesh_forgotten", firewall.device, rule.flow)
                yield Planted(_changed(firewall, index, wrong), mistake)


def closed_replies(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall in plan.firewalls:
        crossing = [rule.flow for f, _, rule in _needed(plan) if f == firewall]
        if crossing:
            closed = _with(firewall, replace(_chain(firewall), established=False))
            yield Planted(closed, Mistake("closed_replies", firewall.device, crossing[0]))


def _forwards(plan: Plan) -> Iterator[tuple[Firewall, int, Forward]]:
    for firewall in plan.firewalls:
        for index, forward in enumerate(firewall.forwards):
            yield firewall, index, forward


def _flow_of(plan: Plan, forward: Forward) -> str:
    """A flow that must work through the forward."""
    roles = {p.role for p in plan.publics if p.address == forward.public}
    for flow in plan.active:
        outside = flow.source.is_internet and flow.target.name in roles
        if flow.need in ("must", "should") and (outside or flow.to_public == forward.public):
            ports = {(s.proto, s.port) for s in flow.services}
            if not forward.proto or (forward.proto, forward.port) in ports:
                return flow.full_name
    return ""


def _with_forwards(firewall: Firewall, forwards: list[Forward]) -> Firewall:
    return replace(firewall, forwards=tuple(forwards))


def wrong_public(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, forward in _forwards(plan):
        if flow := _flow_of(plan, forward):
            changed = list(firewall.forwards)
            changed[index] = replace(forward, public=IPv4Address("203.0.113.99"))
            mistake = Mistake("wrong_public", firewall.device, flow)
            yield Planted(_with_forwards(firewall, changed), mistake)


def wrong_inside(random: Random, plan: Plan) -> Iterator[Planted]:
    others = [a for m in plan.machines for a in m.addresses if isinstance(a, IPv4Address)]
    for firewall, index, forward in _forwards(plan):
        if flow := _flow_of(plan, forward):
            changed = list(firewall.forwards)
            goal = random.choice([a for a in others if a != forward.inside])
            changed[index] = replace(forward, inside=goal)
            mistake = Mistake("wrong_inside", firewall.device, flow)
            yield Planted(_with_forwards(firewall, changed), mistake)


def swapped_forwards(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, forward in _forwards(plan):
        for other_index, other in enumerate(firewall.forwards[:index]):
            flow = _flow_of(plan, forward) or _flow_of(plan, other)
            if flow and forward.inside != other.inside:
                changed = list(firewall.forwards)
                changed[index] = replace(forward, inside=other.inside)
                changed[other_index] = replace(other, inside=forward.inside)
                mistake = Mistake("swapped_forwards", firewall.device, flow)
                yield Planted(_with_forwards(firewall, changed), mistake)


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


def _clients(plan: Plan) -> Iterator[object]:
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
                _with_rules(firewall, [rule, *_chain(firewall).rules]),
                Mistake("opened_port", firewall.device, opens=query),
            )


def everybody(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in _needed(plan):
        if rule.sources and rule.targets and rule.ports and rule.proto:
            service = Service(rule.proto, rule.ports[0])
            goals = {p[0] for p in rule.targets}
            found = [q for q in _opening(plan, firewall, service) if q.target in goals]
            if found:
                wide = replace(rule, sources=(), in_name="", out_name="")
                query = random.choice(found)
                yield Planted(
                    _changed(firewall, index, wide),
                    Mistake("everybody", firewall.device, opens=query),
                )


def wide_range(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in _needed(plan):
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
                    _changed(firewall, index, wide),
                    Mistake("wide_range", firewall.device, opens=query),
                )


def policy_accept(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall in plan.firewalls:
        found = list(_opening(plan, firewall, random.choice(UNUSED)))
        if found:
            opened = _with(firewall, replace(_chain(firewall), policy="accept"))
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
                        _with_rules(firewall, [rule, *_chain(firewall).rules]),
                        Mistake(
                            "forbidden_open", firewall.device, flow.full_name, random.choice(found)
                        ),
                    )


def public_from_inside(random: Random, plan: Plan) -> Iterator[Planted]:
    """A port forward for everybody, and a filter that lets in all that was translated."""
    for firewall, index, forward in _forwards(plan):
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
                    _with_rules(opened, [rule, *_chain(firewall).rules]),
                    Mistake("public_from_inside", firewall.device, opens=query),
                )


def wrong_inside_port(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, forward in _forwards(plan):
        if (flow := _flow_of(plan, forward)) and forward.proto:
            changed = list(firewall.forwards)
            changed[index] = replace(forward, inside_port=forward.port + 1)
            mistake = Mistake("wrong_inside_port", firewall.device, flow)
            yield Planted(_with_forwards(firewall, changed), mistake)


def one_machine_twice(_: Random, plan: Plan) -> Iterator[Planted]:
    """Two public addresses of one role lead to one of its machines."""
    machines = {public.address: public for public in plan.publics}
    for firewall, index, forward in _forwards(plan):
        for other in firewall.forwards:
            same = machines[other.public].role == machines[forward.public].role
            if same and other.inside != forward.inside and (flow := _flow_of(plan, forward)):
                changed = list(firewall.forwards)
                changed[index] = replace(forward, inside=other.inside)
                mistake = Mistake("one_machine_twice", firewall.device, flow)
                yield Planted(_with_forwards(firewall, changed), mistake)


def wide_target(random: Random, plan: Plan) -> Iterator[Planted]:
    """The whole network instead of one machine of it."""
    for firewall, index, rule in _needed(plan):
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
                yield Planted(_changed(firewall, index, replace(rule, targets=whole)), mistake)


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
                rules = [Rule("accept", in_name=near), *_chain(firewall).rules]
                mistake = Mistake("trusted_interface", firewall.device, opens=random.choice(found))
                yield Planted(_with_rules(firewall, rules), mistake)


def _six(plan: Plan) -> Iterator[tuple[Firewall, str]]:
    """Firewalls with a flow over IPv6 that must work."""
    for firewall, _, rule in _needed(plan):
        both = not rule.sources or any(p.version == 6 for p in rule.sources)
        if 6 in firewall.families and both and any(p.version == 6 for p in rule.targets):
            yield firewall, rule.flow


def neighbours_dropped(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, flow in _six(plan):
        mistake = Mistake("neighbours_dropped", firewall.device, flow)
        yield Planted(replace(firewall, neighbours=False), mistake)


def ipv6_disabled(_: Random, plan: Plan) -> Iterator[Planted]:
    """No IPv6 on a router between ends that have it."""
    for firewall, flow in _six(plan):
        if not firewall.machine and 4 in firewall.families:
            mistake = Mistake("ipv6_disabled", firewall.device, flow)
            yield Planted(replace(firewall, families=(4,), ipv6=False), mistake)


KINDS: Final[dict[str, Callable[[Random, Plan], Iterator[Planted]]]] = {
    one.__name__: one
    for one in (
        missing_accept,
        wrong_port,
        dropped_before,
        mesh_forgotten,
        closed_replies,
        wrong_public,
        wrong_inside,
        wrong_inside_port,
        swapped_forwards,
        one_machine_twice,
        opened_port,
        everybody,
        wide_range,
        wide_target,
        trusted_interface,
        policy_accept,
        ipv6_open,
        forbidden_open,
        public_from_inside,
        neighbours_dropped,
        ipv6_disabled,
    )
}
"""The kinds of mistakes by name."""
RARE: Final = frozenset(
    {
        "wrong_public",
        "wrong_inside",
        "wrong_inside_port",
        "swapped_forwards",
        "one_machine_twice",
        "public_from_inside",
        "mesh_forgotten",
        "forbidden_open",
    }
)
"""Kinds that few sites can have; those that can, have them more often."""
