"""`fwlint check`: reads a site and its exports, runs the checks, writes the report."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

from flowfiles.reach import TYPED, Typed, Within, tree_of
from flowmodel.finding import LEVELS, Report
from flowmodel.memory import set_aside
from flowmodel.record import replace
from flowmodel.site import Site
from flowmodel.source import InputError, InputErrors
from fwlint.checking import checked
from fwlint.errors import UsageError
from fwlint.loading import (
    Loaded,
    given,
    load_site,
    loaded,
    machine,
    read_once,
    refuse_nothing,
    site_of,
)
from fwlint.selection import Selection, selection
from linter.checks.evaluation import unread
from linter.checks.subject import Failure
from linter.commands.config import with_marks
from linter.commands.output import (
    FAULT,
    Target,
    complain,
    complain_in_lines,
    complain_of,
    folders,
    refuse_read,
    targets,
    write,
)
from linter.commands.progress import progress, reading
from linter.report import TELL_OPENINGS, Options, render
from linter.report.summary import settings_words, summary
from linter.report.tally import Tally, tally
from parsers.shared.reading import start_of

if TYPE_CHECKING:
    from flowmodel.baseline import Baseline, Entry
    from linter.commands.fleet.inputs import Several

_DEFAULT_SITE = "site.yaml"
_MANY = "several sites, or --each without --fix"
_OF_A_ROLE = ("option", "parameter", "bind", "address", "interface")


def run(arguments: Namespace) -> int:
    """Checks, writes every output, and returns the exit status."""
    outputs = arguments.outputs or targets(arguments.output)
    refuse_read(outputs, named_files(arguments))
    if arguments.fix or arguments.fix_to:
        from linter.commands.fixing import refuse

        refuse(arguments)
    inputs = _several(arguments)
    if inputs is not None:
        from linter.commands.fleet.run import run as run_many

        return run_many(arguments, inputs, outputs)
    shown = selection(arguments.select, arguments.ignore)
    opens = _tells_openings(arguments, outputs)
    made = replace(report_on(arguments, shown, opens=opens), settings=arguments.settings)
    refuse_read(outputs, _read_of(made))
    _write(made, outputs, arguments)
    return status(made, arguments.fail_on)


def named_files(arguments: Namespace) -> Iterable[str]:
    """The files that the arguments and the settings name, whatever is in them."""
    settings = arguments.settings.path if arguments.settings else ""
    others = arguments.site, arguments.baseline, arguments.config, settings
    return (*arguments.paths, *filter(None, others))


def _read_of(report: Report) -> Iterable[str]:
    """The files that a report is about, also those that are broken."""
    named = (path for device in report.site.devices for path in device.exports)
    return (*report.sources, *named, *(each.span.path for each in report.failures))


def _tells_openings(arguments: Namespace, outputs: Sequence[Target]) -> bool:
    """Whether all that is open is to be told: where an output has a place for it."""
    formats = {each.format for each in outputs if each.path or not arguments.quiet}
    is_wanted = arguments.openings == "yes" or not (arguments.openings or arguments.each)
    return is_wanted and not TELL_OPENINGS.isdisjoint(formats)


def _several(arguments: Namespace) -> "Several | None":
    """The inputs, where there are many; None for one, which needs nothing of what many need."""
    found = _inputs(arguments)
    for name in ("dask", "cache", "shard"):
        if found is not None or not getattr(arguments, name):
            continue
        raise UsageError(f"--{name} is for many inputs: {_MANY}")
    if found is not None:
        _refuse_options(arguments, _OF_A_ROLE)
        _refuse_for_many(arguments)
    return found


def _inputs(arguments: Namespace) -> "Several | None":
    many = arguments.each or len(arguments.paths) > 1 or any(map(os.path.isdir, arguments.paths))
    if not many or arguments.policy or arguments.role:
        return None
    if arguments.each and arguments.fix:
        # It is about all of them together: one folder of edited files.
        return None
    from linter.commands.fleet.inputs import several

    if arguments.each:
        _refuse_role(arguments)
    return several(arguments, Typed(folders(arguments.allow_outside)), arguments.cache)


def _refuse_for_many(arguments: Namespace) -> None:
    if arguments.fix:
        raise UsageError("--fix is for one site, or for exports with --each")
    if _has_baseline(arguments) and not arguments.each:
        raise UsageError(
            "a baseline is of one site, or of exports with --each; --no-baseline checks without it"
        )


def report_on(arguments: Namespace, shown: Selection, *, opens: bool) -> Report:
    """The report on what the arguments name, with a line for each error on standard error.

    `opens`: whether it is to tell all that is open, of exports by themselves.

    Raises UsageError, and InputError where the baseline cannot be read.
    """
    baseline = baseline_of(arguments)
    try:
        with reading(arguments.paths, is_quiet=arguments.quiet):
            read = _loaded(arguments)
    except (InputError, InputErrors) as raised:
        errors = raised.errors if isinstance(raised, InputErrors) else (raised,)
        complain_of(errors)
        return Report((), failures=tuple(unread(map(Failure, errors))))
    read = replace(read, site=with_marks(read.site, arguments))
    if baseline is not None:
        from linter.commands.baseline_file import refuse_another

        refuse_another(baseline, read.site, arguments)
        if arguments.each:
            entries = concerned_by(arguments, _names(read), baseline)
            baseline = replace(baseline, entries=entries)
    if read.kind != "exports":
        refuse_nothing(read)
    limit = arguments.work_limit
    with set_aside(), progress("checking", is_quiet=arguments.quiet):
        made, failed, _ = checked(
            read,
            shown,
            waivers=not arguments.no_waivers,
            work_limit=limit,
            baseline=baseline,
            opens=opens,
        )
    complain_of_failures(failed)
    if not arguments.fix:
        return made
    from linter.commands.fixing import with_fixes

    return with_fixes(made, arguments, read)


def _loaded(arguments: Namespace) -> Loaded:
    """What the arguments name, with what cannot be read of its exports; raises InputError(s)."""
    reach = Typed(folders(arguments.allow_outside))
    include, today = arguments.include_dir, arguments.date
    if arguments.each:
        return loaded(
            arguments.paths, "exports", _many(arguments, reach), reach, include, today=today
        )
    if arguments.policy or arguments.role:
        refuse_openings(arguments)
        site = _machine(arguments)
        return loaded(arguments.paths, "machine", site, reach, include, today=today)
    if arguments.paths:
        is_exports, reach = given(arguments.paths, reach)
        if is_exports:
            _refuse_options(arguments, _OF_A_ROLE)
            site = site_of(arguments.paths, arguments.format, has_ipv6=arguments.ipv6 == "yes")
            return loaded(arguments.paths, "exports", site, reach, include, today=today)
    _refuse_options(arguments, _OF_A_ROLE)
    if arguments.format or arguments.ipv6 != "yes":
        raise UsageError("--format and --ipv6 are for exports; a site file says it itself")
    refuse_openings(arguments)
    if arguments.paths:
        return load_site(arguments.paths[0], reach, include, today)
    named = arguments.site or _DEFAULT_SITE
    if not Path(named).exists():
        raise UsageError(
            f"nothing to check: there is no {_DEFAULT_SITE} here; name a site file, or exports"
        )
    # Nobody has typed the name: what this tree has of it may not be a link to elsewhere.
    within = Within((arguments.tree or tree_of(_DEFAULT_SITE), *reach.allowed))
    return load_site(named, within, include, today)


def refuse_openings(arguments: Namespace) -> None:
    """Raises UsageError where no exports by themselves are checked: sites have no such table."""
    if arguments.openings == "yes":
        raise UsageError("--openings yes is for exports by themselves")


def baseline_of(arguments: Namespace) -> "Baseline | None":
    """The baseline that the arguments or the settings name, if any; raises InputError."""
    if not _has_baseline(arguments):
        return None
    from linter.commands.baseline_file import read_baseline

    return read_baseline(arguments.baseline, arguments.reach_of_baseline or TYPED)


def concerned_by(
    arguments: Namespace, names: AbstractSet[str], baseline: "Baseline"
) -> "tuple[Entry, ...]":
    """The entries of a baseline of many devices that are of these, or of the folders named."""
    from linter.commands.fleet.portions import concerned

    return concerned(baseline, names, filter(os.path.isdir, arguments.paths))


def _names(read: Loaded) -> frozenset[str]:
    """The devices, and the machines of those that are accounts."""
    machines = (f"{device}/{each.place}" for device, its in read.rulesets.items() for each in its)
    return frozenset((*machines, *(each.name for each in read.site.devices)))


def _has_baseline(arguments: Namespace) -> bool:
    return bool(arguments.baseline) and not arguments.no_baseline


def _many(arguments: Namespace, reach: Typed) -> Site:
    """The site of many devices, each by itself; raises InputErrors for what may not be read."""
    from linter.commands.fleet.inputs import exports_of, several

    _refuse_role(arguments)
    found = several(arguments, reach)
    assert found is not None, "--each is asked for"
    for line in found.passed_over:
        complain(line)
    # The devices are read in one reach, which is wider than that of what a folder holds.
    refused = [
        InputError(refusal, start_of(path))
        for unit in found.units
        for path in unit.paths
        if (refusal := unit.reach.refusal(path))
    ]
    if refused:
        raise InputErrors(tuple(refused))
    return exports_of(found.units, arguments.format, has_ipv6=arguments.ipv6 == "yes")


def _refuse_role(arguments: Namespace) -> None:
    """Raises UsageError for what says what a machine is: of many devices nobody says it."""
    if arguments.policy or arguments.role:
        raise UsageError("--each checks exports by themselves, without --policy and --role")
    _refuse_options(arguments, _OF_A_ROLE)


def _refuse_options(arguments: Namespace, names: Sequence[str]) -> None:
    """Raises UsageError for options about the role of a machine, where none is given."""
    if any(getattr(arguments, name) for name in names):
        listed = ", ".join(f"--{name}" for name in names)
        raise UsageError(f"{listed} require --policy and --role")


def complain_of_failures(failed: Iterable[Failure]) -> None:
    """Says on standard error what could not be evaluated, and where the program itself failed."""
    for failure in failed:
        if failure.traceback:
            complain_in_lines(failure.traceback.rstrip())
        complain_of((failure.error,))
        if failure.traceback:
            complain(FAULT)


def _machine(arguments: Namespace) -> Site:
    """The site of one machine."""
    if not (arguments.policy and arguments.role and arguments.paths):
        raise UsageError("use --policy and --role together, with at least one export")
    read_once([*arguments.paths, arguments.policy])
    _check_pairs(arguments)
    return machine(
        arguments.policy,
        arguments.role,
        arguments.paths,
        options=arguments.option,
        parameters=arguments.parameter,
        bind_names=arguments.bind,
        addresses=arguments.address,
        interfaces=arguments.interface,
        has_ipv6=arguments.ipv6 == "yes",
        format_name=arguments.format,
    )


def _check_pairs(arguments: Namespace) -> None:
    """Raises UsageError for what is no pair, and for an answer that another one would replace."""
    for option, adds_up in (
        ("option", False),
        ("parameter", False),
        ("bind", True),
        ("interface", True),
    ):
        names: list[str] = []
        for pair in getattr(arguments, option):
            name, equals, value = pair.partition("=")
            if not (name and equals and value):
                raise UsageError(f"--{option} {pair}: expected NAME=VALUE")
            if name in names and not adds_up:
                raise UsageError(f"--{option} {name} is given twice; it can have one value only")
            names.append(name)


def status(report: Report, threshold: str) -> int:
    """2 if an input could not be evaluated, 1 if a finding reaches the threshold, else 0."""
    return status_of(tally(report), threshold)


def status_of(numbers: Tally, threshold: str) -> int:
    """The same of the numbers that reports come to."""
    if numbers.failures:
        return 2
    failing = LEVELS[LEVELS.index(threshold) :] if threshold in LEVELS else ()
    return int(any(numbers.counts[level] for level in failing))


def _write(report: Report, outputs: Sequence[Target], arguments: Namespace) -> None:
    # Files first: standard output may be a pipe that closes early.
    for target in sorted(outputs, key=lambda target: not target.path):
        if target.path or not arguments.quiet:
            write(target, render(target.format, report, options_of(arguments, target.path)))
    if arguments.quiet:
        if settings_words(report):
            complain(f"fwlint: {settings_words(report)}")
    elif all(target.path for target in outputs):
        complain(f"fwlint: {summary(report)}")


def options_of(arguments: Namespace, path: str) -> Options:
    """What the user says about an output that goes to a path, or to standard output."""
    from linter.report.style import wants_color

    is_terminal = sys.stdout.isatty()
    return Options(
        color=not path and wants_color(arguments.color, os.environ, is_terminal=is_terminal),
        trace=arguments.trace,
        include_waived=arguments.sarif_include_waived,
        category=arguments.sarif_category,
        directory=str(Path.cwd()),
        fail_on=arguments.fail_on,
        remark=lambda text: complain(f"fwlint check: {text}"),
    )
