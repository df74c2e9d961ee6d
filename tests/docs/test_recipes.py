"""The recipes of docs/fleet.md, run as they stand: two nights of a repository of exports."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import ROOT
from tests.linter.commands.fleet.samples import BROKEN, CLOSED, OPEN, write

_PAGE = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Where `fwlint` is this one, and Git asks for nothing."""
    folder = tmp_path / "bin"
    write(folder, {"fwlint": f'#!/bin/sh\nexec "{sys.executable}" -m fwlint "$@"\n'})
    (folder / "fwlint").chmod(0o755)
    names = {
        f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return {**os.environ, **names, **quiet, "PATH": path, "PYTHONPATH": str(ROOT)}


def _run(script: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    found = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode, found.stdout + found.stderr


def test_a_repository_of_exports_is_checked_every_night(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (script,) = re.findall(r"```sh\n(set -eu\n.*?)```", _PAGE, re.DOTALL)
    kept = tmp_path / "devices.git"
    script = script.replace("/var/lib/oxidized/devices.git", str(kept))
    script = script.replace("/var/lib/fwlint", str(tmp_path / "nights"))
    write(tmp_path, {"nights/.keep": "", "devices.git/net/a": CLOSED, "devices.git/web/b": CLOSED})

    def night(name: str, rules: str) -> tuple[int, str]:
        write(kept, {name: rules})
        save = "git init --quiet .; git add .; git commit --quiet --allow-empty --message night"
        assert _run(save, kept, environment) == (0, "")
        return _run(script, tmp_path, environment)

    assert night("net/a", CLOSED)[0] == 0
    status, said = night("net/a", CLOSED)
    assert (status, "0 unchanged" in said, "new" in said) == (0, False, False)
    status, said = night("net/a", OPEN)
    assert status == 1
    assert re.search(r"New: .*\n.*FW306 no-default-deny: :INPUT ACCEPT\n +devices/net/a\n", said)
    status, said = night("web/b", BROKEN)
    assert status == 2
    assert "Could not be evaluated\n  devices/web/b: " in said


def test_the_jobs_of_gitlab_are_one_run(tmp_path: Path, environment: dict[str, str]) -> None:
    (text,) = [
        each for each in re.findall(r"```yaml\n(.*?)```", _PAGE, re.DOTALL) if "parallel" in each
    ]
    jobs: dict[str, Any] = yaml.safe_load(text)
    folders = jobs["check"]["parallel"]["matrix"][0]["FOLDER"]
    write(tmp_path, {f"exports/{folder}/a.v4": CLOSED for folder in folders})

    def night() -> tuple[int, str]:
        for folder in folders:
            script = "\n".join(jobs["check"]["script"])
            assert _run(script, tmp_path, {**environment, "FOLDER": folder})[0] == 0
        return _run("\n".join(jobs["fleet"]["script"]), tmp_path, environment)

    status, said = night()
    assert (status, "of 3 inputs" in said, "Since" in said) == (0, True, False)
    write(tmp_path, {"exports/core/a.v4": OPEN})
    status, said = night()
    assert (status, " new, " in said) == (0, True)
    assert (tmp_path / "fleet.html").exists()


def test_the_example_for_github_is_yaml_with_pinned_actions() -> None:
    (text,) = [
        each for each in re.findall(r"```yaml\n(.*?)```", _PAGE, re.DOTALL) if "runs-on" in each
    ]

    assert yaml.safe_load(text)["jobs"]["check"]["strategy"]["matrix"]
    for line in re.findall(r"uses: (.*)", text):
        assert re.fullmatch(r"[a-z/-]+@[0-9a-f]{40} # v[0-9.]+", line)
