"""Where a finding stands and what proves it, ready to be put into it."""

from collections.abc import Iterable

from flowmodel.affected import Affected, Certainty, Witness
from flowmodel.finding import Destinations, Related
from flowmodel.fix import Missing
from flowmodel.record import dataclass
from flowmodel.ruleset import RuleSet
from flowmodel.source import Span
from linter.engine.packet.state import State


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What became of the packet of a proof, and the rule sets that it was sent through."""

    rulesets: tuple[RuleSet, ...]
    state: State


@dataclass(frozen=True, slots=True)
class Evidence:
    """The place that a finding is about; `proof` adds a packet that was sent through the rules."""

    place: Related
    certainty: Certainty = "certain"
    text: str = ""
    """The deciding rule, as the export has it."""
    witness: str = ""
    example: Witness | None = None
    extent: str = ""
    affected: Affected | None = None
    about: tuple[str, ...] = ()
    """What it tells of beside `affected`, one by one."""
    reasons: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    destinations: tuple[Destinations, ...] = ()
    remedy: str = ""
    """What would let the packets pass, where they are blocked."""
    missing: tuple[Missing, ...] = ()
    """The same as data, where a rule alone would let them pass."""
    where: str = ""
    """Where a rule would have to stand to decide otherwise."""
    untracked: str = ""
    """Why a packet behind the first one is not known as established; empty where it is."""
    is_misled: bool = False
    """Whether the packet passes, to another place than the one that is meant."""
    decided: Decided | None = None
    """What became of the packet, where it is blocked."""


def at(
    span: Span,
    label: str = "",
    title: str = "",
    *,
    extent: str = "",
    reasons: tuple[str, ...] = (),
    about: Iterable[str] = (),
) -> Evidence:
    """The evidence of a finding that needs no packet: what stands at a place.

    Where `extent` does not say it exactly, `about` does: a baseline goes by it.
    """
    return Evidence(Related(span, label, title), extent=extent, reasons=reasons, about=tuple(about))


def all_affected(every: Iterable[Evidence]) -> Affected | None:
    """The packets of all that one finding tells; nothing where some of them are not known."""
    found = Affected((), is_complete=True)
    for each in every:
        if each.affected is None:
            return None
        found |= each.affected
    return found
