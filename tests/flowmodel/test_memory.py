"""What is made on purpose is not searched for garbage, and free memory is given back."""

import gc
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from ctypes import CDLL

import pytest

from flowmodel.memory import SELDOM, set_aside, uncollected
from tests import ROOT

_MANY = 1_000
_BYTES = 100_000
_PROGRAM = f"""\
from pathlib import Path
from flowmodel.memory import give_back

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


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    if was_enabled:
        gc.enable()
    else:
        gc.disable()


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_as_it_was(*, is_enabled: bool) -> None:
    (gc.enable if is_enabled else gc.disable)()

    with uncollected():
        outer = gc.isenabled()
        with uncollected():
            pass
        inner = gc.isenabled()

    assert (outer, inner, gc.isenabled()) == (False, False, is_enabled)


def test_it_is_as_it_was_after_an_error() -> None:
    gc.enable()

    with pytest.raises(ValueError, match="of no interest"), uncollected():
        raise ValueError("of no interest")

    assert gc.isenabled()


@pytest.mark.parametrize("is_set_aside", [True, False])
def test_what_was_made_is_not_searched_next(*, is_set_aside: bool) -> None:
    made: list[list[int]] = []
    generations = 3

    with set_aside() if is_set_aside else nullcontext():
        with uncollected():
            made.extend([] for _ in range(2 * SELDOM))
        young = sum(len(gc.get_objects(each)) for each in range(generations - 1))
        is_frozen = gc.get_freeze_count() > len(made)

    assert young < SELDOM
    assert is_frozen == is_set_aside
    assert gc.get_freeze_count() == 0


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
