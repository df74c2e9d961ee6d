"""Random networks, routers and machines of a site."""

from dataclasses import replace
from ipaddress import IPv4Address, ip_network
from random import Random
from typing import Final, NamedTuple

from tests.oracles.site.plan import INTERNET, Address, Machine, Network, Public, Router
from tests.oracles.site.routes import way

NAMES: Final = ("lan", "dmz", "srv", "office", "guest")
ROLES: Final = ("web", "db", "mail", "app")


class Topology(NamedTuple):
    """What there is, without policy and rules."""

    networks: tuple[Network, ...]
    routers: tuple[Router, ...]
    machines: tuple[Machine, ...]
    roles: tuple[str, ...]
    families: tuple[int, ...]
    wide: tuple[str, ...] = ()


def topology(random: Random, features: frozenset[str]) -> Topology:
    """Networks with routers between them, roles with machines, and a client in each network."""
    choices: list[tuple[int, ...]] = [(4,)]
    choices += [(6,)] if "ipv6" in features else []
    choices += [(4, 6), (4, 6)] if "dual" in features else []
    families = random.choice(choices)
    networks = _networks(random, features, families)
    routers = _routers(random, features, networks)
    roles = ROLES[: random.randint(1, len(ROLES))]
    machines = _machines(random, features, networks, roles)
    found = Topology(networks, routers, machines, roles, families)
    if "role_networks" in features and random.random() < 0.2:
        return _with_wide_role(random, found)
    return found


def _with_wide_role(random: Random, site: Topology) -> Topology:
    """The site, where one role has all of a network in which no other role is."""
    inside = {
        network.name: {one.roles for one in site.machines if one.network == network.name}
        for network in site.networks
    }
    choices = [name for name, roles in inside.items() if len(roles) == 2]
    if not choices:
        return site
    name = random.choice(choices)
    (roles,) = inside[name] - {()}
    if len(roles) > 1 or any(m.roles == roles and m.network != name for m in site.machines):
        return site
    machines = tuple(
        replace(one, roles=roles) if one.network == name else one for one in site.machines
    )
    return site._replace(machines=machines, wide=roles)


def _networks(
    random: Random, features: frozenset[str], families: tuple[int, ...]
) -> tuple[Network, ...]:
    found = []
    for index, name in enumerate(random.sample(NAMES, random.randint(2, 5))):
        # Some networks have addresses of the internet's own, which nobody has to translate.
        plain = "public_networks" in features and random.random() < 0.25
        four = f"45.80.{index}.0/24" if plain else f"10.{random.randint(1, 99)}.{index}.0/24"
        both = {4: ip_network(four), 6: ip_network(f"2a00:aa:{index + 1}::/64")}
        found.append(Network(name, tuple(both[family] for family in families)))
    return tuple(found)


def _routers(
    random: Random, features: frozenset[str], networks: tuple[Network, ...]
) -> tuple[Router, ...]:
    """A tree of routers below the one at the internet; each leads to a network of its own."""
    names = [network.name for network in networks]
    if "no_router" in features and random.random() < 0.08:
        ports = (("wan0", INTERNET), *((f"{name}0", name) for name in names))
        return (Router("core", ports, is_told=False),)
    most = min(3, len(names)) if "branches" in features else 1
    count = random.choice([1, 1, *range(1, most + 1)])
    uplinks = ["wan0"]
    if "two_uplinks" in features and random.random() < 0.2:
        uplinks.append("wan1")
    shares: list[list[str]] = [[name] for name in names[:count]]
    for name in names[count:]:
        random.choice(shares).append(name)
    found = [
        Router(
            "edge", tuple([(up, INTERNET) for up in uplinks] + [(f"{n}0", n) for n in shares[0]])
        )
    ]
    for index, share in enumerate(shares[1:], 1):
        above = random.choice([n for each in shares[:index] for n in each])
        ports = (("up0", above), *((f"{name}0", name) for name in share))
        if "side_uplinks" in features and random.random() < 0.2:
            ports = (("wan0", INTERNET), *ports)
        beside = [name for name in shares[0] if name != above]
        if "detours" in features and above in shares[0] and beside and random.random() < 0.3:
            ports = (*ports, ("up1", random.choice(beside)))
        found.append(Router(f"inner{index}", ports))
    return tuple(found)


def _machines(
    random: Random,
    features: frozenset[str],
    networks: tuple[Network, ...],
    roles: tuple[str, ...],
) -> tuple[Machine, ...]:
    found: list[Machine] = []
    for number, role in enumerate(roles):
        single = [i for i, one in enumerate(found) if len(_with_role(found, one.roles[0])) == 1]
        if "roles_together" in features and single and random.random() < 0.15:
            index = random.choice(single)
            found[index] = replace(found[index], roles=(*found[index].roles, role))
            continue
        network = random.choice(networks)
        most = 4 if "roles_of_many" in features else 1
        for index in range(random.choice([1, 1, 2, 3, 4][: most + 1])):
            place = 10 + 10 * number + index
            own: tuple[Address, ...] = tuple(prefix[place] for prefix in network.prefixes)
            hidden: tuple[Address, ...] = ()
            if len(own) > 1 and random.random() < 0.15:
                own, rest = own[:1], own[1:]
                hidden = rest if "hidden_addresses" in features and random.random() < 0.5 else ()
            if index == 0 or len(found) < 8:
                found.append(Machine(f"{role}{index + 1}", network.name, own, (role,), hidden))
    for network in networks:
        clients = tuple(prefix[200] for prefix in network.prefixes)
        found.append(Machine(f"client-{network.name}", network.name, clients))
    return tuple(found)


def _with_role(machines: list[Machine], role: str) -> list[Machine]:
    return [one for one in machines if role in one.roles]


def publics(random: Random, features: frozenset[str], site: Topology) -> tuple[Public, ...]:
    """Public addresses for machines with private ones; each at one uplink of the edge."""
    edge = next((one for one in site.routers if one.is_told and one.uplinks), None)
    if edge is None or "publics" not in features:
        return ()
    found: list[Public] = []
    aside = Random(repr(site.networks))  # so that the sites with and without the feature are alike
    for role in site.roles:
        machines = [one for one in site.machines if role in one.roles]
        if both := next((one for one in found if one.machine == machines[0].name), None):
            found.append(replace(both, role=role))
            continue
        if len(machines) > 1 and "publics_of_many" not in features:
            continue
        private = all(
            any(isinstance(a, IPv4Address) and a.is_private for a in m.addresses) for m in machines
        )
        by_edge = all(way(site, m.network, INTERNET)[-1].router == edge for m in machines)
        later = machines[0].roles[0] != role  # what its first role decided holds for all
        skipped = later or role in site.wide or not private or not by_edge
        if skipped or random.random() < 0.25:
            continue
        alone = len(found) == len(machines) == 1
        shared = "shared_public" in features and alone and random.random() < 0.3
        for machine in machines:
            address = found[0].address if shared else IPv4Address(f"203.0.113.{10 + len(found)}")
            uplink = random.choice(edge.uplinks)
            if shared:  # an address is routed to one place
                uplink = found[0].uplink
            mapped = "mapped_ports" in features and aside.random() < 0.4
            ports = ((443, 9443), (22, 2222)) if mapped else ()
            found.append(Public(address, role, machine.name, edge.name, uplink, ports))
    return tuple(found)
