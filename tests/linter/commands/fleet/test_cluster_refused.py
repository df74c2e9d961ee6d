"""What --dask says where there is no Dask, or nothing to give out."""

import sys
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.commands.fleet.samples import CLOSED, write


def test_without_the_extra_one_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"hosts/a.v4": CLOSED})

    assert main(["check", "--each", "hosts", "--dask", "local"]) == 2
    assert capsys.readouterr() == (
        "",
        "fwlint check: --dask needs the package `distributed`, which `fwlint[dask]` installs\n",
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("a.v4", "--dask", "local"),
            "--dask is for many inputs: several sites, or --each without --fix",
        ),
        (
            ("--each", "a.v4", "--dask", "tcp://127.0.0.1:1", "--jobs", "2"),
            "--jobs is for processes here; a Dask cluster has its own",
        ),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(
    arguments: tuple[str, ...],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"a.v4": CLOSED})

    assert main(["check", *arguments]) == 2
    assert capsys.readouterr() == ("", f"fwlint check: {expected}\n")
