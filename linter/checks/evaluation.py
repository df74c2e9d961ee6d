"""Runs the checks: which ones, in what order, and what becomes of one that fails itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from flowmodel.finding import LEVELS, Finding, Waived
from flowmodel.opened import Section
from flowmodel.proved import Proved
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Site, Waiver
from flowmodel.source import InputError, Span
from linter.checks import catalogue, waivers
from linter.checks.check import Check
from linter.checks.subject import Accepted, Failure, Subject, day_here
from linter.engine.budget import SECONDS, Budget, TooComplexError, seconds_for, without_sets
from linter.engine.device.mentions import length, weight

if TYPE_CHECKING:
    from flowmodel.baseline import Baseline
    from linter.engine.site.asked import Question

_REQUIRED, _EXPOSURE = "FW1", "FW2"
"""What the ids of checks begin with that ask whether flows work, and that look for openings."""
_DOUBTS = "FW109"
_FEW = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the checks say of a site."""

    findings: list[Finding]
    waived: list[Waived]
    failures: list[Finding]
    """What could not be evaluated, as findings: nothing is proved about what depends on it."""
    failed: tuple[Failure, ...]
    """The same as it came, to be told on a terminal."""
    proved: tuple[Proved, ...] = ()
    """What became of the site's flows."""
    opened: tuple[Section, ...] = ()
    """What is open on the devices, where that was asked for."""
    accepted: Accepted = Accepted(())
    """What a baseline accepts."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """A check that failed, with what it raised."""

    check: Check
    error: Exception


@dataclass(frozen=True, slots=True)
class Table:
    """What is open, and what of it could not be decided."""

    sections: tuple[Section, ...] = ()
    failures: tuple[Failure, ...] = ()


def evaluate(
    site: Site,
    rulesets: Mapping[str, tuple[RuleSet, ...]],
    failures: Sequence[Failure] = (),
    asked: Callable[[str], bool] = lambda _: True,
    exports: Mapping[str, tuple[RuleSet, ...]] | None = None,
    seconds: float = SECONDS,
    today: date | None = None,
    *,
    opens: bool = False,
    baseline: "Baseline | None" = None,
) -> Outcome:
    """What those checks find that are asked for by their ids, less what the site accepts.

    `exports` are the rule sets as they were read, where they are others than those to be asked.
    `seconds` is the processor time for what the engine is asked: see `engine/budget.py`.
    `opens`: whether to tell what is open on each device, whatever the checks find.
    `today` is the day for which ends of rules are judged: by default the day here.
    `baseline`: findings that are accepted as they were; what a waiver is for, it need not accept.
    A check that a waiver names runs too, whoever asks for it: else the waiver would seem unused.
    """
    named = {each.finding for each in site.waivers}
    every = [each for its in (exports or rulesets).values() for each in its]
    noted: set[str] = {gap.check for each in every for gap in each.gaps}
    noted |= {each.check for each in site.problems}
    silent = {catalogue.FAILED, *(catalogue.NOTED - noted)}
    ran = [each for each in catalogue.IDS if asked(each) or named & {each, catalogue.name(each)}]
    wanted = [catalogue.load(each) for each in ran if each not in silent]
    seconds = seconds_for(length(every), seconds)
    subject = Subject(
        site,
        rulesets,
        exports or rulesets,
        tuple(failures),
        budget=Budget(seconds),
        claims=Budget(seconds / 2),
        marks=Budget(seconds / 8),
        today=today or day_here(),
        tells_openings=opens,
        judges_openings=any(check.reads_openings for check in wanted),
    )
    found, faults, flows, table = _with_room(
        subject, [check for check in wanted if not check.is_last], asked
    )
    unsure = _entries(subject, faults), table.failures
    subject = replace(
        subject,
        found=tuple(found),
        failures=(*failures, *(each for several in unsure for each in several)),
    )
    kept, waived = waivers.split(site.waivers, found)
    accepted = Accepted(tuple(kept))
    if baseline is not None:
        from linter.checks.accepted import split

        their = [each.finding for each in waived]
        # Those that are silent would find nothing.
        accepted = split(baseline, kept, their, ran.__contains__, subject.today)
    subject = replace(subject, accepted=accepted)
    late, faults = _all(subject, [check for check in wanted if check.is_last])
    subject = replace(subject, failures=(*subject.failures, *_entries(subject, faults)))
    return Outcome(
        [*accepted.kept, *late],
        waived,
        unread(subject.failures),
        subject.failures,
        flows,
        table.sections,
        accepted,
    )


def unread(failures: Iterable[Failure]) -> list[Finding]:
    """The findings for what could not be evaluated.

    Nobody can select, accept or ignore these, and where they fail themselves the program does.
    """
    failures = tuple(failures)
    if not failures:
        return []
    nothing = Site("", {}, (), (), ())
    return list(catalogue.load(catalogue.FAILED).run(Subject(nothing, {}, {}, failures)))


def _with_room(
    subject: Subject, checks: Sequence[Check], asked: Callable[[str], bool]
) -> tuple[list[Finding], list[_Fault], tuple[Proved, ...], Table]:
    """What the checks find, and the flows; they start again where packet sets need more room.

    They compute with sets too, so that it is they and the survey together that need the room. What
    is known of long lists stays known.
    """
    if not (subject.rulesets or subject.exports):
        return *_all(subject, checks), _proved(subject, asked), Table()
    from linter.engine.sets.longlists import LongLists
    from linter.engine.sets.rooms import with_room

    lists = LongLists()

    def attempt(
        room: int | TooComplexError,
    ) -> tuple[list[Finding], list[_Fault], tuple[Proved, ...], Table]:
        roomy = replace(subject, room=room, known={}, lists=lists)
        found, faults = _all(roomy, checks)
        found = _shown_on_their_ways(roomy, found)
        faults += _undecided(roomy, checks, asked)
        table = _opened(roomy, checks)
        return found, faults, _proved(roomy, asked), table

    try:
        asked_of = (subject.rulesets or subject.exports).values()
        every = [each for its in asked_of for each in its]
        return with_room(attempt, weight(every, subject.inventory))
    except TooComplexError as error:
        # There is not enough room for the survey; what needs none is told all the same.
        return attempt(error)


def _opened(subject: Subject, checks: Sequence[Check]) -> Table:
    """What is open, where it was asked for; and what of it is not known, where checks needed it."""
    known = any(check.reads_openings for check in checks)
    opens = subject.tells_openings
    if not (opens or known):
        return Table()
    from linter.checks.open.table import opened

    try:
        several = opened(subject)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the findings of all checks stand
        # A check that asked the same has told what it is.
        return Table() if known else Table((), (_entry(subject, error, ["what is open"]),))
    failures = []
    for each in several:
        if why := each.undecided if opens else each.unjudged:
            name = f"{each.device.name} {each.place}".strip()
            way = "on" if each.traffic == "input" else "through"
            message = f"too complex to decide: what is open {way} {name} ({why})"
            failures.append(Failure(InputError(message, each.device.span), each.device.name))
    if not opens:
        return Table((), tuple(failures))
    from linter.checks.open.sections import sections

    return Table(sections(several), tuple(failures))


def _proved(subject: Subject, asked: Callable[[str], bool]) -> tuple[Proved, ...]:
    """What became of the flows, as far as the checks asked; where they failed, nobody knows."""
    if not subject.site.requirements:
        return ()
    from linter.checks.proved import not_judged, proved

    try:
        return proved(subject, asked)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the checks that asked the same have told what it is
        return not_judged(subject)


def _shown_on_their_ways(subject: Subject, found: list[Finding]) -> list[Finding]:
    """The findings with the ways of their packets, where all of them can be told."""
    if not subject.surveyed:
        return found
    from linter.checks.ways import with_ways

    try:
        return with_ways(subject, found)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the findings are proved without it
        return found


def _undecided(
    subject: Subject, checks: Sequence[Check], asked: Callable[[str], bool]
) -> Iterator[_Fault]:
    """An entry for each question that was not followed, as its rules are too complex.

    Of needed flows FW109 says so, where the user asks for it; what else was not looked for is no
    finding of any check.
    """
    asking = [check for check in checks if check.id.startswith((_REQUIRED, _EXPOSURE))]
    if not asking or subject.is_alone or isinstance(subject.room, Exception):
        return
    said: set[str] = set()
    for survey in subject.surveys:
        for each in survey.undecided:
            stopped = [check for check in asking if _is_stopped(check, each.question)]
            what = _asked_about(each.question)
            if stopped and what not in said and not (asked(_DOUBTS) and _is_needed(each.question)):
                said.add(what)
                yield _Fault(stopped[0], TooComplexError(f"{what} ({each.why})"))


def _is_stopped(check: Check, question: "Question") -> bool:
    """Whether the check reads the answer; those of flows read nothing of what else is open."""
    return check.id.startswith(_EXPOSURE) or bool(question.required)


def _is_needed(question: "Question") -> bool:
    """Whether it is about flows alone that must or should work."""
    needs = {part.requirement.need for part in question.required if part.requirement}
    return question.is_required_alone and needs <= {"must", "should"}


def _asked_about(question: "Question") -> str:
    device = question.crossing.device.name
    if not question.is_required_alone:
        return f"what is open on {device}"
    flows = dict.fromkeys(part.requirement.name for part in question.required if part.requirement)
    return f"whether {', '.join(flows)} is permitted on {device}"


def _all(subject: Subject, checks: Sequence[Check]) -> tuple[list[Finding], list[_Fault]]:
    """What the checks find, also before they fail; one that fails hides nothing of the others."""
    found: list[Finding] = []
    faults: list[_Fault] = []
    for check in checks:
        try:
            # Not `extend`: what a check yields before it fails counts.
            for finding in check.run(subject):
                found.append(finding)  # noqa: PERF402
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the other checks stand
            faults.append(_Fault(check, without_sets(error)))
    return merged(_unsaid(checks, found, subject.site.waivers)), faults


def _unsaid(
    checks: Iterable[Check], found: Sequence[Finding], accepted: Sequence[Waiver]
) -> Iterator[Finding]:
    """The findings without those at places of which another one says more.

    One that the site accepts for some packets alone says nothing of the others.
    """
    partly = {id(each) for each in found if waivers.is_waived_in_part(accepted, each)}
    most: dict[tuple[str, Span], tuple[int, bool]] = {}
    for each in found:
        if id(each) not in partly:
            place = each.check, each.span
            most[place] = max(_says(each), most.get(place, _says(each)))
    above = {check.id: check.yields_to for check in checks}
    for each in found:
        more = (
            other != each.check or most[other, each.span] > _says(each)
            for other in above.get(each.check, ())
            if (other, each.span) in most
        )
        if id(each) in partly or not any(more):
            yield each


def _says(finding: Finding) -> tuple[int, bool]:
    """How much it says beside others of its check: how bad it is, then of which packets."""
    return LEVELS.index(finding.level), finding.affected is not None


def _entries(subject: Subject, faults: Sequence[_Fault]) -> Iterator[Failure]:
    """An entry for each thing that was raised, with all checks that it stopped."""
    by_error: dict[int, list[_Fault]] = {}
    for fault in faults:
        by_error.setdefault(id(fault.error), []).append(fault)
    for group in by_error.values():
        yield _entry(subject, group[0].error, [fault.check.id for fault in group])


def _entry(subject: Subject, error: Exception, checks: list[str]) -> Failure:
    from traceback import format_tb

    sources = [source.path for source in subject.site.sources]
    place = Span([*sources, *subject.rulesets, ""][0], 1, 1, 1, 1)
    if isinstance(error, TooComplexError):
        # The survey stops all checks that ask it; one proof stops a few, and then these have names.
        named = f" ({', '.join(checks)})" if len(checks) <= _FEW else ""
        return Failure(InputError(f"too complex to decide: {error}{named}", place))
    # Where it happened, and not what the exception says: that can be any line of a file.
    name = type(error).__name__
    message = f"{', '.join(checks)} could not be evaluated: {name}"
    traceback = "".join(["Traceback (most recent call last):\n", *format_tb(error.__traceback__)])
    return Failure(InputError(message, place), traceback=traceback + name)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, with those as one that say the same of one rule for IPv4 and for IPv6."""
    alike: dict[tuple[object, ...], Finding] = {}
    for each in findings:
        said = (each.check, each.span, each.level, each.certainty, each.message, each.label)
        first = alike.get((*said, each.key))
        alike[*said, each.key] = each if first is None else _both(first, each)
    return list(alike.values())


def _both(first: Finding, second: Finding) -> Finding:
    is_known = first.destinations and second.destinations
    return replace(
        first,
        extent="; ".join(dict.fromkeys((first.extent, second.extent))),
        remedy="; ".join(dict.fromkeys((first.remedy, second.remedy))),
        reasons=tuple(dict.fromkeys(first.reasons + second.reasons)),
        related=tuple(dict.fromkeys(first.related + second.related)),
        destinations=first.destinations + second.destinations if is_known else (),
        missing=tuple(dict.fromkeys(first.missing + second.missing)),
        affected=first.affected | second.affected if first.affected and second.affected else None,
        about=tuple(sorted({*first.about, *second.about})),
    )
