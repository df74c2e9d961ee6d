"""How seldom Python looks for garbage, and how memory is given back between many inputs."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

SELDOM: Final = 200_000
"""How many new objects the collector waits for: some 20 MB. Python's own 700 are soon there."""
_MMAP_THRESHOLD: Final = -3
"""The option M_MMAP_THRESHOLD of mallopt(3)."""
_LARGE: Final = 128 << 10
"""The bytes from which a block of memory has pages of its own, as glibc begins with."""


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


@contextmanager
def uncollected() -> Iterator[None]:
    """While rules are read or looked at, nobody searches what is made of them for garbage.

    There is none, and searching it costs a third of the time to read, a tenth of that to look.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            # Garbage would count as old too, in a process that reads thousands of small files.
            if gc.get_count()[0] > SELDOM:
                # All of it counts as old at once: else the collector's next run goes through it.
                is_set_aside = gc.get_freeze_count() > 0
                gc.freeze()
                # What somebody has set aside stays so, and this with it, until they take it back.
                if not is_set_aside:
                    gc.unfreeze()
            gc.enable()


def give_back() -> None:
    """Throws garbage away, and gives the memory that is free to the operating system."""
    gc.collect()
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    """The malloc_trim(3) of glibc; with another C library, nothing.

    Hard exports leave a process's memory in pieces. glibc gives these back when it is asked.
    A large block has pages of its own, which go when it does; but each one that is freed raises
    what counts as large, unless that is set.
    """
    from ctypes import CDLL

    try:
        library = CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        trim: Callable[[int], object] = library.malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda _: None
    return trim
