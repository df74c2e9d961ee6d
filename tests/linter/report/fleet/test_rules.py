"""One rule on many hosts is one text, and two rules are two."""

import pytest

from linter.report.fleet.rules import normal

RULE = "-A INPUT -p tcp -m tcp --dport 5432 -j ACCEPT"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (RULE, RULE),
        (f"[12:720] {RULE}", RULE),
        (f"  {RULE}  ", RULE),
        ("-A INPUT -p tcp -m tcp --dport 5432 -c 12 720 -j ACCEPT", RULE),
        ('-A INPUT -p tcp -m tcp --dport 5432 -m comment --comment "db \\" 7" -j ACCEPT', RULE),
        ("-A INPUT -p tcp -m tcp --dport 5432 -m comment --comment db -j ACCEPT", RULE),
        (":INPUT ACCEPT [17:9000]", ":INPUT ACCEPT"),
        (
            '\t\ttcp dport 5432 counter packets 7 bytes 80 accept comment "db" # handle 9',
            "tcp dport 5432 counter accept",
        ),
        ("quota over 9 mbytes used 7 mbytes drop", "quota over 9 mbytes drop"),
        ("tcp dport 22 last used 5s accept", "tcp dport 22 last accept"),
        (f"{RULE} --set-counters 7 420", RULE),
        ("", ""),
    ],
)
def test_what_differs_from_host_to_host_is_left_out(text: str, same: str) -> None:
    assert normal(text) == same


@pytest.mark.parametrize(
    "other",
    [
        RULE.replace("5432", "5433"),
        f"{RULE} -s 10.0.0.0/8",
        RULE.replace("INPUT", "FORWARD"),
        RULE.replace("-p", "! -p"),
    ],
)
def test_what_is_another_rule_stays_one(other: str) -> None:
    assert normal(other) != normal(RULE)


def test_a_rule_that_is_told_in_part_says_so() -> None:
    assert normal("x" * 1000).endswith("x …")
    assert normal(f"[12:720] {'x' * 991}") == f"{'x' * 991} …"
