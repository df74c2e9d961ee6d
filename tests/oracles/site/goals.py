"""Where the example of a finding is meant to get to, in the built site."""

from dataclasses import replace

from tests.oracles.site.arrivals import handed_to, ports_at
from tests.oracles.site.findings import Finding
from tests.oracles.site.groups import Outcome
from tests.oracles.site.plan import INTERNET, PINGS, Flow, Plan, Query
from tests.oracles.site.routes import idle_uplinks


def is_elsewhere(plan: Plan, one: Finding, query: Query | None) -> bool:
    """Whether a finding is about a packet that the built site brings to another place.

    That is an uplink that it does not use, or a machine by a public address that no router
    translates: such a machine may have the address itself, but here the router has it.
    """
    idle = {name for device, name in idle_uplinks(plan) if device == one.device}
    told = query is not None and any(p.address == query.target for p in plan.publics)
    by_itself = any(f.device == one.device and f.machine for f in plan.firewalls)
    translated = {each.public for f in plan.firewalls for each in f.forwards}
    if told and by_itself and query and query.target not in translated:
        return True
    return bool(idle & set(one.interfaces)) and not told


def is_at_goal(plan: Plan, one: Finding, query: Query, outcome: Outcome) -> bool:
    """Whether a connection came out where its flow wants it."""
    flows = [flow for flow in plan.active if flow.full_name == one.flow]
    return not flows or any(_is_goal(plan, flow, query, outcome) for flow in flows)


def _is_goal(plan: Plan, flow: Flow, query: Query, outcome: Outcome) -> bool:
    if query.service.proto in PINGS:
        return True
    if flow.target.is_internet:
        return outcome.machine == INTERNET
    public = plan.public(query.target, flow.target.name)
    if public and flow.target.name == public.role and outcome.machine != public.machine:
        return False
    machine = next((one for one in plan.machines if one.name == outcome.machine), None)
    owner, sender = plan.owner(query.target), plan.owner(query.source)
    if machine is None or machine == sender or not plan.is_at(machine, flow.target):
        return False
    if owner and owner != machine and machine.name not in handed_to(plan, owner, query.service):
        return False
    port = query.service.port
    inside = {there: here for here, there in public.ports}.get(port, port) if public else port
    return outcome.port in ports_at(plan, machine, replace(query.service, port=inside))
