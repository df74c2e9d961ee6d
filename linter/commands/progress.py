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
    if is_quiet or not _is_watched():
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


class Meter:
    """How far the work on many things is: how many are done, at which rate, and the time left."""

    def __init__(self, what: str, number: int, *, is_quiet: bool = False) -> None:
        self._what = what
        self._number = number
        self._is_shown = not is_quiet and number > 1 and _is_watched()
        self._began = monotonic()
        self._next = self._began + _FIRST
        self._line = ""

    def tell(self, done: int) -> None:
        """Show it, twice a second at most; what was shown stays until `clear`."""
        now = monotonic()
        if not self._is_shown or done >= self._number:
            return
        if now >= self._next:
            self._next = now + _EACH
            self._line = self._words(done, now - self._began)
        if self._line:
            show_line(self._line)

    def clear(self) -> None:
        """Take it away, so that something else can be written."""
        if self._line:
            show_line("")

    def _words(self, done: int, seconds: float) -> str:
        rate = done / seconds
        left = _in_words((self._number - done) / rate)
        much = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
        return f"fwlint: {self._what} … {done:,} of {self._number:,}, {much} a second, {left} left"


def _in_words(seconds: float) -> str:
    """`45 s`, `3 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _is_watched() -> bool:
    """Whether standard error is a terminal that can erase a line."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _tell(what: str, over: "Event") -> None:
    began, wait = monotonic(), _FIRST
    while not over.wait(wait):
        wait = _EACH
        show_line(f"fwlint: {what} … {monotonic() - began:.0f} s")
    if wait == _EACH:
        show_line("")
