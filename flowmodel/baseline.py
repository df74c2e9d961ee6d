"""A baseline: the findings of a day, which a site lives with until another day."""

from datetime import date

from flowmodel.affected import Affected, Certainty
from flowmodel.finding import Agreed, Finding, Level
from flowmodel.record import dataclass
from flowmodel.source import Source, Span

Name = tuple[str, str, str, tuple[str, ...]]
"""The check, the device, the flow and the key: what a finding is called in every run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding that is accepted, with how bad it was: what is worse has to be told."""

    check: str
    device: str
    flow: str
    key: tuple[str, ...]
    level: Level
    certainty: Certainty
    message: str
    about: tuple[str, ...]
    affected: Affected | None
    span: Span
    """Where the baseline has it."""

    @property
    def name(self) -> Name:
        """What the finding is called."""
        return self.check, self.device, self.flow, self.key


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What is accepted, of which site, and until when."""

    path: str
    site: str
    made: date
    expires: date
    """The last day on which it counts."""
    entries: tuple[Entry, ...]
    span: Span
    """Where it says when it ends."""
    site_span: Span
    """Where it says of which site it is."""
    source: Source
    exports: tuple[str, ...]
    """Of exports by themselves: their paths from its folder, or where the names of many count from.
    """
    is_portion: bool = False
    """Whether it has the entries of one input of many: what nobody needs is told of all at once."""

    def is_over(self, today: date) -> bool:
        """Whether its last day is past."""
        return today > self.expires


@dataclass(frozen=True, slots=True)
class Unneeded:
    """Entries of a baseline whose findings are no longer there."""

    numbers: tuple[int, ...] = ()
    """Which ones, from 0 on, in their order."""
    span: Span | None = None
    """Where the baseline has the first of them."""
    message: str = ""
    """What the first one says."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a baseline says to all inputs of a run alike."""

    agreed: Agreed
    sha256: str
    """Of the file."""
    ends: Span
    """Where it says when it ends."""
    strays: Unneeded
    """The entries of inputs that are no longer where the run looks for them."""
    tells: bool
    """Whether the run is asked to tell what has become of the baseline itself."""


def name_of(finding: Finding) -> Name:
    """What a finding is called in every run."""
    return finding.check, finding.device, finding.flow, finding.key
