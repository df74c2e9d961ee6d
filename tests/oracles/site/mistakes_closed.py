"""Mistakes that break what somebody needs."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, ip_network
from random import Random

from tests.oracles.site.changes import (
    Planted,
    chain_of,
    changed_at,
    forwards_of,
    needed,
    with_chain,
)
from tests.oracles.site.plan import (
    INTERNET,
    UNPRIVILEGED,
    Firewall,
    Flow,
    Forward,
    Mistake,
    Plan,
    Proto,
    Rule,
)
from tests.oracles.site.routes import crossings
from tests.oracles.site.rules import places


def missing_accept(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in needed(plan):
        yield Planted(
            changed_at(firewall, index), Mistake("missing_accept", firewall.device, rule.flow)
        )


def wrong_port(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in needed(plan):
        if rule.ports:
            wrong = replace(rule, ports=(rule.ports[0] + 1, rule.ports[0] + 1))
            mistake = Mistake("wrong_port", firewall.device, rule.flow)
            yield Planted(changed_at(firewall, index, wrong), mistake)


def other_protocol(_: Random, plan: Plan) -> Iterator[Planted]:
    """A neighbour of the protocol, which takes another rule."""
    others: dict[str, Proto] = {"esp": "vrrp", "vrrp": "esp", "echo": "esp"}
    for firewall, index, rule in needed(plan):
        if rule.proto in others:
            wrong = replace(rule, proto=others[rule.proto], family=None)
            mistake = Mistake("other_protocol", firewall.device, rule.flow)
            yield Planted(changed_at(firewall, index, wrong), mistake)


def machine_for_group(_: Random, plan: Plan) -> Iterator[Planted]:
    """A rule for the machine's own address, which packets to a group do not have."""
    for firewall, index, rule in needed(plan):
        if firewall.machine and rule.targets and rule.targets[0].is_multicast:
            own = tuple(map(ip_network, plan.machine(firewall.machine).addresses))
            mistake = Mistake("machine_for_group", firewall.device, rule.flow)
            yield Planted(changed_at(firewall, index, replace(rule, targets=own)), mistake)


def few_client_ports(_: Random, plan: Plan) -> Iterator[Planted]:
    """Source ports that only some clients have, or that none of them has."""
    for firewall, index, rule in needed(plan):
        if rule.ports and rule.proto:
            first = rule.from_ports[0] + 1 if rule.from_ports else UNPRIVILEGED[0]
            wrong = replace(rule, from_ports=(first, 32767 if first > 1023 else 1023))
            mistake = Mistake("few_client_ports", firewall.device, rule.flow)
            yield Planted(changed_at(firewall, index, wrong), mistake)


def dropped_before(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in needed(plan):
        before = replace(rule, verdict="drop", sources=(), in_name="", out_name="")
        mistake = Mistake("dropped_before", firewall.device, rule.flow)
        yield Planted(changed_at(firewall, index, before, rule), mistake)


def mesh_forgotten(random: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, rule in needed(plan):
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
                yield Planted(changed_at(firewall, index, wrong), mistake)


def closed_replies(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall in plan.firewalls:
        crossing = [rule.flow for f, _, rule in needed(plan) if f == firewall]
        if crossing:
            closed = with_chain(firewall, replace(chain_of(firewall), established=False))
            yield Planted(closed, Mistake("closed_replies", firewall.device, crossing[0]))


def flow_of(plan: Plan, forward: Forward) -> str:
    """A flow that must work through the forward."""
    roles = {p.role for p in plan.publics if p.address == forward.public}
    for flow in plan.active:
        outside = flow.source.is_internet and flow.target.name in roles
        if flow.need in ("must", "should") and (outside or flow.to_public == forward.public):
            ports = {(s.proto, s.port) for s in flow.services}
            if not forward.proto or (forward.proto, forward.inside_port or forward.port) in ports:
                return flow.full_name
    return ""


def _with_forwards(firewall: Firewall, forwards: list[Forward]) -> Firewall:
    return replace(firewall, forwards=tuple(forwards))


def wrong_public(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, forward in forwards_of(plan):
        if flow := flow_of(plan, forward):
            changed = list(firewall.forwards)
            changed[index] = replace(forward, public=IPv4Address("203.0.113.99"))
            mistake = Mistake("wrong_public", firewall.device, flow)
            yield Planted(_with_forwards(firewall, changed), mistake)


def wrong_inside(random: Random, plan: Plan) -> Iterator[Planted]:
    others = [a for m in plan.machines for a in m.addresses if isinstance(a, IPv4Address)]
    for firewall, index, forward in forwards_of(plan):
        if flow := flow_of(plan, forward):
            changed = list(firewall.forwards)
            goal = random.choice([a for a in others if a != forward.inside])
            changed[index] = replace(forward, inside=goal)
            mistake = Mistake("wrong_inside", firewall.device, flow)
            yield Planted(_with_forwards(firewall, changed), mistake)


def wrong_inside_port(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, index, forward in forwards_of(plan):
        if (flow := flow_of(plan, forward)) and forward.proto:
            changed = list(firewall.forwards)
            changed[index] = replace(forward, inside_port=forward.port + 1)
            mistake = Mistake("wrong_inside_port", firewall.device, flow)
            yield Planted(_with_forwards(firewall, changed), mistake)


def inside_port_outside(_: Random, plan: Plan) -> Iterator[Planted]:
    """A forward on the machine's own port, where clients use another one."""
    for firewall, index, forward in forwards_of(plan):
        if (flow := flow_of(plan, forward)) and forward.inside_port:
            changed = list(firewall.forwards)
            changed[index] = replace(forward, port=forward.inside_port)
            mistake = Mistake("inside_port_outside", firewall.device, flow)
            yield Planted(_with_forwards(firewall, changed), mistake)


def swapped_forwards(_: Random, plan: Plan) -> Iterator[Planted]:
    if "paired_publics" not in plan.features:
        return  # nobody says which address is whose
    for firewall, index, forward in forwards_of(plan):
        for other_index, other in enumerate(firewall.forwards[:index]):
            flow = flow_of(plan, forward) or flow_of(plan, other)
            if flow and forward.inside != other.inside:
                changed = list(firewall.forwards)
                changed[index] = replace(forward, inside=other.inside)
                changed[other_index] = replace(other, inside=forward.inside)
                mistake = Mistake("swapped_forwards", firewall.device, flow)
                yield Planted(_with_forwards(firewall, changed), mistake)


def one_machine_twice(_: Random, plan: Plan) -> Iterator[Planted]:
    """Two public addresses of one role lead to one of its machines."""
    machines = {public.address: public for public in plan.publics}
    for firewall, index, forward in forwards_of(plan):
        for other in firewall.forwards:
            same = machines[other.public].role == machines[forward.public].role
            if same and other.inside != forward.inside and (flow := flow_of(plan, forward)):
                changed = list(firewall.forwards)
                changed[index] = replace(forward, inside=other.inside)
                mistake = Mistake("one_machine_twice", firewall.device, flow)
                yield Planted(_with_forwards(firewall, changed), mistake)


def _six(plan: Plan) -> Iterator[tuple[Firewall, str]]:
    """Firewalls with a flow over IPv6 that must work."""
    for firewall, _, rule in needed(plan):
        both = not rule.sources or any(p.version == 6 for p in rule.sources)
        if 6 in firewall.families and both and any(p.version == 6 for p in rule.targets):
            yield firewall, rule.flow


def neighbours_dropped(_: Random, plan: Plan) -> Iterator[Planted]:
    for firewall, flow in _six(plan):
        mistake = Mistake("neighbours_dropped", firewall.device, flow)
        yield Planted(replace(firewall, neighbours=False), mistake)


def mtu_errors_dropped(_: Random, plan: Plan) -> Iterator[Planted]:
    """Known connections alone are accepted, or ICMP is dropped: on the way, or what is sent."""
    error = Rule("drop", proto="icmp", too_big=True)
    for firewall, flow in _tcp(plan).values():
        chain = chain_of(firewall)
        changes = [with_chain(firewall, replace(chain, first=(error,)))]
        if not firewall.machine:
            changes = [replace(firewall, output=replace(firewall.output, first=(error,)))]
            if _is_told_from_beyond(plan, flow):
                icmp = Rule("drop", proto="icmp")
                changes += [
                    with_chain(firewall, replace(chain, first=(one,))) for one in (error, icmp)
                ]
                changes.append(with_chain(firewall, replace(chain, related=False)))
        elif 6 not in firewall.families:  # with IPv6, all of ICMPv6 is accepted
            changes.append(with_chain(firewall, replace(chain, related=False)))
        for changed in changes:
            yield Planted(changed, Mistake("mtu_errors_dropped", firewall.device, flow.full_name))


def _tcp(plan: Plan) -> dict[tuple[str, str], tuple[Firewall, Flow]]:
    """Firewalls with flows of TCP that must work."""
    flows = {flow.full_name: flow for flow in plan.active}
    return {
        (firewall.device, rule.flow): (firewall, flows[rule.flow])
        for firewall, _, rule in needed(plan)
        if rule.proto == "tcp"
    }


def _is_told_from_beyond(plan: Plan, flow: Flow) -> bool:
    """Whether other routers than one may send errors about the flow."""
    ends = [(a, b) for a in places(flow.source, plan) for b in places(flow.target, plan)]
    return any(INTERNET in pair or len(crossings(plan, *pair)) > 1 for pair in ends)


def ipv6_disabled(_: Random, plan: Plan) -> Iterator[Planted]:
    """No IPv6 on a router between ends that have it."""
    for firewall, flow in _six(plan):
        if not firewall.machine and 4 in firewall.families:
            mistake = Mistake("ipv6_disabled", firewall.device, flow)
            yield Planted(replace(firewall, families=(4,), ipv6=False), mistake)
