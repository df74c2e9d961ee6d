"""Standard streams that are closed or full: what the exit status says is so all the same."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.linter.commands.fleet.samples import CLOSED, OPEN, write

_FULL = Path("/dev/full")
_OPEN, _CLEAN = ("check", "open.v4"), ("check", "clean.v4", "-q")
_MISSING, _NO_PARTS = ("check", "--each", "open.v4", "gone.v4", "-q"), ("merge", "gone.json")
_TO_FILE = ("check", "--each", "open.v4", "-o", "json:out.json")

pytestmark = pytest.mark.skipif(not _FULL.exists(), reason="needs /dev/full")


@pytest.mark.parametrize(
    ("arguments", "redirected", "status"),
    [
        # What is said there is lost, and the status is not.
        (_OPEN, "2>&-", 1),
        (_CLEAN, "2>&-", 0),
        (_MISSING, "2>&-", 2),
        (_NO_PARTS, "2>&-", 2),
        # What was asked for could not be written.
        (_OPEN, ">&-", 2),
        (_OPEN, ">/dev/full", 2),
        (_OPEN, ">&- 2>&-", 2),
        (_OPEN, "<&- >&- 2>&-", 2),
        (_OPEN, ">/dev/full 2>/dev/full", 2),
        (("--version",), ">&-", 2),
        (("--version",), ">/dev/full", 2),
        (("checks",), ">&-", 2),
        (("--help",), ">&-", 2),
        (("check", "--help"), ">/dev/full", 2),
        (("check", "--help"), ">&- 2>&-", 2),
        # Nothing is to be written there.
        (_CLEAN, ">&-", 0),
        (_CLEAN, ">/dev/full 2>/dev/full", 0),
        (_TO_FILE, ">&-", 1),
        (_TO_FILE, "<&- >&- 2>&-", 1),
        (_MISSING, ">&-", 2),
        (_MISSING, ">/dev/full 2>/dev/full", 2),
        (_NO_PARTS, ">&-", 2),
        (_NO_PARTS, "2>/dev/full", 2),
        # A person would have been told something beside.
        (_TO_FILE, "2>/dev/full", 2),
        (("check", "--help"), "2>&-", 0),
        (("nothing",), "2>/dev/full", 2),
        (_OPEN, "", 1),
    ],
)
def test_the_status_is_right_whatever_streams_are_there(
    arguments: tuple[str, ...], redirected: str, status: int, tmp_path: Path
) -> None:
    write(tmp_path, {"open.v4": OPEN, "clean.v4": CLOSED})

    done = _run(arguments, redirected, tmp_path)

    assert done.returncode == status
    assert "Traceback" not in done.stderr


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"open.v4": OPEN})

    assert _run(_OPEN, ">&-", tmp_path).stderr == "fwlint: output: Bad file descriptor\n"
    for arguments in (_OPEN, ("--version",), ("check", "--help")):
        full = _run(arguments, ">/dev/full", tmp_path)
        assert full.stderr == "fwlint: output: No space left on device\n"


def test_no_file_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    write(tmp_path, {"open.v4": OPEN})

    _run(_TO_FILE, "<&- >&- 2>&-", tmp_path)
    _run((*_TO_FILE[:-1], "json:other.json"), "", tmp_path)

    found = (tmp_path / "out.json").read_bytes()
    assert found == (tmp_path / "other.json").read_bytes()


def _run(
    arguments: tuple[str, ...], redirected: str, folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "fwlint", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        check=False,
    )
