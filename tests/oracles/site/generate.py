"""A random site by its seed."""

from dataclasses import replace
from random import Random

from tests.oracles.site import intentions, rules, situations, topology
from tests.oracles.site.constructs import answers, constructed
from tests.oracles.site.mistakes import KINDS, OPENING, plant
from tests.oracles.site.narrow import narrowed
from tests.oracles.site.plan import Plan
from tests.oracles.site.site_files import WRITING


def generate(seed: int, features: frozenset[str]) -> Plan:
    """The site of that seed, made of these features; about half of the sites have a mistake."""
    random = Random(seed)
    site = topology.topology(random, features)
    publics = topology.publics(random, features, site)
    peers = intentions.peers(random, features, site)
    flows = intentions.flows(random, features, site, peers, publics)
    flows = constructed(Random(f"{seed} constructs"), features, site, flows)
    its = situations.chosen(seed, features)
    flows = situations.with_flows(seed, its, site, flows)
    plan = Plan(
        seed,
        site.networks,
        site.machines,
        site.routers,
        site.roles,
        peers,
        flows,
        (("extra", random.random() < 0.5),),
        publics,
        (),
        answers(Random(f"{seed} answers")),
        site.wide,
        features=tuple(f for f in WRITING if f in features and Random(f"{seed}{f}").random() < 0.5)
        + situations.written(seed, its),
    )
    plan = replace(plan, firewalls=rules.firewalls(random, features, plan))
    if not plan.firewalls:  # nothing to check: neither a router nor a machine has a firewall
        return generate(seed, features - {"no_router"})
    kinds = features & frozenset(KINDS)
    if publics and "open_by_own_address" not in features:
        kinds -= OPENING
    if kinds and random.random() < 0.6:
        plan = plant(random, plan, sorted(kinds))
    is_narrow = "narrow_links" in features and random.random() < 0.5
    is_narrow |= any(one.kind == "mtu_errors_dropped" for one in plan.mistakes)
    plan = narrowed(random, plan) if is_narrow else plan
    return situations.changed(seed, its, plan)
