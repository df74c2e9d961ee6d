"""The packets of a finding as data: what programs read where people read a sentence."""

from typing import Literal

from flowmodel.fields import Family
from flowmodel.packet import Packet
from flowmodel.record import dataclass
from flowmodel.ruleset import Traffic
from flowmodel.values import Values

Certainty = Literal["certain", "possible"]


@dataclass(frozen=True, slots=True)
class PacketBox:
    """All packets that open connections at one place, with one value out of each of the sets.

    Ports are empty for protocols that have none, ICMP types and codes for all others.
    """

    family: Family
    certainty: Certainty
    hook: Traffic
    in_name: str
    """Where they come in; empty for the output hook, and where nobody knows."""
    out_name: str
    protocols: Values
    sources: Values
    destinations: Values
    source_ports: Values = ()
    destination_ports: Values = ()
    icmp_types: Values = ()
    icmp_codes: Values = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """The packets of a finding: exactly those in the boxes, or some of those in them."""

    boxes: tuple[PacketBox, ...]
    is_complete: bool
    digest: str = ""
    """Where the boxes are not exact: the same for the same packets, and for no others. Empty where
    they are exact, and where the set is too large for one."""

    def __or__(self, other: "Affected") -> "Affected":
        """The packets of both."""
        boxes = tuple(dict.fromkeys(self.boxes + other.boxes))
        inexact = [each.digest for each in (self, other) if not each.is_complete]
        digest = " ".join(inexact) if all(inexact) else ""
        return Affected(boxes, self.is_complete and other.is_complete, digest)


ErrorPhase = Literal["error", "answer error", "own error", "own answer error"]
"""An error about answers, to the one who was connected to; and one about the other direction, to
the one who connects. The device sends its own where its next link is the narrow one."""
WitnessPhase = Literal["opening", "reply", "later", "alone"] | ErrorPhase
"""`alone`: a packet of no connection, with the state that its header has."""


@dataclass(frozen=True, slots=True)
class Witness:
    """The packet of a finding that was sent through the rules: it opens a connection.

    In a later phase it is an answer, or a later packet of that connection, that is in question; or
    an error that a router sends about it, to its destination (`error`), to its source (`answer
    error`), or as the device itself (`own …`). `alone`: a packet of no connection.
    """

    packet: Packet
    hook: Traffic
    phase: WitnessPhase
