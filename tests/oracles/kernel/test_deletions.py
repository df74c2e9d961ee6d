"""Rules without which nothing changes, and rules without which something does, as fwlint says.

The kernel says so too.
"""

import pytest
from hypothesis.strategies import SearchStrategy

from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.deletions import Deletions, held, is_certain
from tests.oracles.kernel.needed import Needed
from tests.oracles.kernel.needed import held as needed
from tests.oracles.kernel.runs import Cases, Record, fresh
from tests.oracles.kernel.worker import Kernel

pytestmark = pytest.mark.kernel


def _run(
    kernel: Kernel, cases: SearchStrategy[Case], count: int, packets: int, first: int = 0
) -> Deletions:
    seen = Deletions()
    for case in fresh(cases, count, first):
        if is_certain(case):
            held(kernel, case, packets, seen)
    return seen


def test_without_a_rule_that_changes_nothing_the_verdicts_are_the_same(
    cases: Cases, kernel: Kernel, record_property: Record
) -> None:
    seen = _run(kernel, cases(is_open=False), 18, 300)
    record_property("counted", str(seen))

    assert seen.claimed >= 100


@pytest.mark.long
@pytest.mark.parametrize("is_open", [False, True])
def test_without_thousands_of_rules_that_change_nothing_the_verdicts_are_the_same(
    cases: Cases,
    kernel: Kernel,
    record_property: Record,
    is_open: bool,
    first: int,
) -> None:
    seen = _run(kernel, cases(is_open=is_open), 500, 800, first)
    record_property("counted", str(seen))

    assert seen.claimed >= 500


def _needed(
    kernel: Kernel, cases: SearchStrategy[Case], count: int, rules: int, first: int = 0
) -> Needed:
    seen = Needed()
    for case in fresh(cases, count, first):
        if is_certain(case):
            assert needed(kernel, case, rules, seen) == []
    return seen


def test_without_any_other_rule_a_packet_of_fwlints_own_fares_otherwise(
    cases: Cases, kernel: Kernel, record_property: Record
) -> None:
    seen = _needed(kernel, cases(is_open=False), 12, 5)
    record_property("counted", str(seen))

    assert seen.asked >= 5


@pytest.mark.long
@pytest.mark.parametrize("is_open", [False, True])
def test_without_any_of_thousands_of_other_rules_a_packet_fares_otherwise(
    cases: Cases, kernel: Kernel, record_property: Record, is_open: bool, first: int
) -> None:
    seen = _needed(kernel, cases(is_open=is_open), 500, 10, first)
    record_property("counted", str(seen))

    assert seen.asked >= 50
