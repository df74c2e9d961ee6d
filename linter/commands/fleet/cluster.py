"""The same work on a Dask cluster, which gives it out, and again where a worker dies.

Dask is an extra that is imported here alone. docs/decisions/0033.
"""

import os
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from threading import Lock
from typing import Any, Final

from fwlint.errors import UsageError
from linter.commands.fleet.cache import program
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.pool import Known, Work, clean_environment, cores, one, ordered
from linter.commands.fleet.work import Done, Job, failed, work
from linter.commands.output import FAULT

LOCAL: Final = "local"
"""The address that stands for a cluster on this machine, which ends with the run."""
_CONNECTING: Final = 30
"""Seconds in which a scheduler answers, and has a worker."""
_PATIENCE: Final = 30
"""Seconds between looks at whether there are workers."""
_LOOKS: Final = 2
"""Looks without one after which nobody comes."""
DIED: Final = (
    "could not be evaluated: the workers that checked it were killed, or had no more memory; it "
    "was tried several times"
)
LOST: Final = "could not be evaluated: the cluster has no worker any more, or no scheduler"

_alone = Lock()
"""What a check may take is counted by process, so that a worker does one at a time."""


class UnfitError(Exception):
    """A worker that cannot do the work; the message says why, for people."""


class _LostError(Exception):
    """Nobody is there to do the work."""


def done_on_cluster(
    job: Job,
    units: Sequence[Unit],
    address: str,
    jobs: int = 0,
    *,
    known: Known = lambda _: None,
    do: Work = work,
) -> Generator[Done]:
    """What became of each input, in their order; raises UsageError where there is no cluster."""
    if jobs and address != LOCAL:
        raise UsageError("--jobs is for processes here; a Dask cluster has its own")
    with _client(address, jobs) as client:
        crew = _Cluster(client, job, do)
        try:
            yield from ordered(crew, units, known)
        finally:
            crew.dismiss()


@contextmanager
def _client(address: str, jobs: int) -> Iterator[Any]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError(
            "--dask needs the package `distributed`, which `fwlint[dask]` installs"
        ) from None
    import logging

    # Of workers that die, we say ourselves what becomes of it.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with clean_environment():
        if address == LOCAL:
            with _local(distributed, jobs or cores()) as here, distributed.Client(here) as client:
                yield client
            return
        with _connected(distributed, address) as client:
            _refuse_unfit(client, address)
            yield client


def _local(distributed: Any, size: int) -> Any:
    return distributed.LocalCluster(
        n_workers=size,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,
        silence_logs=50,
    )


def _connected(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=_CONNECTING, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise UsageError(
            f"--dask {address}: no scheduler answers ({type(error).__name__})"
        ) from None


def _refuse_unfit(client: Any, address: str) -> None:
    """Raises UsageError where no worker is there, or one cannot do the work."""
    try:
        client.wait_for_workers(1, timeout=_CONNECTING)
        client.run(_refuse, program(), os.getcwd())  # noqa: PTH109
    except TimeoutError:
        raise UsageError(f"--dask {address}: the scheduler has no worker") from None
    except ImportError:
        raise UsageError(f"--dask {address}: a worker has no fwlint") from None
    except UnfitError as unfit:
        raise UsageError(f"--dask {address}: {unfit}") from None


class _Cluster:
    """The workers of a cluster, however many come and go."""

    def __init__(self, client: Any, job: Job, do: Work) -> None:
        self._client = client
        self._job = job
        self._do = partial(_fit, do, program(), os.getcwd())  # noqa: PTH109
        self._given: dict[str, Any] = {}
        self._is_lost = False

    @property
    def size(self) -> int:
        """How many workers there are now."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def give(self, unit: Unit) -> None:
        """Have an input worked on."""
        if not self._is_lost:
            self._given[unit.name] = self._submit(unit)

    def take(self, unit: Unit) -> Done:
        """What became of an input that was given."""
        from distributed import KilledWorker

        future = self._given.pop(unit.name, None)
        try:
            try:
                return self._result(future)
            except KilledWorker:
                # It can have been beside the one that is at fault.
                return self._result(self._submit(unit))
        except KilledWorker:
            return failed(self._job, unit, DIED)
        except UnfitError as unfit:
            return failed(self._job, unit, f"could not be evaluated: {unfit}")
        except (_LostError, CancelledError):
            self._is_lost = True
            return failed(self._job, unit, LOST)
        except Exception as error:  # noqa: BLE001 - a result that cannot be sent, say
            name = type(error).__name__
            return failed(self._job, unit, f"could not be evaluated: {name}", behind=(FAULT,))

    def dismiss(self) -> None:
        """Have nobody work on what is not done."""
        if self._given and not self._is_lost:
            self._client.cancel(list(self._given.values()))
        self._given.clear()

    def _submit(self, unit: Unit) -> Any:
        return self._client.submit(self._do, self._job, unit, pure=False)

    def _result(self, future: Any) -> Done:
        looks = 0
        while not self._is_lost:
            # What is done at the end of the wait alone has come just then, and is asked for again.
            was_done = future.done()
            try:
                done: Done = future.result(timeout=_PATIENCE)
            except TimeoutError:
                if was_done and future.done():
                    raise
                looks = 0 if self._client.scheduler_info(n_workers=-1)["workers"] else looks + 1
                if looks >= _LOOKS:
                    break
            else:
                return done
        raise _LostError


def _fit(do: Work, its_program: str, folder: str, job: Job, unit: Unit) -> Done:
    """What becomes of an input on a worker: one after the other, and in the folder of the run."""
    with _alone:
        _refuse(its_program, folder)
        return one(do, job, unit)


def _refuse(its_program: str, folder: str) -> None:
    """Raises UnfitError where this worker would say something else than the first process."""
    if _program() != its_program:
        raise UnfitError("a worker has another version of fwlint, of Python or of a library")
    try:
        os.chdir(folder)
    except OSError as error:
        raise UnfitError(f"a worker cannot be in the folder {folder}: {error.strerror}") from None


@cache
def _program() -> str:
    return program()
