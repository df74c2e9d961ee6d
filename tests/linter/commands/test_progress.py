"""What a person who waits sees at a terminal, and that nobody else sees any of it."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    folder: Path, *arguments: str, first: float = 0.2, **environment: str
) -> tuple[str, str]:
    """Standard output, and what a terminal gets that is standard error."""
    (folder / "edge.rules").write_text(_RULES)
    near, far = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", _SLOW.format(first=first, seconds=1), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment},
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
    ("arguments", "first", "environment"),
    [
        (("check", "edge.rules"), 600.0, {}),
        (("check", "--quiet", "edge.rules"), 0.2, {}),
        (("check", "edge.rules"), 0.2, {"TERM": "dumb"}),
    ],
    ids=["a run that ends before", "--quiet", "a terminal that cannot erase"],
)
def test_nothing_is_said_where_it_would_disturb(
    arguments: tuple[str, ...], first: float, environment: dict[str, str], tmp_path: Path
) -> None:
    assert _at_a_terminal(tmp_path, *arguments, first=first, **environment)[1] == ""


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
