"""Rules without which nothing changes, as fwlint says: the kernel says so too."""

from collections.abc import Callable

import pytest
from hypothesis.strategies import SearchStrategy

from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.deletions import Deletions, held, is_certain
from tests.oracles.kernel.nft.strategies import nft_cases
from tests.oracles.kernel.runs import Record, fresh
from tests.oracles.kernel.strategies import iptables_cases
from tests.oracles.kernel.worker import Kernel

pytestmark = pytest.mark.kernel

KINDS: dict[str, Callable[..., SearchStrategy[Case]]] = {
    "iptables": iptables_cases,
    "nftables": nft_cases,
}


@pytest.fixture(params=KINDS)
def cases(request: pytest.FixtureRequest) -> Callable[..., SearchStrategy[Case]]:
    return KINDS[request.param]


def _run(kernel: Kernel, cases: SearchStrategy[Case], count: int, packets: int) -> Deletions:
    seen = Deletions()
    for case in fresh(cases, count):
        if is_certain(case):
            held(kernel, case, packets, seen)
    return seen


def test_without_a_rule_that_changes_nothing_the_verdicts_are_the_same(
    cases: Callable[..., SearchStrategy[Case]], kernel: Kernel, record_property: Record
) -> None:
    seen = _run(kernel, cases(is_open=False), 30, 200)
    record_property("counted", str(seen))

    assert seen.claimed >= 100


@pytest.mark.long
@pytest.mark.parametrize("is_open", [False, True])
def test_without_thousands_of_rules_that_change_nothing_the_verdicts_are_the_same(
    cases: Callable[..., SearchStrategy[Case]],
    kernel: Kernel,
    record_property: Record,
    is_open: bool,
) -> None:
    seen = _run(kernel, cases(is_open=is_open), 500, 800)
    record_property("counted", str(seen))

    assert seen.claimed >= 500
