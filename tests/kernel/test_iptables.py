"""iptables and ip6tables: fwlint's verdicts against the kernel's, for random rule sets."""

import pytest

from tests.kernel.compare import Comparison, Tally
from tests.kernel.regions import region_packets
from tests.kernel.runs import Record, mutations, run
from tests.kernel.strategies import iptables_cases
from tests.kernel.worker import Kernel

pytestmark = pytest.mark.kernel


def compared(kernel: Kernel, cases: int, packets: int, *, is_open: bool = False) -> Tally:
    """The counts of the comparison of so many rule sets, with about so many packets each."""
    comparison = Comparison(kernel, packets, further=region_packets)
    return run(comparison, iptables_cases(is_open=is_open), cases)


def test_every_verdict_is_the_kernels(kernel: Kernel, record_property: Record) -> None:
    tally = compared(kernel, 150, 320)
    record_property("kernel", str(tally))

    assert tally.refused == 0
    assert tally.verdicts >= 37_500
    assert tally.definite > 0.95 * tally.verdicts
    assert tally.connections > 1000


def test_with_unread_parts_the_verdict_lies_between_the_bounds(
    kernel: Kernel, record_property: Record
) -> None:
    tally = compared(kernel, 60, 320, is_open=True)
    record_property("kernel", str(tally))

    assert tally.refused == 0
    assert tally.verdicts >= 12_500
    assert 0.2 * tally.verdicts < tally.definite < tally.verdicts


@pytest.mark.long
def test_millions_of_verdicts_are_the_kernels(kernel: Kernel, record_property: Record) -> None:
    closed = compared(kernel, 1400, 1500)
    still_open = compared(kernel, 300, 1500, is_open=True)
    record_property("kernel", str(closed))
    record_property("kernel", str(still_open))

    assert closed.refused == still_open.refused == 0
    assert closed.verdicts + still_open.verdicts >= 2_000_000


def test_a_rule_that_fwlint_ignores_is_noticed(kernel: Kernel, record_property: Record) -> None:
    caught = mutations(kernel, iptables_cases(), 25)
    record_property("kernel", f"{sum(caught)} of {len(caught)} planted mutations caught")

    assert sum(caught) >= 24


@pytest.mark.long
def test_a_rule_that_fwlint_ignores_is_noticed_in_95_of_100_rule_sets(
    kernel: Kernel, record_property: Record
) -> None:
    caught = mutations(kernel, iptables_cases(), 200)
    record_property("kernel", f"{sum(caught)} of {len(caught)} planted mutations caught")

    assert sum(caught) >= 190
