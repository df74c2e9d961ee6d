"""What a change of rules does: connections opened and closed, with what decides on both sides."""

from typing import Literal

from flowmodel.affected import Affected, Certainty
from flowmodel.fields import Family
from flowmodel.packet import Packet
from flowmodel.record import dataclass
from flowmodel.ruleset import Traffic

Change = Literal["opened", "closed", "sent elsewhere"]


@dataclass(frozen=True, slots=True)
class Decided:
    """What one side does with a packet, and the rule or default policy that decides it."""

    verdict: str
    """`accept`, `drop`, `reject` or `unknown`."""
    path: str
    line: int
    """0 where no chain sees the packet."""
    text: str
    reasons: tuple[str, ...] = ()
    """Why the verdict is unknown."""
    translations: tuple[str, ...] = ()
    """The rules that change its ends, `file:line: text`, where these decide where it goes."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Packets that the new rules treat otherwise than the old ones, all by one rule."""

    change: Change
    device: str
    """Empty where only one device was compared."""
    traffic: Traffic
    family: Family
    certainty: Certainty
    is_of_known: bool
    """Whether no packet that opens a connection is among them: only those of known ones."""
    words: str
    affected: Affected
    packet: Packet
    packet_text: str
    before: Decided
    after: Decided

    @property
    def sides(self) -> tuple[Decided, Decided]:
        """What was done with the packet before, and what is done after."""
        return self.before, self.after


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome: all differences, and what was compared."""

    old: str
    new: str
    changes: tuple[Changed, ...]
    undecided: tuple[str, ...] = ()
    """What could not be compared, with why; nothing is proved about it."""
