"""Runs of `check` beside a fleet, with a cache."""

from pathlib import Path

import pytest

from linter.cli import main
from linter.commands.fleet.inputs import Unit
from linter.commands.fleet.work import Job, Worked, worked
from tests.linter.commands.fleet.samples import OTHER_PARTS, PARTS, Run, fleet, write


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
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `check` beside a fleet; returns its status and what it wrote."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, fleet())

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["check", "--date", "2026-03-02", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def fwlint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs fwlint in an empty folder; returns its status and what it wrote."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main([*arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


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


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the parts of two shares, and with some of other runs."""
    folder = tmp_path_factory.mktemp("parts")
    write(folder, PARTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for number in (1, 2):
            _share(f"p{number}", f"{number}/2")
        for name, file in (("b.json", "hosts/a.rules"), ("b2.json", "hosts/b.nft")):
            main(["baseline", "--each", file, "-o", name, "--expires", "2100-01-01"])
        _share("baseline1", "1/2", "--baseline", "b.json")
        for name, arguments in OTHER_PARTS.items():
            _share(name, "2/2", *arguments)
        _share("more", "2/2", paths=("hosts", "sites"))
        _share("of3", "2/3")
        _share("ignore1", "1/2", "--ignore", "FW4")
        main(["check", "--each", "hosts", "-q", "-o", "json:whole.json", "-o", "html:whole.html"])
        main(["check", "--each", "hosts", "-q", "-o", "sarif:whole.sarif"])
    return folder


def _share(name: str, share: str, *arguments: str, paths: tuple[str, ...] = ("hosts",)) -> None:
    day = () if "--date" in arguments else ("--date", "2026-03-02")
    outputs = [f"{each}:{name}.{each}" for each in ("json", "sarif", "html")]
    words = [word for each in outputs for word in ("-o", each)]
    main(["check", "--each", *paths, "-q", "--shard", share, *day, *arguments, *words])


@pytest.fixture
def merge(parts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `merge` in the folder of the parts; returns its status and what it wrote."""
    monkeypatch.chdir(parts)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["merge", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run
