"""A baseline and settings in every format: a report that looks clean tells why."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flowmodel.finding import Agreed, Settings
from flowmodel.record import replace
from linter.report import FORMATS, Options, render
from tests.linter.report.samples import ACCEPTED, BLOCKED, CLEAN
from tests.linter.report.test_golden import _scrubbed

_FOLDER = Path(__file__).with_name("golden")
_SETTINGS = Settings(
    "../fwlint.toml",
    site="firewalls/\x1b[2Jsite.yaml",
    fail_on="never",
    ignore=("FW3", "FW401"),
    baseline="base.json",
    unmarked=("22/tcp",),
)
_AGREED = Agreed("base.json", "2027-03-01", 7, is_over=False)
_REPORT = replace(CLEAN, accepted=(BLOCKED, ACCEPTED), baseline=_AGREED, settings=_SETTINGS)


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_report_is_as_reviewed(format_name: str, golden: Callable[[Path, str], None]) -> None:
    options = Options(directory="/repository", include_waived=True)

    golden(
        _FOLDER / f"accepted-{format_name}.txt", _scrubbed(render(format_name, _REPORT, options))
    )


@pytest.mark.parametrize("format_name", ["full", "concise", "github"])
def test_without_them_nothing_is_said_of_them(format_name: str) -> None:
    text = render(format_name, CLEAN, Options())

    assert "baseline" not in text
    assert "ettings" not in text


@pytest.mark.parametrize(
    ("include", "number", "says"), [(False, 0, "left out"), (True, 2, "shown as suppressed")]
)
def test_sarif_says_where_accepted_results_are(include: bool, number: int, says: str) -> None:
    options = Options(directory="/repository", include_waived=include)
    (run,) = json.loads(render("sarif", _REPORT, options))["runs"]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]

    assert len(run["results"]) == number
    assert told["message"]["text"] == f"Accepted by the baseline: 2, {says}."


def test_a_baseline_that_is_over_accepts_nothing() -> None:
    over = replace(CLEAN, baseline=replace(_AGREED, is_over=True))

    assert render("full", over, Options()) == (
        "No findings in 2 exports, 40 rules and 31 flows; 0 waived, none accepted by the baseline, "
        "which ended on 2027-03-01.\n"
    )
