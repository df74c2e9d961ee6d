"""One run of a folder in this process, and what is left of it."""

import json
import resource
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from flowmodel.memory import give_back
from linter.cli import main

_MOST = {"blocks": 1.02, "megabytes": 1.1, "handles": 1, "threads": 1}
"""How often what is left after some runs may be left after others."""


class Left(NamedTuple):
    """What the process holds after a run, and what was wrong with the run."""

    inputs: int
    blocks: int
    """What Python has allocated: exact, where the memory also holds what is free again."""
    megabytes: float
    handles: int
    threads: int
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.inputs:>6} inputs, {self.blocks:,} blocks, {self.megabytes:.1f} MB,"
            f" {self.handles} handles, {self.threads} threads"
        )


def once(folder: Path, output: Path) -> Left:
    """What is left of a run over all files of the folder."""
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        asked = ("check", "--each", str(folder), "--jobs", "1", "--work-limit", "0.5")
        status = main([*asked, "-o", f"json:{output}"])
    told = json.loads(output.read_text(encoding="utf-8"))
    faults = tuple(_faults(folder, status, told, said.getvalue()))
    give_back()
    return Left(
        len(told["inputs"]),
        sys.getallocatedblocks(),
        _megabytes(),
        _handles(),
        threading.active_count(),
        faults,
    )


def _faults(
    folder: Path, status: int, told: Mapping[str, list[dict[str, str]]], said: str
) -> Iterator[str]:
    """What a run must not do: leave out a file, take a broken one for sound, or fail itself."""
    if status != 2:
        yield f"{folder.name}: exit status {status}"
    yield from (
        f"{folder.name}: {line}"
        for line in said.splitlines()
        if "Traceback" in line or "bug in fwlint" in line
    )
    names, everything = {each["name"] for each in told["inputs"]}, json.dumps(told) + said
    failed = {each["input"] for each in told["failures"]}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        if str(path) not in everything and str(path.parent) not in names:
            yield f"{path} is not told of"
        if path.name.startswith("broken") and str(path) not in failed:
            yield f"{path} is not told of as broken"


def growth(early: Sequence[Left], late: Sequence[Left]) -> list[str]:
    """What the process holds more of after the late runs than after the early ones.

    The least of each: a hard input leaves memory in pieces, which later ones use.
    """
    grown: list[str] = []
    for what, most in _MOST.items():
        before, after = (min(getattr(each, what) for each in runs) for runs in (early, late))
        if after > most * before:
            grown.append(f"{what} have grown from {before:,.0f} to {after:,.0f}")
    return grown


def _megabytes() -> float:
    """The memory that the process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
