"""The action, and the workflows that the documentation shows, before the eyes of zizmor."""

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
# actionlint has no test here: what PyPI has of it downloads a program while it is built, which no
# hash of a lock vouches for.
_ZIZMOR = shutil.which("zizmor", path=sysconfig.get_path("scripts")) or "zizmor"
_COMMAND = (_ZIZMOR, "--offline", "--quiet", "--no-config", "--persona", "auditor", ".")


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


def _zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_COMMAND, cwd=folder, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing(repository: Path) -> None:
    found = _zizmor(repository)

    assert found.returncode == 0, found.stdout + found.stderr


def test_zizmor_finds_what_is_wrong(repository: Path) -> None:
    (repository / ".github" / "workflows" / "bad.yml").write_text(
        "name: bad\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    found = _zizmor(repository)

    assert found.returncode > 0
    assert "bad.yml" in found.stdout


def test_the_pages_have_workflows() -> None:
    assert {name.partition("-")[0] for name in _EXAMPLES} == {"ci", "fleet", "scale", "tutorial"}


@pytest.mark.parametrize("name", _EXAMPLES)
def test_actions_of_others_are_named_by_commit(name: str) -> None:
    for job in yaml.safe_load(_EXAMPLES[name])["jobs"].values():
        for step in job["steps"]:
            assert "run" in step or re.search(r"@[0-9a-f]{40}$", step["uses"])
