"""Fragments come to the rules only where nothing tracks connections: then it is told."""

import pytest

from flowmodel.source import Source
from parsers.iptables.fragments import FRAGMENTS
from parsers.iptables.read import parse
from parsers.shared.context import Context
from tests.parsers.iptables.samples import export

_STATE = "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT"
_OPEN = "-A FORWARD -f -j ACCEPT"


@pytest.mark.parametrize(
    ("lines", "is_said"),
    [
        ((_OPEN,), True),
        (("-A FORWARD -s 192.0.2.0/24 --fragment -j ACCEPT",), True),
        (("-A FORWARD -f -j X",), True),
        (("-A FORWARD -j X", "-A X -f -j ACCEPT"), True),
        # For the machine itself, they are put together before.
        (("-A INPUT -f -j ACCEPT",), False),
        (("-A INPUT -j X", "-A X -f -j ACCEPT"), False),
        (("-A X -f -j ACCEPT",), False),
        (("-A FORWARD -f -j NFQUEUE",), True),
        ((":FORWARD DROP", _OPEN), True),
        # To deny them opens nothing, and to count them does nothing.
        (("-A FORWARD -f -j DROP",), False),
        (("-A FORWARD -f -j LOG",), False),
        (("-A FORWARD ! -f -j ACCEPT",), False),
        (("-A FORWARD -p tcp -j ACCEPT",), False),
        (('-A FORWARD -m comment --comment "a -f b" -j ACCEPT',), False),
        # The kernel puts them together.
        ((_STATE, _OPEN), False),
        ((_OPEN, _STATE.replace("ACCEPT", "DROP")), False),
        ((_OPEN, f"# {_STATE}"), True),
        ((_OPEN, '-A FORWARD -m comment --comment "no -m state here" -j DROP'), True),
    ],
)
def test_a_rule_that_lets_fragments_in_is_told_where_nothing_tracks(
    lines: tuple[str, ...], *, is_said: bool
) -> None:
    said = [gap.message for gap in export(*lines).gaps if gap.check == "FW902"]

    assert (FRAGMENTS in said) is is_said


@pytest.mark.parametrize(
    ("line", "is_said"),
    [
        ("-A POSTROUTING -o eth0 -j MASQUERADE", False),
        ("-A POSTROUTING -o eth0 -j ACCEPT", True),
    ],
)
def test_translations_track_too_in_any_file_of_the_machine(line: str, *, is_said: bool) -> None:
    ours = Source("a", ["*filter", _OPEN, "COMMIT"])
    other = Source("b", ["*nat", line, "COMMIT"])
    found = parse(ours, Context(), (ours, other))

    assert (FRAGMENTS in [gap.message for gap in found.gaps]) is is_said


def test_a_target_without_tracking_is_none() -> None:
    raw = ("*raw", "-A PREROUTING -j CT --notrack", "COMMIT")
    found = parse(Source("a", ["*filter", _OPEN, "COMMIT", *raw]), Context())

    assert FRAGMENTS in [gap.message for gap in found.gaps]
