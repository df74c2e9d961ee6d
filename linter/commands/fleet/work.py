"""The work on one input, from its files to what every output says of it; in any process."""

from collections.abc import Iterable
from datetime import date
from traceback import format_tb

from flowmodel.finding import Report
from flowmodel.memory import set_aside
from flowmodel.record import NamedTuple, replace
from flowmodel.site import Service
from flowmodel.source import InputError, InputErrors, Source
from fwlint.checking import checked
from fwlint.errors import UsageError
from fwlint.loading import Loaded, load_site, loaded, refuse_nothing
from fwlint.selection import selection
from linter.checks.evaluation import unread
from linter.checks.subject import Failure
from linter.commands.fleet.inputs import Unit, exports_of
from linter.commands.output import FAULT
from linter.report import TELL_OPENINGS, Options
from linter.report.errors import render_error
from linter.report.many import Part, part
from linter.report.tally import Tally, tally
from linter.report.visible import as_text
from parsers.shared.reading import start_of


class Job(NamedTuple):
    """What is asked of every input of a run."""

    outputs: tuple[tuple[str, Options], ...]
    """The formats, each with what a user may say about it."""
    today: date
    """One day for all of them, also where a run goes on past midnight."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    has_waivers: bool = True
    work_limit: float = 0.0
    include: tuple[str, ...] = ()
    format: str = ""
    has_ipv6: bool = True
    marked: tuple[Service, ...] = ()
    unmarked: tuple[Service, ...] = ()
    opens: bool = False
    """Whether to tell all that is open on exports by themselves, where an output has a table."""


class Done(NamedTuple):
    """What became of an input: what is written of it, as plain text and numbers."""

    name: str
    numbers: Tally
    left_out: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    """For each output of the job."""
    said: tuple[str, ...] = ()
    """Texts for standard error."""
    read: tuple[str, ...] = ()
    """The files that it was made of, and those that cannot be read."""
    checks: tuple[str, ...] = ()
    """The checks that found something, also what is waived or accepted."""
    unkept: str = ""
    """Why the cache does not have it; empty where it has, or nobody asked for that."""
    gone: tuple[int, ...] = ()
    """The entries of the baseline that are of it and no longer there, by their numbers."""


class Worked(NamedTuple):
    """What became of an input, with what was read of it."""

    done: Done
    run: Loaded | None = None
    sources: tuple[Source, ...] = ()


class _Found(NamedTuple):
    """The report on an input, with what was read, and what of its portion is no longer there."""

    report: Report
    run: Loaded | None = None
    gone: tuple[int, ...] = ()


def work(job: Job, unit: Unit) -> Done:
    """What becomes of an input; whatever is wrong with it is an error of its own."""
    return worked(job, unit).done


def worked(job: Job, unit: Unit) -> Worked:
    """The same, with what was read of it."""
    said: list[str] = []
    try:
        report, run, gone = _report(job, unit, said)
        done = _done(job, unit, report, said)._replace(gone=gone)
        return Worked(done, run, _sources(report))
    except MemoryError:
        return Worked(failed(job, unit, "takes more memory than there is"))
    except Exception as crash:  # noqa: BLE001 - the other inputs stand
        # Where it happened, and not what the exception says: that can be any line of a file.
        name = type(crash).__name__
        where = "".join(["Traceback (most recent call last):\n", *format_tb(crash.__traceback__)])
        return Worked(
            failed(job, unit, f"could not be evaluated: {name}", (as_text(where + name),), (FAULT,))
        )


def failed(
    job: Job,
    unit: Unit,
    message: str,
    before: tuple[str, ...] = (),
    behind: tuple[str, ...] = (),
) -> Done:
    """What is told of an input that nothing is known of, with more texts for standard error."""
    failure = Failure(InputError(message, start_of(unit.paths[0])))
    told = [*before, _shown(failure.error), *behind]
    return _done(job, unit, _unread(unit, [failure]), told)


def _done(job: Job, unit: Unit, report: Report, said: list[str]) -> Done:
    named = replace(report, input=unit.name)
    settled = (each.finding for each in report.settled)
    return Done(
        unit.name,
        tally(named),
        report.left_out,
        tuple(part(name, named, options) for name, options in job.outputs),
        tuple(said),
        (*(each.path for each in _sources(report)), *(each.span.path for each in report.failures)),
        tuple(sorted({each.check for each in (*report.findings, *settled)})),
    )


def _sources(report: Report) -> tuple[Source, ...]:
    """The files that the input was made of; the baseline is of all inputs."""
    baseline = report.baseline.path if report.baseline else None
    return tuple(each for each in report.sources.values() if each.path != baseline)


def _report(job: Job, unit: Unit, said: list[str]) -> _Found:
    try:
        run = _loaded(job, unit)
        if run.kind == "site":
            refuse_nothing(run)
    except (InputError, InputErrors) as raised:
        errors = raised.errors if isinstance(raised, InputErrors) else (raised,)
        said += map(_shown, errors)
        return _Found(_unread(unit, map(Failure, errors)))
    except UsageError as refused:
        error = InputError(str(refused), start_of(unit.paths[0]))
        said.append(_shown(error))
        return _Found(_unread(unit, [Failure(error)]))
    shown = selection(job.select, job.ignore)
    opens = job.opens and any(name in TELL_OPENINGS for name, _ in job.outputs)
    with set_aside():
        found = checked(
            run,
            shown,
            waivers=job.has_waivers,
            work_limit=job.work_limit,
            baseline=unit.portion.baseline() if unit.portion else None,
            opens=opens,
        )
    for failure in found.failed:
        said += [as_text(failure.traceback.rstrip())] if failure.traceback else []
        said.append(_shown(failure.error))
        said += [FAULT] if failure.traceback else []
    gone = unit.portion.numbers_of(found.gone) if unit.portion else ()
    return _Found(found.report, run, gone)


def _unread(unit: Unit, failures: Iterable[Failure]) -> Report:
    """The report on an input that could not be read; of exports by themselves, it is a device's."""
    device = unit.name if unit.kind == "exports" else ""
    its = [replace(each, device=each.device or device) for each in failures]
    return Report((), failures=tuple(unread(its)))


def _loaded(job: Job, unit: Unit) -> Loaded:
    if unit.kind == "site":
        run = load_site(unit.paths[0], unit.reach, job.include, job.today)
        return _marked(job, run)
    site = exports_of([unit], job.format, has_ipv6=job.has_ipv6)
    run = loaded(unit.paths, "exports", site, unit.reach, job.include, today=job.today)
    return _marked(job, run)


def _marked(job: Job, run: Loaded) -> Loaded:
    """The same with the services that the settings mark and unmark."""
    if not (job.marked or job.unmarked):
        return run
    site = run.site
    marked, unmarked = (*site.marked, *job.marked), (*site.unmarked, *job.unmarked)
    return replace(run, site=replace(site, marked=marked, unmarked=unmarked))


def _shown(error: InputError) -> str:
    return as_text(render_error(error))
