"""Where the example of a finding is meant to get to, in the built site."""

from dataclasses import replace

from tests.oracles.site.arrivals import handed_to, led, ports_at
from tests.oracles.site.findings import Finding
from tests.oracles.site.groups import Outcome
from tests.oracles.site.plan import INTERNET, PINGS, PROBE, Flow, Plan, Query
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


def is_opened(plan: Plan, one: Finding, query: Query, outcome: Outcome) -> bool:
    """Whether a connection came out where the finding says that it is open.

    On a machine's own firewall that is the machine, or one that it hands on to itself; else the
    place that it is forbidden to get to, or any machine of a role.
    """
    own = next((f for f in plan.firewalls if f.device == one.device), None)
    if not outcome.machine or own is None or own.written or query.service.proto in PINGS:
        return bool(outcome.machine)
    forbidden = [f for f in plan.active if f.full_name == one.flow and f.need == "never"]
    if outcome.machine.startswith(PROBE):  # at the address itself; all of some networks is a role
        wide = {m.network for m in plan.machines if {*m.roles} & {*plan.wide}}
        named = (each for flow in forbidden for each in flow.target.prefixes)
        return plan.network_of(query.target) in wide or any(query.target in one for one in named)
    sender = plan.owner(query.source)
    if own.machine and not (sender and sender.name == own.machine):
        return outcome.machine == own.machine or own in led(plan, query)
    machine = next((each for each in plan.machines if each.name == outcome.machine), None)
    if forbidden:
        return any(
            outcome.machine == INTERNET
            if flow.target.is_internet
            else machine is not None and plan.is_at(machine, flow.target)
            for flow in forbidden
        )
    return one.check == "FW201" or bool(machine and machine.roles)


def _is_goal(plan: Plan, flow: Flow, query: Query, outcome: Outcome) -> bool:
    if query.service.proto in PINGS:
        return True
    if flow.target.is_internet:
        return outcome.machine == INTERNET and outcome.port in (0, query.service.port)
    public = plan.public(query.target, flow.target.name)
    if plan.network_of(query.target) == INTERNET and not any(
        each.address == query.target for each in plan.publics
    ):
        return False  # what is sent to the internet comes back inside
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
