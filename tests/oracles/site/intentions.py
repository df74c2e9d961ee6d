"""A random policy for the machines of a site."""

from ipaddress import ip_network
from random import Random
from typing import Final

from tests.oracles.site.plan import End, Flow, Need, Network, Public, Service
from tests.oracles.site.topology import Topology

SERVICES: Final = (
    Service("tcp", 22),
    Service("tcp", 443),
    Service("tcp", 5432),
    Service("tcp", 8443),
    Service("udp", 53),
    Service("udp", 1194),
)
OUTWARD: Final = (Service("tcp", 8883), Service("udp", 123), Service("tcp", 587))
FORBIDDEN: Final = (Service("tcp", 3306), Service("udp", 161))
"""No other flow uses them, so that no policy wants what it forbids."""
UNUSED: Final = (Service("tcp", 9200), Service("udp", 9201))


def peers(random: Random, features: frozenset[str], site: Topology) -> tuple[End, ...]:
    """Clients anywhere, the people of one network, and one administrator's machine."""
    office, other = random.choice(site.networks), random.choice(site.networks)
    admin = next(m for m in site.machines if m.name == f"client-{other.name}")
    if "peers_on_machines" in features and random.random() < 0.2:
        admin = random.choice(site.machines)
    return (
        End("clients", is_internet=True),
        End("staff", prefixes=office.prefixes),
        End("admins", prefixes=tuple(ip_network(f"{a}") for a in admin.addresses)),
    )


def role_end(role: str, site: Topology) -> End:
    """A role as an end."""
    machines = [one for one in site.machines if role in one.roles]
    whole = {one.network for one in machines} if role in site.wide else set()
    prefixes = tuple(p for n in site.networks if n.name in whole for p in n.prefixes)
    return End(role, tuple(one.name for one in machines), prefixes)


def flows(
    random: Random,
    features: frozenset[str],
    site: Topology,
    known: tuple[End, ...],
    publics: tuple[Public, ...],
) -> tuple[Flow, ...]:
    """What the policy asks for; every role is the target of at least one flow."""
    roles = [role_end(role, site) for role in site.roles]
    found: list[Flow] = []
    for index in range(random.randint(max(3, len(roles)), 8)):
        target = roles[index % len(roles)]
        source = random.choice([known[0], *known, *roles])
        if source == target and (len(target.machines) < 2 or "mesh" not in features):
            source = random.choice(known)
        found.append(_flow(random, features, index, source, target))
    if "mesh" in features:
        for role in roles:
            if len(role.machines) > 1 and random.random() < 0.6:
                service = Service("tcp", 2380)
                found.append(Flow(f"f{len(found)}", role, role, (service,)))
    if "outward" in features and random.random() < 0.7:
        service = random.choice(OUTWARD)
        found.append(
            Flow(f"f{len(found)}", random.choice(roles), known[0], (service,), need="must")
        )
    if "never" in features and random.random() < 0.7:
        found.append(_never(random, f"f{len(found)}", site, roles, known, found))
    found += _allowed(random, features, site, roles, publics)
    return tuple(found)


def _flow(random: Random, features: frozenset[str], index: int, source: End, target: End) -> Flow:
    services = tuple(random.sample(SERVICES, random.choice([1, 1, 2])))
    if "icmp" in features and not source.is_internet and random.random() < 0.1:
        services = (Service("icmp"),)
    need: Need = random.choice(["must", "must", "must", "should", "may"])
    any_of = "any_of" in features and len(services) == 2 and random.random() < 0.4
    option = "extra" if "options" in features and random.random() < 0.15 else ""
    return Flow(f"f{index}", source, target, services, need, any_of, option)


def _never(
    random: Random,
    name: str,
    site: Topology,
    roles: list[End],
    known: tuple[End, ...],
    found: list[Flow],
) -> Flow:
    """A forbidden flow: of a service that nobody uses, or that others do who are elsewhere."""
    target = random.choice(roles)
    network: Network = random.choice(site.networks)
    place = End(network.name, prefixes=network.prefixes)
    from_place = {
        service
        for flow in found
        if flow.target.name == target.name and _touches(flow.source, network, site)
        for service in flow.services
    }
    free = [
        service
        for flow in found
        if flow.target.name == target.name
        for service in flow.services
        if service not in from_place and service.port
    ]
    if free and random.random() < 0.5:
        return Flow("allow-never", place, target, (random.choice(free),), need="never")
    source = random.choice([known[0], known[1], place])
    if source == place:  # a policy knows no networks; a site does
        name = "allow-never"
    return Flow(name, source, target, (random.choice(FORBIDDEN),), need="never")


def _touches(end: End, network: Network, site: Topology) -> bool:
    """Whether somebody of the end, the internet apart, is in the network."""
    machines = {m.network for m in site.machines if m.name in end.machines}
    return network.name in machines or any(p[0] in q for p in end.prefixes for q in network.prefixes
                                           if p.version == q.version)  # fmt: skip


def _allowed(
    random: Random,
    features: frozenset[str],
    site: Topology,
    roles: list[End],
    publics: tuple[Public, ...],
) -> list[Flow]:
    found = []
    network = random.choice(site.networks)
    inside = End(network.name, prefixes=network.prefixes)
    if random.random() < 0.4:
        found.append(Flow("allow1", inside, random.choice(roles), (Service("tcp", 9100),), "must"))
    if "hairpin" in features and publics and random.random() < 0.4:
        public = random.choice(publics)
        target = End(public.role, (public.machine,))
        found.append(
            Flow("allow2", inside, target, (Service("tcp", 443),), "must", to_public=public.address)
        )
    return found
