"""docs/own-policy.md: its files and commands do what the page says."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from linter.cli import main
from tests import ROOT

_PAGE = ROOT / "docs" / "own-policy.md"
_NAMED = re.compile(r"`([a-z-]+\.(?:md|yaml|rules))`[^`]*:$")


def _blocks() -> list[tuple[str, str, str]]:
    """The kind and the text of each block of code, with the file that it is, if it is one."""
    found = []
    before = ""
    for token in MarkdownIt().parse(_PAGE.read_text(encoding="utf-8")):
        if token.type == "fence":
            named = _NAMED.search(before)
            found.append((token.info, token.content, named[1] if named else ""))
            before = ""
        elif token.content:
            before = token.content
    return found


def test_the_page_goes_the_whole_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = ""
    commands = []
    for kind, text, name in _blocks():
        if name:
            Path(name).write_text(text, encoding="utf-8")
        elif kind == "sh":
            for line in text.splitlines():
                program, *arguments = line.split()
                # The site has the fault that its section is about.
                status = int(arguments[0] == "check")
                assert (program, main(arguments)) == ("fwlint", status)
                commands.append(" ".join(arguments[:2]))
            said = capsys.readouterr().out
        elif kind == "text":
            assert text in said
        else:
            assert text in Path("shop-draft.yaml").read_text(encoding="utf-8")

    assert commands == ["policy draft", "policy check", "check site.yaml"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "database.rules",
        "ports.md",
        "shop-draft.yaml",
        "shop.yaml",
        "site.yaml",
    ]


def test_the_draft_itself_has_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = next(text for _, text, name in _blocks() if name == "ports.md")
    Path("ports.md").write_text(page, encoding="utf-8")

    assert main(["policy", "draft", "ports.md", "-o", "draft.yaml"]) == 0
    assert main(["policy", "check", "draft.yaml"]) == 0
    assert "6 flows, 6 rows: every row is covered" in capsys.readouterr().out
