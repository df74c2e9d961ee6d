"""A site as the checks see it: flows with addresses instead of names, devices, networks, waivers.

The package `policies` makes these from product policies and a site file.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, Literal

from flowmodel.addresses import Addresses, machines, together
from flowmodel.fields import Family
from flowmodel.record import dataclass, replace
from flowmodel.source import Source, Span
from flowmodel.used import Used
from flowmodel.values import Values, contains, difference, full, single, size, union

Need = Literal["must", "should", "may", "never"]
OWN: Final = "site"
"""Whose the site's own roles and flows are, where others are of a policy: `site.web`."""
EPHEMERAL: Values = ((1024, 65535),)
"""Source ports of clients; RFC 6335 names 49152 and up, systems take any unprivileged one."""


@dataclass(frozen=True, slots=True)
class Uplink:
    """Public addresses, and the interface by which the internet's packets for them come in.

    Without a device it is the one that has an interface of that name.
    """

    addresses: Addresses
    interface: str
    span: Span
    device: str = ""


@dataclass(frozen=True, slots=True)
class Public:
    """Public addresses of an end of which the site says more than that they are its own.

    `ports` are pairs of a public port and the other one that it leads to on the machine; each
    public port is there once. All ports that it does not name lead to themselves.
    """

    addresses: Addresses
    ports: tuple[tuple[int, int], ...] = ()
    span: Span | None = None
    """Where the site says which."""
    uplink: Uplink | None = None

    def outside(self, inside: Values) -> Values:
        """The public ports that clients use for these ports of the machine."""
        return union((*self._named(inside), *difference(self._unnamed(inside), self._goals)))

    def leading(self, inside: Values) -> Values:
        """All public ports by which packets may come to these ports of the machine.

        Also the ports themselves: nobody uses them if others lead there, but they may be open.
        """
        return union((*self._named(inside), *self._unnamed(inside)))

    def lost(self, inside: Values) -> Values:
        """Those of these ports of the machine to which no public port leads."""
        return difference(difference(inside, self._unnamed(inside)), self._goals)

    @property
    def _goals(self) -> Values:
        return union((goal, goal) for _, goal in self.ports)

    def _named(self, inside: Values) -> Values:
        return union(
            interval
            for port, goal in self.ports
            if contains(inside, goal)
            for interval in single(port)
        )

    def _unnamed(self, inside: Values) -> Values:
        return difference(inside, union((port, port) for port, _ in self.ports))


@dataclass(frozen=True, slots=True)
class End:
    """One end of a flow: what the policy calls it, and its addresses here.

    `role`: a machine of the product. `peer`: someone outside it, also a network of the site.
    `internet`: every address in no network of the site. `any`: every address.
    """

    name: str
    kind: Literal["role", "peer", "internet", "any"]
    addresses: Addresses
    public: Addresses = Addresses()
    """The addresses that the internet uses instead, where a device translates the destination."""
    span: Span | None = None
    """Where the site binds it."""
    wide: Addresses = Addresses()
    """All that the name can mean, for what is permitted; `addresses` is what must work.

    They differ for `internet` and `any`: there `addresses` leaves out what is not globally
    reachable (RFC 6890), so that a filter for bogus sources blocks nothing that is required. And
    where a flow is for all roles: a role with several addresses is required at the first only.
    """
    beside: Addresses = Addresses()
    """The other addresses of a role's machines, as exports show them and the site does not.

    Nothing has to work there. What the role permits is permitted there too, and all else is open.
    """
    perhaps: Addresses = Addresses()
    """Those that the rules about packets to its machines name, and nobody says to be theirs."""
    is_machine: bool = False
    """Whether the site binds it as one machine, with however many addresses."""
    published: tuple[Public, ...] = ()
    """What the site says of some of its public addresses; no address is in two of them."""

    def __hash__(self) -> int:
        """That of the fields that tell ends apart; they are looked up thousands of times.

        A site may bind the same addresses at many places.
        """
        line = self.span.line if self.span else 0
        return hash((self.name, self.addresses.v4, self.addresses.v6, line))

    @property
    def is_one_machine(self) -> bool:
        """Whether it is one machine: the site says so, or it has an address of each family."""
        return self.is_machine or (size(self.addresses.v4) <= 1 and size(self.addresses.v6) <= 1)


def of_role(ends: Sequence[End]) -> tuple[Addresses, ...]:
    """The machines of a role of these ends; nothing where they are too many to be told apart."""
    if all(end.is_machine for end in ends):
        return tuple(end.addresses for end in ends)
    return machines(together(end.addresses for end in ends))


@dataclass(frozen=True, slots=True)
class Service:
    """One protocol and a set of its destination ports; `text` is as in the policy: `443/tcp`.

    Of ICMP and ICMPv6, which have no ports, the messages of these types and codes. `sports` are
    the ports of clients for whom it has to work; an opening is none the narrower for them.
    """

    proto: int
    ports: Values
    text: str
    types: Values = full(8)
    codes: Values = full(8)
    sports: Values = EPHEMERAL


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of several sets of flows of which one is enough, if it works as a whole."""

    choice: str
    """What they are alternatives of: `shop.tunnel`."""
    name: str

    def __str__(self) -> str:
        return f"{self.choice}/{self.name}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the product's document: `E4`, line 103, `TCP 400n, Incoming`."""

    document: str
    id: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.document} {self.id}, line {self.line}: {self.says}"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One flow of a policy at this site: new connections between the ends, on the services.

    `ends` are pairs (from, to) with both ends bound. In an `is_self` flow the two are one machine,
    which talks with itself. `any_of`: one of the services is enough; else all are meant.
    """

    policy: str
    id: str
    ends: tuple[tuple[End, End], ...]
    services: tuple[Service, ...]
    need: Need
    span: Span
    rows: tuple[Row, ...] = ()
    any_of: bool = False
    is_self: bool = False
    group: Addresses = Addresses()
    """The multicast or broadcast addresses that its packets go to instead of the machines' own."""
    alternative: Alternative | None = None
    """The set that it is part of, where the policy has several and one is enough."""
    is_unknown: bool = False
    """Whether nobody knows if or between whom it is needed: an option or a role is not told."""
    follows: str = ""
    """The name of the flow on which the two sides agree on these ports."""
    is_admin: bool = False
    is_critical: bool = False
    app: str = ""
    purpose: str = ""
    fqdn: str = ""
    """The name, where the destination is known by name and has no fixed address."""
    inactive_because: str = ""
    """Why the flow does not count here (`outside_users: no`); empty for an active flow."""
    default_services: tuple[Service, ...] = ()
    """The services at the parameters' defaults, where the site changed one of them."""
    parameters: tuple[str, ...] = ()
    """The parameters that the services use, in words: `switch_port: 4100 (default 4000)`."""

    @property
    def name(self) -> str:
        """`1e.dmz-switch`."""
        return f"{self.policy}.{self.id}"


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a device, and the addresses that lie behind it."""

    name: str
    networks: tuple[str, ...]
    """Names of the site's networks, or `internet`."""
    addresses: Addresses
    span: Span
    near: Addresses = Addresses()
    """The addresses of its own networks: what comes from the internet for them comes by it."""


@dataclass(frozen=True, slots=True)
class Device:
    """A firewall: its exports, and where it stands.

    A machine's own firewall has the names of the roles on it in `roles` and their addresses in
    `own`; a network device has interfaces. With neither, the exports tell: the interfaces and
    their networks (config.xml), or the addresses of many machines (AWS).
    Several exports of one device all judge each packet.
    """

    name: str
    exports: tuple[str, ...]
    format: str
    interfaces: tuple[Interface, ...]
    roles: tuple[str, ...]
    own: Addresses
    span: Span
    ipv6: bool = True
    """False where the site says that the device has IPv6 switched off."""
    includes: tuple[str, ...] = ()
    """Folders beside those of the exports from which these may include files."""
    groups: tuple[str, ...] = ()
    """The security groups of the machine, where the exports do not tell (AWS)."""
    acl: str = ""
    """The network ACL of its subnet, likewise."""
    machines: tuple[Addresses, ...] = ()
    """The addresses of each machine that it may stand at, where its roles have several machines
    and the site does not say which one the exports are of; else nothing."""
    perhaps: Addresses = Addresses()
    """Addresses that may be the machine's, as its rules name them and nobody else does."""
    local: Addresses = Addresses()
    """Own addresses, as far as its exports and the site's `addresses:` tell them."""
    foreign: Addresses = Addresses()
    """Addresses that are surely not its own, where these are all that it has."""
    named: tuple[Span, ...] = ()
    """Where a site file names the exports, one for each; empty where there is no site file."""
    format_named: Span | None = None
    """Where it names their format."""
    at: str = ""
    """Which of them this is, once they are taken apart: its addresses of one family, in full."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.name, self.at

    @property
    def is_machine(self) -> bool:
        """Whether it stands at a machine, and not between networks."""
        return bool(self.roles or self.own)

    def is_one_of_several(self, family: Family) -> bool:
        """Whether it may stand at one of several machines, so that its packets are others."""
        return len({each.of(family) for each in self.machines}) > 1


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that the site lives with: what it must match, why, and until when (inclusive).

    Empty texts match everything. `finding` is an id (FW205) or a name (undeclared-opening).
    """

    finding: str
    because: str
    until: date
    span: Span
    device: str = ""
    flow: str = ""
    to: Addresses = Addresses()
    service: tuple[Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the site or policy itself gets wrong (FW5xx), found while binding."""

    check: str
    message: str
    span: Span
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that `fwlint check` needs beside the exports."""

    name: str
    networks: dict[str, Addresses]
    devices: tuple[Device, ...]
    requirements: tuple[Requirement, ...]
    """Active and inactive ones of all used policies, and the site's own `allow` and `never`."""
    roles: tuple[End, ...]
    """Every bound role, named `policy.role` or `policy.role.address`."""
    waivers: tuple[Waiver, ...] = ()
    problems: tuple[Problem, ...] = ()
    not_covered: dict[str, tuple[str, ...]] | None = None
    sources: tuple[Source, ...] = ()
    """Its own file, and those of its policies; also of policies that it names and does not use."""
    exported: tuple[tuple[str, Addresses], ...] = ()
    """Networks that exports show and the site does not name, with the name of each (a VPC)."""
    shown: tuple[str, ...] = ()
    """Names in `networks` that the site does not have: exports show them behind interfaces."""
    uplinks: tuple[Uplink, ...] = ()
    """Which uplinks serve which public addresses; no address is in two of them."""
    behind: tuple[tuple[str, str], ...] = ()
    """Networks that lie behind one machine alone, as its exports show, each with the device."""
    marked: tuple[Service, ...] = ()
    """Services that deserve a look where they are open, beside those that are known."""
    unmarked: tuple[Service, ...] = ()
    """Services of the known ones that do not."""
    used: tuple[Used, ...] = ()
    """The policies that its flows come from."""

    def with_ends(self, changed: Callable[[End], End]) -> "Site":
        """The site with each role, and each end of a flow, as the function changes it."""
        return replace(
            self,
            roles=tuple(map(changed, self.roles)),
            requirements=tuple(
                replace(flow, ends=tuple((changed(end), changed(to)) for end, to in flow.ends))
                for flow in self.requirements
            ),
        )
