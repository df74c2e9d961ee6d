"""`fwlint check --fix`: findings with proved edits, and copies of the files with these edits."""

import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

from flowfiles.reach import Edited, Typed, Within
from flowfiles.writing import NotWrittenError, write_whole
from flowmodel.finding import Finding, Report
from flowmodel.fix import Edit
from flowmodel.memory import set_aside
from flowmodel.record import replace
from flowmodel.site import Site
from fwlint.errors import UsageError
from fwlint.loading import Loaded, read_device
from fwlint.selection import Selection
from linter.checks import catalogue
from linter.checks.evaluation import evaluate
from linter.checks.subject import Failure
from linter.commands.output import complain
from linter.commands.progress import progress
from linter.engine.site.attachment import attached
from linter.fixes.kept import Keeper
from linter.fixes.places import RuleSets
from linter.fixes.proving import Asked, Exports, Fixed, Prover
from linter.fixes.texts import rewritten

APPLY = "apply"
ROUNDS = 10
"""How often the work limit may be spent on fixes, all in all."""


def refuse(arguments: Namespace) -> None:
    """Raises UsageError where it is not clear what may be written, and where."""
    is_applied, folder = arguments.fix == APPLY, arguments.fix_to
    if is_applied and not folder:
        raise UsageError(
            "--fix=apply writes copies of the edited files: name a new folder with --fix-to DIR"
        )
    if folder and not is_applied:
        raise UsageError("--fix-to requires --fix=apply: --fix alone prints and writes nothing")
    if folder and os.path.lexists(folder):
        raise UsageError(f"--fix-to {folder}: it is there already, and nothing is written over")


class _Raw:
    """The files as they are, each read once: what is proved is what is written."""

    def __init__(self, reach: Typed | Within) -> None:
        self._reach = reach
        self._files = dict(reach.streams) if isinstance(reach, Typed) else {}

    def file(self, path: str) -> bytes:
        """The file; raises OSError, also for pipes, which cannot be read a second time."""
        if path not in self._files:
            if not Path(path).is_file():
                raise OSError(f"{path} is no regular file")
            with self._reach.open(path) as file:
                self._files[path] = file.read()
        return self._files[path]


def with_fixes(report: Report, arguments: Namespace, run: Loaded) -> Report:
    """The report with the fixes that are proved; with --fix=apply their files are written."""
    raw = _Raw(run.reach)
    with set_aside():
        accepted = tuple(each.finding for each in report.settled)
        prover = Prover(_asked(run, arguments, raw.file, accepted))
        fixed: dict[int, Fixed] = {}
        unfixed: dict[int, str] = {}
        with progress("looking for fixes", is_quiet=arguments.quiet):
            for each in report.findings:
                found = prover.fixed(each)
                if isinstance(found, str):
                    unfixed[id(each)] = found
                else:
                    fixed[id(each)] = found
        if prover.untried:
            complain(
                f"fwlint: no fix was looked for of {prover.untried} more findings: the time is up "
                "(a larger --work-limit gives more)"
            )
        if arguments.fix == APPLY:
            _apply(prover, list(fixed.values()), raw.file, arguments.fix_to)
    findings = (
        fixed[id(each)].finding if id(each) in fixed else replace(each, unfixed=unfixed[id(each)])
        for each in report.findings
    )
    return replace(report, findings=tuple(findings))


def _asked(
    run: Loaded, arguments: Namespace, raw: Callable[[str], bytes], accepted: tuple[Finding, ...]
) -> Asked:
    devices = {device.name: device for device in run.site.devices}
    ids = catalogue.IDS if run.kind != "exports" else catalogue.ALONE
    checks = {each for each in ids if Selection().asks(each)}

    def read(name: str, edits: Sequence[Edit]) -> RuleSets:
        contents = tuple(
            (path, rewritten(raw(path), [each for each in edits if each.path == path]))
            for path in dict.fromkeys(each.path for each in edits)
        )
        return read_device(
            devices[name], arguments.include_dir, Edited(run.reach, contents), run.place
        )

    def find(exports: Exports) -> list[Finding]:
        site, rulesets, failures = run.site, exports, tuple[Failure, ...]()
        if run.kind != "exports":
            site, rulesets, misplaced = attached(site, exports)
            failures = tuple(Failure(*each) for each in misplaced)
        site, limit = replace(site, waivers=()), arguments.work_limit
        outcome = evaluate(
            site, rulesets, failures, checks.__contains__, exports, limit, arguments.date
        )
        return [*outcome.findings, *outcome.failures]

    until = process_time() + ROUNDS * float(arguments.work_limit)
    keeper = Keeper(*_placed(run), run.rulesets, arguments.work_limit)
    seconds = arguments.work_limit
    return Asked(run.site, keeper, accepted, run.rulesets, read, find, seconds, until)


def _placed(run: Loaded) -> tuple[Site, Exports]:
    if run.kind == "exports":
        return run.site, run.rulesets
    site, rulesets, _ = attached(run.site, run.rulesets)
    return site, rulesets


def _apply(
    prover: Prover, fixed: Sequence[Fixed], raw: Callable[[str], bytes], folder: str
) -> None:
    chosen = prover.together(fixed)
    by_path: dict[str, list[Edit]] = {}
    for edit in dict.fromkeys(edit for each in chosen for edit in each.fix.edits):
        by_path.setdefault(edit.path, []).append(edit)
    copies = {path: rewritten(raw(path), edits) for path, edits in sorted(by_path.items())}
    names = {path: Path(path).name for path in copies}
    if len(set(names.values())) < len(names):
        raise UsageError("edited files in several folders have the same name: fix one at a time")
    if copies:
        Path(folder).mkdir()
    for path, data in copies.items():
        copy = str(Path(folder, names[path]))
        try:
            write_whole(copy, data)
        except NotWrittenError as refused:
            raise UsageError(f"{copy} is not written: {refused}") from None
        complain(f"fwlint: {copy} is {path} with fixes; load nothing that you have not read")
    complain(f"fwlint: {len(chosen)} of {len(fixed)} fixes are in the copies")
