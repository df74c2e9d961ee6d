"""The whole output of every format."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import linter
from linter.report import FORMATS, Options, render
from tests.linter.report.samples import CLEAN, REPORT

_FOLDER = Path(__file__).with_name("golden")


def _scrubbed(text: str) -> str:
    if '"$schema"' in text:
        text = _of_these_checks(text)
    # The pages of the checks have a test of their own.
    text = re.sub(r'("(?:text|markdown)": "# FW)[^\n]*', r"\1…", text)
    text = re.sub(r"<style>.*?</style>", "<style>…</style>", text, flags=re.DOTALL)
    text = text.replace(f"fwlint {linter.__version__}", "fwlint @@VERSION@@")
    return text.replace(f'"{linter.__version__}"', '"@@VERSION@@"')


def _of_these_checks(sarif: str) -> str:
    """The SARIF with those checks alone that it has results of, whatever others there are."""
    log = json.loads(sarif)
    (run,) = log["runs"]
    found = {result["ruleId"] for result in run["results"]}
    driver = run["tool"]["driver"]
    driver["rules"] = [rule for rule in driver["rules"] if rule["id"] in found]
    for result in run["results"]:
        del result["ruleIndex"]
    return json.dumps(log, indent=1) + "\n"


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_report_is_as_reviewed(format_name: str, golden: Callable[[Path, str], None]) -> None:
    text = render(format_name, REPORT, Options(directory="/repository"))

    golden(_FOLDER / f"{format_name}.txt", _scrubbed(text))


def test_colours_and_the_trace_are_as_reviewed(golden: Callable[[Path, str], None]) -> None:
    text = render("full", REPORT, Options(color=True, trace=True))

    golden(_FOLDER / "full-color-trace.txt", text.replace("\x1b", "\\e"))


@pytest.mark.parametrize(
    ("format_name", "expected"),
    [
        ("full", "No findings in 2 exports, 40 rules and 31 flows; 0 waived.\n"),
        ("concise", "No findings in 2 exports, 40 rules and 31 flows; 0 waived.\n"),
        ("github", ""),
    ],
)
def test_a_clean_report_says_how_much_was_checked(format_name: str, expected: str) -> None:
    assert render(format_name, CLEAN, Options()) == expected
