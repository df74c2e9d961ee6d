"""Senders and targets behind an uplink that nobody routes to: private addresses, shared ones."""

from dataclasses import replace
from ipaddress import ip_network
from random import Random
from typing import Final

from tests.oracles.site.changes import chain_of, with_chain
from tests.oracles.site.intentions import FORBIDDEN, UNUSED, role_end
from tests.oracles.site.plan import INTERNET, PRIVATE, Flow, Mistake, Plan, Query, Rule
from tests.oracles.site.routes import way
from tests.oracles.site.topology import Topology

_RANGES: Final = tuple(
    ip_network(one)
    for one in ("192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "172.16.0.0/12")
)


def forbidden_outside(random: Random, site: Topology, flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """The flows, with one more to the internet, which must never be."""
    internet = next(
        (end for flow in flows for end in (flow.source, flow.target) if end.is_internet), None
    )
    roles = [role_end(role, site) for role in site.roles if role not in site.wide]
    if internet is None or not roles or random.random() < 0.5:
        return flows
    service = random.choice(UNUSED)
    return (*flows, Flow("never-out", random.choice(roles), internet, (service,), need="never"))


def trusted(random: Random, plan: Plan) -> Plan:
    """A firewall that trusts private addresses, wherever they are."""
    changed = replace(plan, features=(*plan.features, "private_senders"))
    choices = []
    for firewall in plan.firewalls:
        for machine in plan.machines:
            routers = {hop.router.name for hop in way(plan, INTERNET, machine.network)}
            if machine.roles and (firewall.machine == machine.name or firewall.device in routers):
                choices += [(firewall, own) for own in machine.addresses]
    choices = [(f, own) for f, own in choices if own.version in f.families]
    if not choices or random.random() < 0.25:
        return changed
    firewall, own = random.choice(choices)
    sender = random.choice([one for one in PRIVATE if one.version == own.version])
    around = tuple(one for one in _RANGES if one.version == own.version and sender in one)
    service = random.choice([*UNUSED, *FORBIDDEN])
    goal = random.choice([(), (ip_network(f"{own}"),)])
    ports = (service.port, service.port)
    outward = any(flow.name == "never-out" for flow in plan.flows) and random.random() < 0.5
    if outward and not firewall.machine:
        rule = Rule("accept", (), around)
        mistakes: tuple[Mistake, ...] = ()
    else:
        rule = Rule("accept", around, goal, service.proto, ports)
        query = Query(sender, own, service)
        mistakes = (Mistake("private_trusted", firewall.device, opens=query),)
    chain = chain_of(firewall)
    return changed.with_firewall(
        with_chain(firewall, replace(chain, rules=(rule, *chain.rules))), *mistakes
    )
