"""What is open on a device, in lines for people and as data for programs."""

from typing import Literal

from flowmodel.addresses import Addresses
from flowmodel.affected import Certainty
from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.ruleset import Traffic
from flowmodel.source import Span
from flowmodel.values import Values


@dataclass(frozen=True, slots=True)
class Offered:
    """Protocols with the same destination ports, or with the same types and codes of ICMP."""

    protocols: Values
    ports: Values
    types: Values
    codes: Values


@dataclass(frozen=True, slots=True)
class By:
    """What lets packets pass: a rule, or a default policy, with its place; or no chain at all."""

    kind: Literal["rule", "policy", "no chain"]
    text: str
    span: Span | None = None
    tells_forwarding: bool = True
    """Whether it shows that the device forwards packets: the default policy of a chain that also
    sees others does not."""


@dataclass(frozen=True, slots=True)
class SentOn:
    """Where a translation sends packets, as words and as data; full sets mean "as they came"."""

    words: str
    addresses: Addresses
    ports: Values
    by: By


@dataclass(frozen=True, slots=True)
class Mark:
    """A service with a name that deserves a look where it is open, with where that is said."""

    name: str
    kind: str
    """What it is for, in a word or two: `database`."""
    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """Services that are open from the same places to the same places, once for all rules."""

    families: tuple[Family, ...]
    certainty: Certainty
    service: str
    """`tcp 80, 443`, or `everything`."""
    source: str
    """`any address`."""
    destination: str
    """The same of where it is open; empty where that is the machine itself."""
    incoming: tuple[str, ...]
    """The interfaces by which packets come; none where that does not matter. A name that ends with
    `/other` stands for all interfaces that begin so and are not named."""
    outgoing: tuple[str, ...]
    interface: str
    """The interfaces in words, where the section does not say them: `eth0`."""
    offered: tuple[Offered, ...]
    sources: Addresses
    source_ports: Values
    destinations: Addresses
    by: tuple[By, ...]
    """The rules that let the packets pass, the widest first."""
    more: int = 0
    """How many rules more there are."""
    sent_on: SentOn | None = None
    is_direct: bool = False
    """Whether the same is open at the address itself that they are sent to."""
    reasons: tuple[str, ...] = ()
    """Why it is only possible: what it depends on."""
    marks: tuple[str, ...] = ()
    """The services among them that deserve a look: `tcp 3306 (MySQL)`."""


@dataclass(frozen=True, slots=True)
class Section:
    """What is open at one place: to a machine, or through a firewall."""

    device: str
    place: str
    """Which of the machines of an export it is (`eni-0a1b`), where there are several."""
    traffic: Traffic
    title: str
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    """What else has to be said: that nothing is known of a family, or that it was not decided."""
    is_decided: bool = True
