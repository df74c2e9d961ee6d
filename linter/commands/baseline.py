"""`fwlint baseline`: writes what is found today, so that a check reports what is new."""

import os
from argparse import Namespace
from collections.abc import Sequence
from datetime import timedelta

from flowfiles.reach import TYPED, Reach
from flowmodel.baseline import Baseline, Entry, name_of
from flowmodel.finding import Finding, Report
from flowmodel.source import InputError
from fwlint.errors import UsageError
from fwlint.selection import selection
from linter.checks import catalogue
from linter.checks.accepted import is_comparable, split
from linter.checks.subject import day_here
from linter.commands.baseline_arguments import DAYS
from linter.commands.baseline_file import exports_of, read_baseline, refuse_another, text_of
from linter.commands.check import concerned_by, report_on
from linter.commands.output import Target, complain, say, write


def run(arguments: Namespace) -> int:
    """Writes the baseline, and returns the exit status: 2 where not all could be evaluated."""
    path, reach, tree = _target(arguments)
    today = arguments.date or day_here()
    expires = arguments.expires or today + timedelta(days=DAYS)
    if expires < today:
        raise UsageError(f"--expires {expires} is past: such a baseline accepts nothing")
    before = _before(path, reach)
    if arguments.prune and before is None:
        raise UsageError(f"--prune: there is no baseline {path}")
    if arguments.prune and arguments.expires:
        raise UsageError("--prune accepts nothing new, and so keeps the last day of the baseline")
    # The old one must not hide what the new one is to accept.
    asked = Namespace(**{**vars(arguments), "baseline": "", "openings": ""})
    report = report_on(asked, selection(arguments.select, arguments.ignore), opens=False)
    if report.failures:
        complain("fwlint: no baseline is written: not everything could be evaluated")
        return 2
    if before is not None:
        refuse_another(before, report.site, arguments)
    found = [each for each in report.findings if not catalogue.load(each.check).is_last]
    if before is not None and arguments.prune:
        target = Target("baseline", path, tree)
        return _prune(before, found, report, arguments, target)
    accepted = [each for each in found if is_comparable(each)]
    exports = exports_of(report.site, path, arguments)
    text = text_of(report.site.name, exports, today, expires, accepted)
    write(Target("baseline", path, tree), text)
    new = f" ({_compared(before, accepted)})" if before else ""
    say(f"{path} accepts {_counted(len(accepted))} until {expires}{new}.")
    if arguments.settings and arguments.settings.words:
        complain(f"fwlint: settings in {arguments.settings.path}: {arguments.settings.words}")
    if len(accepted) < len(found):
        _say_left_out(found, len(found) - len(accepted))
    return 0


def _target(arguments: Namespace) -> tuple[str, Reach, str]:
    """Where the baseline is written, in what reach an older one is read, and within which tree."""
    if arguments.file:
        return arguments.file, TYPED, ""
    if arguments.baseline:
        return arguments.baseline, arguments.reach_of_baseline, arguments.reach_of_baseline.trees[0]
    raise UsageError("name the file to write: -o FILE, or `baseline` in fwlint.toml")


def _before(path: str, reach: Reach) -> Baseline | None:
    """The baseline that is replaced; raises InputError for a file that is anything else."""
    if not os.path.lexists(path):
        return None
    try:
        return read_baseline(path, reach)
    except InputError as wrong:
        message = f"{wrong.message}; it is not replaced"
        raise InputError(message, wrong.span, wrong.text) from None


def _prune(
    before: Baseline,
    found: Sequence[Finding],
    report: Report,
    arguments: Namespace,
    target: Target,
) -> int:
    shown = selection(arguments.select, arguments.ignore)
    waived = [each.finding for each in report.waived]
    told = split(before, found, waived, shown.asks, before.made)
    gone = {id(each) for each in told.gone}
    if arguments.each:
        # Who names some files of many says nothing of the others.
        names = {each.name for each in report.site.devices}
        gone &= {id(each) for each in concerned_by(arguments, names, before)}
    now = {id(entry): finding for entry, finding in told.used}
    kept: list[Entry | Finding] = [
        now.get(id(each), each) for each in before.entries if id(each) not in gone
    ]
    write(target, text_of(before.site, before.exports, before.made, before.expires, kept))
    left = f"{_counted(len(kept))} until {before.expires}"
    say(f"{target.path} accepts {left}; {len(gone)} no longer there.")
    return 0


def _compared(before: Baseline, accepted: Sequence[Finding]) -> str:
    old, new = {each.name for each in before.entries}, {name_of(each) for each in accepted}
    told = split(before, accepted, (), lambda _: True, before.made)
    worse = sum(name_of(each) in old for each in told.kept)
    return f"{len(new - old)} new, {worse} worse than before, {len(old - new)} no longer there"


def _say_left_out(found: Sequence[Finding], count: int) -> None:
    first = next(each for each in found if not is_comparable(each))
    complain(
        f"fwlint: {_counted(count)} {'is' if count == 1 else 'are'} not accepted, such as "
        f"{first.check} at {first.span}: nobody could tell if it became worse; mend it, or waive "
        "it in the site file"
    )


def _counted(number: int) -> str:
    return f"{number} finding" if number == 1 else f"{number} findings"
