"""fwlint's answers about random configs are those of an own reading of pfSense's filter.inc."""

from tests.pf.compare import Tally, hold
from tests.pf.generate import config


def run(seeds: range, packets: int) -> Tally:
    tally = Tally()
    for seed in seeds:
        hold(config(seed), packets, seed, tally)
    return tally


def test_every_verdict_is_that_of_an_own_reading_of_pfsense() -> None:
    tally = run(range(200), 320)

    assert tally.configs == 200
    assert tally.verdicts >= 50_000
    assert tally.certain > 0.7 * tally.verdicts
    assert tally.accepted > 0.2 * tally.verdicts
