"""`fwlint check` of many inputs."""

from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from os.path import abspath

from flowmodel.record import NamedTuple
from fwlint.errors import UsageError
from fwlint.selection import selection
from linter.checks.catalogue import IDS
from linter.checks.subject import day_here
from linter.commands.check import named_files, options_of, refuse_openings, status_of
from linter.commands.fleet.agreement import Agreement, agreement, numbers_of, report_on
from linter.commands.fleet.inputs import Several, Unit
from linter.commands.fleet.pool import Known, Work, done_in_order, workers_for
from linter.commands.fleet.results import Results
from linter.commands.fleet.shares import share_of
from linter.commands.fleet.work import Done, Job
from linter.commands.fleet.written import Written
from linter.commands.output import Target, complain, complain_in_lines, refuse_read
from linter.commands.progress import Meter
from linter.report import Options
from linter.report.many import Total
from linter.report.share import Share
from linter.report.summary import summed, words_of
from linter.report.tally import NOTHING, Tally


class _Sum(NamedTuple):
    """What all inputs come to."""

    numbers: Tally
    left_out: frozenset[str]
    read: frozenset[str]
    gone: frozenset[int]
    """The entries of the baseline that are no longer there, by their numbers."""


def run(arguments: Namespace, inputs: Several, outputs: Sequence[Target]) -> int:
    """Checks each input by itself, writes every output, and returns the exit status."""
    units = (path for unit in inputs.units for path in unit.paths)
    refuse_read(outputs, (*named_files(arguments), *units))
    shown = [each for each in outputs if each.path or not arguments.quiet]
    options = [options_of(arguments, each.path) for each in shown]
    job = _job(arguments, inputs, [each.format for each in shown], options)
    share = share_of(inputs, arguments.paths, arguments.shard, job) if arguments.shard else None
    agreed = agreement(arguments, inputs, job)
    inputs = agreed.judging(inputs) if agreed else inputs
    for line in inputs.passed_over:
        complain(line)
    with Written(shown, options) as written:
        places = share.places if share else range(len(inputs.units))
        found = _worked(arguments, inputs, places, job, written)
        refuse_read(outputs, found.read)
        left_out = tuple(each for each in IDS if each in found.left_out)
        beside = [path for path in inputs.beside if abspath(path) not in found.read]  # noqa: PTH100
        numbers = found.numbers
        if share:
            share = _with_rest(share, beside, agreed, found)
        elif agreed:
            numbers += _tell(agreed, found, written, len(inputs.units))
        day, baseline = job.today.isoformat(), agreed.terms.agreed if agreed else None
        written.finish(Total(numbers, day, left_out, baseline, arguments.settings, share))
    if not (numbers.failures or share):
        tell_beside(beside)
    if share and (arguments.quiet or not all(target.path for target in outputs)):
        complain(f"fwlint: {share.words}")
    if arguments.quiet:
        if words := words_of(arguments.settings):
            complain(f"fwlint: {words}")
    elif all(target.path for target in outputs):
        complain(f"fwlint: {summed(numbers, baseline, arguments.settings, share)}")
    return status_of(numbers, arguments.fail_on)


def _with_rest(share: Share, beside: Sequence[str], agreed: Agreement | None, found: _Sum) -> Share:
    """The share with what is told of all inputs when all shares are there."""
    share = share._replace(beside=tuple(beside))
    if agreed is None:
        return share
    return share._replace(terms=agreed.terms, unneeded=agreed.unneeded(found.gone))


def _tell(agreed: Agreement, found: _Sum, written: Written, behind: int) -> Tally:
    """Has written what is told of the baseline itself, behind so many inputs; its numbers."""
    its = report_on(agreed.terms, agreed.unneeded(found.gone), found.numbers)
    if its:
        written.add_behind(behind, its)
    return numbers_of(its)


def _job(
    arguments: Namespace, inputs: Several, formats: Sequence[str], options: Sequence[Options]
) -> Job:
    if any(unit.kind == "site" for unit in inputs.units) and (
        arguments.format or arguments.ipv6 != "yes"
    ):
        raise UsageError("--format and --ipv6 are for exports; a site file says it itself")
    if all(unit.kind == "site" for unit in inputs.units):
        refuse_openings(arguments)
    # Who is told what an output leaves out is in this process.
    told = (each._replace(remark=Options().remark) for each in options)
    return Job(
        outputs=tuple(zip(formats, told, strict=True)),
        today=arguments.date or day_here(),
        select=tuple(arguments.select),
        ignore=tuple(arguments.ignore),
        has_waivers=not arguments.no_waivers,
        work_limit=arguments.work_limit,
        include=tuple(arguments.include_dir),
        format=arguments.format,
        has_ipv6=arguments.ipv6 == "yes",
        marked=tuple(arguments.marked),
        unmarked=tuple(arguments.unmarked),
        opens=arguments.openings == "yes",
    )


def _worked(
    arguments: Namespace, inputs: Several, places: Sequence[int], job: Job, written: Written
) -> _Sum:
    """Has the inputs at the places worked on, and what is said of them written in their order."""
    units = [inputs.units[place] for place in places]
    selection(job.select, job.ignore)
    numbers = NOTHING
    left_out: set[str] = set()
    read: set[str] = set()
    gone: set[int] = set()
    meter = Meter("checking", len(units), is_quiet=arguments.quiet)
    results = Results(arguments.cache)
    known = partial(results.known, job)
    with closing(_done(arguments, job, units, known, results.work)) as every:
        for place, done in zip(places, every, strict=True):
            meter.clear()
            for text in done.said:
                complain_in_lines(text)
            written.add(place, done.parts)
            numbers += done.numbers
            left_out.update(done.left_out)
            gone.update(done.gone)
            results.note(done)
            read.update(map(abspath, done.read))
            meter.tell(numbers.inputs)
    meter.clear()
    results.tell()
    return _Sum(numbers, frozenset(left_out), frozenset(read), frozenset(gone))


def _done(
    arguments: Namespace, job: Job, units: Sequence[Unit], known: Known, do: Work
) -> Generator[Done]:
    """What became of each input, whoever works on it."""
    if arguments.dask:
        from linter.commands.fleet.cluster import done_on_cluster

        return done_on_cluster(job, units, arguments.dask, arguments.jobs, known=known, do=do)
    workers = workers_for(arguments.jobs, units)
    return done_in_order(job, units, workers, known=known, do=do)


def tell_beside(beside: Sequence[str]) -> None:
    """Names the exports in the folders of sites that no site names: nobody has checked them."""
    for path in beside:
        complain(f"{path}: no site file names it; passed over")
