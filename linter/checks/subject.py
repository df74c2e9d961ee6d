"""What the checks are given: a site, its exports, and what several checks ask of them together."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from flowmodel.fields import FAMILIES, Family
from flowmodel.finding import Finding
from flowmodel.record import dataclass, field
from flowmodel.ruleset import RuleSet
from flowmodel.site import Site
from flowmodel.source import InputError
from linter.engine.budget import Budget, without_sets
from linter.engine.device.inventory import Inventory
from linter.engine.device.program import Joins

if TYPE_CHECKING:
    from flowmodel.baseline import Baseline, Entry
    from linter.engine.sets.longlists import LongLists
    from linter.engine.site.survey import Survey

_Result = TypeVar("_Result")


def day_here() -> date:
    """Today, where the machine stands."""
    return datetime.now(UTC).astimezone().date()


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be evaluated: an input, with the device whose export it is, or checks."""

    error: InputError
    device: str = ""
    traceback: str = ""
    """Where the program failed; empty where the input is at fault."""


@dataclass(frozen=True, slots=True, eq=False)
class Accepted:
    """What became of the findings of a run that knows a baseline."""

    kept: tuple[Finding, ...]
    """What counts: what is new, and what is worse than it was."""
    findings: tuple[Finding, ...] = ()
    """What is accepted."""
    baseline: "Baseline | None" = None
    """The baseline; None where the run knows none."""
    is_over: bool = False
    """Whether its last day is past, so that it accepts nothing."""
    gone: "tuple[Entry, ...]" = ()
    """Its entries that no finding has the name of, of checks that ran."""
    used: "tuple[tuple[Entry, Finding], ...]" = ()
    """The entries that accept a finding, with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A site and its exports. What the checks share is worked out once, and ends with it.

    So no cache outlives a run. One that starts again with more room keeps what is plain data.
    """

    site: Site
    rulesets: Mapping[str, tuple[RuleSet, ...]]
    """Of each firewall that can be asked: several where one export holds many (AWS)."""
    exports: Mapping[str, tuple[RuleSet, ...]]
    """The same as they were read, of each device in the site file, also of those that stand nowhere
    in the site and cannot be asked."""
    failures: tuple[Failure, ...] = ()
    room: "int | Exception" = 0
    """How many nodes the packet sets may have; or why there cannot be enough."""
    found: tuple[Finding, ...] = ()
    """What all other checks found, for those that run last."""
    budget: Budget = field(default_factory=Budget)
    """The processor time that the engine may take for its questions: of both families, and however
    often a run starts again with more room."""
    claims: Budget = field(default_factory=Budget)
    """Half as much for what is open, and for saying of each opening what is wrong with it."""
    marks: Budget = field(default_factory=Budget)
    """An eighth of it for asking about marked services alone, beside the others."""
    today: date = field(default_factory=day_here)
    """The day for which ends of rules are judged."""
    tells_openings: bool = True
    """Whether all that is open is to be told; else the checks ask for what they judge."""
    judges_openings: bool = True
    """Whether some check reads what is open."""
    accepted: Accepted = Accepted(())
    """What a baseline accepts of it, for the checks that run last."""
    joins: Joins = field(default_factory=Joins)
    """What is known of long runs of rules."""
    inventory: Inventory = field(default_factory=Inventory)
    """What rules say beside the ends of packets."""
    lists: "LongLists | None" = None
    """What is known of long lists of addresses, where the checks can start again for them."""
    known: dict[object, Any] = field(default_factory=dict)
    plain: dict[object, Any] = field(default_factory=dict)
    """What is known whatever room there is."""

    @property
    def families(self) -> tuple[Family, ...]:
        """Those in which the engine can be asked: none without any export."""
        return FAMILIES if self.rulesets else ()

    @property
    def is_alone(self) -> bool:
        """Whether there are devices alone: nobody says where they stand, and for what."""
        site = self.site
        stands = any(each.roles or each.own or each.interfaces for each in site.devices)
        return not (site.networks or site.roles or site.requirements or stands)

    @property
    def surveys(self) -> "tuple[Survey, ...]":
        """The engine's answers to the site's questions, for each family."""
        return tuple(self.survey(family) for family in self.families)

    @property
    def surveyed(self) -> "tuple[Survey, ...]":
        """The answers that some check has asked for already."""
        found = (self.known.get((_survey, family)) for family in self.families)
        return tuple(each for each in found if each and not isinstance(each, _Raised))

    def survey(self, family: Family) -> "Survey":
        """The engine's answers for one family; raises TooComplexError."""
        return self.once(_survey, family)

    def once(self, work: Callable[..., _Result], *about: object) -> _Result:
        """The function's result for this subject, worked out by whichever check asks first.

        What it raises is raised again for each check that asks, as the same object: one fault is
        one entry in the report, with the names of all the checks that depend on it.
        """
        return self._known(self.known, work, *about)

    def once_in_any_room(self, work: Callable[["Subject"], _Result]) -> _Result:
        """The same for a result without packet sets, which does not depend on the room for them."""
        return self._known(self.plain, work)

    def _known(
        self, kept: dict[object, Any], work: Callable[..., _Result], *about: object
    ) -> _Result:
        key = (work, *about)
        if key not in kept:
            try:
                kept[key] = work(self, *about)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - it is raised again
                kept[key] = _Raised(error)
        result = kept[key]
        if isinstance(result, _Raised):
            raise without_sets(result.error)
        known: _Result = result
        return known


class _Raised:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _survey(subject: Subject, family: Family) -> "Survey":
    from linter.engine.site.survey import survey

    if isinstance(subject.room, Exception):
        raise subject.room
    lists = subject.lists.of(family) if subject.lists else None
    return survey(
        subject.site,
        subject.rulesets,
        family,
        subject.room,
        subject.budget,
        lists,
        subject.joins,
        subject.inventory,
    )
