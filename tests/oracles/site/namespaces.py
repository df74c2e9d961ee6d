"""A planned site as network namespaces: a machine or router each, a bridge for each network.

Namespaces have no names: they live as long as this process holds their descriptors, so nothing is
left behind, whatever happens. What would give false answers, and what is done about it: duplicate
address detection (off), reverse path filters and ICMP redirects (off), multicast snooping (off).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from tests.oracles.namespaces import (
    FORWARDING,
    NO_SURPRISES,
    current,
    enter,
    inside,
    new,
    run,
    sysctl,
)
from tests.oracles.site.loading import discover, everything, keep_what_comes, load, load_instead
from tests.oracles.site.narrow import FAR
from tests.oracles.site.plan import (
    INTERNET,
    OUTSIDE,
    PROBE,
    Address,
    Firewall,
    Plan,
    Prefix,
    Router,
)
from tests.oracles.site.routes import ways

TOOLS: Final = ("ip", "nft", "iptables-restore", "ip6tables-restore", "ipset", "conntrack")
MOST_NODES: Final = 64

_SYSCTLS: Final = (
    *NO_SURPRISES,
    "ipv4/ping_group_range=0 2147483647",
    "ipv6/conf/default/router_solicitations=0",
    "ipv4/tcp_mtu_probing=0",
)
_NO_IPV6: Final = ("ipv6/conf/all/disable_ipv6=1", "ipv6/conf/default/disable_ipv6=1")

_TO_LOOPBACK: Final = ("ipv4/conf/all/route_localnet=1", "ipv4/conf/default/route_localnet=1")
"""As whoever sends packets there needs it (docs/limits.md)."""

_BEYOND: Final = "beyond"
_BACKBONE: Final = (("198.19.0.", 30), ("2a01:ffe::", 64))
"""Between the internet's router and its machines, where that link can be narrow."""

_Change = Callable[[], None]


class NoNamespacesError(Exception):
    """Namespaces cannot be made here, and why."""


def check_tools() -> None:
    """Raise NoNamespacesError where rights or tools are missing."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise NoNamespacesError(f"not installed: {', '.join(missing)}")
    home = current()
    try:
        os.close(new())
        Path("/proc/sys/net", FORWARDING[0].partition("=")[0]).write_text("1")
        run("nft", "list", "ruleset")
    except (OSError, RuntimeError) as error:
        raise NoNamespacesError(f"no network namespaces: {error}") from error
    finally:
        enter(home)
        os.close(home)


@dataclass
class Node:
    """A namespace, with the network behind each interface and its addresses there."""

    name: str
    ports: dict[str, str]
    addresses: dict[str, list[str]] = field(default_factory=dict)
    extra: list[str] = field(default_factory=list)
    """Public addresses that a router has besides those of its interfaces."""
    router: Router | None = None
    firewall: Firewall | None = None
    descriptor: int = -1


class Site:
    """The namespaces of a plan, and of machines at the addresses that somebody asks about."""

    def __init__(self, plan: Plan, asked: frozenset[Address]) -> None:
        self.plan = plan
        self.home = current()
        self._wire = -1
        self._changed: dict[str, _Change | None] = {}
        self.nodes: dict[str, Node] = {}
        self.at: dict[Address, Node] = {}
        self._gates: dict[tuple[str, str, int], Address] = {}
        try:
            self._design(asked)
            self._build()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave and let go of all namespaces; the kernel removes them."""
        enter(self.home)
        for descriptor in (self.home, self._wire, *(n.descriptor for n in self.nodes.values())):
            if descriptor >= 0:
                os.close(descriptor)
        self.nodes.clear()

    @contextmanager
    def inside(self, node: Node) -> Iterator[None]:
        """The process is in the node's namespace for so long."""
        with inside(node.descriptor, self.home):
            yield

    def _design(self, asked: frozenset[Address]) -> None:
        firewalls = {one.machine or one.device: one for one in self.plan.firewalls}
        publics = {one.address for one in self.plan.publics}
        outside = Node(INTERNET, {})
        self._settle(outside, list(OUTSIDE))
        for machine in self.plan.machines:
            node = Node(machine.name, {})
            if machine.network == INTERNET:
                self._link(node, "eth0", outside)
            else:
                node.ports["eth0"] = machine.network
            node.firewall = firewalls.get(machine.name)
            self._settle(node, list(machine.every))
        for router in self.plan.routers:
            self._add_router(router, outside, firewalls.get(router.name))
        taken = publics | set(self.at) | set(self._gates.values())
        for address in sorted(asked - taken, key=lambda a: (a.version, int(a))):
            network = self.plan.network_of(address)
            if network == INTERNET:
                self._settle(outside, [address])
            elif len(self.nodes) < MOST_NODES:
                self._settle(Node(f"{PROBE}{address}", {"eth0": network}), [address])
        if FAR in self.plan.narrow:
            self._move_away(outside)
        self.nodes[INTERNET] = self.nodes.pop(INTERNET)  # it is built when all uplinks are known

    def _settle(self, node: Node, addresses: list[Address]) -> None:
        self.nodes[node.name] = node
        near = next(iter(node.ports), "lo")
        for address in addresses:
            self.at[address] = node
            node.addresses.setdefault(near, []).append(self._with_length(node, address))

    def _with_length(self, node: Node, address: Address) -> str:
        for network in self.plan.networks:
            if network.name in node.ports.values():
                for prefix in network.prefixes:
                    if address in prefix:
                        return f"{address}/{prefix.prefixlen}"
        return f"{address}/{address.max_prefixlen}"

    def _add_router(self, router: Router, outside: Node, firewall: Firewall | None) -> None:
        node = Node(router.name, {}, router=router, firewall=firewall)
        for near, network in router.interfaces:
            if network == INTERNET:
                self._link(node, near, outside)
                continue
            node.ports[near] = network
            prefixes = next(one.prefixes for one in self.plan.networks if one.name == network)
            for prefix in prefixes:
                gate = self._free(prefix)
                node.addresses.setdefault(near, []).append(f"{gate}/{prefix.prefixlen}")
                self._gates[router.name, network, prefix.version] = gate
        publics = [f"{p.address}/32" for p in self.plan.publics if p.router == router.name]
        node.extra = list(dict.fromkeys(publics))
        self.nodes[router.name] = node

    def _free(self, prefix: Prefix) -> Address:
        """An address of a router in the network that nobody else has."""
        taken = {*self.at, *self._gates.values(), *(one.address for one in self.plan.publics)}
        steps = range(1, min(prefix.num_addresses, 1 << 16) - 1)
        return next(prefix[step] for step in steps if prefix[step] not in taken)

    def _link(self, node: Node, near: str, outside: Node) -> None:
        """A wire of its own between the node and the internet."""
        number = len(outside.ports) + 1
        link, far = f"link{number}", f"up{number}"
        outside.ports[far] = node.ports[near] = link
        for base, length in ((f"198.18.{number}.", 30), (f"2a01:fff:{number}::", 64)):
            gate, mine = ip_address(f"{base}1"), ip_address(f"{base}2")
            outside.addresses.setdefault(far, []).append(f"{gate}/{length}")
            node.addresses.setdefault(near, []).append(f"{mine}/{length}")
            self._gates[node.name, link, mine.version] = mine
            self._gates[INTERNET, link, gate.version] = gate

    def _move_away(self, outside: Node) -> None:
        """Put the machines of the internet behind its router, over a link of their own."""
        ends = self.nodes[_BEYOND] = Node(INTERNET, {"eth0": FAR.near})
        mine = [one for one, node in self.at.items() if node is outside]
        self.at.update((one, ends) for one in mine)
        own = {f"{one}/{one.max_prefixlen}" for one in mine}
        kept = {near: [a for a in each if a not in own] for near, each in outside.addresses.items()}
        outside.addresses = kept | {FAR.near: [f"{gate}1/{n}" for gate, n in _BACKBONE]}
        outside.ports[FAR.near] = FAR.near
        ends.addresses = {"lo": sorted(own), "eth0": [f"{gate}2/{n}" for gate, n in _BACKBONE]}

    def _build(self) -> None:
        self._wire = new()
        sysctl(_NO_IPV6[1:])
        segments = sorted({s for node in self.nodes.values() for s in node.ports.values()})
        run(
            "ip",
            "-batch",
            "-",
            text="".join(
                f"link add b{i} type bridge mcast_snooping 0 forward_delay 0\nlink set b{i} up\n"
                for i, _ in enumerate(segments)
            ),
        )
        plugs: list[str] = []
        for node in self.nodes.values():
            node.descriptor = new()
            self._equip(node, segments, plugs)
        enter(self._wire)
        run("ip", "-batch", "-", text="".join(plugs))
        enter(self.home)

    def _equip(self, node: Node, segments: list[str], plugs: list[str]) -> None:
        """Give the namespace that the process is in its interfaces, addresses, routes and rules."""
        dark = node.firewall is not None and not node.firewall.ipv6
        # Machines at addresses of the internet are reached through the one that stands for it.
        beyond = any(one.network == INTERNET for one in self.plan.machines)
        translates = node.firewall is not None and bool(node.firewall.forwards)
        forwards = (
            node.router
            or translates
            or (node.name == INTERNET and (beyond or FAR.near in node.ports))
        )
        more = (*(FORWARDING if forwards else ()), *(_TO_LOOPBACK if translates else ()))
        sysctl([*_SYSCTLS, *more, *(_NO_IPV6 if dark else ())])
        lines = ["link set lo up"]
        wire = f"/proc/{os.getpid()}/fd/{self._wire}"
        for near, segment in node.ports.items():
            plug = f"p{len(plugs)}"
            plugs.append(f"link set {plug} master b{segments.index(segment)}\nlink set {plug} up\n")
            lines.append(f"link add {near} type veth peer name {plug} netns {wire}")
            lines.append(f"link set {near} up")
        told = [(near, one) for near, each in node.addresses.items() for one in each]
        told += [("lo", one) for one in node.extra]
        for near, one in told:
            if ":" not in one:
                lines.append(f"addr add {one} dev {near}")
            elif not dark:
                lines.append(f"addr add {one} dev {near} nodad")
        families = {":" in one for _, one in told if not (dark and ":" in one)}
        lines += [one for one in self._routes(node) if (":" in one) in families]
        run("ip", "-batch", "-", text="\n".join([*lines, ""]))
        if node.firewall:
            load(node.firewall)

    def _routes(self, node: Node) -> Iterator[str]:
        """The routes to all networks, and to public addresses by the uplink that they are at."""
        plan = self.plan
        start = next(iter(node.ports.values()), "")
        if start == FAR.near:
            yield from (f"route replace default via {gate}1" for gate, _ in _BACKBONE)
            return
        if node.router:
            yield from self._routes_of_router(node)
            return
        if start not in {network.name for network in plan.networks}:
            start = INTERNET
        if start == INTERNET and node.name != INTERNET:
            yield from self._route(INTERNET, INTERNET, node.ports["eth0"])
            return
        for there, hops in ways(plan, start).items():
            if hops:
                first = hops[0]
                segment = self._segment(first.router.name, first.near)
                yield from self._route(there, first.router.name, segment)
        if node.name == INTERNET:
            for end in self.at if FAR.near in node.ports else ():
                if self.at[end].ports.get("eth0") == FAR.near:
                    near, _ = _BACKBONE[end.version == 6]
                    yield f"route replace {end} via {near}2"
            for machine in plan.machines:
                if machine.network == INTERNET:
                    link = self.nodes[machine.name].ports["eth0"]
                    for one in machine.every:
                        gate = self._gates[machine.name, link, one.version]
                        yield f"route replace {one} via {gate}"
            for public in plan.publics:
                gate = self._gates[public.router, self._segment(public.router, public.uplink), 4]
                yield f"route replace {public.address}/32 via {gate}"

    def _segment(self, router: str, near: str) -> str:
        return self.nodes[router].ports[near] if router in self.nodes else ""

    def _routes_of_router(self, node: Node) -> Iterator[str]:
        best: dict[str, tuple[int, str, str]] = {}
        assert node.router is not None
        for near, network in node.router.interfaces:
            segment = node.ports[near]
            if network == INTERNET:
                best.setdefault(INTERNET, (0, INTERNET, segment))
                if best[INTERNET][0] > 0:
                    best[INTERNET] = (0, INTERNET, segment)
                continue
            for there, hops in ways(self.plan, network).items():
                if hops and hops[0].router.name != node.name:
                    first = hops[0]
                    far = (
                        len(hops),
                        first.router.name,
                        self._segment(first.router.name, first.near),
                    )
                    if there not in best or best[there][0] > far[0]:
                        best[there] = far
        own = {network for _, network in node.router.interfaces}
        for there, (_, router, segment) in best.items():
            if there not in own or there == INTERNET:
                yield from self._route(there, router, segment)

    def _route(self, there: str, router: str, segment: str) -> Iterator[str]:
        for family, everywhere in ((4, "0.0.0.0/0"), (6, "::/0")):
            gate = self._gates.get((router, segment, family))
            if gate is None:
                continue
            if there == INTERNET:
                yield f"route replace {everywhere} via {gate}"
            for network in self.plan.networks:
                if network.name == there:
                    for prefix in network.prefixes:
                        if prefix.version == family:
                            yield f"route replace {prefix} via {gate}"

    def only(
        self, device: str, *, discovers: bool = False, instead: Firewall | None = None
    ) -> None:
        """Let one device alone decide: the filters of all others are emptied.

        `discovers`: its own lets neighbour discovery through, and nothing else; `instead`: it has
        another firewall.
        """
        own = discover if discovers else None
        if instead:
            own = partial(load_instead, instead)
        self._change(lambda one: everything if one.device != device else own)

    def only_there(self, device: str, *, discovers: bool = False) -> None:
        """The same, and other machines hand nothing on that comes to them."""
        own = discover if discovers else None
        hosts = {f.device: partial(keep_what_comes, f) for f in self.plan.firewalls if f.machine}
        self._change(lambda one: hosts.get(one.device, everything) if one.device != device else own)

    def discovering(self, devices: frozenset[str]) -> None:
        """Let neighbour discovery through the filters of these devices, and nothing else."""
        self._change(lambda one: discover if one.device in devices else None)

    def forget(self) -> None:
        """Let all firewalls forget the connections that they know."""
        for node in self.nodes.values():
            if node.firewall:
                with self.inside(node):
                    run("conntrack", "-F")

    def whole(self) -> None:
        """Load all filters again."""
        self._change(lambda _: None)

    def _change(self, change: Callable[[Firewall], _Change | None]) -> None:
        """Load the filters again that are not as exported, and change some of them."""
        for node in self.nodes.values():
            if node.firewall:
                self._set(node, node.firewall, change(node.firewall))
        if not all(one.neighbours for one in self.plan.firewalls):
            # Whom a filter hid is now found, or hidden, at once: not when the kernel asks again.
            for node in self.nodes.values():
                with self.inside(node):
                    run("ip", "-6", "neigh", "flush", "all")

    def _set(self, node: Node, firewall: Firewall, change: _Change | None) -> None:
        if change is not self._changed.get(firewall.device):
            with self.inside(node):
                run("nft", "flush", "ruleset")
                load(firewall)
                if change:
                    change()
            self._changed[firewall.device] = change
