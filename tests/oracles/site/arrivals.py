"""Where packets come out that a machine's own rules, or others, translate on their way."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Final

from tests.oracles.site.plan import Address, Firewall, Forward, Machine, Plan, Query, Service

_MOST: Final = 2
"""So many devices may translate one after the other."""
LOOPBACK: Final = IPv4Address("127.0.0.1")


def led(plan: Plan, query: Query) -> Iterator[Firewall]:
    """The firewalls that send a connection to another address or port than it came to them for."""
    sender = plan.owner(query.source)
    ends = {(query.target, query.service.port)}
    for _ in range(_MOST):
        for firewall in plan.firewalls:
            is_sent = sender is not None and firewall.machine == sender.name
            for one in firewall.forwards:
                if one.is_sent is is_sent:
                    ends |= {_moved(one, end) for end in ends if _is_about(one, query, end)}
    for firewall in plan.firewalls:
        is_sent = sender is not None and firewall.machine == sender.name
        mine = [one for one in firewall.forwards if one.is_sent is is_sent]
        if any(_is_about(one, query, end) for one in mine for end in ends):
            yield firewall


def sent_to(plan: Plan, query: Query) -> frozenset[str]:
    """The machines to which somebody sends what is sent to the query's address; of groups, none."""
    end = query.target, query.service.port
    every = (one for firewall in plan.firewalls for one in firewall.forwards)
    goals = (plan.owner(one.inside) for one in every if _is_about(one, query, end))
    return frozenset(one.name for one in goals if one and not query.group)


def _is_about(one: Forward, query: Query, end: tuple[Address, int]) -> bool:
    target, port = end
    here = one.proto is None or (one.proto, one.port) == (query.service.proto, port)
    return here and one.public == target


def _moved(one: Forward, end: tuple[Address, int]) -> tuple[Address, int]:
    return one.inside, one.inside_port or end[1]


def ports_at(plan: Plan, machine: Machine, service: Service) -> frozenset[int]:
    """The ports at which a machine may have a service: those to which it redirects, too."""
    own = (one for one in _own(plan, machine) if one.inside in (LOOPBACK, *machine.every))
    moved = {one.inside_port for one in own if (one.proto, one.port) == _key(service)}
    return frozenset(moved | {service.port})


def handed_to(plan: Plan, machine: Machine, service: Service) -> frozenset[str]:
    """The machines of its role to which a machine itself hands on a service's connections."""
    goals = (one.inside for one in _own(plan, machine) if (one.proto, one.port) == _key(service))
    others = (plan.owner(one) for one in goals)
    return frozenset(one.name for one in others if one and {*one.roles} & {*machine.roles})


def meant(plan: Plan, machine: Machine, query: Query, port: int) -> Service:
    """The service that a machine has at a port, as it is before it redirects connections."""
    asked = plan.public(query.target, "")
    inside = {there: here for here, there in asked.ports} if asked else {}
    first = Service(query.service.proto, inside.get(query.service.port, query.service.port))
    return first if port in ports_at(plan, machine, first) else Service(query.service.proto, port)


def _key(service: Service) -> tuple[str, int]:
    return service.proto, service.port


def _own(plan: Plan, machine: Machine) -> Iterator[Forward]:
    for firewall in plan.firewalls:
        if firewall.machine == machine.name:
            yield from (one for one in firewall.forwards if not one.is_sent)
