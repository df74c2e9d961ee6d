"""Rules of nft in tables that are named like those of iptables: they mean what nft says."""

import json

import pytest

from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from flowmodel.verdict import CopyMark
from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export

_TABLE = """\
define admins = 198.51.100.7
table {table} {{
	set wan {{ type ifname; elements = {{ "eth0" }}; }}
	chain FORWARD {{
		type filter hook forward priority filter; policy drop;
		{rule}
		counter packets 0 bytes 0 {last}
	}}
}}
"""
_COUNTER = "counter packets 0 bytes 0"
_TCP = parse_expression("tcp 198.51.100.7:40000 > 192.0.2.10:22 in eth0 out eth1")
_UDP = parse_expression("udp 198.51.100.7:40000 > 192.0.2.10:22 in eth0 out eth1")
_INVALID = replace(_TCP, state=3)


def _export(rule: str, table: str, last: str = "continue") -> RuleSet:
    return export(_TABLE.format(table=table, rule=rule, last=last))


def _verdict(rule: str, packet: Packet = _TCP, table: str = "ip filter") -> str:
    (answer,) = traced((_export(rule, table),), "forward", [packet])
    return answer.verdict


@pytest.mark.parametrize("table", ["inet f", "ip filter"])
@pytest.mark.parametrize(
    ("rule", "packet", "expected"),
    [
        (f"ip protocol icmp {_COUNTER} accept", _TCP, "drop"),
        (f"tcp sport . tcp dport {{ 1 . 2 }} {_COUNTER} accept", _UDP, "drop"),
        (f"tcp flags != ecn {_COUNTER} accept", _UDP, "drop"),
        (f"ct label 40 {_COUNTER} accept", _INVALID, "drop"),
        (f"meter m {{ udp dport limit rate 5/minute }} {_COUNTER} accept", _TCP, "drop"),
        (f'tcp dport {{ 22, 80 }} {_COUNTER} log prefix "x" accept', _TCP, "accept"),
        (f'tcp dport {{ 22, 80 }} {_COUNTER} log prefix "x" accept', _UDP, "drop"),
        (f'tcp dport {{ 22, 80 }} {_COUNTER} log prefix "x" drop comment "no"', _UDP, "drop"),
        (f'{_COUNTER} log prefix "ct status " accept', _TCP, "accept"),
        (f'{_COUNTER} tcp dport 22 accept comment "fib saddr type"', _TCP, "accept"),
        (f"{_COUNTER} ct status dnat drop", _TCP, "drop"),
        (f'ct status dnat {_COUNTER} log prefix "x" reject', _TCP, "drop"),
        (f"tcp dport vmap {{ 22 : accept }} {_COUNTER}", _TCP, "accept"),
        (f"ip saddr 198.51.100.7 meta mark set 1 {_COUNTER} accept", _TCP, "accept"),
    ],
)
def test_it_is_read_as_in_any_table(rule: str, packet: Packet, expected: str, table: str) -> None:
    assert _verdict(rule, packet, table) == expected


@pytest.mark.parametrize("table", ["inet f", "ip filter"])
@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (f"tcp dport vmap {{ 22 : jump nochain }} {_COUNTER}", "the table has no chain `nochain`"),
        (f"tcp dport 22 accept foo {_COUNTER}", "`foo` is not expected here"),
        (f"tcp dport vmap {{ 22 : accept }} foo {_COUNTER}", "`foo` is not expected here"),
        (f"meta mark set 0x1 ip saddr @nope {_COUNTER}", "nope"),
        (f"ip saddr @nope {_COUNTER} accept", "nope"),
        (f"{_COUNTER} accpt", "`accpt` is not expected here"),
        (f"tcp dport 22 {_COUNTER} frob the packet", "`frob` is not expected here"),
        (f"tcp dport 22 {_COUNTER} jump nochain", "the table has no chain `nochain`"),
        (f"tcp dport 22 {_COUNTER} goto FORWARD", "`FORWARD` is a base chain"),
        (f'ct helper set "nope" {_COUNTER}', "the table has no ct helper"),
    ],
)
def test_what_is_wrong_is_said_as_in_any_table(rule: str, message: str, table: str) -> None:
    with pytest.raises(InputError) as raised:
        _export(rule, table)

    assert message in raised.value.message


@pytest.mark.parametrize(
    "words",
    [
        'log prefix "a" accept # for "bob"',
        'log prefix "in: "; tcp dport 22 accept comment "ssh"',
        'log prefix "a" ip saddr $admins accept comment "b"',
        'log prefix "a"; define b = "eth0"; accept comment "b"',
    ],
)
def test_texts_end_where_nft_ends_them(words: str) -> None:
    assert _verdict(f"{_COUNTER} {words}", table="inet f") == "accept"
    assert _verdict(f"{_COUNTER} {words}", table="ip firewall") == "accept"
    # It may be one text of iptables there.
    assert _verdict(f"{_COUNTER} {words}") == "unknown"


@pytest.mark.parametrize("before", ["ip saddr {\n198.51.100.7 }", "tcp dport \\\n22"])
def test_a_rule_of_several_lines_is_nft_s(before: str) -> None:
    rule = f'{before} {_COUNTER} log prefix "a" accept comment "b"'

    assert _verdict(rule) == "accept"


@pytest.mark.parametrize("table", ["inet f", "ip filter"])
def test_a_pattern_without_quotation_marks_is_no_part_of_a_text(table: str) -> None:
    with pytest.raises(InputError):
        _export(f'{_COUNTER} log prefix "a" iifname eth\\* accept comment "b"', table)


def test_ports_that_may_be_any_are_possible_behind_others_too() -> None:
    others = f"tcp sport . tcp dport {{ 1 . 2 }} {_COUNTER} drop\n" * 3
    rule = f"tcp sport . tcp dport {{ 0-65535 . 53, 53 . 0-65535 }} {_COUNTER} accept"

    assert _verdict(f"{others}{rule}") == "unknown"
    assert _verdict(f"{rule}\n{others}") == "unknown"
    assert _verdict(others) == "drop"


def test_what_nft_cannot_read_in_front_of_a_counter_is_possible() -> None:
    rule = f"tcp dport 22 foo {_COUNTER} accept"

    assert _verdict(rule) == "unknown"
    assert [gap.check for gap in _export(rule, "ip filter").gaps] == ["FW901"]
    with pytest.raises(InputError):
        _export(rule, "inet f")


@pytest.mark.parametrize("comment", ["", ' comment "b"'])
def test_some_versions_of_iptables_have_comments(comment: str) -> None:
    assert _verdict(f"ct status dnat {_COUNTER} accept{comment}") == "unknown"


@pytest.mark.parametrize(
    ("change", "mask"),
    [("meta mark & 0x000000ff", 0xFFFFFFFF), ("mark and 0xff", 0xFF)],
    ids=["of nft", "of iptables"],
)
def test_only_iptables_leaves_the_rest_of_a_mark_alone(change: str, mask: int) -> None:
    found = _export(f"{_COUNTER} ct mark set {change}", "ip filter").tables[0].chains["FORWARD"]

    assert CopyMark("mark", "ct_mark", 0xFF, mask) in found.rules[0].effects


@pytest.mark.parametrize(
    ("op", "right", "expected"),
    [("==", "@wan", "accept"), ("in", "eth0", "accept"), ("in", "eth1", "drop")],
)
def test_json_has_names_of_interfaces_and_sets_of_them(op: str, right: str, expected: str) -> None:
    place = {"family": "ip", "table": "filter"}
    hook = {"type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}
    test = {"match": {"op": op, "left": {"meta": {"key": "iifname"}}, "right": right}}
    objects = [
        {"table": {"family": "ip", "name": "filter"}},
        {"set": {**place, "name": "wan", "type": "ifname", "elem": ["eth0"]}},
        {"chain": {**place, "name": "FORWARD", **hook}},
        {"rule": {**place, "chain": "FORWARD", "expr": [test, {"accept": None}]}},
    ]

    (answer,) = traced((export(json.dumps({"nftables": objects})),), "forward", [_TCP])

    assert answer.verdict == expected
