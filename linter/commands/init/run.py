"""Runs `fwlint init`: reads, asks, tries what it has, writes."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from flowfiles.reach import Typed
from fwlint.errors import UsageError
from linter.commands.init.answers import answers, chosen
from linter.commands.init.exports import Named, read_all
from linter.commands.init.trial import Trial, tried
from linter.commands.output import Target, complain, folders, refuse_read, say, write
from linter.drafts.draft import drafted
from linter.drafts.model import Draft
from linter.report.draft.text import Around, render
from policies.loader import PRODUCTS

_STANDARD_OUTPUT = "-"
_USUAL = "site.yaml"


def run(arguments: Namespace) -> int:
    """Writes a site file for the exports; returns the exit status."""
    is_shown = arguments.output == _STANDARD_OUTPUT
    target = _USUAL if is_shown else arguments.output
    if not is_shown:
        _refuse(target, is_forced=arguments.force)
    allowed = folders(arguments.allow_outside)
    named = Named(target, allowed)
    is_asked = sys.stdin.isatty() and not arguments.no_input
    reads, paths = read_all(arguments, Typed(allowed), named)
    own = [path for path in arguments.policy if path not in PRODUCTS]
    written = Target("site", "" if is_shown else target)
    refuse_read((written,), (*paths, *own))
    used = chosen(arguments.policy, is_asked=is_asked)
    said = answers(arguments, reads, used, is_asked=is_asked)
    draft = drafted(_name(target), reads, said)
    outside = named.outside((*paths, *own))
    around = Around(target, used, tuple(map(named.name, own)), outside=outside)
    text, trial = _with_trial(draft, around, Named(target, outside), arguments)
    write(written, text)
    _tell(draft, around, trial, complain if is_shown else say)
    return 0


def _refuse(path: str, *, is_forced: bool) -> None:
    """Raises UsageError before any work where the file cannot be written anyhow."""
    folder = os.path.dirname(path) or "."  # noqa: PTH120
    if not os.path.isdir(folder):  # noqa: PTH112
        raise UsageError(f"{path} is not written: there is no folder {folder}")
    if os.path.lexists(path) and not is_forced:
        raise UsageError(f"{path} is not written: it exists; --force replaces it")


def _name(target: str) -> str:
    """What the site is called: after its file, or after the folder of a usual name."""
    path = Path(os.path.abspath(target))  # noqa: PTH100
    return path.stem if path.name != _USUAL else path.parent.name or path.stem


def _with_trial(
    draft: Draft, around: Around, named: Named, arguments: Namespace
) -> tuple[str, Trial]:
    """The text with what `fwlint check` says of it."""
    text = render(draft, around)
    trial = tried(text, named, arguments.include_dir, arguments.work_limit)
    around = around._replace(notes=trial.notes, missing=trial.missing)
    return render(draft, around), trial


def _tell(draft: Draft, around: Around, trial: Trial, tell: Callable[[str], None]) -> None:
    doubtful = sum(bool(each.doubts) for each in draft.allowed)
    counts = [
        _count(len(draft.devices), "device"),
        _count(len(draft.networks), "network"),
        _count(len(draft.allowed), "opening"),
    ]
    look = f", {doubtful} of them commented out" if doubtful else ""
    tell(f"{around.path}: {', '.join(counts)} to review{look}")
    command = " ".join(("fwlint check", around.path, *_options(around.outside)))
    warned = f", with {_count(trial.warnings, 'warning')}" if trial.warnings else ""
    incomplete = "2: see MISSING in it" if trial.failures else "2: see its first lines"
    status = (f"0{warned}", "1: see its first lines", incomplete)
    tell(f"next: review it, then run `{command}` (exit status now {status[trial.status]})")


def _options(outside: Sequence[str]) -> list[str]:
    return [f"--allow-outside {folder}" for folder in outside]


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
