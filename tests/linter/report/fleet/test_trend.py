"""What became of findings: nothing is gone that nobody looked for."""

from typing import Any

import pytest

from linter.report.fleet.found import Run
from linter.report.fleet.trend import trend
from tests.linter.report.fleet.samples import SILENT, run, told

A = told("a")
WORSE = told("a", size=b"2")
LISTS = ("new", "changed", "unchanged", "gone", "settled", "first_checked", "not_checked")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (run(A), run(A), {"unchanged": 1}),
        (run(inputs="a"), run(A), {"new": 1}),
        (run(A), run(inputs="a"), {"gone": 1}),
        (run(A), run(WORSE), {"changed": 1}),
        # An input, or a check, that one of the runs does not tell of.
        (run(A), run(inputs="b"), {"not_checked": 1}),
        (run(A), run(failed="a"), {"not_checked": 1}),
        (run(A), run(inputs="a", left_out=["FW215"]), {"not_checked": 1}),
        (run(A), run(inputs="a", left_out=["FW306"]), {"gone": 1}),
        (run(inputs="b"), run(A), {"first_checked": 1}),
        (run(failed="a"), run(A), {"first_checked": 1}),
        (run(inputs="a", left_out=["FW215"]), run(A), {"first_checked": 1}),
        (run(A, failed="a"), run(A, failed="a"), {"unchanged": 1}),
        # What is accepted is still there; what is accepted no more is told as new.
        (run(A), run(settled=[A]), {"settled": 1}),
        (run(settled=[A]), run(A), {"new": 1}),
        (run(A, A), run(A, settled=[A]), {"unchanged": 1, "settled": 1}),
        # Several of one name: those of one size belong together.
        (run(A, WORSE), run(WORSE, A), {"unchanged": 2}),
        (run(A), run(WORSE, A), {"unchanged": 1, "new": 1}),
        (run(A, A), run(WORSE), {"changed": 1, "gone": 1}),
        (run(A), run(A, told("a", SILENT)), {"unchanged": 1, "new": 1}),
        (run(), run(), {}),
    ],
)
def test_each_finding_is_of_one_kind(before: Run, now: Run, expected: dict[str, int]) -> None:
    found: Any = trend(before, now)

    assert {name: len(getattr(found, name)) for name in LISTS if getattr(found, name)} == expected


def test_inputs_of_one_run_alone_are_named() -> None:
    found = trend(run(inputs="ab"), run(inputs="bc"))

    assert (found.added.shown, found.missing.shown) == (("c",), ("a",))
