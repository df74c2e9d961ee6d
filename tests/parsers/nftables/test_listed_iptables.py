"""What nft 1.0.6 lists of iptables-nft otherwise than it is loaded (libxtables 1.8.9).

libxt_conntrack.c prints `ct status dnat` for each list of states that has DNAT in it, negated or
not; libxt_multiport.c prints `--ports` without its negation, and libipt_icmp.c `--icmp-type any`.
"""

import pytest

from flowmodel.match import Volatile
from flowmodel.packet import Packet
from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export

_TABLE = """\
table {table} {{
	chain FORWARD {{
		type filter hook forward priority filter; policy drop;
		{rule}
		tcp dport 80 {counter}accept
	}}
}}
"""
_COUNTER = "counter packets 0 bytes 0 "
_PACKET = parse_expression("tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0 out eth1")
_PORTS = "meta l4proto tcp tcp sport . tcp dport { 0-65535 . 53, 53 . 0-65535 }"


def _verdict(
    rule: str, table: str = "ip filter", counter: str = _COUNTER, packet: Packet = _PACKET
) -> str:
    written = f"{rule} {counter}accept"
    text = _TABLE.format(table=table, rule=written, counter=counter)
    (answer,) = traced((export(text),), "forward", [packet])
    return answer.verdict


@pytest.mark.parametrize(
    "rule", ["ct status dnat", "ct status snat", "ct status != dnat", _PORTS], ids=str
)
def test_what_iptables_may_have_meant_otherwise_is_possible(rule: str) -> None:
    assert _verdict(rule) == "unknown"


def test_any_type_of_icmp_may_be_none() -> None:
    echo = parse_expression("icmp 198.51.100.7 > 192.0.2.10 type 8 in eth0 out eth1")

    assert _verdict("meta l4proto icmp ip protocol icmp", packet=echo) == "unknown"
    assert _verdict("meta l4proto icmp", packet=echo) == "accept"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ct state established,related", "drop"),
        ("ct status assured", "drop"),
        ("meta l4proto tcp tcp dport { 53, 443 }", "accept"),
        ("meta l4proto tcp tcp dport . tcp sport { 53 . 1 }", "drop"),
    ],
)
def test_what_is_listed_as_it_is_loaded_is_read(rule: str, expected: str) -> None:
    assert _verdict(rule) == expected


@pytest.mark.parametrize(
    ("rule", "table", "is_hidden"),
    [
        ("fib daddr type unicast", "ip filter", False),
        ("fib daddr type unicast", "ip6 filter", True),
        ("fib daddr type != { unicast, local }", "ip6 filter", True),
        ("fib daddr type != multicast", "ip6 filter", True),
        ("fib daddr type local", "ip6 filter", False),
        ("fib daddr type != local", "ip6 filter", False),
        ("fib daddr type unicast", "ip6 firewall", False),
    ],
)
def test_in_ipv6_iptables_asks_what_addresses_look_like(
    rule: str, table: str, is_hidden: bool
) -> None:
    text = _TABLE.format(table=table, rule=f"{rule} {_COUNTER}accept", counter=_COUNTER)
    (asked, *_) = export(text).tables[0].chains["FORWARD"].rules

    assert any(isinstance(each, Volatile) for each in asked.match) == is_hidden


@pytest.mark.parametrize(
    ("table", "counter"),
    [("inet filter", _COUNTER), ("ip firewall", _COUNTER), ("ip filter", "")],
    ids=["iptables has no table for both families", "nor of that name", "and counts each rule"],
)
def test_nft_has_said_itself_what_stands_in_other_tables(table: str, counter: str) -> None:
    assert _verdict("ct status dnat", table, counter) == "drop"
    assert _verdict(_PORTS, table, counter) == "drop"


def test_a_rule_that_may_be_another_one_is_told() -> None:
    text = _TABLE.format(
        table="ip filter", rule=f"ct status dnat {_COUNTER}accept", counter=_COUNTER
    )

    (gap,) = export(text).gaps

    assert (gap.check, gap.span.line) == ("FW901", 4)
    assert gap.message == (
        "`ct status` is of iptables, and nft does not show what it does: "
        "export it with iptables-save"
    )
