"""A random site by its seed."""

from dataclasses import replace
from random import Random

from tests.oracles.site import intentions, rules, topology
from tests.oracles.site.mistakes import KINDS, plant
from tests.oracles.site.plan import Plan


def generate(seed: int, features: frozenset[str]) -> Plan:
    """The site of that seed, made of these features; about half of the sites have a mistake."""
    random = Random(seed)
    site = topology.topology(random, features)
    publics = topology.publics(random, features, site)
    peers = intentions.peers(random, site)
    flows = intentions.flows(random, features, site, peers, publics)
    plan = Plan(
        seed,
        site.networks,
        site.machines,
        site.routers,
        tuple(role for role in site.roles if any(m.role == role for m in site.machines)),
        peers,
        flows,
        (("extra", random.random() < 0.5),),
        publics,
        (),
    )
    plan = replace(plan, firewalls=rules.firewalls(random, features, plan))
    if not plan.firewalls:  # nothing to check: neither a router nor a machine has a firewall
        return generate(seed, features - {"no_router"})
    kinds = sorted(features & frozenset(KINDS))
    if kinds and random.random() < 0.6:
        plan = plant(random, plan, kinds)
    return plan
