"""A repository with firewalls: a check fails, somebody mends the export, and the check passes.

By the action's own script, by the example for GitLab, and (long) by pre-commit itself.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests import ROOT
from tests.running import bash, build_source, offline, the_action, the_script

_SITE = """\
fwlint: site/1
networks: {dmz: 192.0.2.0/28}
devices:
  edge: {config: edge.v4, interfaces: {eth0: internet, eth1: dmz}, ipv6: no}
"""
_GOOD = """\
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
"""
_RULE = (
    '-A FORWARD -i eth0 -o eth1 -p tcp -m comment --comment "{}" -m tcp --dport 3306 -j ACCEPT\n'
)
_BAD = _GOOD.replace("COMMIT\n", _RULE.format("for a day") + "COMMIT\n")
_FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What pip says without a network; anything else that keeps fwlint from being installed is a fault.
_UNREACHED = re.compile(r"NewConnectionError|ConnectTimeout|NameResolutionError|ProxyError")
_CLEAN = '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "fwlint"}}, "results": []}]}'


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action's own folder."""
    return build_source(tmp_path_factory.mktemp("source"))


def _without_installing() -> str:
    """The action's script with this environment in the place of the one that it makes."""
    before, mark, after = the_script().partition("python3 -I -m venv")
    _, end, rest = after.partition('/fwlint.pth"\n')
    assert mark
    assert end
    # `-I` leaves PYTHONPATH out: the source is named to the interpreter itself.
    start = (
        "import sys; sys.path[:0] = [sys.argv.pop(1)]; from linter.cli import main; exit(main())"
    )
    rest = rest.replace('"$python" -I -m linter', f'"$python" -I -c "{start}" "$SOURCE"')
    return f"{before}python={shlex.quote(sys.executable)}\n{rest}"


_INSTALLED = _without_installing()


class Repository:
    """A checkout with a site, and runs of the action in it."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder = folder
        self._source = source
        self.own = folder.parent / "temporary"
        folder.mkdir()
        self.write("site.yaml", _SITE)

    def write(self, name: str, text: str) -> None:
        """Write a file of the checkout."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def act(self, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the action, with a summary and outputs of its own."""
        more = {"SCRIPT": _INSTALLED, **more}
        for name in ("step-summary", "step-output"):
            (self.own / name).unlink(missing_ok=True)
        return the_action(self.folder, self._source, **more)

    @property
    def summary(self) -> str:
        """What the last run wrote into the summary of the job."""
        return (self.own / "step-summary").read_text(encoding="utf-8")

    def sarif(self) -> list[dict[str, Any]] | None:
        """The results of the file that the last run named; None where it named none."""
        path = self.own / "step-output"
        if not path.exists():
            return None
        named = path.read_text().removeprefix("sarif=").removesuffix("\n")
        results = json.loads(Path(named).read_text())["runs"][0]["results"]
        assert isinstance(results, list)
        return results


@pytest.fixture
def repository(tmp_path: Path, source: Path) -> Repository:
    """A checkout, empty but for a site."""
    return Repository(tmp_path / "checkout", source)


def test_a_check_fails_until_the_export_is_mended(repository: Repository) -> None:
    repository.write("edge.v4", _BAD)
    found = repository.act(SCRIPT=the_script())

    assert (found.returncode, found.stderr) == (1, "")
    results = repository.sarif()
    assert results is not None
    assert [(each["ruleId"], each["level"]) for each in results] == [("FW215", "error")]
    place = results[0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("edge.v4", 5)
    assert "error[FW215]" in found.stdout
    assert repository.summary.startswith("# site: firewall proof report\n")
    assert "tcp 3306 (MySQL) is open through edge" in repository.summary

    repository.write("edge.v4", _GOOD)
    found = repository.act()

    assert (found.returncode, found.stderr, repository.sarif()) == (0, "", [])
    assert "\nNo findings in 1 export, 0 rules and 0 flows; 0 waived.\n" in repository.summary
    assert sorted(path.name for path in repository.folder.iterdir()) == ["edge.v4", "site.yaml"]


@pytest.mark.parametrize(("fail_on", "status"), [("critical", 0), ("never", 0), ("warning", 1)])
def test_the_threshold_decides(fail_on: str, status: int, repository: Repository) -> None:
    repository.write("edge.v4", _BAD)

    assert repository.act(FAIL_ON=fail_on).returncode == status


def test_an_export_that_cannot_be_read_does_not_look_clean(repository: Repository) -> None:
    repository.write("edge.v4", "*filter\n:INPUT DROP [0:0]\n")
    found = repository.act()

    assert found.returncode == 2
    assert [each["ruleId"] for each in repository.sarif() or ()] == ["FW904"]
    assert "Nothing was checked: 1 input could not be evaluated." in repository.summary


def test_nothing_of_the_checkout_is_taken_for_a_result(repository: Repository) -> None:
    repository.write("fwlint.sarif", _CLEAN)
    found = repository.act(SITE="gone.yaml", FAIL_ON="nonsense")

    assert found.returncode == 2
    assert repository.sarif() is None
    assert repository.summary == ("# fwlint\n\nNothing was evaluated: see the log of the job.\n")


def test_text_of_an_export_is_no_markup_in_the_summary(repository: Repository) -> None:
    hostile = "</pre><img src=x>```[a](javascript:b) @all ##[error]"
    repository.write("edge.v4", _BAD.replace("for a day", hostile))
    repository.act()

    tokens = list(_flat(MarkdownIt("commonmark").parse(repository.summary)))
    markup = [token.content for token in tokens if token.type.startswith("html_")]
    assert [each for each in markup if "img" in each or "pre" in each] == []
    assert [token.attrs for token in tokens if "javascript" in str(token.attrs)] == []
    assert "img src=x" in repository.summary


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


def test_a_summary_that_does_not_fit_is_cut_at_a_line_and_says_so(repository: Repository) -> None:
    repository.write("edge.v4", _BAD)
    repository.act()
    whole = repository.summary.split("\n")
    script = _INSTALLED.replace("1000000", "150")
    assert script != _INSTALLED
    repository.act(SCRIPT=script)

    lines = repository.summary.split("\n")
    kept = lines[:-3]
    assert 100 < len("\n".join(kept).encode()) <= 150
    assert kept == whole[: len(kept)]
    assert lines[-3:] == ["", "There is more than fits in here: see the log of the job.", ""]


def test_a_runner_with_an_old_python_is_told(repository: Repository, tmp_path: Path) -> None:
    old = tmp_path / "bin"
    old.mkdir()
    (old / "python3").write_text("#!/bin/sh\nexit 1\n")
    (old / "python3").chmod(0o755)
    found = repository.act(PATH=f"{old}:/usr/bin:/bin")

    assert found.returncode == 2
    assert found.stdout == (
        "::error title=fwlint::fwlint needs Python 3.11 or newer; "
        "add actions/setup-python before this step\n"
    )


def test_a_runner_without_summaries_runs_it_too(repository: Repository) -> None:
    repository.write("edge.v4", _GOOD)

    assert repository.act(GITHUB_STEP_SUMMARY="", GITHUB_OUTPUT="").returncode == 0


def _example(key: str) -> Any:
    """An example of docs/ci.md: the one that has the key."""
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    return next(found for text in _FENCE.findall(page) if key in (found := yaml.safe_load(text)))


def test_the_example_for_gitlab_fails_until_the_export_is_mended(
    repository: Repository, source: Path
) -> None:
    job = _example("fwlint")["fwlint"]
    clone, checkout, *script = job["script"]
    assert clone.startswith("git clone ")
    assert checkout == 'git -C "$FWLINT" checkout --quiet --detach "$FWLINT_COMMIT"'
    folder = repository.folder / "firewalls"
    folder.mkdir()
    (folder / "site.yaml").write_text(_SITE)
    fwlint = repository.folder.parent / "fwlint"
    shutil.copytree(source, fwlint)
    settings = {
        **offline(source),
        "FWLINT": str(fwlint),
        "CI_PROJECT_DIR": str(repository.folder),
    }
    outcomes = []
    for rules in (_BAD, _GOOD, "*filter\n"):
        (folder / "edge.v4").write_text(rules)
        found = bash("\n".join(script), repository.folder, **settings)
        # It is installed once, as that takes long.
        script = script[script.index('cd "$CI_PROJECT_DIR"') :]
        quality, junit = (
            (repository.folder / name).read_text()
            for name in (job["artifacts"]["reports"][kind] for kind in ("codequality", "junit"))
        )
        suite = ET.fromstring(junit)
        outcomes.append(
            (
                found.returncode,
                [(each["check_name"][:5], each["location"]) for each in json.loads(quality)],
                (suite.get("failures"), suite.get("errors")),
            )
        )

    def at(line: int) -> dict[str, Any]:
        return {"path": "firewalls/edge.v4", "lines": {"begin": line, "end": line}}

    assert outcomes == [
        (1, [("FW215", at(5))], ("1", "0")),
        (0, [], ("0", "0")),
        (2, [("FW904", at(1))], ("0", "1")),
    ]


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> str:
    """pre-commit, from an environment of its own where this one has none."""
    installed = shutil.which("pre-commit")
    if installed:
        return installed
    folder = tmp_path_factory.mktemp("pre-commit")
    subprocess.run([sys.executable, "-I", "-m", "venv", folder], check=True)
    program = folder / "bin" / "pre-commit"
    install = [
        str(folder / "bin" / "python"),
        "-I",
        "-m",
        "pip",
        "install",
        "--quiet",
        "pre-commit",
    ]
    found = subprocess.run(install, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"pre-commit is not installed, and cannot be: {found.stderr[-200:]}")
    return str(program)


class Committed:
    """A Git repository, and runs of the hooks of this one in it."""

    def __init__(self, folder: Path, program: str) -> None:
        self._folder = folder
        self._program = program
        folder.mkdir()
        self._git("init", "--quiet")

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self._folder, check=True)

    def write(self, name: str, text: str) -> None:
        """Write a file that is to be committed."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self._git("add", "--all")

    def run(self) -> dict[str, tuple[str, str]]:
        """Of each hook over all files, whether it passed, and what it printed."""
        command = [self._program, "try-repo", str(ROOT), "--all-files", "--verbose"]
        environment = {**os.environ, "PRE_COMMIT_HOME": str(self._folder.parent / "pre-commit")}
        found = subprocess.run(
            command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False
        )
        if "CalledProcessError" in found.stdout:
            if _UNREACHED.search(found.stdout):
                pytest.skip(f"pre-commit reaches no packages: {found.stdout[-300:]}")
            pytest.fail(f"pre-commit cannot install fwlint: {found.stdout[-2000:]}")
        before, *parts = re.split(r"^- hook id: (.*)$", found.stdout, flags=re.MULTILINE)
        heads = [before, *parts[1::2]]
        return {
            hook: (head.rstrip().rpartition(".")[2], said)
            for head, hook, said in zip(heads, parts[::2], parts[1::2], strict=False)
        }


@pytest.mark.long
def test_hooks_fail_until_the_export_is_mended(tmp_path: Path, pre_commit: str) -> None:
    committed = Committed(tmp_path / "checkout", pre_commit)
    committed.write("site.yaml", _SITE)
    committed.write("edge.v4", _BAD)
    committed.write("other/rules.v4", _GOOD.replace("INPUT DROP", "INPUT ACCEPT"))
    committed.write("package.json", '{"name": "shop"}\n')
    committed.write("policies/deployment.yaml", "apiVersion: v1\nkind: NetworkPolicy\n")
    committed.write("policies/shop.yaml", "fwlint: polcy/1\nname: shop\n")

    found = committed.run()
    assert [state for state, _ in found.values()] == ["Failed"] * 3
    assert "error[FW215]" in found["fwlint"][1]
    assert "error[FW306]" in found["fwlint-files"][1]
    assert "package.json: no export that stands by itself; passed over" in found["fwlint-files"][1]
    assert "policies/deployment.yaml: no policy; passed over" in found["fwlint-policy"][1]
    assert "policies/shop.yaml:1:9: " in found["fwlint-policy"][1]

    committed.write("edge.v4", _GOOD)
    committed.write("other/rules.v4", _GOOD)
    committed.write(
        "policies/shop.yaml", "fwlint: policy/1\nname: shop\nroles: {a: A}\nsections: []\n"
    )
    found = committed.run()
    assert [state for state, _ in found.values()] == ["Passed"] * 3, found
