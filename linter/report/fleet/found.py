"""What is known of a run of many inputs: as little of each finding as a fleet's answers need."""

from flowmodel.affected import Certainty
from flowmodel.finding import Level, Settings
from flowmodel.record import NamedTuple


class Kind(NamedTuple):
    """What findings on many inputs can have in common."""

    check: str
    """`FW215`."""
    name: str
    """`marked-port-open`."""
    rule: str
    """The deciding rule as `rules.normal` writes it; empty where no text stands at the place."""


class Told(NamedTuple):
    """A finding."""

    kind: Kind
    input: str
    policy: str
    """Of the flow that it is about; empty where it is about none."""
    level: Level
    certainty: Certainty
    identity: bytes
    """A digest of what it is called in every run; several findings can have it."""
    size: bytes
    """A digest of how bad it is, and of the packets that it is about; empty where nobody can tell.
    """


class Failed(NamedTuple):
    """Why an input could not be evaluated."""

    message: str
    place: str


class Example(NamedTuple):
    """The first finding of a kind, in words."""

    message: str
    place: str


class Input(NamedTuple):
    """An input of a run."""

    name: str
    left_out: frozenset[str]
    """The checks that its run left out."""
    failures: tuple[Failed, ...] = ()


class Run(NamedTuple):
    """A run of many inputs, from one file or several."""

    files: tuple[str, ...]
    versions: tuple[str, ...]
    """The versions of fwlint that wrote them."""
    settings: tuple[Settings, ...]
    """What files of settings had a say in."""
    inputs: dict[str, Input]
    findings: tuple[Told, ...]
    settled: tuple[Told, ...]
    examples: dict[Kind, Example]
    users: dict[str, int]
    """How many inputs use each policy."""

    def tells(self, name: str, check: str) -> bool:
        """Whether no finding of a check on an input means that there is none."""
        found = self.inputs.get(name)
        return found is not None and not found.failures and check not in found.left_out
