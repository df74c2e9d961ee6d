"""What else a policy can say of flows: put on some of those that a random policy has."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Final

from tests.oracles.site.intentions import FORBIDDEN, role_end
from tests.oracles.site.plan import RAW, UNPRIVILEGED, Condition, End, Flow, Service
from tests.oracles.site.topology import Topology

_Construct = Callable[[Random, Topology, list[Flow]], list[Flow]]
_SHARE: Final = 0.2
"""How many of the flows that can have a construct have it."""
_CLIENT_PORTS: Final = (
    ((20, 20),),
    ((1812, 1812),),
    ((600, 1023),),
    ((68, 68), UNPRIVILEGED),
    ((68, 68), (88, 88)),
)
"""None of them is a port that anybody listens on here."""
_FURTHER: Final = (Service("tcp", 20000), Service("tcp", 20001), Service("udp", 20002))
BASE: Final = "base"
_ANNOUNCED: Final = Service("udp", 5353)
_GROUPS: Final = (IPv4Address("224.0.0.251"), IPv6Address("ff02::fb"))
KINDS: Final = ("small", "large", "other")
VERSIONS: Final = ("1", "2.0", "10")
_SETS: Final = {
    "a": ((Service("udp", 500),), (Service("esp"),), (Service("udp", 4500), Service("tcp", 4500))),
    "b": ((Service("tcp", 1723),), (Service("udp", 1701), Service("udp", 1702))),
}
"""Flows of two alternatives; where one has several services, one of these is enough."""


def constructed(
    random: Random, features: frozenset[str], site: Topology, flows: tuple[Flow, ...]
) -> tuple[Flow, ...]:
    """The flows, some of them with the constructs that are among the features."""
    found = list(flows)
    for name, construct in CONSTRUCTS.items():
        if name in features:
            found = construct(random, site, found)
    return tuple(found)


def _either(random: Random, _: Topology, flows: list[Flow]) -> list[Flow]:
    """Some flows that either side may open, where nothing else forbids that."""
    forbidden = {s for flow in flows if flow.need == "never" for s in flow.services}
    found = []
    for flow in flows:
        can = flow.source != flow.target and not flow.to_public
        can = can and (flow.need == "never" or not forbidden & {*flow.services})
        if flow.need == "never":
            inside = not (flow.source.is_internet or flow.target.is_internet)
            can = can and inside and {*flow.services} <= {*FORBIDDEN}
        is_either = can and random.random() < _SHARE
        found.append(replace(flow, is_either=True) if is_either else flow)
    return found


def _client_ports(random: Random, _: Topology, flows: list[Flow]) -> list[Flow]:
    found = []
    for flow in flows:
        has_ports = all(service.port for service in flow.services)
        spans = random.choice(_CLIENT_PORTS) if has_ports and random.random() < _SHARE else ()
        found.append(replace(flow, client_ports=spans))
    return found


def _protocols(random: Random, _: Topology, flows: list[Flow]) -> list[Flow]:
    """Some flows of other protocols, where nobody translates addresses.

    Two machines that use one protocol behind one address cannot be told apart without ports.
    """
    found = []
    for flow in flows:
        outside = flow.source.is_internet or flow.target.is_internet or flow.to_public
        if not outside and flow.need != "never" and random.random() < _SHARE:
            service = Service(random.choice(["echo", *RAW]))
            kept = flow.services[:1] if flow.any_of or random.random() < 0.3 else ()
            found.append(replace(flow, services=(*kept, service)))
        else:
            found.append(flow)
    return found


def _alternatives(random: Random, _: Topology, flows: list[Flow]) -> list[Flow]:
    """Two sets of flows more, of which one is enough, between the ends of other flows."""
    named = [flow for flow in flows if flow.need != "never" and not flow.name.startswith("allow")]
    ends = [flow for flow in named if not flow.target.is_internet]
    if not ends or random.random() < 0.4:
        return flows
    first = random.choice(ends)
    built = random.choice(["a", "a", "b", "b", "ab", ""])
    found = list(flows)
    for name, services in _SETS.items():
        for index, several in enumerate(random.sample(services, random.choice([1, 2, 2]))):
            pair = random.choice(ends) if random.random() < 0.2 else first
            outside = pair.source.is_internet
            flow = Flow(
                f"{name}{index}",
                pair.source,
                pair.target,
                tuple(s for s in several if s.port or not outside) or (Service("udp", 4501),),
                random.choice(["must", "should"]),
                any_of=len(several) > 1,
                part_of=f"tunnel/{name}",
                is_built=name in built,
            )
            found.append(flow)
    return found


def answers(random: Random) -> tuple[tuple[str, str], ...]:
    """What a site says of itself."""
    return (("kind", random.choice(KINDS)), ("version", random.choice(VERSIONS)))


def _conditions(random: Random, _: Topology, flows: list[Flow]) -> list[Flow]:
    """Some flows that count with some answers, and others that come and go with versions."""
    found = []
    for flow in flows:
        conditions = []
        if not flow.name.startswith("allow") and random.random() < _SHARE:
            some = tuple(random.sample(KINDS, random.choice([1, 2])))
            conditions.append(Condition("kind", some, random.random() < 0.7))
        if not flow.name.startswith("allow") and random.random() < _SHARE:
            first = random.randrange(len(VERSIONS))
            last = random.randrange(first, len(VERSIONS))
            conditions.append(Condition("version", VERSIONS[first : last + 1]))
        found.append(replace(flow, conditions=tuple(conditions)))
    return found


def _follow_on(random: Random, _: Topology, flows: list[Flow]) -> list[Flow]:
    found = []
    for flow in flows:
        can = not flow.name.startswith("allow") and flow.need != "never"
        then = random.sample(_FURTHER, random.choice([1, 2]))
        has = can and random.random() < _SHARE
        found.append(replace(flow, then=tuple(then)) if has else flow)
    return found


def _groups(random: Random, site: Topology, flows: list[Flow]) -> list[Flow]:
    """A flow more, between machines of one role in one network."""
    several = [role_end(role, site) for role in site.roles if role not in site.wide]
    several = [end for end in several if len(end.machines) > 1]
    if not several or random.random() < 0.3:
        return flows
    end = random.choice(several)
    return [*flows, Flow("g0", end, end, (_ANNOUNCED,), group=_GROUPS)]


def _built_on(random: Random, site: Topology, flows: list[Flow]) -> list[Flow]:
    """Some flows in a policy that the other one builds on, where two roles may be one."""
    roles = [role_end(role, site) for role in site.roles if role not in site.wide]
    found = []
    for flow in flows:
        own = flow.name.startswith("allow") or flow.part_of or flow.option or flow.conditions
        if not own and not flow.to_public and random.random() < _SHARE:
            target, other = flow.target, random.choice(roles) if roles else flow.target
            inside = flow.need != "never" and not (flow.source.is_internet or target.is_internet)
            if inside and flow.source != target and {target, other} <= {*roles} - {flow.source}:
                target = _together(target, other)
            found.append(replace(flow, policy=BASE, target=target))
        else:
            found.append(flow)
    return found


def _together(one: End, other: End) -> End:
    if one == other:
        return one
    machines = dict.fromkeys((*one.machines, *other.machines))
    return End(f"{one.name}+{other.name}", tuple(machines))


CONSTRUCTS: Final[dict[str, _Construct]] = {
    "protocols": _protocols,
    "alternatives": _alternatives,
    "between": _either,
    "sport": _client_ports,
    "answers": _conditions,
    "then": _follow_on,
    "groups": _groups,
    "requires": _built_on,
}
"""By the names of their features."""
