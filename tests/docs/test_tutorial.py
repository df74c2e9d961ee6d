"""docs/tutorial.md goes the whole way: every command runs, and prints what the page shows."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from linter.cli import main
from tests import ROOT
from tests.docs.host import Host
from tests.docs.pages import DOCS, tokens

_PAGE = DOCS / "tutorial.md"
_FILE = re.compile(r"(?:(under|at the end) (?:`(\w+:)` in |of ))?`([\w./-]+)`[^`]*:$")
_TODAY = "2026-12-01"
"""The day of the run: a waiver of the page has a last one."""


class _Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], golden: Callable[[Path, str], None]
    ) -> None:
        self.capsys, self.golden = capsys, golden
        self.host = Host()
        self.exported = 0
        self.said = ""
        self.programs: list[str] = []

    def write(self, words: str, text: str) -> bool:
        """Whether the words before a block say which file it is, or a part of which."""
        named = _FILE.search(words)
        if not named:
            return False
        where, key, name = named.groups()
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if where == "under":
            assert f"\n{key}\n" in old
            text = old.replace(f"\n{key}\n", f"\n{key}\n{text}")
        elif where:
            text = old + text
        elif old:
            # What a command wrote is only added to.
            assert set(old.splitlines()) <= set(text.splitlines())
        path.write_text(text, encoding="utf-8")
        return True

    def run(self, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Runs one line of the page."""
        command, _, remark = line.partition(" # ")
        program, *arguments = shlex.split(command)
        self.programs.append(program)
        status = 0
        match program, arguments:
            case "sudo", ["ufw", *words]:
                self.host.ufw(" ".join(words))
            case "ssh", ["web", "sudo", save, ">", path]:
                Path(path).write_text(self.export(save, Path(path).name), encoding="utf-8")
            case "fwlint", _:
                status = self.fwlint(arguments)
            case "pre-commit", ["run", "--all-files"]:
                status = self.hook()
            case "pre-commit", ["install"]:
                pass
            case "pipx", _:
                assert command in (ROOT / "README.md").read_text(encoding="utf-8")
            case "cd", [folder]:
                monkeypatch.chdir(folder)
            case (("mkdir" | "git"), _):
                done = subprocess.run([program, *arguments], check=False, capture_output=True)
                assert done.returncode == 0, (line, done)
            case _:
                raise AssertionError(line)
        assert status == (1 if remark == "fails" else self.expected(arguments)), line

    def expected(self, arguments: list[str]) -> int:
        """What a check says before its findings are fixed is no failure of the page."""
        is_fixed = self.exported > 1
        return int(arguments[:1] == ["check"] and not is_fixed)

    def export(self, program: str, name: str) -> str:
        """What the host exports; the page has the same files for those who have no such host."""
        self.exported += name == "web.v4"
        text = self.host.export(program)
        self.golden(DOCS / "tutorial" / str(self.exported) / name, text)
        return text

    def fwlint(self, arguments: list[str]) -> int:
        """The exit status of the program; what it printed is kept."""
        dated = ["--date", _TODAY] if arguments[0] == "check" else []
        status = main([*arguments, *dated])
        self.said = self.capsys.readouterr().out
        return status

    def hook(self) -> int:
        """What pre-commit runs: the hook as the page configures it."""
        ours = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
        (repository,) = yaml.safe_load(Path(".pre-commit-config.yaml").read_text())["repos"]
        (wanted,) = repository["hooks"]
        (hook,) = (each for each in ours if each["id"] == wanted["id"])
        changed = subprocess.run(
            ["git", "ls-files"], check=True, capture_output=True, encoding="utf-8"
        ).stdout.split()
        assert [name for name in changed if re.search(hook["files"], name)] != []
        return self.fwlint([*shlex.split(hook["entry"])[4:], *wanted["args"]])


def test_the_page_goes_the_whole_way(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[Path, str], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.com")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    reader = _Reader(capsys, golden)
    words = ""
    for token in tokens(_PAGE.read_text(encoding="utf-8")):
        if token.type == "fence" and token.info == "sh":
            for line in token.content.splitlines():
                reader.run(line, monkeypatch)
        elif token.type == "fence" and token.info == "text":
            shown = [line.strip() for line in token.content.splitlines()]
            assert all(line in reader.said for line in shown), (shown, reader.said)
        elif token.type == "fence":
            assert reader.write(words, token.content), words
        elif token.content:
            words = token.content

    assert reader.exported == 4
    assert set(reader.programs) == {
        "cd", "fwlint", "git", "mkdir", "pipx", "pre-commit", "ssh", "sudo"
    }  # fmt: skip


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    blocks = [token.content for token in tokens(_PAGE.read_text(encoding="utf-8")) if token.info]
    (workflow,) = (yaml.safe_load(text) for text in blocks if text.startswith("name: fwlint\n"))
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()

    assert set(job["steps"][-1]["with"]) <= set(action["inputs"])
