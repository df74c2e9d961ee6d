"""Rows of `fwlint open`: the kernel lets pass what is in them, and nothing else."""

from random import Random

import pytest
from hypothesis.strategies import SearchStrategy

from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.openings import Openings, held
from tests.oracles.kernel.runs import Cases, Record, fresh
from tests.oracles.kernel.worker import Kernel

pytestmark = pytest.mark.kernel


def _run(
    kernel: Kernel, cases: SearchStrategy[Case], count: int, packets: int, first: int = 0
) -> Openings:
    seen = Openings()
    for number, case in enumerate(fresh(cases, count, first)):
        if case.hook in ("input", "forward"):
            held(kernel, case, packets, Random(number), seen)
    return seen


def test_what_is_open_passes_and_nothing_else(
    cases: Cases, kernel: Kernel, record_property: Record
) -> None:
    seen = _run(kernel, cases(is_open=False), 30, 200)
    record_property("counted", str(seen))

    assert seen.inside >= 200
    assert seen.passed < seen.asked


@pytest.mark.long
@pytest.mark.parametrize("is_open", [False, True])
def test_what_is_open_on_many_rule_sets_passes_and_nothing_else(
    cases: Cases,
    kernel: Kernel,
    record_property: Record,
    is_open: bool,
    first: int,
) -> None:
    seen = _run(kernel, cases(is_open=is_open), 500, 400, first)
    record_property("counted", str(seen))

    assert seen.inside >= 5_000
    assert seen.undecided * 10 <= seen.cases
