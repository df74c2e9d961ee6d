"""pf's rules, translations and interfaces, as pfSense and OPNsense make them of a config.xml.

Both readers return a `Configuration`: rules in the order in which pf evaluates them (system rules,
floating, groups, interfaces, …), names resolved to addresses, ports and interfaces; `lower` makes
the rule set of it. What a rule names and is not known at all is the reader's to leave out, with a
gap; what only the device knows (FQDN, URL tables, dynamic addresses, schedules) is a text in
`unread`: equal texts mean the same unknown thing.

Share objects: `lower` makes one condition for one `Endpoint`, `Ports` and `Protocol` object, by
identity. So make one object for equal references (`<network>lan</network>`), not one for each rule.
"""

from typing import Literal

from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.record import NamedTuple, dataclass
from flowmodel.ruleset import Gap, Link
from flowmodel.values import Values, full
from parsers.pf.xml import Element

Action = Literal["pass", "block", "reject", "match"]
Direction = Literal["in", "out", "any"]
EVERYWHERE = Addresses(full(32), full(128))


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """The addresses that a source or destination means.

    A packet fits if its address is one of `addresses`, or one of `within` and in one of the things
    of `unread`; and the other way round if `negated`. The full sets, without `negated`, test
    nothing.
    """

    addresses: Addresses = EVERYWHERE
    unread: tuple[str, ...] = ()
    """Things whose addresses only the device knows, in words: `addresses of the alias cdn`."""
    negated: bool = False
    within: Addresses = EVERYWHERE
    """Where the addresses of `unread` lie, for sure: a DHCP address is an IPv4 address."""
    is_own: bool = False
    """Whether all that it means are addresses of the device itself."""

    @property
    def others(self) -> Addresses:
        """The addresses that it surely does not mean, as long as it is not negated."""
        return EVERYWHERE - self.addresses - (self.within if self.unread else Addresses())


@dataclass(frozen=True, slots=True, eq=False)
class Ports:
    """The ports that a source or destination means; in pf a rule with ports names tcp or udp."""

    values: Values = full(16)
    unread: tuple[str, ...] = ()
    """Things whose ports only the device knows: `ports of the alias voip`."""


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """The protocols that a rule means, for each family, and the types of its ICMP."""

    v4: Values = full(8)
    v6: Values = full(8)
    icmp4: Values = full(8)
    """ICMP types; only looked at if not full, and `v4` is then ICMP alone."""
    icmp6: Values = full(8)


ANY = Endpoint()
ANY_PORT = Ports()
ANY_PROTOCOL = Protocol()
BOTH: frozenset[Family] = frozenset({4, 6})


class Flags(NamedTuple):
    """TCP flags: those under `mask` are exactly `value`; asked of TCP packets only."""

    mask: int
    value: int


class PfRule(NamedTuple):
    """One rule of pf's filter, as its text after expansion would read."""

    element: Element
    """Where it stands: the `<rule>`, or for a system rule the element that makes it."""
    title: str
    """The rule in words, as the web interface shows it."""
    action: Action
    direction: Direction = "any"
    quick: bool = True
    on: tuple[str, ...] = ()
    """The names of its interfaces, all names of each (`Interface.names`); empty is every one."""
    not_on: bool = False
    """Whether it is about all other interfaces."""
    families: frozenset[Family] = BOTH
    protocol: Protocol = ANY_PROTOCOL
    source: Endpoint = ANY
    source_ports: Ports = ANY_PORT
    destination: Endpoint = ANY
    destination_ports: Ports = ANY_PORT
    flags: Flags | None = None
    """None tests none (`flags any`). A pass rule that keeps state has S/SA unless told otherwise:
    the reader says so, `lower` adds nothing."""
    keeps_state: bool = True
    """False for `no state`; of pass rules only."""
    tag: str = ""
    tagged: str = ""
    """The tag that the packet must have; `!` before it: must not have."""
    limits: str = ""
    """Limits on states or sources, in words: beyond them pf drops what the rule would pass."""
    unread: tuple[str, ...] = ()
    """What must hold besides, of which the model knows nothing: a schedule, an operating system."""
    is_disabled: bool = False
    is_given: bool = False
    """Whether the system passes this whatever its owner wants: no setting takes the rule away."""


class Target(NamedTuple):
    """What a translation makes of an address: one of these; full is "as it was"."""

    addresses: Values = ()
    ports: Values = full(16)
    """For a redirection the ports of the target; full is "as it was"."""
    unread: str = ""
    """What the address is, where only the device knows it (a DHCP address); `addresses` is full."""


class Translation(NamedTuple):
    """One translation rule: of each kind the first that matches is taken.

    The addresses that a rule tests are those before the translation. `binat` is both: a packet that
    comes in to `external` goes to the same place in `internal`, what leaves from there the reverse.
    Without a target it has a source and a destination as any other rule.
    """

    element: Element
    title: str
    kind: Literal["rdr", "nat", "binat"]
    family: Family
    target: Target | None
    """None says that what matches is not translated (`no rdr`, `no nat`)."""
    on: tuple[str, ...] = ()
    not_on: bool = False
    protocol: Protocol = ANY_PROTOCOL
    source: Endpoint = ANY
    source_ports: Ports = ANY_PORT
    destination: Endpoint = ANY
    destination_ports: Ports = ANY_PORT
    shift: bool = False
    """A redirected port range keeps its order: the first port goes to the first of the target."""
    passes: bool = False
    """`rdr pass`: what is translated is not asked for by the filter."""
    tag: str = ""
    tagged: str = ""
    unread: tuple[str, ...] = ()
    is_disabled: bool = False
    internal: tuple[int, int] = (0, 0)
    """binat: network and mask inside; for binat `source` is the inside, `destination` the peers."""
    external: tuple[int, int] = (0, 0)
    """binat: network and mask outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Interface:
    """An assigned interface, or a group of them."""

    id: str
    """`wan`, `lan`, `opt1`; the name of a group; `openvpn`, `enc0`."""
    names: tuple[str, ...]
    """All names that a rule's condition and the command line know it by: `wan`, `em0`, and its
    description in small letters where no other has the same; for a group those of its members."""
    element: Element
    own: Addresses = Addresses()
    """Its own addresses, as far as the export tells."""
    networks: Addresses = Addresses()
    """Its networks, with those of its virtual addresses."""
    unread: tuple[str, ...] = ()
    """Addresses that only the device knows: `DHCP address of wan`; for endpoints."""
    unread_networks: tuple[str, ...] = ()
    is_outside: bool = False
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Configuration:
    """All that a config.xml says about filtering."""

    product: Literal["pfSense", "OPNsense"]
    root: Element
    rules: tuple[PfRule, ...]
    """In pf's order; disabled ones where they would stand."""
    translations: tuple[Translation, ...]
    """In pf's order."""
    links: tuple[Link, ...] = ()
    gaps: tuple[Gap, ...] = ()
    itself: Endpoint = Endpoint(unread=("its addresses",))
    """The device's own addresses, as far as the export tells them: pf's `(self)`."""
    is_filtering: bool = True
    """False if packet filtering is switched off: everything passes, nothing is translated."""
