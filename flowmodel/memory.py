"""How long Python's collector of garbage keeps away from what a part makes."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MANY: Final = 50_000
"""From how many new objects on it is worth while to keep the collector from looking at them."""


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
            # What somebody else has frozen stays so.
            if gc.get_count()[0] > _MANY and not gc.get_freeze_count():
                # All of it counts as old at once: else the collector's next run goes through it.
                # Garbage would too, in a process that reads thousands of small files.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
