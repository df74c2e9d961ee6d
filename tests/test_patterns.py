"""Regular expressions mean the same in every Python that fwlint runs on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_PACKAGES = ("flowfiles", "flowmodel", "fwlint", "linter", "parsers", "policies")
# Python before 3.11.5 goes on wrongly behind `(…)*+` if what is repeated can match in several ways
# (https://github.com/python/cpython/issues/106052); `(?>(…)*)` is right in all of them. After one
# character or class the possessive quantifier is.
_POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+")


def _lines() -> Iterator[tuple[Path, str]]:
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in (".py", ".lark"):
                for line in path.read_text(encoding="utf-8").splitlines():
                    yield path, line


def test_no_group_is_repeated_possessively() -> None:
    found = [f"{path}: {line}" for path, line in _lines() if _POSSESSIVE_GROUP.search(line)]

    assert found == []


@pytest.mark.parametrize(
    ("pattern", "is_one"),
    [("(?:a|b)*+", True), ("(a){2,}+", True), ("(?>(?:a|b)*)", False), ("[ab]*+", False)],
)
def test_a_group_is_told_from_a_class(pattern: str, *, is_one: bool) -> None:
    assert bool(_POSSESSIVE_GROUP.search(pattern)) is is_one


def _of_all_scripts(text: str) -> list[str]:
    """What takes the digits of all scripts, where the tools know those from 0 to 9."""
    found = re.findall(r"\.is(?:decimal|digit)\(\)", text)
    return found if "re.ASCII" in text else [*found, *re.findall(r"\\d", text)]


def test_digits_are_those_that_the_tools_take() -> None:
    found = {
        path: said
        for path in sorted((_ROOT / "parsers").rglob("*.py"))
        if path.name != "digits.py" and (said := _of_all_scripts(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (r'"(\d+)"', True),
        (r're.compile("(\d+)", re.ASCII)', False),
        ("text.isdecimal()", True),
        ("is_decimal(text)", False),
        ('"[0-9]+"', False),
    ],
)
def test_digits_of_all_scripts_are_found(text: str, *, is_one: bool) -> None:
    assert bool(_of_all_scripts(text)) is is_one
