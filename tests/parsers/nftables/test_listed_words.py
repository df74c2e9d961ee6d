"""Words that nft 1.0.6 lists of iptables-nft (libxtables 1.8.9), and would not take itself.

Each stood in a listing; `tests/oracles/kernel/test_listed.py` asks the kernel about them.
"""

import json

import pytest

from flowmodel.packet import Packet
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from flowmodel.verdict import CopyMark, SetMark
from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from tests.parsers.nftables.samples import export, verdict

_TABLE = """\
table {table} {{
	chain FORWARD {{
		type filter hook forward priority filter; policy drop;
		{rule}
		tcp dport 80 counter packets 0 bytes 0 accept
	}}
	chain log0 {{
	}}
}}
"""
_COUNTER = "counter packets 0 bytes 0"
_TCP = parse_expression("tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0 out eth1")
_UDP = parse_expression("udp 198.51.100.7:40000 > 192.0.2.10:443 in eth0 out eth1")
_TCP6 = parse_expression("tcp [2001:db8::7]:40000 > [2001:db8::10]:443 in eth0 out eth1")
_INVALID = replace(_TCP, state=3)


def _export(rule: str, table: str = "ip filter") -> RuleSet:
    return export(_TABLE.format(table=table, rule=rule))


def _verdict(rule: str, packet: Packet = _TCP, table: str = "ip filter") -> str:
    (answer,) = traced((_export(rule, table),), "forward", [packet])
    return answer.verdict


@pytest.mark.parametrize(
    "prefix",
    [
        'a "b"',
        '"',
        '""',
        'a" accept',
        'a" drop b "c',
        'x" } "y',
        'x" ; accept "',
        'a "b" c" d',
        'a table "b"',
    ],
)
@pytest.mark.parametrize("behind", ["", " level debug flags all", " group 5", " # handle 7"])
def test_the_text_of_a_log_may_have_quotation_marks(prefix: str, behind: str) -> None:
    found = _export(f'ip saddr 198.51.100.7 {_COUNTER} log prefix "{prefix}"{behind}')
    (logs, _) = found.tables[0].chains["FORWARD"].rules

    assert verdict(logs.verdict) == "continue"
    assert found.gaps == ()
    assert _verdict(f'{_COUNTER} log prefix "{prefix}"{behind}') == "drop"


@pytest.mark.parametrize(
    ("rule", "native", "listed"),
    [
        (f'{_COUNTER} log prefix "x" accept comment "y"', "accept", "unknown"),
        (f'{_COUNTER} log prefix "x" iifname {{ "eth0", "eth1" }} accept', "accept", "accept"),
        (f'{_COUNTER} log prefix "x" accept', "accept", "accept"),
        (f'{_COUNTER} log prefix "" accept #"', "accept", "unknown"),
        (f'{_COUNTER} log prefix "a" accept # for "bob"', "accept", "unknown"),
        (f'{_COUNTER} log prefix "in: "; tcp dport 443 accept comment "x"', "accept", "unknown"),
        (f'{_COUNTER} log prefix "in: "; tcp dport 22 accept comment "x"', "drop", "drop"),
        (f'tcp dport 22 {_COUNTER} log prefix "x" accept comment "y"', "drop", "drop"),
        (f'define a = 198.51.100.7; {_COUNTER} log prefix "x" accept', "accept", "accept"),
    ],
)
def test_a_text_may_end_in_the_middle_or_not(rule: str, native: str, listed: str) -> None:
    assert _verdict(rule, table="inet mine") == native
    assert _verdict(rule) == listed


def test_handles_stand_behind_names_of_tables() -> None:
    text = _TABLE.format(table="ip filter", rule=f'{_COUNTER} log prefix "a "b""')

    assert export(text.replace("ip filter {", "ip filter { # handle 1")).gaps == ()


def test_texts_of_rules_that_nft_made_are_left_alone() -> None:
    text = _TABLE.format(table="inet mine", rule='log prefix "a "b"" accept')

    with pytest.raises(InputError):
        export(text)


@pytest.mark.parametrize(
    ("test", "packet", "expected"),
    [
        pytest.param("ct status", _TCP, "unknown", id="no status"),
        pytest.param("ct status !", _TCP, "unknown", id="not no status"),
        pytest.param("ct state new ct status", _TCP, "unknown", id="behind another test"),
        pytest.param("ct state established ct status", _TCP, "drop", id="which still counts"),
        pytest.param("ct status assured", _TCP, "drop", id="a status"),
        pytest.param("fib daddr type", _TCP, "unknown", id="no kind of address"),
        pytest.param("fib daddr type !=", _TCP, "unknown", id="not no kind of address"),
        pytest.param("fib saddr type != local", _TCP, "unknown", id="of two kinds, one"),
        pytest.param("ip saddr 10.0.0.9-10.0.0.1", _TCP, "unknown", id="a range that ends early"),
        pytest.param("meta l4proto tcp tcp flags != ecn", _TCP, "unknown", id="flags of ECN"),
        pytest.param("meta l4proto udp ip ecn != ect1", _TCP, "drop", id="of another protocol"),
        pytest.param('ct helper != "ftp"', _INVALID, "unknown", id="no helper, no entry"),
        pytest.param('ct helper "ftp"', _INVALID, "drop", id="a helper needs an entry"),
        pytest.param("ct label and 40 != 40", _INVALID, "unknown", id="no label, no entry"),
        pytest.param(
            "ct state invalid ct original saddr 192.0.2.1", _INVALID, "unknown", id="state alone"
        ),
        pytest.param(
            "ct state new ct original saddr 192.0.2.1", _TCP, "drop", id="with an entry all"
        ),
        pytest.param(
            "meter m { tcp dport . ip saddr limit rate 5/minute }", _UDP, "unknown", id="any ports"
        ),
        pytest.param(
            "meta l4proto udp meter m { tcp dport . ip saddr limit rate 5/minute }",
            _UDP,
            "unknown",
            id="ports of UDP",
        ),
        pytest.param("meta mark 0x00000000/0", _TCP, "accept", id="a mark under no mask"),
        pytest.param("meta mark != 0x00000000/0", _TCP, "drop", id="and not"),
        pytest.param("meta mark 0x10000000/4", _TCP, "drop", id="a mark by its first bits"),
        pytest.param("meta mark 0x00000000/4", _TCP, "accept", id="which are none"),
        pytest.param("ip saddr frob", _TCP, "unknown", id="what nobody knows"),
    ],
)
def test_a_test_is_read_as_far_as_it_is_understood(
    test: str, packet: Packet, expected: str
) -> None:
    assert _verdict(f"{test} {_COUNTER} accept", packet) == expected


def test_words_of_ipv4_stand_for_ipv6_too() -> None:
    rule = f"ip ecn ect1 {_COUNTER} accept"

    assert _verdict(rule, _TCP6, "ip6 filter") == "unknown"
    assert _export(f"{_COUNTER} ip6 dscp set ip6 dscp and 0x01").gaps == ()


def test_what_is_not_understood_is_told() -> None:
    (gap,) = _export(f"ip saddr 10.0.0.9-10.0.0.1 {_COUNTER} accept").gaps

    assert (gap.check, gap.span.line) == ("FW901", 4)
    assert gap.message == (
        '`xt match "ip saddr 10.0.0.9-10.0.0.1"` is of iptables, and nft does not show what it '
        "does: export it with iptables-save"
    )


def test_what_a_rule_does_is_not_understood_either() -> None:
    rule = f"tcp dport 443 {_COUNTER} ct zone set frob the packet"

    assert _verdict(rule) == "unknown"
    assert _verdict(rule.replace("443", "22")) == "drop"
    assert [gap.check for gap in _export(rule).gaps] == ["FW901"]


def test_elsewhere_nft_refuses_what_it_does_not_know() -> None:
    with pytest.raises(InputError):
        _export("ip saddr 10.0.0.9-10.0.0.1 accept")
    with pytest.raises(InputError):
        _export(f"ip saddr 10.0.0.9-10.0.0.1 {_COUNTER} accept", "inet filter")


@pytest.mark.parametrize(
    "name", ["~log0", "we:ird", "1chain", "a+b", "a@b", "%web", "ümlaut", "12"]
)
def test_chains_have_nearly_any_name(name: str) -> None:
    text = _TABLE.replace("log0", name).format(table="ip filter", rule=f"{_COUNTER} jump {name}")

    (jumps, _) = export(text).tables[0].chains["FORWARD"].rules

    assert verdict(jumps.verdict) == f"jump {name}"
    with pytest.raises(InputError):
        export(text.replace("ip filter", "inet filter"))


@pytest.mark.parametrize(
    ("change", "effect"),
    [
        ("meta mark set ct mark and 0xff", CopyMark("ct_mark", "mark", 0xFF, 0xFF)),
        ("ct mark set mark and 0xff", CopyMark("mark", "ct_mark", 0xFF, 0xFF)),
        ("ct mark set mark", CopyMark("mark", "ct_mark", 0xFFFFFFFF, 0xFFFFFFFF)),
        ("ct mark set ct mark xor 0x5 and 0xfffffff8", SetMark("ct_mark", 0xFFFFFFF8, 5)),
        ("ct mark set ct mark and 0x7", SetMark("ct_mark", 7, 0)),
    ],
)
def test_a_mark_under_a_mask_leaves_the_other_bits_alone(
    change: str, effect: CopyMark | SetMark
) -> None:
    found = _export(f"{_COUNTER} {change}").tables[0].chains["FORWARD"].rules

    assert effect in found[0].effects


def test_nft_itself_copies_all_of_a_mark() -> None:
    found = _export(f"{_COUNTER} meta mark set ct mark and 0xff", "inet mine")

    (effect,) = found.tables[0].chains["FORWARD"].rules[0].effects

    assert effect == CopyMark("ct_mark", "mark", 0xFF, 0xFFFFFFFF)


def test_addresses_and_ports_of_ipv6_stand_in_brackets() -> None:
    rule = f"meta l4proto tcp {_COUNTER} dnat to [2001:db8::1-2001:db8::9]:80-90"
    text = _TABLE.format(table="ip6 nat", rule=rule).replace(
        "type filter hook forward priority filter; policy drop",
        "type nat hook prerouting priority dstnat; policy accept",
    )

    assert export(text.replace("FORWARD", "PREROUTING")).gaps == ()


def test_packets_may_have_too_few_hops_left() -> None:
    assert _verdict(f"{_COUNTER} xt target TTL", table="ip mangle") == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        'log prefix "x "y" group 5 counter packets 0 bytes 0',
        "counter packets 0 bytes 0 meta set pkttype host",
        "counter packets 0 bytes 0 frob",
        "arp frob 1 counter packets 0 bytes 0 accept",
    ],
)
@pytest.mark.parametrize("table", ["bridge filter", "arp filter"])
def test_tables_that_judge_no_routed_packets_never_stop_a_listing(table: str, text: str) -> None:
    chain = "INPUT" if table.startswith("arp") else "FORWARD"
    hook = chain.lower()
    content = (
        f"table {table} {{\n\tchain {chain} {{\n\t\ttype filter hook {hook} priority filter; "
        f"policy accept;\n\t\t{text}\n\t}}\n}}\n"
    )

    assert export(content).tables == ()


def test_json_has_ranges_that_end_with_several_flags() -> None:
    flags = {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, {"|": ["syn", "rst"]}]}
    test = {"op": "==", "left": flags, "right": {"range": ["syn", {"|": ["syn", "rst"]}]}}
    place = {"family": "ip", "table": "t"}
    objects = [
        {"table": {"family": "ip", "name": "t"}},
        {"chain": {**place, "name": "c"}},
        {"rule": {**place, "chain": "c", "expr": [{"match": test}, {"accept": None}]}},
    ]

    assert export(json.dumps({"nftables": objects})).gaps == ()


@pytest.mark.parametrize("name", ["eth0:1", "-x", "e*", "1eth", "ip"])
def test_json_has_interfaces_of_nearly_any_name(name: str) -> None:
    left = {"meta": {"key": "iifname"}}
    test = {"match": {"op": "==", "left": left, "right": name.replace("*", "\\*")}}
    place = {"family": "ip", "table": "filter"}
    objects = [
        {"table": {"family": "ip", "name": "filter"}},
        {"chain": {**place, "name": "c"}},
        {"rule": {**place, "chain": "c", "expr": [test, {"accept": None}]}},
    ]

    (rule,) = export(json.dumps({"nftables": objects})).tables[0].chains["c"].rules

    assert name in repr(rule.match)
