"""Which links of a site are narrow, and firewalls that permit path-MTU errors by their type."""

from dataclasses import replace
from random import Random
from typing import Final

from tests.oracles.site.changes import chain_of, with_chain
from tests.oracles.site.plan import INTERNET, Firewall, Link, Plan, Rule
from tests.oracles.site.routes import Hop, crossings
from tests.oracles.site.rules import places

FAR: Final = Link(INTERNET, "far0")
"""From the internet's router to its machines."""
_MOST: Final = 3


def narrowed(random: Random, plan: Plan) -> Plan:
    """The plan with a few links that are narrow, of those of its mistake if it has one about them.

    Mistakes are left as they are.
    """
    wrong = {one.device for one in plan.mistakes}
    flows = {one.flow for one in plan.mistakes if one.kind == "mtu_errors_dropped"}
    firewalls = tuple(
        _by_type(one) if one.device not in wrong and random.random() < 0.2 else one
        for one in plan.firewalls
    )
    every = {Link(one.name, near) for one in plan.routers for near, _ in one.interfaces} | {FAR}
    links = sorted((_of(plan, flows) if flows else every) & every)
    chosen = random.sample(links, min(len(links), _MOST))
    return replace(plan, firewalls=firewalls, narrow=tuple(chosen))


def _by_type(firewall: Firewall) -> Firewall:
    """A firewall that lets no other errors through."""
    chain = chain_of(firewall)
    error = Rule("accept", proto="icmp", too_big=True)
    return with_chain(firewall, replace(chain, related=False, rules=(error, *chain.rules)))


def _of(plan: Plan, names: set[str]) -> set[Link]:
    """The links that packets of the flows cross behind a router, and their answers."""
    found: set[Link] = set()
    for flow in plan.flows:
        for start in places(flow.source, plan) if flow.full_name in names else ():
            for end in places(flow.target, plan):
                found |= {each for hop in crossings(plan, start, end) for each in _both(hop)}
                found |= {FAR} if INTERNET in (start, end) else set()
    return found


def _both(hop: Hop) -> tuple[Link, Link]:
    return Link(hop.router.name, hop.near), Link(hop.router.name, hop.far)
