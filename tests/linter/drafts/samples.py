"""Runs of `fwlint init` on small exports, and what the file says that it writes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from linter.cli import main
from tests.linter.checks.samples import rules

WEB = rules("-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT")
DB = rules("-A INPUT -s 192.0.2.10/32 -p tcp -m tcp --dport 5432 -j ACCEPT")
EDGE = rules(
    "-A FORWARD -i lan0 -o wan0 -j ACCEPT",
    "-A FORWARD -i wan0 -o lan0 -p tcp -m tcp --dport 443 -j ACCEPT",
)


class Init:
    """One folder, in which `fwlint init` and `fwlint check` run."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.capsys = capsys
        monkeypatch.chdir(folder)

    def write(self, files: Mapping[str, str]) -> None:
        """Write files into the folder, and into folders of it."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """The exit status of `fwlint init`, and what it says."""
        self.capsys.readouterr()
        status = main(["init", *arguments])
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def text(self, files: Mapping[str, str], *arguments: str) -> str:
        """The file that is written for these exports, which are named unless arguments do it."""
        self.write(files)
        status, _, errors = self.run(*(arguments or files), "--force", "--no-input")

        assert (status, errors) == (0, "")
        return (self.folder / "site.yaml").read_text(encoding="utf-8")

    def check(self, *arguments: str) -> tuple[int, str]:
        """The exit status of `fwlint check`, and what it finds, one line each."""
        self.capsys.readouterr()
        status = main(["check", "-o", "concise", *arguments])
        return status, self.capsys.readouterr().out


@pytest.fixture
def init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """A folder without exports."""
    return Init(tmp_path, monkeypatch, capsys)


def with_machines(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Init:
    """A folder with the exports of two machines."""
    made = Init(folder, monkeypatch, capsys)
    made.write({"web.v4": WEB, "db.v4": DB})
    return made


def existing(init: Init) -> str:
    """The site file that is there."""
    return (init.folder / "site.yaml").read_text(encoding="utf-8")


def read(text: str) -> dict[str, Any]:
    """What the file says."""
    found: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return found


def allowed(text: str) -> list[str]:
    """The entries of `allow:` in words: `tcp 22` from whom to whom."""
    return [_words(each) for each in read(text).get("allow", ())]


def doubtful(text: str) -> list[str]:
    """The same of the entries that are commented out."""
    lines = [line[4:] for line in text.splitlines() if line.startswith("  # ")]
    found: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith("- id: "):
            entry = yaml.load("\n".join(lines[number : number + 4]), yaml.BaseLoader)
            found += map(_words, entry)
    return found


def _words(entry: Mapping[str, Any]) -> str:
    ends = (_listed(entry[key]) for key in ("service", "from", "to"))
    return "{} from {} to {}".format(*ends)


def _listed(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def unhidden(text: str) -> str:
    """The text with every entry of `allow:` that was commented out."""
    head, mark, tail = text.partition("  # Not allowed yet")
    if not mark:
        return text
    entry = re.compile(r"^  # ((?:- id|  from|  to|  service): )", re.MULTILINE)
    return head.replace("\n# allow:", "\nallow:") + mark + entry.sub(r"  \1", tail)
