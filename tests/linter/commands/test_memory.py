"""Memory that is free goes back to the operating system."""

import resource
import subprocess
import sys
from ctypes import CDLL

import pytest

from tests import ROOT

_MANY = 1_000
_BYTES = 100_000
_PROGRAM = f"""\
from pathlib import Path
from linter.commands.memory import give_back

def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

give_back()
print(pages())
blocks = [b"x" * {_BYTES} for _ in range({_MANY})]
pins = [b"x" * 2_000 for _ in range(10)]
print(pages())
blocks.clear()
give_back()
print(pages())
"""


def _has_trim() -> bool:
    return sys.platform == "linux" and hasattr(CDLL(None), "malloc_trim")


@pytest.mark.skipif(not _has_trim(), reason="the C library has no malloc_trim")
def test_what_is_free_below_a_block_in_use_is_given_back() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )

    before, full, after = (int(line) * resource.getpagesize() for line in run.stdout.split())
    assert full - before > 0.9 * _MANY * _BYTES
    assert after - before < 0.1 * _MANY * _BYTES
