"""A site that somebody wrote, as a plan: its machines, routers, flows and exports.

Of fwlint it uses only how site files and policies are read: names, addresses, services, needs.
"""

from collections.abc import Iterable, Iterator
from ipaddress import (
    IPv4Address,
    IPv6Address,
    summarize_address_range,
)
from pathlib import Path
from typing import Final, Literal

from flowmodel import site as model
from flowmodel.addresses import Addresses
from flowmodel.record import replace
from policies.api import load_site
from tests.oracles.site.plan import (
    INTERNET,
    OUTSIDE,
    Address,
    End,
    Firewall,
    Flow,
    Machine,
    Need,
    Network,
    Plan,
    Prefix,
    Proto,
    Public,
    Router,
    Service,
)

MOST: Final = 64
"""Roles of more addresses than this are taken for networks."""
_NAMES: Final[dict[int, Proto]] = {1: "icmp", 6: "tcp", 17: "udp"}


def plan_of(path: Path) -> Plan:
    """The site of that file as a plan."""
    site = load_site(str(path))
    networks = tuple(Network(name, _prefixes(one)) for name, one in site.networks.items())
    machines = _machines(site)
    publics = tuple(_publics(site, machines))
    known = {one.name: _end(one, machines) for one in site.roles}
    return Plan(
        0,
        networks,
        machines,
        tuple(_routers(site)),
        tuple(known),
        (),
        tuple(_flows(site, machines, publics)),
        (),
        publics,
        tuple(_firewalls(site, machines)),
    )


def _each(addresses: Addresses) -> Iterator[tuple[Address, Address]]:
    yield from ((IPv4Address(first), IPv4Address(last)) for first, last in addresses.v4)
    yield from ((IPv6Address(first), IPv6Address(last)) for first, last in addresses.v6)


def _prefixes(addresses: Addresses) -> tuple[Prefix, ...]:
    found: list[Prefix] = []
    for first, last in _each(addresses):
        found += summarize_address_range(first, last)
    return tuple(found)


def _few(addresses: Addresses) -> list[Address]:
    """All of a few addresses; of more, one near each end of each range."""
    count = sum(int(last) - int(first) + 1 for first, last in _each(addresses))
    found: list[Address] = []
    for first, last in _each(addresses):
        far = int(last) - int(first)
        steps = range(far + 1) if count <= MOST else sorted({min(7, far), max(far - 5, 0)})
        found += [first + n for n in steps]
    return found


def _is_outside(addresses: Addresses) -> bool:
    return any(
        int(first) <= int(one) <= int(last)
        for one in OUTSIDE
        for first, last in _each(addresses)
        if one.version == first.version
    )


def _machines(site: model.Site) -> tuple[Machine, ...]:
    """A machine for each address of a role, with one of each family where a role has one of each.

    Roles that share an address are on one machine. Peers have some machines too.
    """
    found: dict[Address, set[str]] = {}
    publics = {one for role in site.roles for one in _few(role.public)}
    together: dict[Address, tuple[Address, ...]] = {}
    for role in site.roles:
        own = _few(role.addresses)
        pair = tuple(own) if len({one.version for one in own}) == len(own) else ()
        for one in own:
            found.setdefault(one, set()).add(role.name)
            together[one] = max(together.get(one, ()), pair or (one,), key=len)
    ends = (end for flow in site.requirements for pair in flow.ends for end in pair)
    for end in ends:
        if end.kind == "peer" and not _is_outside(end.addresses):
            for one in set(_few(end.addresses)) - publics:
                found.setdefault(one, set())
    machines: dict[tuple[Address, ...], set[str]] = {}
    for one, roles in found.items():
        machines.setdefault(together.get(one, (one,)), set()).update(roles)
    return tuple(
        Machine(f"machine {own[0]}", _network_of(site, own[0]), own, tuple(sorted(roles)))
        for own, roles in machines.items()
    )


def _network_of(site: model.Site, address: Address) -> str:
    for name, one in site.networks.items():
        if any(address in p for p in _prefixes(one) if p.version == address.version):
            return name
    return INTERNET


def _routers(site: model.Site) -> Iterator[Router]:
    told = [one for one in site.devices if not one.roles and one.interfaces]
    if not told:  # nothing stands between networks, as far as the site says
        ports = tuple((f"{name}0", name) for name in site.networks)
        yield Router("core", (("wan0", INTERNET), *ports), is_told=False)
    for device in told:
        near = ((one.name, network) for one in device.interfaces for network in one.networks[:1])
        yield Router(device.name, tuple(near))


def _publics(site: model.Site, machines: tuple[Machine, ...]) -> Iterator[Public]:
    edge = next((one for one in _routers(site) if one.uplinks), None)
    for role in site.roles if edge else ():
        own = [one for one in _few(role.addresses) if one.version == 4]
        outer = [one for one in _few(role.public) if one.version == 4]
        for inside, public in zip(own, outer, strict=False):
            machine = next(one for one in machines if inside in one.addresses)
            if isinstance(public, IPv4Address) and edge and public != inside:
                ports = tuple(
                    (goal, port)
                    for each in role.published
                    if public in _few(each.addresses)
                    for port, goal in each.ports
                )
                yield Public(public, role.name, machine.name, edge.name, edge.uplinks[0], ports)


def _end(end: model.End, machines: tuple[Machine, ...]) -> End:
    if end.kind in ("internet", "any") or _is_outside(end.addresses):
        return End(end.name, is_internet=True)
    prefixes = _prefixes(end.addresses)
    names = tuple(
        one.name
        for one in machines
        if any(a in p for a in one.addresses for p in prefixes if p.version == a.version)
    )
    own = () if end.kind == "role" and len(_few(end.addresses)) == len(names) else prefixes
    return End(end.name, names, own)


def _flows(
    site: model.Site, machines: tuple[Machine, ...], publics: tuple[Public, ...]
) -> Iterator[Flow]:
    for flow in site.requirements:
        spans = tuple(
            (_NAMES[one.proto], first, last)
            for one in flow.services
            if one.proto in _NAMES
            for first, last in one.ports
        )
        services = tuple(dict.fromkeys(_services(spans)))
        if flow.inactive_because or flow.is_self or not services:
            continue
        # Of a peer that is known by its name, nobody knows the addresses.
        need: Need = "may" if flow.fqdn and flow.need != "never" else flow.need
        for source, target in flow.ends:
            named = _few(target.addresses)
            public = next((one for one in publics if [one.address] == named), None)
            yield Flow(
                flow.name,
                _end(source, machines),
                End(public.role, (public.machine,)) if public else _end(target, machines),
                services,
                need,
                flow.any_of,
                to_public=public.address if public else None,
                spans=spans,
            )
            # At its other addresses a role may be reached, and need not.
            wide = replace(target, addresses=target.wide or target.addresses)
            if target.kind == "role" and wide != target and need != "never":
                yield Flow(flow.name, _end(source, machines), _end(wide, machines), services, "may")


def _services(spans: Iterable[tuple[Proto, int, int]]) -> Iterator[Service]:
    for proto, first, last in spans:
        yield from (Service(proto, port if proto != "icmp" else 0) for port in (first, last))


def _firewalls(site: model.Site, machines: tuple[Machine, ...]) -> Iterator[Firewall]:
    for device in site.devices:
        own = _prefixes(device.own)
        machine = next(
            (
                one.name
                for one in machines
                if any(a in p for a in one.addresses for p in own if p.version == a.version)
            ),
            "",
        )
        texts = tuple(sorted((_tool(path), Path(path).read_text()) for path in device.exports))
        yield Firewall(
            device.name,
            "nft",
            machine if device.roles else "",
            ipv6=device.ipv6,
            written=texts,
        )


def _tool(path: str) -> Literal["ipset", "json", "nft", "v4", "v6"]:
    """What loads the export; sets come before the rules that need them."""
    text = Path(path).read_text()
    if text.startswith("create "):
        return "ipset"
    if text.lstrip().startswith("{"):
        return "json"
    if "*filter" not in text:
        return "nft"
    return "v6" if path.endswith("6") else "v4"
