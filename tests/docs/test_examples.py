"""The example of every check is an excerpt of a case in fixtures/checks that shows its finding.

`test_golden.py` runs the cases, so what is said here of their outputs is said of the program.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from linter.checks import catalogue
from linter.checks.check import Check
from tests import FIXTURES
from tests.docs.pages import tokens

_CASES = FIXTURES / "checks"
_SHOP = _CASES / "shop"
_PLACE = re.compile(r"^ *(?:-->|:::)? ?(\S+?):(\d+):\d+", re.MULTILINE)


def _blocks(check: Check) -> list[str]:
    """The blocks of code in the example of a check."""
    example = re.search(
        r"^\*\*Example\.\*\*.*?(?=^\*\*How to fix)", check.page, re.MULTILINE | re.DOTALL
    )
    assert example
    return [token.content for token in tokens(example[0]) if token.type == "fence"]


def _is_within(block: str, text: str) -> bool:
    """Whether the lines stand in a file one behind the other; `...` is any number of lines."""
    lines = [line.strip() for line in block.splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if one == "..." else re.escape(one) + r"\n" for one in lines)
    within = "".join(f"{line.strip()}\n" for line in text.splitlines())
    return re.search(f"^{pattern}", within, re.MULTILINE) is not None


def _files(case: Path) -> list[Path]:
    """What the program reads in a case."""
    inputs = [*case.rglob("*"), *_SHOP.iterdir()]
    return [
        path for path in inputs if path.is_file() and path.name not in ("command", "expected.txt")
    ]


def _shown(case: Path, check: str) -> Iterator[str]:
    """The lines that the findings of a check point at."""
    said = (case / "expected.txt").read_text(encoding="utf-8")
    for finding in re.split(r"\n(?=\w+\[|--- )|\n\n", said):
        is_failure = check == catalogue.FAILED and finding.startswith("--- standard error")
        if is_failure or f"[{check}" in finding:
            for path, line in _PLACE.findall(finding):
                yield (case / path).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


@pytest.mark.parametrize("check", catalogue.every(), ids=catalogue.IDS)
def test_an_example_is_an_excerpt_of_a_case_that_shows_its_finding(check: Check) -> None:
    blocks = _blocks(check)
    lines = {line.strip() for block in blocks for line in block.splitlines()}
    cases = [
        case
        for case in sorted(path.parent for path in (_CASES / check.id).glob("*/command"))
        if all(
            any(_is_within(block, path.read_text(encoding="utf-8")) for path in _files(case))
            for block in blocks
        )
    ]

    assert blocks
    assert [case.name for case in cases if lines & set(_shown(case, check.id))] != [], (
        f"{[case.name for case in cases]} have these lines"
    )


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("one\ntwo\n", True),
        ("  two\nthree\n", True),
        ("one\nthree\n", False),
        ("one\n...\nthree\n", True),
        ("two\n...\none\n", False),
        ("on\n", False),
        ("wo\n", False),
    ],
)
def test_an_excerpt_has_whole_lines_in_their_order(block: str, *, expected: bool) -> None:
    assert _is_within(block, "one\n  two\nthree") == expected
