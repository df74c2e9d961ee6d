"""Runs of `check` beside a fleet, with a cache."""

from pathlib import Path

import pytest

from linter.cli import main
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.work import Job, Worked, worked
from tests.linter.commands.fleet.samples import Run, fleet, write


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The inputs that were checked in this process, in their order."""
    names: list[str] = []

    def noted(job: Job, unit: Unit) -> Worked:
        names.append(unit.name)
        return worked(job, unit)

    monkeypatch.setattr("linter.commands.fleet.cache.worked", noted)
    return names


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `check` beside a fleet, with a cache; returns its status and what it wrote."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, fleet())

    def check(*arguments: str, day: str = "2026-03-02") -> tuple[int, str, str]:
        status = main(["check", "--date", day, "--cache", "kept", "-o", "json", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return check
