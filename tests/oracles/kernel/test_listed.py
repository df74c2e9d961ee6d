"""What nft prints: JSON says what the listing says, and iptables-nft is listed as loaded."""

from collections.abc import Sequence
from random import Random

import pytest

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from linter.checks.rulebase.judged import judged
from tests.oracles.kernel.compare import compare, read
from tests.oracles.kernel.deletions import subject_of
from tests.oracles.kernel.nft.strategies import nft_cases
from tests.oracles.kernel.openings import table
from tests.oracles.kernel.packets import boundary_packets
from tests.oracles.kernel.runs import Record, fresh
from tests.oracles.kernel.strategies import iptables_cases
from tests.oracles.kernel.worker import Kernel, OracleDiedError

pytestmark = pytest.mark.kernel


def _told(rulesets: Sequence[RuleSet]) -> tuple[list[object], list[object]]:
    """What is open, and which rules decide nothing, whatever their places are."""
    rows = [
        (each.traffic, row.certainty, row.service, row.source, row.destination, row.incoming)
        for each in table(rulesets)
        for row in each.rows
    ]
    idle = [
        (each.table.name, each.chain.name, each.is_shadowed, each.is_redundant, each.never_matches)
        for each in judged(subject_of(rulesets))
    ]
    return list(rows), list(idle)


def _same(kernel: Kernel, count: int, first: int) -> int:
    """How many rule sets say the same as JSON."""
    same = 0
    for case in fresh(nft_cases(is_open=False), count, first):
        if kernel.load(case.files()):
            continue
        try:
            texts = {"rules.nft": kernel.save("nft")}, {"rules.json": kernel.save("nft-json")}
        except OracleDiedError:
            kernel.restart()
            continue
        listing, json = map(read, texts)
        # What nft 1.0.6 prints so that nobody can read it is said, and possible.
        if not any(gap.check == "FW901" for each in json for gap in each.gaps):
            assert _told(json) == _told(listing)
            same += 1
    return same


def test_json_has_the_same_openings_and_idle_rules_as_the_listing(kernel: Kernel) -> None:
    assert _same(kernel, 5, 0) >= 2


@pytest.mark.long
def test_json_of_many_rule_sets_has_the_same_openings(kernel: Kernel, first: int) -> None:
    assert _same(kernel, 300, first) >= 100


def _iptables(kernel: Kernel, count: int, first: int) -> tuple[int, int]:
    """How many rule sets of iptables-nft were read as nft lists them, and how many refused.

    nft lists some that it cannot read itself: a prefix with quotation marks, a status of nothing.
    """
    held = refused = 0
    for number, case in enumerate(fresh(iptables_cases(is_open=False), count, first)):
        packets = boundary_packets(case, 300, Random(number))
        if getattr(case, "variant", "") != "nft" or kernel.load(case.files()):
            continue
        fates = kernel.judge(case.hook, packets)
        try:
            rulesets = read({"rules.nft": kernel.save("nft-fresh")})
        except InputError:
            refused += 1
            continue
        assert compare(case, rulesets, packets, fates) == []
        held += 1
    return held, refused


def test_iptables_as_nft_lists_it_means_no_more_than_is_loaded(
    kernel: Kernel, record_property: Record
) -> None:
    held, refused = _iptables(kernel, 40, 4_000)
    record_property("counted", f"{held} rule sets, {refused} that nft cannot read itself")

    assert held >= 8


@pytest.mark.long
def test_many_rule_sets_of_iptables_as_nft_lists_them(
    kernel: Kernel, record_property: Record, first: int
) -> None:
    held, refused = _iptables(kernel, 1000, first)
    record_property("counted", f"{held} rule sets, {refused} that nft cannot read itself")

    assert held >= 200
