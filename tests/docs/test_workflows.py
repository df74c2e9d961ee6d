"""The action, and the workflows that the documentation shows, before the eyes of other linters."""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml

from tests import ROOT

_FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXAMPLES = {
    f"{page.stem}-{number}": text
    for page in sorted((ROOT / "docs").glob("*.md"))
    for number, text in enumerate(_FENCE.findall(page.read_text(encoding="utf-8")), 1)
    if "runs-on:" in text
}
# zizmor is in the lock. actionlint runs where a machine has it: what PyPI has of it downloads a
# program while it is built, which no hash of a lock vouches for.
_COMMANDS = {
    "zizmor": ["--offline", "--quiet", "--no-config", "--persona", "auditor", "."],
    "actionlint": [],
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the action, the examples, and the workflows of this one."""
    workflows = tmp_path / ".github" / "workflows"
    if (ROOT / ".github").exists():
        shutil.copytree(ROOT / ".github", workflows.parent)
    workflows.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "action.yml", tmp_path)
    for name, text in _EXAMPLES.items():
        (workflows / f"{name}.yml").write_text(text, encoding="utf-8")
    return tmp_path


def _program(tool: str) -> str:
    """A linter, of this environment or the machine's own."""
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)))
    found = shutil.which(tool, path=path)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    return found


def _run(tool: str, folder: Path) -> subprocess.CompletedProcess[str]:
    paths = sorted(map(str, folder.glob(".github/workflows/*"))) if tool == "actionlint" else []
    command = [_program(tool), *_COMMANDS[tool], *paths]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("tool", _COMMANDS)
def test_linters_find_nothing(tool: str, repository: Path) -> None:
    found = _run(tool, repository)

    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("tool", _COMMANDS)
def test_linters_find_what_is_wrong(tool: str, repository: Path) -> None:
    (repository / ".github" / "workflows" / "bad.yml").write_text(
        "name: bad\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }} ${{ nonsense.x }}\n"
    )
    found = _run(tool, repository)

    assert found.returncode > 0
    assert "bad.yml" in found.stdout


def test_the_pages_have_workflows() -> None:
    assert {name.partition("-")[0] for name in _EXAMPLES} == {"ci", "fleet", "tutorial"}


@pytest.mark.parametrize("name", _EXAMPLES)
def test_actions_of_others_are_named_by_commit(name: str) -> None:
    (job,) = yaml.safe_load(_EXAMPLES[name])["jobs"].values()

    for step in job["steps"]:
        assert "run" in step or re.search(r"@[0-9a-f]{40}$", step["uses"])
