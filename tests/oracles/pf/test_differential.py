"""fwlint's answers about random configs are those of an own reading of what the products do."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest

from tests.oracles.pf.compare import Tally, hold, oracle, questions, read
from tests.oracles.pf.connection import Phase, expected, opened, said
from tests.oracles.pf.generate import config
from tests.oracles.pf.generate_opnsense import config as opnsense
from tests.oracles.pf.mutations import caught

Record = Callable[[str, object], None]
# Why fwlint may call possible what the own reading knows: a NAT's choice of ports and addresses,
# and unknown sets that the own reading follows packet by packet.
REASONS = (
    "sources",
    "destinations",
    "sport is not known",
    "src is not known",
    "at most",
    "the schedule",
    "schedule",
    "tag",
    "whether quick",
    "whether this version of OPNsense blocks IPv6",
)
PHASES: tuple[Phase, ...] = ("reply", "later")


def run(make: Callable[[int], Element], seeds: range, packets: int) -> Tally:
    """The counts of the comparison of so many configs."""
    tally = Tally()
    for seed in seeds:
        hold(make(seed), packets, seed, tally)
    return tally


def test_every_verdict_is_that_of_an_own_reading_of_pfsense(record_property: Record) -> None:
    tally = run(config, range(140), 220)
    record_property("counted", str(tally))

    assert tally.configs == 140
    assert tally.verdicts >= 50_000
    assert tally.certain > 0.7 * tally.verdicts
    assert tally.accepted > 0.2 * tally.verdicts
    assert tally.wider < 0.01 * tally.verdicts
    assert unlisted(tally) == []


def test_every_verdict_is_that_of_an_own_reading_of_opnsense(record_property: Record) -> None:
    tally = run(opnsense, range(60), 210)
    record_property("counted", str(tally))

    assert tally.verdicts >= 15_000
    assert tally.certain > 0.7 * tally.verdicts
    assert tally.accepted > 0.2 * tally.verdicts
    assert tally.wider < 0.02 * tally.verdicts  # what IPv6 fares like is not always told
    assert unlisted(tally) == []


@pytest.mark.long
def test_half_a_million_verdicts_are_those_of_opnsense(record_property: Record) -> None:
    tally = run(opnsense, range(10_000, 11_000), 640)
    record_property("counted", str(tally))

    assert tally.verdicts >= 500_000


@pytest.mark.long
def test_a_million_verdicts_are_those_of_an_own_reading(record_property: Record) -> None:
    tally = run(config, range(10_000, 12_000), 640)
    record_property("counted", str(tally))

    assert tally.verdicts >= 1_000_000


def unlisted(tally: Tally) -> list[str]:
    """The reasons for calling something possible that nobody has listed."""
    return [reason for reason in tally.reasons if not reason.startswith(REASONS)]


def later_packets(seeds: range, packets: int) -> int:
    """How many later packets of connections are judged the same."""
    count = 0
    for seed in seeds:
        root = config(seed)
        pf, rulesets = oracle(root), read(root)
        for traffic, asked in questions(root, pf, packets, seed).items():
            for packet in asked:
                if packet.proto not in (6, 17) or packet.state:
                    continue
                first = opened(pf, packet, traffic)
                for phase in PHASES if first is not None else ():
                    assert first is not None
                    words = said(rulesets, packet, traffic, phase)
                    wanted = expected(pf, first, traffic, phase)
                    assert wanted <= words, (seed, traffic, phase, packet)
                    assert len(words) == len(wanted) or len(wanted) == 1
                    count += 1
    return count


def test_answers_and_what_follows_pass_where_a_state_or_a_rule_lets_them() -> None:
    assert later_packets(range(100), 120) > 2000


def test_a_rule_that_fwlint_ignores_is_noticed(record_property: Record) -> None:
    found = caught(20_000, 25, 320)
    record_property("counted", f"{sum(found)} of {len(found)} planted mutations caught")

    assert sum(found) >= 24


@pytest.mark.long
def test_a_rule_that_fwlint_ignores_is_noticed_in_95_of_100_configs(
    record_property: Record,
) -> None:
    found = caught(20_000, 200, 320)
    record_property("counted", f"{sum(found)} of {len(found)} planted mutations caught")

    assert sum(found) >= 190
