"""Whether a translation has changed an end of the connection (`ct status snat`, `dnat`)."""

from typing import NamedTuple

import pytest

from flowmodel import fields
from flowmodel.match import Masked
from flowmodel.packet import Packet
from flowmodel.ruleset import FILTER, Hook, Rule, RuleSet, Table
from flowmodel.source import Source, Span
from flowmodel.values import full, single
from flowmodel.verdict import (
    ACCEPT,
    DROP,
    MapNetwork,
    TranslateDestination,
    TranslateSource,
    Verdict,
)
from linter.engine.device.trace import traced
from tests.chains import base_chain

_OWN, _GOAL = 0x0A000009, 0xC0000201
_NET = 0xFFFFFF00
_SOURCE = Source("rules", ["rules"])
_SPAN = Span("rules", 1, 1, 1, 5)


class Row(NamedTuple):
    """A translation, and what becomes of packets if those with a changed end pass."""

    translation: Verdict
    hook: Hook
    possible: set[str]


ROWS = {
    # The kernel may choose another port, or another identifier of ICMP (nf_nat_core.c).
    "to its own source": Row(
        TranslateSource(single(_OWN), full(16)), "postrouting", {"accept", "drop"}
    ),
    "to its own source, other ports": Row(
        TranslateSource(full(32), ((1000, 2000),)), "postrouting", {"accept", "drop"}
    ),
    "to another source": Row(
        TranslateSource(single(_OWN + 1), full(16)), "postrouting", {"accept"}
    ),
    "to its own destination": Row(
        TranslateDestination(single(_GOAL), full(16)), "prerouting", {"drop"}
    ),
    "to another destination": Row(
        TranslateDestination(single(_GOAL + 1), full(16)), "prerouting", {"accept"}
    ),
    "to its own network": Row(MapNetwork("src", _OWN & _NET, _NET), "postrouting", {"drop"}),
    "to another network": Row(
        MapNetwork("dst", _GOAL + 256 & _NET, _NET), "prerouting", {"accept"}
    ),
}


def _possible(row: Row, packet: Packet) -> frozenset[str]:
    """What may become of the packet; `traced` raises where sets and interpreter disagree."""
    status = fields.SNAT if row.hook == "postrouting" else fields.DNAT
    changed = Masked("ct_status", status, status)
    translates = Rule((), row.translation, _SOURCE, 1)
    asks = Rule((changed,), ACCEPT, _SOURCE, 1)
    chains = {
        "nat": base_chain("nat", (translates,), _SPAN, row.hook, FILTER - 10, ACCEPT),
        "last": base_chain("last", (asks,), _SPAN, "postrouting", FILTER + 300, DROP),
    }
    ruleset = RuleSet("rules", "", (Table("t", frozenset({4}), chains),), frozenset({4}))
    return traced((ruleset,), "forward", [packet])[0].possible


@pytest.mark.parametrize("proto", [fields.TCP, fields.ICMP, 50], ids=["tcp", "icmp", "esp"])
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_both_implementations_say_whether_an_end_has_changed(row: Row, proto: int) -> None:
    ports = (40000, 80) if proto == fields.TCP else (0, 0)
    kind = 8 if proto == fields.ICMP else 0
    packet = Packet(4, _OWN, _GOAL, proto, *ports, kind, in_name="eth0", out_name="eth1")

    assert _possible(row, packet) == row.possible
