"""Rules that ask twice for a field that nobody tells: the two implementations agree."""

import pytest

from flowmodel.fields import TCP
from flowmodel.packet import Packet
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export

TABLE = """\
table inet t {{
  chain c {{
    type filter hook input priority 0; policy {policy};
    {rules}
  }}
  chain later {{
    type filter hook input priority 10; policy accept;
    {later}
  }}
}}
"""
CASES = [
    ("accept", "fib daddr type local fib daddr type != local drop", "", {"accept"}),
    ("drop", "fib daddr type local accept\n    fib daddr type != local accept", "", {"accept"}),
    ("accept", "ct mark & 1 == 1 drop", "ct mark & 1 == 0 drop", {"drop"}),
    ("accept", "ct mark & 1 == 1 drop", "", {"accept", "drop"}),
    ("accept", "fib saddr . iif oif missing drop", "", {"accept", "drop"}),
    ("drop", "fib saddr . iif oif exists accept", "fib saddr . iif oif missing drop", None),
    ("accept", "", "", {"accept"}),
]


@pytest.mark.parametrize(("policy", "rules", "later", "expected"), CASES)
def test_a_field_that_nobody_tells_is_one_value(
    policy: str, rules: str, later: str, expected: set[str] | None
) -> None:
    text = TABLE.format(policy=policy, rules=rules, later=later)
    packet = Packet(4, 0x0A000001, 0x0A000002, TCP, 1024, 22, in_name="eth0")

    (answer,) = traced([export(text)], "input", [packet])

    assert answer.possible == (expected or {"accept", "drop"})
