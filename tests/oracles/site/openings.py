"""Connections that came through, and that neither a policy nor a finding speaks of."""

from collections.abc import Iterable

from tests.oracles.site import asked
from tests.oracles.site.arrivals import led
from tests.oracles.site.findings import OPEN, Finding, Report
from tests.oracles.site.groups import Outcome
from tests.oracles.site.plan import INTERNET, Address, Machine, Plan, Query


def covers(one: Finding, query: Query, goals: Iterable[Address], port: int | None) -> bool:
    """Whether a finding is about a connection, by the ends that it has outside or inside."""
    version = query.source.version
    # To a group a packet has that address alone.
    named = (query.group,) if query.group else (query.target, *goals)
    targets = frozenset(a for a in named if a.version == version)
    ports = None if port is None else frozenset({query.service.port, port})
    return one.covers(query, targets, ports)


def is_silent(plan: Plan, report: Report, query: Query, outcome: Outcome) -> bool:
    """Whether an opening is neither permitted nor found, and a firewall was on its way."""
    machine = next((m for m in plan.machines if m.name == outcome.machine), None)
    sender = plan.owner(query.source)
    if outcome.works and outcome.machine == INTERNET:
        return _is_silent_outside(plan, report, query)
    if not outcome.works or not machine or not machine.roles or machine == sender:
        return False
    said = asked.verdict(plan, query, machine, outcome.port)
    devices = asked.devices_on_way(plan, query, machine)
    own = {f.device for f in plan.firewalls if f.machine == machine.name}
    # What a machine sends by itself to somebody beside it, no rule of its own opens there, and it
    # does not get to the machine that it was for.
    leading = [*led(plan, query)]
    if not any(f.machine == _name(sender) for f in leading):
        own |= {f.device for f in leading if f.machine}
    if query.target in machine.hidden:  # only the machine's own export can tell
        devices &= own
    if not own and plan.network_of(query.source) == machine.network:
        return False  # who is in the network of such a machine needs no router to get to it
    if said == "permitted" or not devices:
        return False
    checks = ("FW212", "FW401") if said == "forbidden" else OPEN
    goals = set(machine.every)
    if query.target in machine.hidden:  # the addresses of the role stand for it
        twins = [m for m in plan.machines if {*m.roles} & {*machine.roles}]
        if sender in twins:
            return False
        goals |= {a for m in twins for a in m.every}
    return not any(
        f.check in checks
        and f.device in devices
        and (query.source.version == 6 or f.check != "FW401")
        and covers(f, query, goals, outcome.port)
        for f in report.findings
    )


def _name(machine: Machine | None) -> str:
    return machine.name if machine else ""


def _is_silent_outside(plan: Plan, report: Report, query: Query) -> bool:
    """Whether a connection to the internet must never be, and is not found."""
    if not asked.is_forbidden_outside(plan, query):
        return False
    devices = asked.devices_outward(plan, query)
    return bool(devices) and not any(
        f.check in ("FW212", "FW401")
        and f.device in devices
        and covers(f, query, (), query.service.port)
        for f in report.findings
    )
