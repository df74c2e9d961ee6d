"""What a person who waits sees at a terminal, and that nobody else sees any of it."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from linter.commands.progress import Meter
from tests import ROOT

_RULES = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
# The wait is made as short as a test is patient, and the check as long as the test says.
_SLOW = """\
import sys, time
from linter.commands import progress
import fwlint.checking as checking

progress._FIRST, progress._EACH = {first}, 0.1
before = checking.evaluate

def slow(*told, **named):
    time.sleep({seconds})
    return before(*told, **named)

checking.evaluate = slow
from linter.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _at_a_terminal(
    folder: Path, *arguments: str, first: float = 0.2, seconds: float = 1, term: str = "xterm"
) -> tuple[str, str]:
    """Standard output, and what a terminal gets that is standard error."""
    (folder / "edge.rules").write_text(_RULES)
    near, far = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", _SLOW.format(first=first, seconds=seconds), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": term},
        stdout=subprocess.PIPE,
        stderr=far,
        check=False,
    )
    os.close(far)
    shown = b""
    try:
        while part := os.read(near, 4096):
            shown += part
    except OSError:
        # Linux says so where nobody has the other end any more.
        pass
    os.close(near)
    return done.stdout.decode(), shown.decode()


def test_what_takes_long_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    output, shown = _at_a_terminal(tmp_path, "check", "edge.rules")

    assert "\nFound 2 warnings" in output
    assert "checking" not in output
    line = r"\r\x1b\[K(?:fwlint: (?:reading|checking) … \d+ s)?"
    assert re.fullmatch(rf"(?:{line})+", shown)
    assert "fwlint: checking … 0 s" in shown
    assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("arguments", "first", "term"),
    [
        (("check", "edge.rules"), 600.0, "xterm"),
        (("check", "--quiet", "edge.rules"), 0.2, "xterm"),
        (("check", "edge.rules"), 0.2, "dumb"),
    ],
    ids=["a run that ends before", "--quiet", "a terminal that cannot erase"],
)
def test_nothing_is_said_where_it_would_disturb(
    arguments: tuple[str, ...], first: float, term: str, tmp_path: Path
) -> None:
    assert _at_a_terminal(tmp_path, *arguments, first=first, term=term)[1] == ""


def test_nothing_is_said_to_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "edge.rules").write_text(_RULES)
    done = subprocess.run(
        [sys.executable, "-c", _SLOW.format(first=0.2, seconds=1), "check", "edge.rules"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )

    assert done.stderr == b""


def test_an_error_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "fwlint: site/1\nnetworks: {dmz: 192.0.2.0/28}\ndevices:\n"
        "  a: {config: edge.rules, interfaces: {eth0: internet, eth1: dmz}}\n"
        "  b: {config: b.rules, interfaces: {eth0: internet, eth1: dmz}}\n"
    )
    _, shown = _at_a_terminal(tmp_path, "check")

    said = "\r\x1b[Ksite.yaml:5:15: `b.rules` cannot be read: No such file or directory\r\n"
    assert said in shown


def test_of_many_inputs_it_says_how_many_are_done_and_the_time_left(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.rules").write_text(_RULES)
    output, shown = _at_a_terminal(tmp_path, "check", "--each", ".", "-o", "concise", seconds=0.1)

    assert " in 13 exports, " in output
    line = r"\r\x1b\[K(?:fwlint: checking … \d+ of 13, [\d.]+ a second, \d+ s left)?"
    assert re.fullmatch(rf"(?:{line})+", shown)
    assert " of 13, " in shown
    assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("done", "seconds", "expected"),
    [
        (500, 10.0, "fwlint: checking … 500 of 10,000, 50 a second, 3 min left"),
        (9_900, 100.0, "fwlint: checking … 9,900 of 10,000, 99 a second, 1 s left"),
        (1, 2.0, "fwlint: checking … 1 of 10,000, 0.5 a second, 5 h 33 min left"),
    ],
)
def test_the_time_left_is_in_words_of_a_size(done: int, seconds: float, expected: str) -> None:
    assert Meter("checking", 10_000)._words(done, seconds) == expected
