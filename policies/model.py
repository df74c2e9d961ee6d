"""A product policy as its file says it: flows between roles and peers, nothing bound yet."""

from collections.abc import Iterator
from typing import Final, Literal

from flowmodel.addresses import Addresses
from flowmodel.record import dataclass, field
from flowmodel.site import Need, Row
from flowmodel.source import Source, Span
from flowmodel.used import Document
from policies.conditions import Conditions, Option
from policies.protocols import number_of
from policies.services import Pattern, Ports

BUILT_IN_ENDS: Final = ("internet", "all", "self", "any")
FOLLOW_ON: Final = "then"
FOLLOW_BACK: Final = "then-back"
NEEDS: Final[tuple[Need, ...]] = ("must", "should", "may", "never")
Direction = Literal["in", "out", "in+out", ""]


@dataclass(frozen=True, slots=True)
class Role:
    """A machine of the product; with `addresses`, each of these is bound on its own."""

    name: str
    title: str
    span: Span
    addresses: tuple[str, ...] = ()

    @property
    def bound_names(self) -> tuple[str, ...]:
        """What a site binds: the role, or each of its addresses."""
        return tuple(f"{self.name}.{name}" for name in self.addresses) or (self.name,)


@dataclass(frozen=True, slots=True)
class Peer:
    """Someone outside the product; `fqdn` when known by names, `default` when seldom bound."""

    name: str
    title: str
    span: Span
    fqdn: tuple[str, ...] = ()
    has_many_addresses: bool = False
    default: Literal["", "internet"] = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Ports that a site can set, or that follow from another parameter (`base` + `plus`)."""

    name: str
    span: Span
    default: Ports | None = None
    set_in: str = ""
    base: str = ""
    plus: int = 0
    is_fixed: bool = False
    """The document says that it cannot be changed."""


@dataclass(frozen=True, slots=True)
class Flow:
    """New connections from the sources to the targets; `services` as the policy writes them.

    `is_either`: also from the targets to the sources.
    """

    id: str
    span: Span
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    services: tuple[Pattern, ...]
    is_any_of: bool = False
    need: Need = "must"
    is_either: bool = False
    is_local: bool = False
    """Only between machines of one network."""
    sports: Ports | None = None
    """The ports of the sources, where the document says so."""
    group: Addresses = Addresses()
    """The multicast or broadcast addresses that its packets go to."""
    then: tuple[Pattern, ...] = ()
    """The ports that the two sides agree on over this flow."""
    then_back: tuple[Pattern, ...] = ()
    """Those on which the targets open connections to the sources then."""
    alternative: tuple[str, str] | None = None
    """A choice, and the alternative of it that this flow is part of."""
    when: Conditions = ()
    unless: Conditions = ()
    app: str = ""
    purpose: str = ""
    notes: str = ""
    is_fixed: bool = False
    is_critical: bool = False
    is_admin: bool = False
    inferred: tuple[str, ...] = ()
    recovered: dict[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What findings call it, and the ports that follow on it: no id has a slash."""
        follow = {FOLLOW_ON: self.then, FOLLOW_BACK: self.then_back}
        return (self.id, *(f"{self.id}/{word}" for word, ports in follow.items() if ports))

    @property
    def ends(self) -> tuple[str, ...]:
        """All names at both ends."""
        return self.sources + self.targets

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that its services use, each once."""
        patterns = (*self.services, *self.then, *self.then_back)
        return tuple(dict.fromkeys(name for one in patterns for name in one.names))

    @property
    def filled(self) -> frozenset[str]:
        """The fields that the document does not give."""
        named = frozenset(self.inferred) | frozenset(self.recovered)
        return named | {"from", "to"} if "between" in named else named


@dataclass(frozen=True, slots=True)
class Section:
    """Flows under a heading; its conditions hold for each of them and are in them too."""

    title: str
    flows: tuple[Flow, ...]
    when: Conditions = ()
    unless: Conditions = ()
    alternative: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RowCells:
    """A row of the document: its cells where it has them, the empty text where it does not.

    `device` and `port` are in the policy's names: a role, `4000`, `135,445`, `400n` (n: any digit).
    `type` is of ICMP: `8`, `3/4`. `is_never`: the document says that it must not be open.
    `also` are services in the row's prose. A row with `says` alone is a sentence, not a table row.
    """

    id: str
    line: int
    span: Span
    device: tuple[str, ...] = ()
    direction: Direction = ""
    protocol: str = ""
    port: str = ""
    sport: str = ""
    """The ports of the clients."""
    type: str = ""
    also: tuple[Pattern, ...] = ()
    app: str = ""
    says: str = ""
    is_never: bool = False
    versions: tuple[str, ...] = ()
    """The versions of the document that have it; empty in a document without versions."""
    recovered: str = ""
    """The source that gives the lost device."""

    @property
    def has_cells(self) -> bool:
        """Whether it is a row of a table."""
        return bool(self.device or self.direction or self.protocol or self.port)

    @property
    def is_prose(self) -> bool:
        """Whether it is a sentence of the document that names no service: nothing to compare."""
        return not (self.has_cells or self.also)

    @property
    def protocols(self) -> tuple[int, ...]:
        """The numbers of its protocols."""
        names = self.protocol.split("+") if self.protocol else ()
        return tuple(number for name in names if (number := number_of(name)) is not None)

    @property
    def words(self) -> str:
        """The row for people: its cells, or what the sentence says."""
        if self.is_prose:
            return self.says
        ways = {"in": "Incoming", "out": "Outgoing", "in+out": "Incoming and outgoing", "": ""}
        kind = f"type {self.type}" if self.type else self.port
        service = f"{self.protocol.upper().replace('+', '/')} {kind}".strip()
        never = "must not be open" if self.is_never else ""
        extra = tuple(f"also {one.text}" for one in self.also)
        cells = (service, self.app, ways[self.direction], never, *extra, self.says)
        return ", ".join(cell for cell in cells if cell)


@dataclass(frozen=True, slots=True)
class Required:
    """A policy that another one builds on.

    `bind` names its roles and peers and what each of them is called in the other; `options` are
    the answers that the other policy gives for the site.
    """

    policy: str
    span: Span
    bind: dict[str, tuple[str, ...]]
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class Policy:
    """One product policy."""

    name: str
    title: str
    source: Source
    span: Span
    document: Document
    sources: dict[str, str]
    roles: dict[str, Role]
    peers: dict[str, Peer]
    versions: tuple[str, ...]
    """Of the document, the oldest first; empty where it has one only."""
    options: dict[str, Option]
    parameters: dict[str, Parameter]
    sections: tuple[Section, ...]
    rows: dict[str, RowCells]
    not_covered: tuple[str, ...]
    requires: dict[str, Required] = field(default_factory=dict)

    @property
    def flows(self) -> Iterator[Flow]:
        """Every flow, in the file's order."""
        return (flow for section in self.sections for flow in section.flows)

    def row(self, name: str) -> Row:
        """A row as findings cite it."""
        cells = self.rows[name]
        return Row(self.name, name, cells.line, cells.words)

    def values(self, changed: dict[str, Ports] | None = None) -> dict[str, Ports]:
        """The ports of every parameter, derived ones too, where the site changed these."""
        known: dict[str, Ports] = {}
        for name, parameter in self.parameters.items():
            if parameter.default is not None:
                known[name] = (changed or {}).get(name, parameter.default)
        waiting = [one for one in self.parameters.values() if one.default is None]
        while ready := [one for one in waiting if one.base in known]:
            known |= {one.name: known[one.base].plus(one.plus) for one in ready}
            waiting = [one for one in waiting if one not in ready]
        return known


def names_of(policy: Policy) -> tuple[str, ...]:
    """What a site can name of a policy: its roles, their addresses, and its peers."""
    bound = (name for role in policy.roles.values() for name in role.bound_names)
    return tuple(dict.fromkeys((*policy.roles, *bound, *policy.peers)))
