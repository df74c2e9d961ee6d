"""SARIF as GitHub's own rules see it: Microsoft's validator, from its package (long)."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from flowmodel.finding import Report
from linter.cli import main
from linter.report import Options, render
from tests import ROOT
from tests.linter.report.samples import CLEAN, REPORT

_PACKAGE = "@microsoft/sarif-multitool-linux@5.7.0"
_DEMOS = ("site", "site-nft", "site-pf", "site-aws")


@pytest.fixture(scope="module")
def multitool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The validator's program."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("multitool")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", _PACKAGE]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    program = folder / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    if found.returncode or not program.exists():
        pytest.skip(f"{_PACKAGE} cannot be installed: {found.stderr[-200:]}")
    program.chmod(0o755)
    return program


def _told(program: Path, sarif: Path) -> list[str]:
    """What the validator calls an error or a warning; its exit status is 0 whatever it finds."""
    report = sarif.with_suffix(".report")
    rules = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note"]
    command = [str(program), "validate", str(sarif), *rules, "-o", str(report)]
    subprocess.run([*command, "--log", "ForceOverwrite"], capture_output=True, check=True)
    (run,) = json.loads(report.read_text(encoding="utf-8-sig"))["runs"]
    results = run["results"]
    # Without a note the rules did not run: some are about every file.
    assert any(each["level"] == "note" for each in results)
    return [
        f"{each['ruleId']}: {each['message']}"
        for each in results
        if each.get("level", "warning") in ("error", "warning")
    ]


@pytest.mark.long
def test_the_validator_finds_faults(multitool: Path, tmp_path: Path) -> None:
    log = json.loads(render("sarif", REPORT, Options(directory="/repository")))
    log["runs"][0]["results"][0]["locations"] = []
    path = tmp_path / "broken.sarif"
    path.write_text(json.dumps(log))

    assert {each.partition(":")[0] for each in _told(multitool, path)} >= {"GH1015"}


@pytest.mark.long
@pytest.mark.parametrize("report", [REPORT, CLEAN], ids=["findings", "clean"])
def test_samples_have_no_errors_and_no_warnings(
    report: Report, multitool: Path, tmp_path: Path
) -> None:
    path = tmp_path / "found.sarif"
    path.write_text(render("sarif", report, Options(directory="/repository")))

    assert _told(multitool, path) == []


@pytest.mark.long
@pytest.mark.parametrize("site", _DEMOS)
def test_demo_sites_have_no_errors_and_no_warnings(
    site: str, multitool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    path = tmp_path / "found.sarif"
    options = ["--fix", "-q", "-o", f"sarif:{path}", "--sarif-include-waived"]
    assert main(["check", f"fixtures/demo/{site}.yaml", *options]) == 1

    assert _told(multitool, path) == []
