"""What is said of AWS's exports alone is what second evaluators say."""

from collections.abc import Callable
from random import Random

import pytest

from tests.oracles.alone.cloud import changes, interface, policy
from tests.oracles.alone.held import Tally, compare_change, hold

Record = Callable[[str, object], None]


def interfaces(seeds: range, packets: int, rules: int) -> Tally:
    """What was compared over one interface of each account; raises AssertionError."""
    tally = Tally()
    for seed in seeds:
        hold(interface(seed, packets), rules, Random(seed), tally)
        assert tally.wrong == [], f"seed {seed}"
    return tally


def policies(seeds: range, packets: int, rules: int) -> Tally:
    """What was compared over random policies of Network Firewall; raises AssertionError."""
    tally = Tally()
    for seed in seeds:
        hold(policy(seed, packets), 0, Random(seed), tally)
        for whole, changed in changes(seed, packets, rules):
            compare_change(whole, changed, f"one of its rules, seed {seed}", tally)
        assert tally.wrong == [], f"seed {seed}"
    return tally


def test_what_is_said_of_an_interface_holds(record_property: Record) -> None:
    tally = interfaces(range(12), 80, 4)
    record_property("counted", str(tally))

    assert tally.inside >= 100
    assert tally.idle >= 10
    assert tally.shown >= 10


def test_what_is_said_of_a_policy_holds(record_property: Record) -> None:
    tally = policies(range(10), 100, 2)
    record_property("counted", str(tally))

    assert tally.inside >= 200
    assert tally.different >= 10


@pytest.mark.long
def test_what_is_said_of_many_interfaces_holds(first: int, record_property: Record) -> None:
    tally = interfaces(range(first, first + 500), 200, 8)
    record_property("counted", str(tally))

    assert tally.idle >= 500


@pytest.mark.long
def test_what_is_said_of_many_policies_holds(first: int, record_property: Record) -> None:
    tally = policies(range(first, first + 500), 300, 3)
    record_property("counted", str(tally))

    assert tally.different >= 500
