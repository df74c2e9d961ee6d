"""How much work a question may take before it counts as not decided.

Rule sets can be written so that answering takes for ever: chains that call each other twice, marks
that multiply, ranges that cut each other into pieces. Steps say little about that, because one step
over large sets takes as long as a million over small ones; so work is counted in processor time. An
answer that would be one with more time is then "not decided", which is never wrong.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, process_time
from typing import Final

SECONDS: Final = 7.0
"""The processor time for the questions of one run, whatever the rules are."""
SECONDS_A_MEGABYTE: Final = 15.0
"""What each million characters of exports add to that, beyond the first million."""
LEAST: Final = 0.3
"""What each question gets as long as others have not used up all that there was."""
SHORTEST: Final = 0.03
"""What it gets after they have used all of it: easy ones are answered all the same."""
_AFTER: Final = 0.5
"""How much more there is, in which questions get the shortest; the next ones get none."""
_EVERY: Final = 16
"""How many steps there are between two looks at the clock."""


def seconds_for(length: int, seconds: float = SECONDS) -> float:
    """The processor time for exports of so many characters, if `seconds` are for a million."""
    return seconds + SECONDS_A_MEGABYTE * max(0, length - 1_000_000) / 1e6


class TooComplexError(Exception):
    """The question needs more work, or more diagram nodes, than the stated limit."""


def without_sets(error: Exception) -> Exception:
    """The error, to be kept: where it is an answer, without the frames that it came through.

    These hold all packet sets of the question, which are hundreds of megabytes. What tells of a
    fault of the program keeps its frames.
    """
    return error.with_traceback(None) if isinstance(error, TooComplexError) else error


class Budget:
    """The processor time that is left, of which each question may use up to a half.

    Whatever is asked, all questions together take little more than that.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._used = 0.0
        self._started = process_time()
        self._begun = monotonic()
        self._allowed = seconds
        self._steps = 0
        self._is_asked = False

    @contextmanager
    def question(self) -> Iterator[None]:
        """What belongs to one question; one within another belongs to that.

        It may use a half of what is left, or a little at least. Raises TooComplexError where
        others have used up that too.
        """
        if self._is_asked:
            yield
            return
        self._allowed = self._share()
        self._started = process_time()
        self._begun = monotonic()
        self._is_asked = True
        try:
            yield
        finally:
            self._is_asked = False
            self._used += process_time() - self._started

    def _share(self) -> float:
        if self._used < self._seconds:
            return max(LEAST, (self._seconds - self._used) / 2)
        last = self._seconds + _AFTER
        if self._used < last:
            return SHORTEST
        raise TooComplexError(f"more than {last:.1f} s of work in all")

    def spend(self) -> None:
        """One step; raises TooComplexError where the question has used up its time."""
        self._steps += 1
        if self._steps % _EVERY == 0 and self.is_spent:
            raise TooComplexError(f"more than {self._allowed:.1f} s of work")

    @property
    def is_spent(self) -> bool:
        """Whether the question has used up its time."""
        # To ask for the processor's time is slow, and the wall's is never less.
        return (
            monotonic() - self._begun > self._allowed
            and process_time() - self._started > self._allowed
        )
