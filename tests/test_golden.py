"""Whole runs, as fixtures: no Python is needed to add one.

A case is a folder `fixtures/<format>/<case>/` with a file `command`: the arguments of fwlint, which
runs in that folder. `expected.txt` has what it writes and its exit status; `--update-golden` makes
it, and the diff is what a reviewer reads. A case that selects no checks runs those of pinned.py,
but in `defaults`: what is said there of the output of tools is judged in docs/quiet.md.
"""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from linter.cli import main
from tests import DEFAULTS, ROOT
from tests.pinned import pinned

_FIXTURES = ROOT / "fixtures"
_CASES = sorted(path.parent for path in _FIXTURES.glob("**/command"))


@pytest.mark.parametrize("case", _CASES, ids=lambda case: str(case.relative_to(_FIXTURES)))
def test_the_output_is_as_reviewed(
    case: Path,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(case)

    command = (case / "command").read_text(encoding="utf-8")
    arguments = shlex.split(command, comments=True)
    status = main(arguments if case.parent == DEFAULTS else pinned(arguments))

    captured = capsys.readouterr()
    errors = f"--- standard error\n{captured.err}" if captured.err else ""
    golden(case / "expected.txt", f"{captured.out}{errors}--- exit status {status}\n")
