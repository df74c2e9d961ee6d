"""What is installed has the templates, and what does not write reports loads none of it."""

import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from flowmodel.record import replace
from linter.report import Options, render
from tests import ROOT
from tests.linter.report.samples import BLOCKED, REPORT, UNSURE

_PACKAGES = ("flowfiles", "flowmodel", "fwlint", "linter", "parsers", "policies")


def test_the_wheel_has_the_templates(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for each in _PACKAGES:
        shutil.copytree(ROOT / each, tree / each, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    subprocess.run([sys.executable, "-c", build], cwd=tree, check=True, capture_output=True)

    (wheel,) = tree.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    templates = (ROOT / "linter/report/proof/templates").iterdir()
    wanted = {each.relative_to(ROOT).as_posix() for each in templates}
    assert len(wanted) >= 5
    assert wanted - names == set()


def test_only_the_report_loads_the_templates_and_their_engine() -> None:
    run = (
        "import sys; from linter.cli import main; main(sys.argv[1:]);"
        "print(sorted({'jinja2', 'markupsafe', 'grandalf', 'hashlib'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", run, "check", "fixtures/demo/site.yaml", "-q"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert shown == "[]\n"


def test_ten_thousand_findings_are_written_in_seconds() -> None:
    many = tuple(
        replace(BLOCKED if number % 2 else UNSURE, key=("edge", str(number)))
        for number in range(10_000)
    )
    start = time.process_time()
    page = render("html", replace(REPORT, findings=many), Options())

    assert page.count("<article ") >= 10_000
    assert len(page) < 15_000_000
    # Measured: 1.4 s.
    assert time.process_time() - start < 30
