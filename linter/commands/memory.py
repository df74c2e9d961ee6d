"""What the collector of garbage need not look through while a command runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
