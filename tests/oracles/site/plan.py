"""A site as its generator knows it: machines, firewalls and rules, policy, and planted mistakes."""

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, Literal, NamedTuple

Address = IPv4Address | IPv6Address
Prefix = IPv4Network | IPv6Network
Family = Literal[4, 6]
Need = Literal["must", "should", "may", "never"]
Proto = Literal["tcp", "udp", "icmp", "echo", "esp", "vrrp"]

INTERNET: Final = "internet"
PROBE: Final = "probe "
"""What machines are called that are only there because somebody asks about their address."""
OUTSIDE: Final = (
    IPv4Address("8.8.8.7"),
    IPv4Address("91.12.0.9"),
    IPv6Address("2a00:1450::7"),
)
"""Machines of the internet; all are globally reachable (RFC 6890)."""
PRIVATE: Final = (
    IPv4Address("192.168.77.7"),
    IPv4Address("100.64.3.9"),
    IPv4Address("169.254.9.9"),
    IPv6Address("fd00:77::7"),
)
"""Machines that a site does not know, at addresses that nobody routes to; behind an uplink too."""
UNPRIVILEGED: Final = (1024, 65535)
"""The ports of clients of which a policy says nothing."""
PINGS: Final = ("icmp", "echo")
"""What is tried with echo requests."""
RAW: Final[dict[Proto, int]] = {"esp": 50, "vrrp": 112}
"""Protocols without ports, by their numbers."""


@dataclass(frozen=True)
class Network:
    """Addresses on one wire."""

    name: str
    prefixes: tuple[Prefix, ...]


@dataclass(frozen=True)
class Machine:
    """A machine with an interface in one network; `roles` is empty for those of no product."""

    name: str
    network: str
    addresses: tuple[Address, ...]
    roles: tuple[str, ...] = ()
    hidden: tuple[Address, ...] = ()
    """Addresses that the machine has, and the site file does not give to its roles."""

    @property
    def every(self) -> tuple[Address, ...]:
        """All addresses that the machine has."""
        return self.addresses + self.hidden


@dataclass(frozen=True)
class Router:
    """A firewall between networks: what is behind each of its interfaces."""

    name: str
    interfaces: tuple[tuple[str, str], ...]
    is_told: bool = True
    """Whether the site file names it; networks of a site without firewalls hang together too."""

    @property
    def uplinks(self) -> tuple[str, ...]:
        """The interfaces that lead to the internet."""
        return tuple(name for name, network in self.interfaces if network == INTERNET)


@dataclass(frozen=True, order=True)
class Service:
    """One protocol with one port; `icmp` is all of ICMP, `echo` its echo requests, in any family.

    Those of RAW have no ports.
    """

    proto: Proto
    port: int = 0

    def __str__(self) -> str:
        return f"{self.port}/{self.proto}" if self.port else self.proto


@dataclass(frozen=True)
class End:
    """One end of a flow, as the policy names it, with the machines and prefixes that it stands for.

    `prefixes` are for networks and address lists; the internet has neither. `a+b` is two roles,
    which are one in the policy that others build on.
    """

    name: str
    machines: tuple[str, ...] = ()
    prefixes: tuple[Prefix, ...] = ()
    is_internet: bool = False


class Condition(NamedTuple):
    """A question to the site, and the answers with which a flow counts, or does not."""

    question: str
    answers: tuple[str, ...]
    is_wanted: bool = True


@dataclass(frozen=True)
class Flow:
    """A connection that somebody needs, allows or forbids; `policy` is empty for `allow:`."""

    name: str
    source: End
    target: End
    services: tuple[Service, ...]
    need: Need = "must"
    any_of: bool = False
    option: str = ""
    to_public: Address | None = None
    """The address that the flow names instead of the machine's own (hairpin)."""
    spans: tuple[tuple[Proto, int, int], ...] = ()
    """All ports, where the services are only the first and the last ones of ranges."""
    client_ports: tuple[tuple[int, int], ...] = ()
    """The ports of its clients, as ranges, where the policy names them."""
    conditions: tuple[Condition, ...] = ()
    policy: str = "p"
    """The policy that has it: the site's own, or the one that this builds on."""
    group: tuple[Address, ...] = ()
    """The groups that its packets go to, by families; other than that they have none."""
    then: tuple[Service, ...] = ()
    """What the two sides agree on over this flow."""
    follows: str = ""
    """The full name of the flow over which two sides agree on this one."""
    part_of: str = ""
    """The choice and the alternative of it that the flow is part of: `tunnel/a`."""
    is_built: bool = True
    """Whether firewalls have rules for it; nobody needs those of every alternative."""
    is_either: bool = False
    """Whether the target may open the connection too."""

    def has(self, service: Service) -> bool:
        """Whether the flow is about the service."""
        return service in self.services or any(
            proto == service.proto and first <= service.port <= last
            for proto, first, last in self.spans
        )

    @property
    def full_name(self) -> str:
        """What findings call it."""
        if "." in self.name:
            return self.name
        return f"{'site' if self.name.startswith('allow') else self.policy}.{self.name}"

    @property
    def directed(self) -> "tuple[Flow, ...]":
        """The flow, and the same the other way round where either side may open it."""
        there = replace(self, is_either=False)
        back = replace(there, source=self.target, target=self.source)
        first = (there, back) if self.is_either else (self,)
        return (*first, *(one.follow_on for one in first if one.then))

    @property
    def follow_on(self) -> "Flow":
        """The flow that two sides agree on over this one."""
        need: Need = "never" if self.need == "never" else "may"
        return replace(
            self,
            name=f"{self.name}/then",
            services=self.then,
            need=need,
            any_of=False,
            client_ports=(),
            then=(),
            follows=self.full_name,
        )


@dataclass(frozen=True)
class Rule:
    """One rule of a filter; empty `sources` or `targets` are any address."""

    verdict: Literal["accept", "drop"]
    sources: tuple[Prefix, ...] = ()
    targets: tuple[Prefix, ...] = ()
    proto: Proto | None = None
    ports: tuple[int, int] | None = None
    in_name: str = ""
    out_name: str = ""
    family: Family | None = None
    translated: bool = False
    """Whether only translated connections match (`ct status dnat`)."""
    too_big: bool = False
    """Whether it is about path-MTU errors alone, of all ICMP."""
    flow: str = ""
    from_ports: tuple[int, int] | None = None


@dataclass(frozen=True)
class Forward:
    """A destination NAT: all of an address (without `proto`), or one port."""

    public: IPv4Address
    inside: IPv4Address
    proto: Proto | None = None
    port: int = 0
    inside_port: int = 0
    in_name: str = ""
    is_sent: bool = False
    """Whether it is about what the machine sends itself."""
    is_redirect: bool = False
    """Whether it leads to whatever address of the device itself (REDIRECT)."""


@dataclass(frozen=True)
class SourceNat:
    """A source NAT; without `to`, the interface's address (masquerade)."""

    sources: tuple[Prefix, ...]
    targets: tuple[Prefix, ...] = ()
    out_name: str = ""
    to: IPv4Address | None = None


@dataclass(frozen=True)
class Chain:
    """A base chain of a filter."""

    rules: tuple[Rule, ...] = ()
    policy: Literal["accept", "drop"] = "drop"
    established: bool = True
    related: bool = True
    """Whether it accepts errors about known connections with their packets."""
    first: tuple[Rule, ...] = ()
    """Rules in front of the one that accepts known connections."""


@dataclass(frozen=True)
class Firewall:
    """What is loaded on one device, and how its export is written."""

    device: str
    dialect: Literal["iptables", "nft"]
    machine: str = ""
    """The machine whose own firewall it is; empty for a router."""
    forward: Chain = Chain()
    input: Chain = Chain()
    output: Chain = Chain(policy="accept")
    forwards: tuple[Forward, ...] = ()
    source_nats: tuple[SourceNat, ...] = ()
    families: tuple[Family, ...] = (4, 6)
    """The families that it filters; others are not in its export and are not filtered."""
    ipv6: bool = True
    """Whether IPv6 is enabled on the device."""
    written: tuple[tuple[str, str], ...] = ()
    """The export as somebody wrote it, by what loads it; its rules are then not known here."""
    untranslated: tuple[int, ...] = ()
    """The numbers of protocols that no translation is about."""
    neighbours: bool = True
    """Whether ICMPv6 to and from the device itself passes, which IPv6 cannot do without."""


@dataclass(frozen=True)
class Public:
    """A public address, the machine behind it, and the interface where it arrives."""

    address: IPv4Address
    role: str
    machine: str
    router: str
    uplink: str
    ports: tuple[tuple[int, int], ...] = ()
    """Ports that are others outside: inside, outside."""

    def port(self, inside: int) -> int:
        """The port outside that leads to one inside."""
        return dict(self.ports).get(inside, inside)


@dataclass(frozen=True)
class Mistake:
    """What was planted, on which device, and which flow or opening shows it."""

    kind: str
    device: str
    flow: str = ""
    """The required flow that it breaks, or the forbidden one that it opens."""
    opens: "Query | None" = None
    before: Firewall | None = field(default=None, repr=False)
    """What was loaded on the device without it."""


@dataclass(frozen=True)
class Query:
    """One try of a connection; a source port of 0 is any."""

    source: Address
    target: Address
    service: Service
    source_port: int = 0
    group: Address | None = None
    """The group that the packet goes to, where the target is one who gets it."""

    def __str__(self) -> str:
        port = f" port {self.source_port}" if self.source_port else ""
        return f"{self.service} {self.source}{port} > {self.target}"


class Link(NamedTuple):
    """Where a router sends packets to a network; one that is narrow takes only smaller ones."""

    router: str
    near: str


@dataclass(frozen=True)
class Plan:
    """A whole site."""

    seed: int
    networks: tuple[Network, ...]
    machines: tuple[Machine, ...]
    routers: tuple[Router, ...]
    roles: tuple[str, ...]
    peers: tuple[End, ...]
    flows: tuple[Flow, ...]
    options: tuple[tuple[str, bool], ...]
    publics: tuple[Public, ...]
    firewalls: tuple[Firewall, ...]
    answers: tuple[tuple[str, str], ...] = ()
    """What the site answers to questions with more answers than yes and no."""
    wide: tuple[str, ...] = ()
    """The roles that the site binds to a whole network."""
    mistakes: tuple[Mistake, ...] = ()
    features: tuple[str, ...] = ()
    narrow: tuple[Link, ...] = ()
    """The links that may be narrow, one at a time."""

    def with_firewall(self, firewall: Firewall, *mistakes: Mistake) -> "Plan":
        """The plan with another firewall on a device, and the mistakes that it has by that."""
        before = next(one for one in self.firewalls if one.device == firewall.device)
        every = tuple(firewall if f is before else f for f in self.firewalls)
        made = (replace(one, before=before) for one in mistakes)
        return replace(self, firewalls=every, mistakes=(*self.mistakes, *made))

    def machine(self, name: str) -> Machine:
        """The machine of that name."""
        return next(one for one in self.machines if one.name == name)

    def public(self, address: Address, role: str) -> Public | None:
        """What leads from a public address to a role; else to any other that it leads to."""
        here = [one for one in self.publics if one.address == address]
        return next((one for one in here if one.role == role), here[0] if here else None)

    def owner(self, address: Address) -> Machine | None:
        """The machine that has the address."""
        return next((one for one in self.machines if address in one.every), None)

    def network_of(self, address: Address) -> str:
        """The network that an address is in; all others are the internet's."""
        for network in self.networks:
            if any(address in p for p in network.prefixes if p.version == address.version):
                return network.name
        return INTERNET

    @property
    def active(self) -> tuple[Flow, ...]:
        """The flows that count under the site's options, each in one direction."""
        return tuple(one for flow in self.flows if self.counts(flow) for one in flow.directed)

    def counts(self, flow: Flow) -> bool:
        """Whether the site's answers let the flow count."""
        told = dict(self.answers)
        is_off = (flow.option, False) in self.options
        return not is_off and all(
            (told[name] in answers) == is_wanted for name, answers, is_wanted in flow.conditions
        )

    def is_at(self, machine: Machine, end: End) -> bool:
        """Whether the machine is of the end, by its name or by an address."""
        return machine.name in end.machines or any(
            address in prefix
            for address in machine.addresses
            for prefix in end.prefixes
            if address.version == prefix.version
        )
