"""Workers: the order of results, a worker that dies, and what workers may import."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flowfiles.reach import TYPED
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.pool import DIED, done_in_order, workers_for
from linter.commands.fleet.work import Done, Job, work
from linter.report import Options
from linter.report.tally import Tally
from tests import ROOT
from tests.bench import fleet as bench
from tests.linter.commands.fleet.samples import OPEN, fleet, write

_JOB = Job((("concise", Options()),), date(2026, 3, 2), work_limit=8)


def _units(*names: str) -> list[Unit]:
    return [Unit(name, "exports", (name,), TYPED) for name in names]


def _named(job: Job, unit: Unit) -> Done:
    """What a test does instead of a check: what the name of the unit says."""
    del job
    what, _, _ = unit.name.partition("-")
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "exit":
        os._exit(0)
    if what == "slow":
        time.sleep(0.5)
    if what == "once":
        path = Path(unit.name)
        if not path.exists():
            path.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if what == "raise":
        raise ZeroDivisionError
    if what == "odd":
        unsendable: Any = memoryview(b"")
        return Done(unit.name, Tally(), read=(unsendable,))
    return Done(unit.name, Tally(rules=1))


def _run(names: list[str], workers: int = 2) -> list[Done]:
    return list(done_in_order(_JOB, _units(*names), workers, do=_named))


def test_results_come_in_the_order_of_the_inputs() -> None:
    names = ["slow-1", *(f"fast-{number}" for number in range(200)), "slow-2", "fast-last"]

    assert [done.name for done in _run(names)] == names


def test_a_worker_that_dies_is_an_error_of_its_input() -> None:
    names = [f"fast-{number}" for number in range(40)]
    names[7:7] = ["kill-1"]
    names[20:20] = ["exit-2", "kill-3"]
    names.append("kill-4")
    found = _run(names)

    assert [done.name for done in found] == names
    dead = [done for done in found if done.numbers.failures]
    assert [done.name for done in dead] == ["kill-1", "exit-2", "kill-3", "kill-4"]
    for done in dead:
        assert done.said == (f"{done.name}:1:1: {DIED}",)
        assert done.numbers.unread == 1
    assert all(done.numbers.rules == 1 for done in found if not done.numbers.failures)


def test_an_input_whose_worker_was_killed_once_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["fast-1", "once-2", "fast-3"]

    assert [done.numbers.failures for done in _run(names)] == [0, 0, 0]


def test_what_a_worker_cannot_send_is_an_error_of_its_input() -> None:
    names = ["fast-1", "raise-2", "odd-3", "fast-4"]
    found = _run(names)

    assert [done.numbers.failures for done in found] == [0, 1, 1, 0]
    assert found[1].said[0] == "raise-2:1:1: could not be evaluated: ZeroDivisionError"


def test_what_cannot_be_sent_is_an_error_also_beside_a_worker_that_dies() -> None:
    names = ["slow-1", "raise-2", "odd-3", "kill-4", "fast-5"]
    found = _run(names)

    assert [done.name for done in found] == names
    assert [done.numbers.failures for done in found] == [0, 1, 1, 1, 0]
    assert found[1].said[0] == "raise-2:1:1: could not be evaluated: ZeroDivisionError"


def test_one_that_is_known_needs_no_worker() -> None:
    known = Done("known", Tally(rules=7))
    units = _units("kill-1", "kill-2")
    found = done_in_order(_JOB, units, 2, known=lambda _: known, do=_named)

    assert list(found) == [known, known]


def test_who_has_enough_ends_the_workers() -> None:
    results = done_in_order(_JOB, _units(*(f"slow-{n}" for n in range(100))), 2, do=_named)
    next(results)
    began = time.monotonic()
    results.close()

    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("asked", "number", "size", "expected"),
    [
        (0, 1, 10, 0),
        (0, 5, 10, 0),
        (1, 500, 10, 0),
        (3, 500, 10, 3),
        (3, 2, 10, 2),
        (3, 1, 10, 0),
    ],
)
def test_few_small_inputs_start_no_process(
    asked: int, number: int, size: int, expected: int, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{n}.rules" for n in range(number)]
    for path in paths:
        path.write_bytes(b"#" * size)

    assert workers_for(asked, _units(*map(str, paths))) == expected


def test_many_or_large_inputs_start_some(tmp_path: Path) -> None:
    cores = len(os.sched_getaffinity(0))
    for number, size in ((20, 10), (2, 600_000)):
        paths = [tmp_path / f"{n}.rules" for n in range(number)]
        for path in paths:
            path.write_bytes(b"#" * size)
        assert workers_for(0, _units(*map(str, paths))) == min(cores, number)


def test_nothing_heavy_is_imported_for_few_inputs(tmp_path: Path) -> None:
    write(tmp_path, fleet())
    program = (
        "import sys; from linter.cli import main; main(sys.argv[1:]); "
        "print(*sorted({'multiprocessing', 'concurrent.futures'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "check", "-q", "--each", "hosts"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("\n", "")


@pytest.mark.parametrize("flags", [["-I"], ["-P"], []], ids=["-I", "-P", "none"])
@pytest.mark.parametrize("path", ["", "."])
def test_workers_import_nothing_from_the_tree_that_is_checked(
    flags: list[str], path: str, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    write(checkout, fleet())
    hostile = "import os; os.write(2, b'imported from the tree\\n'); raise SystemExit(9)\n"
    modules = ("multiprocessing", "json", "concurrent", "linter", "yaml")
    write(checkout, {f"{name}.py": hostile for name in modules})
    # What pip installs: it finds what it needs where it is itself, and not in the checkout.
    script = tmp_path / "bin" / "fwlint"
    script.parent.mkdir()
    script.write_text(
        f"import sys; here = {str(checkout)!r}\n"
        f"sys.path = [{str(ROOT)!r}, *(path for path in sys.path if path != here)]\n"
        "from linter.cli import main\n"
        "if __name__ == '__main__': sys.exit(main())\n"
    )
    check = ["check", "--each", "hosts", "--jobs", "2", "-o", "concise"]
    done = subprocess.run(
        [sys.executable, *flags, str(script), *check],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "hosts/a.rules:2:1: FW306 error" in done.stdout


def test_workers_end_with_the_process_that_began_them(tmp_path: Path) -> None:
    write(tmp_path, {f"hosts/{number}.rules": OPEN for number in range(400)})
    check = ["check", "--each", "hosts", "--jobs", "2", "-q", "-o", "json:all.json"]
    with subprocess.Popen(
        [sys.executable, "-m", "fwlint", *check],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    ) as process:
        workers = _two_workers_of(process.pid)
        process.kill()
    assert workers
    until = time.monotonic() + 30
    while any(map(_is_alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(_is_alive, workers))


def _two_workers_of(pid: int) -> list[int]:
    """The workers of a process, once there are two."""
    until = time.monotonic() + 60
    while len(workers := _workers_of(pid)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    return workers


def _workers_of(pid: int) -> list[int]:
    """The processes that a process has begun, but for the tracker of semaphores."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            line = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == pid and b"spawn_main" in line:
            found.append(int(path.parent.name))
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_run_whose_worker_is_killed_says_what_one_process_says(tmp_path: Path) -> None:
    write(tmp_path, {f"hosts/{number}.rules": OPEN for number in range(150)})
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    check = [sys.executable, "-m", "fwlint", "check", "--each", "hosts", "-q"]
    subprocess.run(
        [*check, "--jobs", "1", "-o", "json:one.json"], cwd=tmp_path, env=environment, check=False
    )
    with subprocess.Popen(
        [*check, "--jobs", "2", "-o", "json:two.json"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
    ) as process:
        workers = _two_workers_of(process.pid)
        os.kill(workers[0], signal.SIGKILL)
        assert process.stderr is not None
        said = process.stderr.read()
    assert (process.returncode, said) == (1, b"")
    assert (tmp_path / "two.json").read_bytes() == (tmp_path / "one.json").read_bytes()


def test_a_crash_of_the_program_is_an_error_of_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.rules": OPEN})
    unit = Unit("a.rules", "exports", (str(tmp_path / "a.rules"),), TYPED)

    def crash(*_told: object, **_named: object) -> None:
        raise ZeroDivisionError(unit.name * 3)

    monkeypatch.setattr("linter.commands.fleet.work.checked", crash)
    done = work(_JOB, unit)

    assert done.numbers.failures == 1
    assert done.said[0].startswith("Traceback (most recent call last):")
    assert "could not be evaluated: ZeroDivisionError" in done.said[1]
    assert done.said[2].startswith("fwlint: internal error: this is a bug in fwlint")
    assert unit.name * 3 not in "".join(done.said)

    def starve(*_told: object, **_named: object) -> None:
        raise MemoryError

    monkeypatch.setattr("linter.commands.fleet.work.checked", starve)
    assert work(_JOB, unit).said == (f"{unit.paths[0]}:1:1: takes more memory than there is",)


_MEASURED = """
from tests.linter.commands.fleet.test_pool import _JOB, TYPED, _memory, done_in_order, os
from linter.commands.arguments import parsed
from linter.commands.fleet.inputs import several
units = several(parsed(["check", "--each", "hosts"]), TYPED).units
units = sorted(units, key=lambda unit: hash(unit.name))
for number, done in enumerate(done_in_order(_JOB, units, 0), start=1):
    if number % 100 == 0:
        print(_memory(os.getpid()))
"""


def test_nothing_of_an_input_stays_in_the_process_that_checked_it(tmp_path: Path) -> None:
    bench.write(tmp_path / "hosts", 300, median=8, broken=50)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    first, _, last = map(int, done.stdout.split())

    assert last - first < 4_000


@pytest.mark.long
def test_ten_thousand_exports_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    bench.write(tmp_path / "hosts", 10_000, median=8, broken=200)
    with subprocess.Popen(
        [sys.executable, "-m", "fwlint", "check", "--each", "hosts", "-q", "-o", "json:all.json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    ) as process:
        peaks: list[int] = []
        while process.poll() is None:
            time.sleep(1)
            peaks.append(sum(map(_memory, [process.pid, *_workers_of(process.pid)])))

    assert process.returncode == 2
    assert max(peaks) < 1.2 * max(peaks[: len(peaks) // 5])
    found = (tmp_path / "all.json").read_text()
    assert found.count('"name": "hosts/') == 10_000


def _memory(pid: int) -> int:
    """Kilobytes that a process has in memory."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.split("\n") if "VmRSS" in line), 0)
