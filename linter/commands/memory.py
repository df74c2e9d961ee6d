"""How seldom the collector of garbage looks through what a command has made and read."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SELDOM: Final = 50_000
"""How many new objects the collector waits for: some 5 MB. Python's own 700 are soon there."""


@contextmanager
def seldom_searched() -> Iterator[None]:
    """While the command runs, its objects are searched for garbage seldom.

    Modules, policies and sets are no garbage; looking through them is a tenth of a small check.
    """
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def set_aside() -> Iterator[None]:
    """While the command works with what it has read, nobody searches that for garbage.

    Rule sets are some hundred thousand objects without a circle among them; going through them each
    time costs a third of a run. Afterwards they are like all others, so that a process that runs
    many commands keeps nothing of them.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
