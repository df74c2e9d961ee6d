"""What readers of SARIF take of many and long results, and that nothing is lost in silence."""

import json
import zlib
from random import Random
from typing import Any

import pytest

from flowmodel.finding import Finding, Report
from flowmodel.record import replace
from linter.report import Options, render
from tests.linter.report.samples import BLOCKED, REPORT, UNREADABLE, UNSURE, at

_WORST = 30
_LEAVES = (
    "leaves out {} of {} results, the least severe or longest ones, as code scanning takes no more"
)
_SAID = f"sarif {_LEAVES}; all other formats have all of them"


def _run(report: Report) -> tuple[dict[str, Any], list[str]]:
    """The run, and what was said of what it leaves out."""
    said: list[str] = []
    text = render("sarif", report, Options(directory="/repository", remark=said.append))
    assert len(zlib.compress(text.encode())) < 10_000_000
    run: dict[str, Any] = json.loads(text)["runs"][0]
    return run, said


def test_a_report_that_fits_is_whole_and_nothing_is_said_of_it() -> None:
    run, said = _run(REPORT)

    assert (len(run["results"]), said) == (4, [])
    assert "toolExecutionNotifications" not in run["invocations"][0]


@pytest.mark.parametrize("number", [4_999, 5_000, 6_000])
def test_github_keeps_5000_results_so_these_are_the_worst(number: int) -> None:
    run, said = _run(Report((*[UNSURE] * number, BLOCKED)))

    assert len(run["results"]) == 5_000
    assert run["results"][0]["ruleId"] == "FW101"
    lost = (f"{number + 1 - 5_000:,}", f"{number + 1:,}")
    notes = run["invocations"][0].get("toolExecutionNotifications", [])
    assert said == ([_SAID.format(*lost)] if number > 4_999 else [])
    assert [each["message"]["text"] for each in notes] == (
        [f"This file {_LEAVES.format(*lost)}."] if number > 4_999 else []
    )


def test_the_file_is_under_10_mb_when_it_is_compressed() -> None:
    random = Random(1)
    noise = [tuple(f"{random.getrandbits(7_600):x}" for _ in range(200)) for _ in range(2 * _WORST)]
    long = [replace(at(1, 1, 2), level="warning", reasons=reasons) for reasons in noise]
    worst = [replace(each, level="error") for each in long[:_WORST]]
    run, said = _run(Report((*long[_WORST:], *worst), failures=(UNREADABLE,)))

    kept = [each["level"] for each in run["results"]]
    assert kept[: _WORST + 1] == ["error"] * (_WORST + 1)
    assert _WORST + 1 < len(kept) < 2 * _WORST
    assert said == [_SAID.format(2 * _WORST + 1 - len(kept), 2 * _WORST + 1)]


def test_a_line_of_a_megabyte_does_not_push_out_all_results() -> None:
    long = "x" * 1_000_000
    finding = replace(
        BLOCKED, message=long, label=long, title=long, extent=long, witness=long, remedy=long
    )
    (result,) = _run(Report((finding,)))[0]["results"]

    assert max(map(len, result["message"]["text"].split("\n"))) < 2_100
    assert len(json.dumps(result)) < 30_000
    assert result["message"]["text"].startswith("xxxx")


@pytest.fixture(scope="module")
def giant() -> Finding:
    """A finding that is longer than all that a file may have, however it is packed."""
    random = Random(1)
    return replace(
        at(1, 1, 2), reasons=tuple(f"{random.getrandbits(7_900):x}" for _ in range(9_500))
    )


def test_a_result_that_is_too_long_by_itself_pushes_no_other_out(giant: Finding) -> None:
    run, said = _run(Report((giant, replace(BLOCKED, level="error"), UNSURE)))

    assert [each["ruleId"] for each in run["results"]] == ["FW101", "FW205"]
    assert run["results"][0]["properties"]["device"] == "edge"
    assert said == [_SAID.format(1, 3)]


def test_a_file_with_findings_is_never_without_a_result(giant: Finding) -> None:
    text = render("sarif", Report((giant,)), Options())

    assert len(json.loads(text)["runs"][0]["results"]) == 1
