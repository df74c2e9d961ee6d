"""What a program costs: processor time and memory of the best of several runs."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests import ROOT

_ROOT = ROOT
_UNDECIDED = b"too complex to decide"
_ERROR = 2
"""The status of fwlint where it has not answered all that it was asked."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of processor time, user and system together, and the peak of memory in bytes.

    The peak is what the program itself says; 0 where it says nothing. What the system counts for
    it (ru_maxrss) begins with the memory of the process that started it.
    """

    seconds: float
    memory: int
    is_decided: bool = True
    """Whether fwlint, if it is what ran, has answered all that it was asked."""

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s{'' if self.is_decided else ', not all decided'}"


def cost(command: Sequence[str], folder: Path, runs: int) -> Cost:
    """The least of several runs: what else the machine does only ever adds.

    Raises RuntimeError where the program fails; fwlint's status 1 is findings, and what it has not
    decided is no failure.
    """
    costs = [_once(command, folder) for _ in range(runs)]
    return Cost(
        min(each.seconds for each in costs),
        min(each.memory for each in costs),
        all(each.is_decided for each in costs),
    )


def _once(command: Sequence[str], folder: Path) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    # An installed program has its byte code; without it each start would compile all of it.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    is_decided = _UNDECIDED not in said
    if process.returncode not in (0, 1) and (is_decided or process.returncode != _ERROR):
        raise RuntimeError(f"{' '.join(command)}: {said.decode(errors='replace')[-500:]}")
    peak = re.search(rb"VmHWM:\s*(\d+) kB", said)
    return Cost(usage.ru_utime + usage.ru_stime, int(peak[1]) * 1024 if peak else 0, is_decided)


def elapsed(command: Sequence[str], folder: Path) -> float:
    """Seconds of wall time of a program, for what several processes do."""
    began = monotonic()
    _once(command, folder)
    return monotonic() - began


def python(*arguments: str) -> list[str]:
    """A command of the Python that runs this."""
    return [sys.executable, *arguments]


def fwlint(*arguments: str) -> list[str]:
    """A command of fwlint, as its entry point starts it."""
    return python(
        "-c", "import sys; from linter.__main__ import main; sys.exit(main())", *arguments
    )


def checking(*options: str) -> str:
    """A program that checks what it is given, with these options, as the entry point does."""
    given = ["check", *options]
    return f"from linter.__main__ import main; sys.argv[1:1] = {given}; main()"


def with_peak(program: str, *arguments: str) -> list[str]:
    """A command of this Python that runs the program and says how much memory it took at most."""
    end = "sys.stderr.write(open('/proc/self/status').read())"
    return python("-c", f"import sys; {program}; {end}", *arguments)
