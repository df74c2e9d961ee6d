"""Who works on the inputs of a run: this process, or several others; results come in order.

A worker that dies takes the pool with it (`concurrent.futures`), and nobody knows which input it
was at. So those that it can have been at are tried again, one after the other and alone: what kills
a worker then is at fault itself, and all others are checked. docs/decisions/0030.
"""

import gc
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol

from flowmodel.memory import SELDOM, give_back
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.work import Done, Job, failed, work
from linter.commands.output import FAULT

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Work = Callable[[Job, Unit], Done]
Known = Callable[[Unit], Done | None]


class Crew(Protocol):
    """Those who do the work."""

    @property
    def size(self) -> int:
        """How many they are."""

    def give(self, unit: Unit) -> None:
        """Have an input worked on."""

    def take(self, unit: Unit) -> Done:
        """What became of an input that was given."""


_AHEAD: Final = 32
"""How many inputs for each worker are given out or done while an earlier one is waited for."""
_FEW: Final = 16
"""Inputs that this process has done before workers have started."""
_SMALL: Final = 1_000_000
"""Bytes of exports that it has done as soon, too."""
_TOGETHER: Final = 16
"""Of how many inputs what is left is searched for garbage at once.

The collector seldom does it by itself: it takes what an input is made of for long-lived.
"""
_worked: Final = count(1)
_LAST: Final = 10
"""Seconds for the thread that serves processes which are gone."""
DIED: Final = (
    "could not be evaluated: the process that checked it was killed, or had no more memory; it was "
    "tried twice"
)


def workers_for(asked: int, units: Sequence[Unit]) -> int:
    """How many processes do the work; 0 where this one does it itself."""
    if asked == 1 or len(units) < 2:
        return 0
    if not asked and len(units) < _FEW and sum(map(_size, units)) < _SMALL:
        return 0
    return min(asked or cores(), len(units))


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _size(unit: Unit) -> int:
    """The bytes of its files; those of what a site names nobody knows yet, or those of a folder."""
    try:
        return sum(os.stat(path).st_size for path in unit.paths)  # noqa: PTH116
    except OSError:
        return 0


def done_in_order(
    job: Job,
    units: Iterable[Unit],
    workers: int,
    *,
    known: Known = lambda _: None,
    do: Work = work,
) -> Generator[Done]:
    """What became of each input, in their order; of one that is `known`, nobody works."""
    if not workers:
        yield from (known(unit) or one(do, job, unit) for unit in units)
        return
    with clean_environment():
        crew = _Crew(job, workers, do)
        try:
            yield from ordered(crew, units, known)
        finally:
            crew.dismiss()


def one(do: Work, job: Job, unit: Unit) -> Done:
    """What becomes of an input; now and then, what is left of those before it is thrown away."""
    try:
        return do(job, unit)
    finally:
        if not next(_worked) % _TOGETHER:
            give_back()


def ordered(crew: Crew, units: Iterable[Unit], known: Known) -> Generator[Done]:
    """What became of each input, in their order, of those who are given them."""
    waiting: deque[tuple[Unit, Done | None]] = deque()
    for unit in units:
        done = known(unit)
        if done is None:
            crew.give(unit)
        waiting.append((unit, done))
        if len(waiting) >= _AHEAD * crew.size:
            yield _next(crew, waiting)
    while waiting:
        yield _next(crew, waiting)


def _next(crew: Crew, waiting: deque[tuple[Unit, Done | None]]) -> Done:
    unit, done = waiting.popleft()
    return done or crew.take(unit)


class _Crew:
    """Worker processes, which begin when there is work, and anew when one has died."""

    def __init__(self, job: Job, size: int, do: Work) -> None:
        self.size = size
        self._job = job
        self._do = partial(one, do, job)
        self._pool: ProcessPoolExecutor | None = None
        self._given: dict[str, tuple[Unit, Future[Done]]] = {}

    def give(self, unit: Unit) -> None:
        """Have an input worked on."""
        from concurrent.futures.process import BrokenProcessPool

        if self._pool is None:
            self._pool = _pool(self.size)
        try:
            self._given[unit.name] = unit, self._pool.submit(self._do, unit)
        except BrokenProcessPool:
            self._begin_anew()
            self.give(unit)

    def take(self, unit: Unit) -> Done:
        """What became of an input that was given."""
        from concurrent.futures.process import BrokenProcessPool

        while True:
            try:
                done = self._given[unit.name][1].result()
            except BrokenProcessPool:
                self._begin_anew()
                continue
            except Exception as error:  # noqa: BLE001 - a result that cannot be sent, say
                name = type(error).__name__
                done = failed(self._job, unit, f"could not be evaluated: {name}", behind=(FAULT,))
            del self._given[unit.name]
            return done

    def dismiss(self) -> None:
        """End the workers, whatever they are at."""
        if self._pool is not None:
            _end(self._pool)
            self._pool = None

    def _begin_anew(self) -> None:
        """Have everything done again that was not, and alone what can have killed a worker."""
        self.dismiss()
        lost = [unit for unit, future in self._given.values() if _is_lost(future)]
        # Work is begun in the order in which it was given, one input ahead of the workers.
        suspects, others = lost[: self.size + 1], lost[self.size + 1 :]
        for unit in suspects:
            self._given[unit.name] = unit, self._alone(unit)
        if others:
            self._pool = _pool(self.size)
        for unit in others:
            assert self._pool is not None
            self._given[unit.name] = unit, self._pool.submit(self._do, unit)

    def _alone(self, unit: Unit) -> "Future[Done]":
        """What becomes of an input in a process of its own."""
        from concurrent.futures import Future
        from concurrent.futures.process import BrokenProcessPool

        pool = _pool(1)
        found: Future[Done] = Future()
        try:
            found.set_result(pool.submit(self._do, unit).result())
        except BrokenProcessPool:
            found.set_result(failed(self._job, unit, DIED))
        except Exception as error:  # noqa: BLE001 - told where it is taken
            found.set_exception(error)
        finally:
            _end(pool)
        return found


def _is_lost(future: "Future[Done]") -> bool:
    return not future.done() or future.cancelled() or future.exception() is not None


def _pool(size: int) -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Not `fork`: a process that has threads or packet sets cannot be copied safely.
    return ProcessPoolExecutor(size, get_context("spawn"), _begin)


def _end(pool: "ProcessPoolExecutor") -> None:
    """End the pool's processes; one that is in the middle of an input is not waited for."""
    processes = list((pool._processes or {}).values())  # noqa: SLF001 - nothing else names them
    manager: Any = pool._executor_manager_thread  # noqa: SLF001 - `shutdown` forgets it
    pool.shutdown(wait=False, cancel_futures=True)
    for each in processes:
        each.kill()
    for each in processes:
        each.join()
    if manager is not None:
        # Python would wake it while it closes its pipe, and print what that raises.
        manager.join(_LAST)


def _begin() -> None:
    """What a worker does first."""
    import signal
    from threading import Thread

    # A person who ends the run ends the process that they see; that one ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])


def _end_with_parent() -> None:
    """End this process when the one is gone that began it, even if that was killed."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def clean_environment() -> Iterator[None]:
    """Workers look for modules where this process does, and never in the current folder.

    They start as `python -c`, which looks there first, as PYTHONPATH may too; the folder can be a
    checkout of somebody else. What this process has found for itself they are told later.
    """
    before = {name: os.environ.get(name) for name in ("PYTHONSAFEPATH", "PYTHONPATH")}
    os.environ["PYTHONSAFEPATH"] = "1"
    os.environ.pop("PYTHONPATH", None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
