"""The demo site: its whole output in every format, and the finding of it in README.md."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from linter.checks import catalogue
from linter.cli import main
from linter.report import FORMATS
from tests import ROOT
from tests.pinned import KNOWN, SELECTED

_ROOT = ROOT
_SITE = "fixtures/demo/site.yaml"


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["check", _SITE, *SELECTED, "--date", "2026-11-20", *arguments])
    captured = capsys.readouterr()

    assert captured.err == ""
    return status, captured.out


@pytest.mark.parametrize("format_name", sorted(FORMATS))
def test_the_demo_prints_what_was_reviewed(
    format_name: str,
    golden: Callable[[Path, str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(_ROOT)
    monkeypatch.setattr(catalogue, "IDS", KNOWN)

    status, output = _run(capsys, "-o", format_name)

    assert status == 1
    shown = _without_documentation(output) if format_name == "sarif" else output
    shown = re.sub(r"<style>.*?</style>", "<style>…</style>", shown, flags=re.DOTALL)
    golden(_ROOT / "fixtures" / "demo" / "expected" / f"{format_name}.txt", shown)


def _without_documentation(sarif: str) -> str:
    """The SARIF without the pages on all checks, which tests/cli/test_docs.py holds."""
    log = json.loads(sarif)
    log["runs"][0]["tool"]["driver"]["rules"] = []
    for result in log["runs"][0]["results"]:
        del result["ruleIndex"]
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def test_the_readme_shows_a_finding_that_the_demo_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(_ROOT)
    readme = (_ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", readme, re.DOTALL)

    _, output = _run(capsys)
    found = [f"{each}\n" for each in output.split("\n\n")]

    assert len(shown) == 1
    assert [block for block in shown if block not in found] == []
