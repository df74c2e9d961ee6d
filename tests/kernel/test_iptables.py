"""iptables and ip6tables: fwlint's verdicts against the kernel's, for random rule sets."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.kernel.cases import IptablesCase, without
from tests.kernel.compare import Comparison, compare, read, written
from tests.kernel.packets import boundary_packets, scattered_packets
from tests.kernel.regions import region_packets
from tests.kernel.strategies import iptables_cases
from tests.kernel.worker import Kernel

pytestmark = pytest.mark.kernel
Record = Callable[[str, object], None]


def examples(count: int) -> settings:
    """So many rule sets; shrinking is our own, by rules, and needs no other examples."""
    return settings(
        max_examples=count,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def run(kernel: Kernel, cases: int, packets: int, *, is_open: bool = False) -> Comparison:
    """The comparison of so many rule sets, with about so many packets each."""
    comparison = Comparison(kernel, packets, further=region_packets)

    @examples(cases)
    @given(iptables_cases(is_open=is_open))
    def every_case(case: IptablesCase) -> None:
        comparison.of(case)

    every_case()
    return comparison


def test_every_verdict_is_the_kernels(kernel: Kernel, record_property: Record) -> None:
    tally = run(kernel, 150, 320).tally
    record_property("kernel", tally)

    assert tally.refused == 0
    assert tally.verdicts >= 37_500
    assert tally.definite > 0.95 * tally.verdicts
    assert tally.connections > 1000


def test_with_unread_parts_the_verdict_lies_between_the_bounds(
    kernel: Kernel, record_property: Record
) -> None:
    tally = run(kernel, 60, 320, is_open=True).tally
    record_property("kernel", tally)

    assert tally.refused == 0
    assert tally.verdicts >= 12_500
    assert 0.2 * tally.verdicts < tally.definite < tally.verdicts


@pytest.mark.long
def test_millions_of_verdicts_are_the_kernels(kernel: Kernel, record_property: Record) -> None:
    closed = run(kernel, 1400, 1500).tally
    still_open = run(kernel, 300, 1500, is_open=True).tally
    record_property("kernel", closed)
    record_property("kernel", still_open)

    assert closed.refused == still_open.refused == 0
    assert closed.verdicts + still_open.verdicts >= 2_000_000


def is_caught(kernel: Kernel, case: IptablesCase, random: Random) -> bool | None:
    """Whether the comparison notices that fwlint was not told of one rule; None where none matters.

    That a rule matters is for the kernel to say, by other packets than those of the comparison.
    """
    others = [
        *boundary_packets(case, 1200, Random(random.random())),
        *scattered_packets(case, 300, random),
    ]
    assert kernel.load(case.files()) == ""
    whole = kernel.judge(case.hook, others)
    packets = boundary_packets(case, 320, random)
    fates = kernel.judge(case.hook, packets)
    for number in random.sample(range(len(case.rules)), min(4, len(case.rules))):
        smaller = without(case, number)
        assert kernel.load(smaller.files()) == ""
        if kernel.judge(case.hook, others) != whole:
            return bool(compare(case, read(written(smaller)), packets, fates))
    return None


def mutations(kernel: Kernel, count: int) -> list[bool]:
    """For so many rule sets with a rule that matters: whether its loss is caught."""
    caught: list[bool] = []

    @examples(4 * count)
    @given(iptables_cases())
    def every_case(case: IptablesCase) -> None:
        if len(caught) < count:
            noticed = is_caught(kernel, case, Random(case.text()))
            caught.extend([] if noticed is None else [noticed])

    every_case()
    assert len(caught) == count
    return caught


def test_a_rule_that_fwlint_ignores_is_noticed(kernel: Kernel, record_property: Record) -> None:
    caught = mutations(kernel, 25)
    record_property("kernel", f"{sum(caught)} of {len(caught)} planted mutations caught")

    assert sum(caught) >= 24


@pytest.mark.long
def test_a_rule_that_fwlint_ignores_is_noticed_in_95_of_100_rule_sets(
    kernel: Kernel, record_property: Record
) -> None:
    caught = mutations(kernel, 200)
    record_property("kernel", f"{sum(caught)} of {len(caught)} planted mutations caught")

    assert sum(caught) >= 190
