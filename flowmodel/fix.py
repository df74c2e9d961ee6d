"""An edit of an export that mends a finding, and the packets that it is to let pass."""

from flowmodel.affected import Affected
from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.source import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines of one file, and those that stand there instead.

    Without old lines, the new ones are put before the line. Long lines, as JSON without line ends
    has them, are edited at a column: there, old and new are a part of the line, or nothing.
    """

    path: str
    line: int
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    column: int = 0
    """Where the part begins, from 1; 0 where whole lines change."""


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that was proved: the edited files were read again, and asked again."""

    edits: tuple[Edit, ...]
    """In the order of the files and lines; lines are counted in the files as they are now."""
    commands: tuple[str, ...] = ()
    """The same for the running system, in the device's own syntax; empty where there is none."""
    steps: tuple[str, ...] = ()
    """The same in the words of the device's web page; empty where it has none."""
    effect: str = ""
    """What the proof says: `no packet is treated differently`."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Packets that a chain should let pass, as they look there, and what decides them now."""

    family: Family
    table: str
    chain: str
    decided: Span
    """The rule, or the declaration of the chain, if its default policy decides."""
    by_policy: bool
    seen: Affected
    sent: Affected
    """The same packets as they arrive."""
