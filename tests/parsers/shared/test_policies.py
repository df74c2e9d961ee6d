"""What gets to a default policy of which nobody knows whether it drops."""

import pytest

from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from tests.parsers.iptables.samples import export as iptables
from tests.parsers.nftables.test_together import read

PACKET = parse_expression("tcp 198.51.100.7:40000 > 192.0.2.1:80 in eth0 state new")
WAYS = [
    ("", {"accept", "drop"}),
    ("-A INPUT -p tcp -j RETURN", {"accept", "drop"}),
    ("-A INPUT -p tcp -g X", {"accept", "drop"}),
    # What a chain changes does not make the packet meet the rule that led there anew.
    (
        "-A X -j MARK --set-mark 1\n-A INPUT -m mark --mark 0 -g X\n-A INPUT -j ACCEPT",
        {"accept", "drop"},
    ),
    ("-A X -j RETURN\n-A INPUT -p tcp -j X\n-A INPUT -j ACCEPT", {"accept"}),
    ("-A X -j DROP\n-A INPUT -p tcp -g X", {"drop"}),
    ("-A INPUT -p udp -j RETURN\n-A INPUT -j ACCEPT", {"accept"}),
    # Another name does the same with the packet, whatever a chain is called.
    (":y -\n-A y -j DROP\n-A INPUT -p tcp -j RETURN\n-A INPUT -g y", {"accept", "drop"}),
    (
        ":return -\n-A return -j DROP\n-A INPUT -p tcp -j RETURN\n-A INPUT -g return",
        {"accept", "drop"},
    ),
    (":return -\n-A return -j DROP\n-A INPUT -p tcp -g return\n-A INPUT -j RETURN", {"drop"}),
    ("-A INPUT -p tcp -j DROP\n-A INPUT -p tcp -j RETURN", {"drop"}),
]


@pytest.mark.parametrize(("lines", "possible"), WAYS)
def test_all_ways_to_the_default_policy_may_end_in_a_drop(lines: str, possible: set[str]) -> None:
    table = "mangle" if "MARK" in lines else "filter"
    found = iptables(":INPUT -", *lines.split("\n"), table=table)
    (answer,) = traced([found], "input", [PACKET])

    assert answer.possible == possible


@pytest.mark.parametrize(
    ("rule", "possible"),
    [
        ("", {"accept", "drop"}),
        ("tcp dport 80 return", {"accept", "drop"}),
        ("tcp dport 80 goto x", {"accept", "drop"}),
        ("tcp dport vmap { 80 : goto x, 22 : return }", {"accept", "drop"}),
        ("tcp dport 80 jump x\naccept", {"accept"}),
    ],
)
def test_so_may_those_of_nft_whose_files_differ(rule: str, possible: set[str]) -> None:
    head = "type filter hook input priority 0; policy"
    text = "table inet f {{ chain x {{ }}\nchain c {{ {} {};\n{}\n}}\n}}"
    found = read(text.format(head, "accept", rule), text.format(head, "drop", ""))
    (answer,) = traced(found, "input", [PACKET])

    assert answer.possible == possible
