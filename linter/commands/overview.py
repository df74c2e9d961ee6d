"""`fwlint fleet`: what the reports on many inputs come to, and what became of them since."""

from argparse import Namespace
from importlib import import_module

from flowfiles.reach import TYPED
from flowmodel.finding import LEVELS
from fwlint.errors import UsageError
from linter.commands.fleet.arguments import FORMATS
from linter.commands.fleet.reading import read_run
from linter.commands.output import refuse_read, targets, write
from linter.commands.progress import reading
from linter.report.fleet.overview import Overview, overview

_RENDERERS = dict(zip(FORMATS, ("text", "data", "page"), strict=True))
_WORSE = ("new", "changed", "first_checked")


def run(arguments: Namespace) -> int:
    """Writes every output, and returns the exit status: 1 and 2 only where --fail-on-new asks."""
    if arguments.fail_on_new and not arguments.before:
        raise UsageError("--fail-on-new needs the run before (--before OLD)")
    outputs = targets(arguments.output, FORMATS, "text")
    reports = [*arguments.reports, *arguments.before]
    refuse_read(outputs, reports)
    with reading(reports):
        now = read_run(arguments.reports, TYPED)
        before = read_run(arguments.before, TYPED) if arguments.before else None
        it = overview(now, before)
    # Files first: standard output may be a pipe that closes early.
    for target in sorted(outputs, key=lambda each: not each.path):
        renderer = import_module(f"linter.report.fleet.{_RENDERERS[target.format]}")
        write(target, renderer.render(it))
    return _status(it, arguments.fail_on_new) if arguments.fail_on_new else 0


def _status(it: Overview, level: str) -> int:
    if it.failed:
        return 2
    worst = (
        LEVELS.index(each.level)
        for change in it.changes
        if change.name in _WORSE
        for each in change.findings
    )
    return int(max(worst, default=-1) >= LEVELS.index(level))
