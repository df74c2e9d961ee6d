"""Where the results of inputs come from, earlier runs among them, and what is told of that."""

from functools import partial

from fwlint.errors import UsageError
from linter.commands.fleet.cache import BadEntryError, Cache, known, program, work_and_keep
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.pool import Work
from linter.commands.fleet.work import Done, Job, work
from linter.commands.output import complain


class Results:
    """The cache of a run, if it has one; what is wrong with it stops nothing."""

    def __init__(self, folder: str) -> None:
        """`folder` is what the user typed, and empty for none. Raises UsageError."""
        self._cache = _opened(folder) if folder else None
        self._bad: list[str] = []
        self._unkept: list[str] = []

    @property
    def work(self) -> Work:
        """What is done with an input of which nothing is known."""
        return partial(work_and_keep, self._cache) if self._cache else work

    def known(self, job: Job, unit: Unit) -> Done | None:
        """What an earlier run found of the input, if it is still so."""
        if self._cache is None:
            return None
        try:
            return known(self._cache, job, unit)
        except BadEntryError as bad:
            self._bad.append(str(bad))
            return None

    def note(self, done: Done) -> None:
        """Remember what has to be told of the result of an input."""
        if done.unkept:
            self._unkept.append(done.unkept)

    def tell(self) -> None:
        """Says what the cache could not be used for."""
        if self._bad:
            complain(f"fwlint: the cache has {_counted(self._bad)}, checked anew: {self._bad[0]}")
        if self._unkept:
            number = len(self._unkept)
            complain(f"fwlint: the cache does not keep {number} of them: {self._unkept[0]}")


def _opened(folder: str) -> Cache:
    from flowfiles import keeping

    try:
        return Cache(keeping.make(folder), program())
    except OSError as error:
        raise UsageError(f"--cache {folder}: {error.strerror}") from None


def _counted(bad: list[str]) -> str:
    return "a bad entry" if len(bad) == 1 else f"{len(bad)} bad entries"
