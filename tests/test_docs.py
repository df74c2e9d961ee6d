"""What docs/ says of the program is what the program says of itself."""

import argparse
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from linter.checks.catalogue import CHECKS, Check, documentation, pages
from linter.commands.arguments import parser
from linter.report import FORMATS
from tests import ROOT

_DOCS = ROOT / "docs"
_FOLDER = ROOT / "linter/checks/documentation"
_PAGES = sorted([*_DOCS.rglob("*.md"), *_FOLDER.glob("*.md"), *ROOT.glob("*.md")])


def test_the_checks_are_documented_as_they_are(golden: Callable[[Path, str], None]) -> None:
    golden(_DOCS / "checks.md", pages())


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_every_page_says_what_why_an_example_and_a_remedy(check: Check) -> None:
    titles = re.findall(r"^\*\*(.+?)\.\*\*", documentation(check), re.MULTILINE)

    assert titles == ["Reports", "Why it matters", "Example", "How to fix"]


def _headings(text: str, level: str) -> list[str]:
    tokens = MarkdownIt().parse(text)
    return [
        inside.content
        for opening, inside in pairwise(tokens)
        if opening.type == "heading_open" and opening.tag == level
    ]


def test_a_reader_of_commonmark_sees_the_heading_of_every_check() -> None:
    titles = [f"{check.id} {check.name}" for check in CHECKS]

    assert _headings(pages(), "h2") == titles
    assert [_headings(documentation(check), "h1") for check in CHECKS] == [[one] for one in titles]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_no_code_fence_stands_within_a_paragraph(page: Path) -> None:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))

    assert [token.content for token in tokens if "```" in token.content] == []


def test_every_page_belongs_to_a_check() -> None:
    assert sorted(page.stem for page in _FOLDER.iterdir()) == sorted(check.id for check in CHECKS)


def test_ids_and_names_are_unique_and_ids_ascend() -> None:
    ids = [check.id for check in CHECKS]

    assert ids == sorted(set(ids))
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def _options(of: argparse.ArgumentParser, command: str) -> Iterator[str]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield f"{command} {name}"
                yield from _options(inner, f"{command} {name}")
        yield from (option for option in action.option_strings if option.startswith("--"))


def test_every_command_option_and_format_is_in_the_manual() -> None:
    manual = (_DOCS / "cli.md").read_text(encoding="utf-8")
    manual = re.sub(r"^```.*?^```$", "", manual, flags=re.DOTALL | re.MULTILINE)
    said = set(re.findall(r"`([^`]+)`", manual))
    words = {word for text in said for word in re.split(r"[ =|]", text)} | {
        " ".join(text.split()[:count]) for text in said for count in (2, 3)
    }

    options = {*_options(parser(), "fwlint"), *FORMATS} - {"--help"}
    assert options - words == set()
    assert set(re.findall(r"--[a-z-]+", " ".join(said))) - options - {"--version"} == set()
