"""What docs/ says of the program is what the program says of itself."""

import argparse
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from linter.checks import catalogue
from linter.checks.catalogue import pages
from linter.commands import recipes
from linter.commands.arguments import parser
from linter.report import FORMATS
from tests import ROOT

_DOCS = ROOT / "docs"
_PAGES = sorted([*_DOCS.rglob("*.md"), *ROOT.glob("*.md")])
_CHECKS = catalogue.every()


def test_the_checks_are_documented_as_they_are(golden: Callable[[Path, str], None]) -> None:
    golden(_DOCS / "checks.md", pages())


def test_the_recipes_are_documented_as_they_are(golden: Callable[[Path, str], None]) -> None:
    golden(_DOCS / "exports.md", recipes.page())


def _headings(text: str, level: str) -> list[str]:
    tokens = MarkdownIt().parse(text)
    return [
        inside.content
        for opening, inside in pairwise(tokens)
        if opening.type == "heading_open" and opening.tag == level
    ]


def test_a_reader_of_commonmark_sees_the_heading_of_every_check() -> None:
    titles = [f"{check.id} {check.name}" for check in _CHECKS]

    assert _headings(pages(), "h2") == titles
    assert [_headings(check.page, "h1") for check in _CHECKS] == [[one] for one in titles]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_no_code_fence_stands_within_a_paragraph(page: Path) -> None:
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))

    assert [token.content for token in tokens if "```" in token.content] == []


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
    assert set(re.findall(r"--[a-z][a-z0-9-]*", " ".join(said))) - options - {"--version"} == set()
