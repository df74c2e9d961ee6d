"""What a run of fwlint takes: processor time and memory, in a process of its own with limits."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests import ROOT
from tests.bounds.shape import Shape

SECONDS, MEGABYTES = 20, 500
"""The bound of 1 MB."""
_PROGRAM = f"""\
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({4 * SECONDS}, {4 * SECONDS}))
from linter.cli import main
sys.exit(main())
"""


class Cost(NamedTuple):
    """Seconds of user and system together, and the peak of memory in megabytes."""

    seconds: float
    megabytes: int
    status: int
    said: str

    @property
    def is_over(self) -> bool:
        """Whether that is more than the bound, or the run had another end than its own."""
        return (
            self.seconds > SECONDS
            or self.megabytes > MEGABYTES
            or self.status not in (0, 1, 2)
            or "Traceback" in self.said
            or "bug in fwlint" in self.said
        )


def measured(arguments: Sequence[str], folder: Path) -> Cost:
    """The cost of a run in the folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    return Cost(
        seconds, usage.ru_maxrss >> 10, process.returncode, said.decode(errors="replace")[:200]
    )


def written(shape: Shape, size: int, folder: Path) -> None:
    """The shape's files, made up to that size and put into the folder."""
    for name, text in shape.files(size).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def costs(shape: Shape, size: int, folder: Path) -> Iterator[tuple[str, Cost]]:
    """The cost of each command that the shape is asked."""
    written(shape, size, folder)
    for ask in shape.asks:
        what = "trace" if ask[0] == "trace" else "site" if "site.yaml" in ask else "bare"
        yield what, measured(ask, folder)
