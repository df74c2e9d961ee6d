"""How long a case may take, and how much memory; without a system call for each of them."""

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

READING = 3
"""Seconds of processor time; what is read is small and takes milliseconds."""
ASKING = 8
"""The same where a question is asked too, which has a budget of its own: six seconds
(linter/engine/budget.py)."""
MEGABYTES = 200
EVERY = 25
"""How many cases there are between two looks at the memory."""


class TooSlow(BaseException):
    """The case takes more than its time; no part of the program is to catch it as an error."""


class TooLarge(BaseException):
    """The case takes so much memory that the machine would not last."""


class _Watch:
    """How often the timer has gone off in the case that is being read; None between two cases."""

    ticks: int | None = None
    most = READING
    megabytes = 2048

    def tick(self, _signal: int, _frame: FrameType | None) -> None:
        """Ends the case in which the timer has gone off often."""
        if self.ticks is not None:
            self.ticks += 1
            if self.ticks > self.most:
                self.ticks = None
                raise TooSlow
            # No limit of the system: packet sets reserve far more than they use.
            if peak() > self.megabytes:
                self.megabytes = 2 * peak()
                raise TooLarge


_WATCH = _Watch()


@contextmanager
def watching() -> Iterator[None]:
    """The time in which cases are read, with a timer: one, for setting it takes as long as reading.

    Signals come in the main thread only; in another nothing is ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What other tests of the process took before is none of the cases'.
    _WATCH.megabytes = max(_WATCH.megabytes, peak() + 2048)
    former = signal.signal(signal.SIGPROF, _WATCH.tick)
    signal.setitimer(signal.ITIMER_PROF, 1, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)


@contextmanager
def watched() -> Iterator[None]:
    """The time in which one case is read; TooSlow ends it where there is a timer."""
    _WATCH.ticks, _WATCH.most = 0, READING
    try:
        yield
    finally:
        _WATCH.ticks = None


def be_patient() -> None:
    """What follows in this case is a question."""
    _WATCH.most = ASKING


def peak() -> int:
    """The most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
