"""What docs/ says of the program is what the program says of itself."""

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from linter.checks.catalogue import pages
from linter.commands import recipes
from linter.commands.arguments import parser
from linter.report import FORMATS
from tests import ROOT

_DOCS = ROOT / "docs"


def test_the_checks_are_documented_as_they_are(golden: Callable[[Path, str], None]) -> None:
    golden(_DOCS / "checks.md", pages())


def test_the_recipes_are_documented_as_they_are(golden: Callable[[Path, str], None]) -> None:
    golden(_DOCS / "exports.md", recipes.page())


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
