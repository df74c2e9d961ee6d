"""iptables and ip6tables: fwlint's verdicts against the kernel's, for random rule sets."""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.kernel.cases import IptablesCase, without
from tests.kernel.compare import Comparison, compare, read
from tests.kernel.packets import boundary_packets, scattered_packets
from tests.kernel.strategies import iptables_cases
from tests.kernel.worker import Kernel

pytestmark = pytest.mark.kernel

IS_LONG = settings.default is not None and settings.default.max_examples > 1000


def _examples(count: int) -> settings:
    """So many rule sets, the same ones in each default run; our own shrinking suits them better."""
    return settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_every_verdict_is_the_kernels(
    kernel: Kernel, record_property: "pytest.RecordProperty"
) -> None:
    comparison = Comparison(kernel, packets=1500 if IS_LONG else 300)

    @_examples(1100 if IS_LONG else 150)
    @given(iptables_cases())
    def every_case(case: IptablesCase) -> None:
        comparison.of(case)

    every_case()
    record_property("kernel", str(comparison.tally))

    assert comparison.tally.refused == 0
    assert comparison.tally.definite > 0.9 * comparison.tally.verdicts
