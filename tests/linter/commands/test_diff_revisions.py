"""`fwlint diff --git`: two revisions of a repository, of which nothing runs."""

import subprocess
from pathlib import Path

import pytest

from linter.cli import main
from tests.linter.checks.samples import HTTPS, KEEP, KEEP_IN, rules

_SSH = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _git(*arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository() -> Path:
    """A repository with two revisions of one export, and everything in it that could run."""
    _git("init", "--quiet", "--initial-branch", "main", ".")
    folder = Path("hosts")
    folder.mkdir()
    export = folder / "a.rules"
    export.write_text(rules(KEEP_IN))
    Path(".gitattributes").write_text("*.rules filter=evil diff=evil\n")
    (folder / "link.rules").symlink_to("/etc/passwd")
    _git("add", "--all")
    _git("commit", "--quiet", "--message", "one")
    export.write_text(rules(KEEP_IN, _SSH))
    _git("commit", "--quiet", "--all", "--message", "two")
    trap = Path("trap.sh").absolute()
    trap.write_text(f"#!/bin/sh\ntouch {trap.parent}/sprung\n")
    trap.chmod(0o755)
    for key in (
        *("core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy", "core.editor"),
        *("diff.evil.textconv", "diff.evil.command", "filter.evil.smudge", "filter.evil.clean"),
        *("credential.helper", "diff.external", "alias.cat-file", "uploadpack.packObjectsHook"),
    ):
        _git("config", key, str(trap))
    hooks = Path(".git/hooks")
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).symlink_to(trap)
    return export


@pytest.mark.parametrize("path", ["hosts/a.rules", "hosts"])
def test_two_revisions_are_compared_and_nothing_of_the_repository_runs(
    path: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.unlink()

    assert main(["diff", "--git", "main~1..", path, "--fail-on-opened"]) == 1

    out = capsys.readouterr().out
    assert "before: drop: main~1:hosts/a.rules:2: default policy" in out
    assert f"after:  accept: HEAD:hosts/a.rules:6: {_SSH}" in out
    assert not Path("sprung").exists()


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("here", "path"), [("hosts", "."), ("hosts", "../hosts"), (".", "hosts/.")]
)
def test_a_folder_is_found_however_it_is_named(
    here: str, path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(here)

    assert main(["diff", "--git", "main~1..", path, "--fail-on-opened"]) == 1
    assert "after:  accept: HEAD:hosts/a.rules:6" in capsys.readouterr().out


def test_the_top_of_a_repository_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    _git("init", "--quiet", ".")
    for more in ("", HTTPS):
        Path("a.rules").write_text(rules(KEEP, *filter(None, [more])), encoding="utf-8")
        _git("add", "a.rules")
        _git("commit", "--quiet", "--message", "a")

    assert main(["diff", "--git", "HEAD~1..", ".", "--fail-on-opened"]) == 1
    assert "before: drop: HEAD~1:a.rules" in capsys.readouterr().out


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("revisions", "path", "message"),
    [
        ("main..nothing", "hosts/a.rules", "--git: there is no revision nothing"),
        ("--help..main", "hosts/a.rules", "--git: --help is no revision"),
        ("main~1..main", "hosts/b.rules", "main~1:hosts/b.rules:1:1: cannot be read"),
        ("main~1..main", "hosts/link.rules", "main~1:hosts/link.rules:1:1: cannot be read"),
    ],
)
def test_what_a_revision_does_not_have_is_said(
    revisions: str, path: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", f"--git={revisions}", path]) == 2

    assert message in capsys.readouterr().err
    assert not Path("sprung").exists()
