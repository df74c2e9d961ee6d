"""The recipes of docs/fleet.md and docs/scale.md, run as they stand."""

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


_SCALE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
_EXPORTS = {"a.v4": CLOSED, "b.v4": OPEN, "more/c.v4": CLOSED, "d.v4": OPEN, "e.v4": CLOSED}


def _jobs(key: str) -> dict[str, Any]:
    """The jobs of the recipe in docs/scale.md that has the word."""
    (text,) = [each for each in re.findall(r"```yaml\n(.*?)```", _SCALE, re.DOTALL) if key in each]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder with exports, two of them open."""
    write(tmp_path, {f"exports/{name}": text for name, text in _EXPORTS.items()})
    return tmp_path


def _alone(exports: Path, environment: dict[str, str], *outputs: str) -> int:
    """The exit status of one run, which writes files named `one`."""
    words = " ".join(f"-o {each}:one.{each}" for each in outputs)
    line = f"fwlint check --no-config --each exports --date 2026-03-02 {words}"
    return _run(line, exports, environment)[0]


def test_the_shares_of_gitlab_come_to_one_run(exports: Path, environment: dict[str, str]) -> None:
    jobs = _jobs("parallel: 4")
    kept = exports / "kept"
    kept.mkdir()
    for number in range(1, jobs["check"]["parallel"] + 1):
        node = {"CI_NODE_INDEX": str(number), "CI_NODE_TOTAL": str(jobs["check"]["parallel"])}
        node["CI_PIPELINE_CREATED_AT"] = "2026-03-02T23:59:59Z"
        script = "set -e\n" + "\n".join(jobs["check"]["script"])
        assert _run(script, exports, {**environment, **node})[0] == 0
        # What the job leaves as artifacts, the next one has beside those of the others.
        for part in (exports / "parts").iterdir():
            part.rename(kept / part.name)
    (exports / "parts").rmdir()
    kept.rename(exports / "parts")
    status, said = _run("\n".join(jobs["merge"]["script"]), exports, environment)

    assert status == _alone(exports, environment, "json", "html") == 1, said
    for kind in ("json", "html"):
        assert (exports / f"all.{kind}").read_bytes() == (exports / f"one.{kind}").read_bytes()


def test_the_shares_of_github_come_to_one_run(exports: Path, environment: dict[str, str]) -> None:
    workflow = _jobs("runs-on")
    jobs = workflow["jobs"]
    runner = exports / "temp"
    python = f'shift\nPYTHONSAFEPATH=1 exec "{sys.executable}" "$@"\n'
    write(runner, {"fwlint/venv/bin/python": f"#!/bin/sh\n{python}"})
    (runner / "fwlint/venv/bin/python").chmod(0o755)
    (runner / "parts").mkdir()
    told = exports / "told"
    environment = {**environment, "RUNNER_TEMP": str(runner), "GITHUB_OUTPUT": str(told)}
    (check,) = [step for step in jobs["check"]["steps"] if "SHARE" in step.get("env", {})]
    (merge,) = [step for step in jobs["merge"]["steps"] if " merge " in step.get("run", "")]
    shares = jobs["check"]["strategy"]["matrix"]["share"]
    for share in shares:
        script = check["run"].replace("--each", "--date 2026-03-02 --each")
        status, said = _run(script, exports, {**environment, "SHARE": str(share)})
        assert status == 0, said
        for kind in ("json", "sarif"):
            (runner / f"{share}.{kind}").rename(runner / "parts" / f"{share}.{kind}")
    status, said = _run(merge["run"], exports, environment)

    assert f'"$SHARE/{len(shares)}"' in check["run"]
    assert told.read_text() == f"sarif={runner}/all.sarif\n"
    assert status == _alone(exports, environment, "json", "sarif") == 1, said
    for kind in ("json", "sarif"):
        assert (runner / f"all.{kind}").read_bytes() == (exports / f"one.{kind}").read_bytes()
    for line in re.findall(r"uses: (.*)", _SCALE):
        assert re.fullmatch(r"[a-z/-]+@[0-9a-f]{40} # v[0-9.]+", line)
