"""Machines that translate what is sent to them, and rules that lead connections astray."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, ip_network
from random import Random
from typing import Final, NamedTuple

from tests.oracles.site.arrivals import LOOPBACK
from tests.oracles.site.changes import Planted, chain_of, forwards_of, needed, with_chain
from tests.oracles.site.intentions import FORBIDDEN, UNUSED
from tests.oracles.site.mistakes_closed import flow_of
from tests.oracles.site.plan import (
    OUTSIDE,
    Chain,
    Firewall,
    Flow,
    Forward,
    Machine,
    Mistake,
    Plan,
    Proto,
    Rule,
    SourceNat,
)
from tests.oracles.site.routes import crossings
from tests.oracles.site.rules import places

_OUTER: Final = next(one for one in OUTSIDE if isinstance(one, IPv4Address))
_LISTENING: Final = 18080
"""Where a service listens whose port is another one."""


class _Served(NamedTuple):
    """A machine's own firewall, the machine's address, and a rule that lets a service in."""

    firewall: Firewall
    own: IPv4Address
    rule: Rule
    proto: Proto
    port: int


def four(machine: Machine) -> IPv4Address | None:
    """The machine's address of IPv4."""
    return next((one for one in machine.addresses if isinstance(one, IPv4Address)), None)


def redirected(random: Random, plan: Plan) -> Plan:
    """A machine that has a service at another port, or opens one by a port that nobody uses."""
    if not (choices := list(_served(plan))):
        return plan
    one = random.choice(choices)
    inside = random.choice([one.own, one.own, LOOPBACK]) if one.proto == "tcp" else one.own
    is_redirect = inside == one.own and random.random() < 0.5
    kind = random.choice(["moved", "moved", "forgotten", "door", "forbidden"])
    if kind == "door":
        port, to = next(each.port for each in UNUSED if each.proto == one.proto), one.port
    else:
        port, to = one.port, _LISTENING
        if kind == "forbidden":
            to = next(each.port for each in FORBIDDEN if each.proto == one.proto)
    forward = Forward(one.own, inside, one.proto, port, to, is_redirect=is_redirect)
    firewall = replace(one.firewall, forwards=(*one.firewall.forwards, forward))
    if kind == "forgotten":
        return plan.with_firewall(firewall, Mistake("redirected", firewall.device, one.rule.flow))
    is_translated = random.random() < 0.5
    rule = replace(
        one.rule,
        targets=() if inside == LOOPBACK else one.rule.targets,
        ports=(to, to),
        family=4,
        translated=is_translated,
    )
    chain = chain_of(firewall)
    return plan.with_firewall(with_chain(firewall, replace(chain, rules=(rule, *chain.rules))))


def handed_on(random: Random, plan: Plan) -> Plan:
    """A machine that hands connections on to another one of its role."""
    choices = [(one, twin) for one in _served(plan) for twin in _twins(plan, one.firewall)]
    if not choices:
        return plan
    one, twin = random.choice(choices)
    to = four(twin)
    assert to is not None
    changed = plan.with_firewall(_handing(random, one, to))
    theirs = next((f for f in plan.firewalls if f.machine == twin.name), None)
    if theirs is None or random.random() < 0.3:
        return changed
    chain = chain_of(theirs)
    own = (ip_network(f"{one.own}"),)
    rule = Rule("accept", own, (), one.proto, (one.port, one.port))
    return changed.with_firewall(with_chain(theirs, replace(chain, rules=(rule, *chain.rules))))


def split(random: Random, plan: Plan) -> Plan:
    """A router that sends a port of a machine's public address to another machine of its role."""
    choices = [
        (router, public, twin)
        for public in plan.publics
        for router in plan.firewalls
        if router.device == public.router
        for twin in _alike(plan, plan.machine(public.machine))
    ]
    if not choices:
        return plan
    router, public, twin = random.choice(choices)
    to, door = four(twin), random.choice([one for one in UNUSED if one.proto in ("tcp", "udp")])
    assert to is not None
    assert isinstance(public.address, IPv4Address)
    used = [s for flow in plan.active for s in flow.services if s.proto == door.proto]
    port = random.choice([*used, door]).port
    forward = Forward(public.address, to, door.proto, door.port, port)
    changed = replace(router, forwards=(forward, *router.forwards))
    return plan.with_firewall(_letting(random, changed, forward))


def led_astray(random: Random, plan: Plan) -> Plan:
    """A required flow that a router, its machine or its sender leads to somebody else."""
    choices = [
        *_by_routers(random, plan),
        *_to_routers(plan),
        *_by_machines(random, plan),
        *_by_senders(random, plan),
    ]
    if not choices:
        return plan
    device = random.choice(sorted({one.firewall.device for one in choices}))
    one = random.choice([each for each in choices if each.firewall.device == device])
    return plan.with_firewall(one.firewall, one.mistake)


def _served(plan: Plan) -> Iterator[_Served]:
    for firewall, _, rule in needed(plan):
        own = four(plan.machine(firewall.machine)) if firewall.machine else None
        if own is None or rule.proto not in ("tcp", "udp") or not rule.ports or rule.family == 6:
            continue
        if not rule.targets or ip_network(f"{own}") in rule.targets:
            yield _Served(firewall, own, rule, rule.proto, rule.ports[0])


def _twins(plan: Plan, firewall: Firewall) -> Iterator[Machine]:
    yield from _alike(plan, plan.machine(firewall.machine))


def _alike(plan: Plan, mine: Machine) -> Iterator[Machine]:
    for machine in plan.machines:
        if machine != mine and {*machine.roles} & {*mine.roles} and four(machine):
            yield machine


def _handing(random: Random, one: _Served, to: IPv4Address, port: int = 0) -> Firewall:
    """A machine's firewall that sends a service to another machine, and may stand for the sender.

    Without that, the other machine's answers do not come back over it, unless it is on their way.
    """
    goal = (ip_network(f"{to}"),)
    arriving = port or one.port
    rule = Rule("accept", one.rule.sources, goal, one.proto, (arriving, arriving))
    nats = (SourceNat((), goal),) if random.random() < 0.75 else ()
    forward = Forward(one.own, to, one.proto, one.port, port)
    return replace(
        one.firewall,
        forward=Chain((rule, *one.firewall.forward.rules)),
        forwards=(*one.firewall.forwards, forward),
        source_nats=(*one.firewall.source_nats, *nats),
    )


def _others(plan: Plan, *roles: str) -> list[IPv4Address]:
    """The addresses of machines that have none of the roles."""
    every = (four(machine) for machine in plan.machines if not {*machine.roles} & {*roles})
    return [one for one in every if one]


class _Sent(NamedTuple):
    flow: Flow
    target: IPv4Address
    roles: tuple[str, ...]
    proto: Proto
    port: int


def _sent(plan: Plan) -> Iterator[_Sent]:
    """The services of required flows at the addresses of IPv4 that they are sent to."""
    for flow in plan.active:
        if flow.need in ("must", "should") and not flow.to_public and not flow.group:
            if flow.target.is_internet:
                for service in flow.services:
                    if service.proto in ("tcp", "udp"):
                        yield _Sent(flow, _OUTER, (), service.proto, service.port)
            for name in flow.target.machines:
                machine = plan.machine(name)
                target = four(machine)
                for service in flow.services:
                    if target and service.proto in ("tcp", "udp"):
                        yield _Sent(flow, target, machine.roles, service.proto, service.port)


def _by_routers(random: Random, plan: Plan) -> Iterator[Planted]:
    routers = {one.device: one for one in plan.firewalls if not one.machine}
    for one in _sent(plan):
        roles = one.roles if random.random() < 0.5 else ()
        others = [each for each in _others(plan, *roles) if each != one.target]
        end = plan.network_of(one.target)
        starts = places(one.flow.source, plan)
        for hop in sorted(
            {hop for start in starts for hop in crossings(plan, start, end)}, key=str
        ):
            if (firewall := routers.get(hop.router.name)) and others:
                near = random.choice(["", hop.near])
                to, port = random.choice([(random.choice(others), 0), (one.target, one.port + 1)])
                is_redirect = random.random() < 0.15
                forward = Forward(
                    one.target,
                    to,
                    one.proto,
                    one.port,
                    port or one.port,
                    near,
                    is_redirect=is_redirect,
                )
                changed = replace(firewall, forwards=(forward, *firewall.forwards))
                mistake = Mistake("led_astray", firewall.device, one.flow.full_name)
                yield Planted(_letting(random, changed, forward), mistake)


def _to_routers(plan: Plan) -> Iterator[Planted]:
    """Ports of public addresses that lead to the router itself."""
    for firewall, index, forward in forwards_of(plan):
        if not firewall.machine and forward.proto and (flow := flow_of(plan, forward)):
            port = forward.inside_port or forward.port
            forwards = list(firewall.forwards)
            forwards[index] = replace(forward, inside_port=port, is_redirect=True)
            mistake = Mistake("led_astray", firewall.device, flow)
            yield Planted(replace(firewall, forwards=tuple(forwards)), mistake)


def _letting(random: Random, firewall: Firewall, forward: Forward) -> Firewall:
    """The firewall, which may let through what it sends on."""
    if random.random() < 0.4:
        return firewall
    ports = (forward.inside_port, forward.inside_port)
    rule = Rule("accept", (), (ip_network(f"{forward.inside}"),), forward.proto, ports)
    return with_chain(
        firewall, replace(chain_of(firewall), rules=(rule, *chain_of(firewall).rules))
    )


def _by_machines(random: Random, plan: Plan) -> Iterator[Planted]:
    for one in _served(plan):
        others = _others(plan, *plan.machine(one.firewall.machine).roles)
        with_roles = [each for each in others if (m := plan.owner(each)) and m.roles]
        if with_roles:
            to = random.choice(with_roles)
            doors = [each.port for each in FORBIDDEN if each.proto == one.proto]
            yield Planted(
                _handing(random, one, to, random.choice([0, *doors])),
                Mistake("led_astray", one.firewall.device, one.rule.flow),
            )


def _by_senders(random: Random, plan: Plan) -> Iterator[Planted]:
    hosts = {one.machine: one for one in plan.firewalls if one.machine}
    for one in _sent(plan):
        others = [each for each in _others(plan) if each != one.target]
        for name in one.flow.source.machines:
            own = four(plan.machine(name))
            if name in hosts and own and own != one.target:
                to = random.choice([each for each in others if each != own] or [one.target])
                forward = Forward(one.target, to, one.proto, one.port, is_sent=True)
                firewall = hosts[name]
                yield Planted(
                    replace(firewall, forwards=(*firewall.forwards, forward)),
                    Mistake("led_astray", firewall.device, one.flow.full_name),
                )
