"""What starting the program costs: `--version` is the floor under every run of a hook."""

import os
import subprocess
import sys

from tests import ROOT

_ROOT = ROOT
_LIBRARIES = {"lark", "netaddr", "numpy", "oxidd", "pyparsing", "sarif_om", "yaml"}
_STANDARD = {"argparse", "ast", "dataclasses", "enum", "inspect", "json", "re", "typing"}
_OWN = {"linter.commands", "flowmodel", "linter.checks", "parsers", "policies"}


def _loaded(*arguments: str) -> set[str]:
    program = "import sys; from linter.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    # -S: what a virtual environment's .pth files import is not the program's doing.
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, *arguments],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_version_imports_nothing() -> None:
    assert _loaded("--version") & (_LIBRARIES | _STANDARD | _OWN) == set()


def test_nothing_is_searched_for_garbage_when_the_command_is_done() -> None:
    program = (
        "import gc; from linter.__main__ import main; main(); "
        "from flowmodel.memory import SELDOM; print(gc.get_threshold()[0] == SELDOM)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, "--version"],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )

    assert done.stdout.splitlines()[-1] == "True"


def test_the_help_imports_no_library() -> None:
    assert _loaded("check", "--help") & _LIBRARIES == set()
    assert _loaded("explain", "FW101") & _LIBRARIES == set()
