"""Chains before connection tracking, to which every packet is of no connection."""

import pytest

from flowmodel.fields import ESTABLISHED, INVALID, NEW, UDP
from flowmodel.packet import Packet
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export


@pytest.mark.parametrize("priority", [-300, -250, -201])
@pytest.mark.parametrize("state", [NEW, ESTABLISHED, INVALID])
def test_every_packet_is_invalid_before_connection_tracking(priority: int, state: int) -> None:
    text = f"""\
table ip t {{
  chain c {{
    type filter hook prerouting priority {priority}; policy drop;
    ct state invalid accept
  }}
}}
"""
    packet = Packet(4, 1, 2, UDP, 3, 4, in_name="eth0", state=state)

    (answer,) = traced([export(text)], "input", [packet])

    assert answer.verdict == "accept"


@pytest.mark.parametrize(
    ("state", "verdict"), [(NEW, "accept"), (ESTABLISHED, "drop"), (INVALID, "drop")]
)
def test_behind_it_a_packet_has_its_own_state(state: int, verdict: str) -> None:
    text = """\
table ip t {
  chain c {
    type filter hook prerouting priority -199; policy drop;
    ct state new accept
  }
}
"""
    packet = Packet(4, 1, 2, UDP, 3, 4, in_name="eth0", state=state)

    (answer,) = traced([export(text)], "input", [packet])

    assert answer.verdict == verdict
