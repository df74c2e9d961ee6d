"""fwlint's verdicts against the kernel's, for random rule sets of both of its firewalls."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis.strategies import SearchStrategy

from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.compare import Comparison, Tally
from tests.oracles.kernel.nft.strategies import nft_cases
from tests.oracles.kernel.regions import region_packets
from tests.oracles.kernel.runs import Record, mutations, run
from tests.oracles.kernel.strategies import iptables_cases
from tests.oracles.kernel.worker import Kernel

pytestmark = pytest.mark.kernel


class NftComparison(Comparison):
    """A comparison of the listing and of JSON too."""

    def printed(self, _: Case, /) -> list[dict[str, str]]:
        return [
            {"rules.nft": self.kernel.save("nft")},
            {"rules.json": self.kernel.save("nft-json")},
        ]


class Kind(NamedTuple):
    """One of the kernel's firewalls: its random rule sets, and how many packets each of them gets.

    nft's get fewer, as each is asked for the listing and for JSON too.
    """

    comparison: type[Comparison]
    cases: Callable[..., SearchStrategy[Case]]
    packets: int

    def compared(self, kernel: Kernel, cases: int, packets: int = 0, *, is_open: bool) -> Tally:
        """The counts of the comparison of so many rule sets."""
        comparison = self.comparison(kernel, packets or self.packets, further=region_packets)
        return run(comparison, self.cases(is_open=is_open), cases)


KINDS = {
    "iptables": Kind(Comparison, iptables_cases, 480),
    "nftables": Kind(NftComparison, nft_cases, 390),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def test_every_verdict_is_the_kernels(kind: Kind, kernel: Kernel, record_property: Record) -> None:
    tally = kind.compared(kernel, 90, is_open=False)
    record_property("counted", str(tally))

    assert tally.refused == tally.crashed == 0
    assert tally.verdicts >= 37_500
    assert tally.definite > 0.95 * tally.verdicts
    assert tally.connections > 1000


def test_with_unread_parts_the_verdict_lies_between_the_bounds(
    kind: Kind, kernel: Kernel, record_property: Record
) -> None:
    tally = kind.compared(kernel, 36, is_open=True)
    record_property("counted", str(tally))

    assert tally.refused == tally.crashed == 0
    assert tally.verdicts >= 12_500
    assert 0.2 * tally.verdicts < tally.definite < tally.verdicts


@pytest.mark.long
def test_millions_of_verdicts_are_the_kernels(
    kind: Kind, kernel: Kernel, record_property: Record
) -> None:
    closed = kind.compared(kernel, 1400, 1500, is_open=False)
    still_open = kind.compared(kernel, 300, 1500, is_open=True)
    record_property("counted", str(closed))
    record_property("counted", str(still_open))

    # nft refuses `ct protocol tcp udp dport 53`, which the model reads as what it says.
    assert closed.refused + still_open.refused <= 5
    assert closed.crashed + still_open.crashed <= 5
    assert closed.verdicts + still_open.verdicts >= 2_000_000


def test_a_rule_that_fwlint_ignores_is_noticed(
    kind: Kind, kernel: Kernel, record_property: Record
) -> None:
    caught = mutations(kernel, kind.cases(), 25)
    record_property("counted", f"{sum(caught)} of {len(caught)} planted mutations caught")

    # A rule that is lost in front of one that may do anything (stateless NAT, tproxy) hardly shows.
    assert sum(caught) >= 22


@pytest.mark.long
def test_a_rule_that_fwlint_ignores_is_noticed_in_95_of_100_rule_sets(
    kind: Kind, kernel: Kernel, record_property: Record
) -> None:
    caught = mutations(kernel, kind.cases(), 200)
    record_property("counted", f"{sum(caught)} of {len(caught)} planted mutations caught")

    assert sum(caught) >= 190
