"""A Dask cluster of real processes: what the first process alone would say, to the byte."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flowfiles.reach import TYPED
from fwlint.errors import UsageError
from linter.cli import main
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.pool import done_in_order
from linter.commands.fleet.work import Done, Job, failed
from linter.report import Options
from linter.report.tally import Tally
from tests import ROOT
from tests.linter.commands.fleet.samples import BROKEN, CLOSED, OPEN, write

pytest.importorskip("distributed", reason="the extra `dask` is not installed")
from linter.commands.fleet import cluster
from linter.commands.fleet.cluster import DIED, LOST, done_on_cluster

_JOB = Job((("json", Options()), ("full", Options())), date(2026, 3, 2), work_limit=8)
_ALONE = ("--host", "127.0.0.1", "--no-dashboard")


class Cluster:
    """A scheduler and its workers, as processes on this machine."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self._folder = folder
        self._scheduler = self._start("scheduler", "--port", "0")
        self.workers: list[subprocess.Popen[bytes]] = []
        deadline = time.monotonic() + 60
        while not self._file.exists() or not self._file.read_text().endswith("}"):
            assert time.monotonic() < deadline
            assert self._scheduler.poll() is None
            time.sleep(0.05)
        self.address: str = json.loads(self._file.read_text())["address"]

    def work(self) -> None:
        """Have one more worker."""
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self._folder))
        self.workers.append(self._start("worker", *options))

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *_ALONE, *options]
        return subprocess.Popen(
            [*command, "--scheduler-file", str(self._file)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """End all processes."""
        for each in (*self.workers, self._scheduler):
            each.kill()
            each.wait()


@pytest.fixture
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers."""
    found = Cluster(tmp_path_factory.mktemp("dask"))
    try:
        found.work()
        found.work()
        yield found
    finally:
        found.end()


def _units(*names: str) -> list[Unit]:
    return [Unit(name, "exports", (name,), TYPED) for name in names]


def _hosts(folder: Path, number: int) -> list[Unit]:
    kinds = (OPEN, CLOSED, BROKEN)
    files = {f"hosts/{each:03}.v4": kinds[each % 3] for each in range(number)}
    write(folder, files)
    return _units(*files)


def _slowly(job: Job, unit: Unit) -> Done:
    """What a test does instead of a check."""
    del job
    if unit.name.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return Done(unit.name, Tally(rules=1))


def test_a_run_on_a_cluster_writes_the_same_bytes(
    dask: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    _hosts(tmp_path, 12)
    said = []
    for name, where in (("serial", ("--jobs", "1")), ("cluster", ("--dask", dask.address))):
        options = ["--date", "2026-03-02", "-o", f"json:{name}.json", "-o", f"html:{name}.html"]
        assert main(["check", "--each", "hosts", *where, *options, "-o", "full"]) == 2
        said.append(capfd.readouterr())

    assert said[0] == said[1]
    for kind in ("json", "html"):
        assert Path(f"serial.{kind}").read_bytes() == Path(f"cluster.{kind}").read_bytes()


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(
    dask: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    units = _hosts(tmp_path, 90)
    results = done_on_cluster(_JOB, units, dask.address)
    found = [next(results) for _ in range(3)]
    dask.workers[0].kill()
    found += results

    assert found == list(done_in_order(_JOB, units, 0))


class _Late:
    """A result that comes when the wait for it has just ended, or work that has failed itself."""

    def __init__(self, *, is_failed: bool) -> None:
        self._is_failed = self._is_done = is_failed

    def done(self) -> bool:
        return self._is_done

    def result(self, timeout: float) -> Done:
        del timeout
        if self._is_failed or not self._is_done:
            self._is_done = True
            raise TimeoutError
        return next(done_in_order(_JOB, _units("fast-1"), 0, do=_fast))


class _Client:
    """A cluster with a worker, whose results are such."""

    def __init__(self, *, is_failed: bool) -> None:
        self._is_failed = is_failed

    def submit(self, *_: object, pure: bool) -> _Late:
        del pure
        return _Late(is_failed=self._is_failed)

    def scheduler_info(self, n_workers: int) -> dict[str, list[str]]:
        del n_workers
        return {"workers": ["one"]}


def _fast(job: Job, unit: Unit) -> Done:
    return failed(job, unit, "seen")


@pytest.mark.parametrize("is_failed", [False, True])
def test_a_result_that_comes_when_the_wait_ends_is_taken(is_failed: bool) -> None:
    (unit,) = _units("fast-1")
    crew = cluster._Cluster(_Client(is_failed=is_failed), _JOB, _fast)
    crew.give(unit)

    said = crew.take(unit).said

    assert ("could not be evaluated: TimeoutError" in said[0]) == is_failed
    assert ("seen" in said[0]) != is_failed


def test_a_cluster_that_is_gone_is_an_error_of_what_is_left(
    dask: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    units = _units(*(f"fast-{number}" for number in range(100)))
    results = done_on_cluster(_JOB, units, dask.address, do=_slowly)
    found = [next(results)]
    for each in dask.workers:
        each.kill()
    found += results

    assert [each.name for each in found] == [each.name for each in units]
    lost = [each for each in found if each.numbers.failures]
    assert found[-1] in lost
    assert all(each.said == (f"{each.name}:1:1: {LOST}",) for each in lost)


def test_an_input_that_kills_every_worker_is_an_error_and_no_other_is(tmp_path: Path) -> None:
    del tmp_path
    units = _units("fast-1", "kill-1", *(f"fast-{number}" for number in range(2, 9)))
    found = list(done_on_cluster(_JOB, units, "local", 2, do=_slowly))

    assert [each.name for each in found if each.numbers.failures] == ["kill-1"]
    assert found[1].said == (f"kill-1:1:1: {DIED}",)


def test_where_there_is_no_cluster_nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECTING", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(UsageError, match=f"^--dask {address}: no scheduler answers"):
            next(done_on_cluster(_JOB, _units("a"), address))


def test_a_scheduler_without_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECTING", 2)
    empty = Cluster(tmp_path)
    try:
        with pytest.raises(UsageError, match="the scheduler has no worker"):
            next(done_on_cluster(_JOB, _units("a"), empty.address))
    finally:
        empty.end()


def test_workers_of_another_version_are_refused(
    dask: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "program", lambda: "other")
    with pytest.raises(UsageError, match="a worker has another version of fwlint"):
        next(done_on_cluster(_JOB, _units("a"), dask.address))
