"""Which default policy a chain has where several lines of a file are about it."""

import pytest

from flowmodel.verdict import ACCEPT, DROP, Verdict
from tests.parsers.iptables.samples import export, show


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((":INPUT DROP", "-P INPUT ACCEPT"), ACCEPT),
        ((":INPUT ACCEPT", "-P INPUT DROP"), DROP),
        (("-P INPUT DROP", ":INPUT ACCEPT"), ACCEPT),
        (("-P INPUT ACCEPT", ":INPUT DROP"), DROP),
        (("-P INPUT DROP", "-P INPUT ACCEPT"), ACCEPT),
        ((":INPUT ACCEPT", "-P INPUT DROP", ":INPUT ACCEPT", "-P INPUT DROP"), DROP),
    ],
)
def test_of_two_default_policies_the_one_below_counts(
    lines: tuple[str, ...], expected: Verdict
) -> None:
    assert export(*lines).tables[0].chains["INPUT"].end == expected


ZEROED = (
    "the default policy of INPUT may be ACCEPT: `-Z` takes it back in iptables-nft, not in "
    "iptables-legacy"
)


@pytest.mark.parametrize(
    ("lines", "is_open"),
    [
        ((":INPUT DROP", "-Z"), True),
        ((":INPUT DROP", "--zero INPUT"), True),
        (("-P INPUT DROP", "-A INPUT -i a", "-Z INPUT 1"), True),
        ((":INPUT DROP", "-Z FORWARD"), False),
        ((":INPUT DROP", "-Z X"), False),
        (("-Z", ":INPUT DROP"), False),
        ((":INPUT DROP", "-Z", "-P INPUT DROP"), False),
        ((":INPUT ACCEPT", "-Z"), False),
    ],
)
def test_zeroed_counters_may_take_the_default_policy_with_them(
    lines: tuple[str, ...], *, is_open: bool
) -> None:
    found = export(*lines)

    chain = found.tables[0].chains["INPUT"]
    unread = [show(rule.match) for rule in chain.rules if rule.verdict == DROP]
    assert unread == (["?the default policy of INPUT is still DROP behind `-Z`"] if is_open else [])
    remarks = [gap.message for gap in found.gaps if "INPUT" in gap.message]
    assert remarks == ([ZEROED] if is_open else [])
