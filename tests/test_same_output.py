"""Two runs print the same, whatever order Python gives to sets of texts in each of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

_EXPORTS = sorted(ROOT.glob("fixtures/defaults/docker-*/*"))
_SITES = sorted(ROOT.glob("fixtures/demo/site*.yaml"))
_INPUTS = [path for path in (*_EXPORTS, *_SITES) if path.suffix in (".nft", ".v4", ".yaml")]


def _output(path: Path, seed: int) -> str:
    env = {**os.environ, "PYTHONHASHSEED": str(seed)}
    command = [sys.executable, "-m", "linter", "check", str(path), "-o", "json"]
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    return run.stdout


@pytest.mark.parametrize("path", _INPUTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_order_of_sets_is_not_seen(path: Path) -> None:
    assert len({_output(path, seed) for seed in (0, 1, 2)}) == 1
