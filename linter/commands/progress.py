"""What is being done, for a person who waits at a terminal: on standard error, after a second."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final

from flowfiles.reach import STANDARD_INPUT
from linter.commands.output import show_line

if TYPE_CHECKING:
    from threading import Event

_FIRST: Final = 1.0
_EACH: Final = 0.5


@contextmanager
def progress(what: str, *, is_quiet: bool = False) -> Iterator[None]:
    """While it lasts, a line says what is done and for how long; nothing of it stays.

    There is none where standard error is a file or a pipe, or a terminal that cannot erase.
    """
    if is_quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    from threading import Event, Thread

    over = Event()
    teller = Thread(target=_tell, args=(what, over), daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


@contextmanager
def reading(paths: Sequence[str], *, is_quiet: bool = False) -> Iterator[None]:
    """The same while files are read; whoever types one is not disturbed."""
    with progress("reading", is_quiet=is_quiet or STANDARD_INPUT in paths):
        yield


def _tell(what: str, over: "Event") -> None:
    began, wait = monotonic(), _FIRST
    while not over.wait(wait):
        wait = _EACH
        show_line(f"fwlint: {what} … {monotonic() - began:.0f} s")
    if wait == _EACH:
        show_line("")
