"""A finding: what a check says, and everything that proves it."""

from typing import Literal

from flowmodel.affected import Affected, Certainty, Witness
from flowmodel.fields import Family
from flowmodel.fix import Fix, Missing
from flowmodel.opened import Section
from flowmodel.proved import Proved
from flowmodel.record import dataclass, field
from flowmodel.site import Site
from flowmodel.source import Source, Span
from flowmodel.used import CheckedFile
from flowmodel.values import Values, full

Level = Literal["info", "warning", "error", "critical"]
LEVELS: tuple[Level, ...] = ("info", "warning", "error", "critical")
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that a finding is about, with a label: `required by this`."""

    span: Span
    label: str
    title: str = ""
    """What stands there in words, where no line of the file says it: a rule in XML or JSON."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where a set of packets goes: the values of each field in it, taken for themselves."""

    family: Family
    addresses: Values
    protocols: Values
    ports: Values
    types: Values = full(8)
    """Of those that are ICMP or ICMPv6."""
    codes: Values = full(8)


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check, with its evidence; a renderer needs nothing else but the sources.

    `span` is the deciding rule, or the default policy, or the line of the site or policy at fault.
    """

    check: str
    """`FW101`."""
    level: Level
    certainty: Certainty
    message: str
    """One sentence in plain words, without the place."""
    span: Span
    label: str = ""
    """What the place does: `dropped here, before any accept`."""
    related: tuple[Related, ...] = ()
    device: str = ""
    flow: str = ""
    """`1e.dmz-switch`, or empty."""
    rows: tuple[str, ...] = ()
    """The document's rows behind it, in words."""
    witness: str = ""
    """`tcp 198.51.100.7:32768 > 192.0.2.11:4101 in wan0 out dmz0`."""
    example: Witness | None = None
    """The packet of `witness`."""
    extent: str = ""
    """How much is affected, in words."""
    affected: Affected | None = None
    """The same as data; None where it is about no packets, or nobody can tell which."""
    remedy: str = ""
    """What would satisfy it, as a statement."""
    reasons: tuple[str, ...] = ()
    """Why it is only possible: the unread parts it depends on."""
    trace: tuple[str, ...] = ()
    """The rules that the witness passes, `file:line: text`, the deciding one last."""
    way: tuple[Related, ...] = ()
    """What decides on each device on the witness's way, in order, where it meets several."""
    key: tuple[str, ...] = ()
    """What identifies it from run to run: no line numbers, and no counters of packets."""
    about: tuple[str, ...] = ()
    """What it tells of beside `affected`, one by one: with fewer of them, it is less."""
    destinations: tuple[Destinations, ...] = ()
    """Where all its packets go, by family, for waivers; empty where that is not known."""
    title: str = ""
    """What stands at the place in words, where no line of the file says it."""
    missing: tuple[Missing, ...] = ()
    """What a rule would have to permit, if that would mend it: see `linter/fixes`."""
    takers: tuple[Span, ...] = ()
    """Of a rule that denies nothing: the rules that accept its packets, if these are all."""
    fix: Fix | None = None
    """The edit that mends it; None where none was asked for, or none could be proved."""
    unfixed: str = ""
    """Why there is no edit, where one was asked for."""

    @property
    def place(self) -> Related:
        """The deciding place, with its label."""
        return Related(self.span, self.label, self.title)


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding and why the site lives with it."""

    finding: Finding
    because: str
    until: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """The baseline that a run knew."""

    path: str
    expires: str
    """Its last day: `2027-03-01`."""
    entries: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run did because a file said so, and nobody typed it: what can make it look cleaner."""

    path: str
    site: str = ""
    fail_on: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: str = ""
    marked: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """`ignore FW3; fail on critical`; empty where nothing was done."""
        said = (
            ("site", (self.site,)),
            ("fail on", (self.fail_on,)),
            ("select", self.select),
            ("ignore", self.ignore),
            ("baseline", (self.baseline,)),
            ("mark", self.marked),
            ("unmark", self.unmarked),
        )
        return "; ".join(f"{name} {_listed(each)}" for name, each in said if any(each))


def _listed(told: tuple[str, ...]) -> str:
    """The words, or the first of very many: a file of settings can be anybody's."""
    each = tuple(dict.fromkeys(told))
    more = f" and {len(each) - _TOLD} more" if len(each) > _TOLD else ""
    return ", ".join(each[:_TOLD]) + more


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run: findings in the order in which to show them, and what they refer to.

    `failures` are inputs that could not be evaluated (exit status 2), as error findings.
    """

    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...] = ()
    failures: tuple[Finding, ...] = ()
    sources: dict[str, Source] = field(default_factory=dict)
    exports: int = 0
    """How many exports were evaluated."""
    rules: int = 0
    """How many rules they have."""
    requirements: int = 0
    """How many active flows were checked."""
    proved: tuple[Proved, ...] = ()
    """What became of those of them that must, should or must never work."""
    opened: tuple[Section, ...] = ()
    """What is open on the devices, where exports were checked by themselves."""
    site: Site = Site("", {}, (), (), ())
    """What was checked: its flows, devices and policies."""
    checked: tuple[CheckedFile, ...] = ()
    """The files that were read of the devices."""
    left_out: tuple[str, ...] = ()
    """The checks that were not asked for, by their ids."""
    day: str = ""
    """The day for which ends of rules and waivers were judged: `2026-03-02`."""
    accepted: tuple[Finding, ...] = ()
    """What a baseline accepts."""
    baseline: Agreed | None = None
    settings: Settings | None = None
    input: str = ""
    """What the run calls the site or the exports, where there are many of them; else empty."""

    @property
    def settled(self) -> tuple[Waived, ...]:
        """What the site waives, and what the baseline accepts."""
        until = self.baseline.expires if self.baseline else ""
        accepted = (Waived(each, "accepted by the baseline", until) for each in self.accepted)
        return (*self.waived, *accepted)
