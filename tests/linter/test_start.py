"""What starting the program costs: `--version` is the floor under every run of a hook."""

import os
import subprocess
import sys
from pathlib import Path

from tests import ROOT
from tests.bench.exports import SHAPES
from tests.bench.site import site

_ROOT = ROOT
_LIBRARIES = {"lark", "netaddr", "numpy", "oxidd", "pyparsing", "sarif_om", "yaml"}
_STANDARD = {"argparse", "ast", "dataclasses", "enum", "inspect", "json", "re", "typing"}
_OWN = {"linter.commands", "flowmodel", "linter.checks", "parsers", "policies"}
_UNNEEDED = {
    *("flowfiles.writing", "flowmodel.baseline"),
    *("parsers.iptables.match_set", "parsers.shared.grouping", "parsers.shared.order"),
    *("parsers.shared.sets", "parsers.shared.standing"),
    *("linter.checks.accepted", "linter.checks.goals", "linter.checks.open.rows"),
    *("linter.engine.sets.lines", "linter.fixes", "linter.drafts", "linter.report.full"),
    *("linter.report.share", "linter.report.style"),
    *("linter.commands.init.arguments", "linter.commands.policy_arguments"),
}
"""What a check of a site needs for what it does not have: baselines, sets, a table, an output."""
_MOST = 330
"""Own modules that such a check loads, and some more: each costs 0.15 ms, whatever is in it."""


def _loaded(*arguments: str, has_libraries: bool = False) -> set[str]:
    program = "import sys; from linter.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    # -S: what a virtual environment's .pth files import is not the program's doing.
    options = [] if has_libraries else ["-S"]
    done = subprocess.run(
        [sys.executable, *options, "-c", program, *arguments],
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


def test_a_small_check_loads_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "edge.rules").write_text(SHAPES["zones"](200), encoding="utf-8")
    path = tmp_path / "site.yaml"
    path.write_text(site("edge.rules"), encoding="utf-8")

    loaded = _loaded("check", "-q", "--no-config", str(path), has_libraries=True)

    assert loaded & _UNNEEDED == set()
    own = {"flowfiles", "flowmodel", "fwlint", "linter", "parsers", "policies"}
    assert 200 < sum(each.partition(".")[0] in own for each in loaded) < _MOST
