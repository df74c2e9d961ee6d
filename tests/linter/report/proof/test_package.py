"""What does not write the report loads none of it, and what does is done in seconds."""

import subprocess
import sys
import time

from flowmodel.record import replace
from linter.report import Options, render
from tests import ROOT
from tests.linter.report.samples import BLOCKED, REPORT, UNSURE


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
