"""What a statement does to a packet's fate: for every one of nft(8), one of three things."""

from itertools import product

import pytest

from fwlint.packets import parse_expression
from linter.engine.device.trace import traced
from parsers.nftables.lowering.fates import STATEMENTS, of_set
from tests.parsers.nftables.samples import export

# nft(8), STATEMENTS; the names of what libnftables-json(5) has as a statement, in nft's own words.
MANUAL = (
    *("accept", "drop", "queue", "continue", "return", "jump", "goto"),
    *("reset", "log", "reject", "counter", "notrack", "limit", "quota", "ct count"),
    *("snat", "dnat", "masquerade", "redirect", "tproxy", "synproxy", "flow", "dup", "fwd"),
    *("add", "update", "delete", "set", "meter", "vmap", "xt", "last", "comment"),
)
# nft(8), PAYLOAD, EXTENSION HEADER, CONNTRACK and META STATEMENT: what a rule can set.
SET = {
    "harmless": (
        *("meta priority", "meta nftrace", "meta secmark"),
        *("ct helper", "ct timeout", "ct expectation", "ct event", "ct label", "ct secmark"),
        *("ip dscp", "ip ecn", "ip id", "ip6 dscp", "ip6 ecn", "ip6 flowlabel"),
        *("ether saddr", "ether daddr", "vlan pcp"),
        *("tcp option maxseg size", "tcp option window count"),
    ),
    "modelled": ("meta mark", "ct mark"),
    "possible": (
        *("meta pkttype", "meta broute", "ct zone", "ct original zone"),
        *("ip saddr", "ip daddr", "ip protocol", "ip version", "ip hdrlength", "ip length"),
        *("ip frag-off", "ip checksum", "ip6 saddr", "ip6 daddr", "ip6 nexthdr", "ip6 length"),
        *("tcp sport", "tcp dport", "tcp flags", "tcp sequence", "tcp checksum", "udp sport"),
        *("udp dport", "udp length", "udp checksum", "sctp dport", "dccp sport", "udplite dport"),
        *("th sport", "th dport", "icmp type", "icmp code", "icmpv6 type", "igmp group"),
        *("ether type", "vlan id", "raw_nh_128_32", "raw_th_16_16", "arp operation"),
    ),
}


def test_the_table_has_every_statement_of_the_manual() -> None:
    assert set(MANUAL) == set(STATEMENTS)


@pytest.mark.parametrize(
    ("key", "fate"), [(key, fate) for fate, keys in SET.items() for key in keys]
)
def test_what_a_rule_sets_does_this(key: str, fate: str) -> None:
    assert of_set(key, "1") == fate


@pytest.mark.parametrize(
    ("key", "value", "fate"),
    [
        ("ip ttl", "64", "harmless"),
        ("ip ttl", "1", "possible"),
        ("ip ttl", "", "possible"),
        ("ip6 hoplimit", "255", "harmless"),
        ("ip6 hoplimit", "0", "possible"),
    ],
)
def test_a_packet_without_hops_left_may_be_lost(key: str, value: str, fate: str) -> None:
    assert of_set(key, value) == fate


FILE = """\
table ip t {{
  flowtable f {{ hook ingress priority 0; devices = {{ lo }}; }}
  chain before {{ type filter hook prerouting priority raw; {statement}
  }}
  chain c {{ type filter hook input priority 0; policy {policy}; }}
}}
"""
ANYTHING = (
    "ip daddr set 192.0.2.9",
    "ip saddr set ip saddr map { 198.51.100.7 : 192.0.2.2 }",
    "tcp dport set 22",
    "@nh,128,32 set 0xc0000201",
    "@th,16,16 set 22",
    "ct zone set 1",
    "ct original zone set 1",
    "ct zone set ip saddr map { 198.51.100.7 : 1 }",
    "meta pkttype set other",
    "ip ttl set 1",
    "tcp dport 443 tproxy to :50080",
    "synproxy mss 1460 wscale 7",
)
_QUEUE = "queue num 1"


@pytest.mark.parametrize(
    ("statement", "policy"),
    [*product(ANYTHING, ("accept", "drop")), (_QUEUE, "accept")],
)
def test_what_later_chains_say_is_not_certain_behind(statement: str, policy: str) -> None:
    packet = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:443 in eth0")
    found = export(FILE.format(statement=statement, policy=policy))

    (answer,) = traced([found], "input", [packet])

    assert answer.verdict == "unknown"
    own = statement.partition("443 ")[2] or statement
    assert any(own in text for text in answer.unread)


def test_what_a_program_lets_pass_a_later_chain_can_still_drop() -> None:
    packet = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:443 in eth0")

    (answer,) = traced([export(FILE.format(statement=_QUEUE, policy="drop"))], "input", [packet])

    assert answer.verdict == "drop"


@pytest.mark.parametrize("policy", ["accept", "drop"])
@pytest.mark.parametrize(
    "statement",
    [
        "ip dscp set cs1",
        "meta priority set 1:2",
        'log prefix "x"',
        "counter",
        "dup to 192.0.2.9",
        "reset tcp option sack-perm",
        "ip ttl set 64",
        "udp dport set 22",
        "flow add @f",
    ],
)
def test_what_cannot_change_a_fate_leaves_it_certain(statement: str, policy: str) -> None:
    packet = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:443 in eth0 state new")
    found = export(FILE.format(statement=statement, policy=policy))

    (answer,) = traced([found], "input", [packet])

    assert answer.verdict == policy


ENDING = """\
table inet t {{
  chain other {{ drop; }}
  chain c {{
    type filter hook input priority filter; policy accept;
    {rule}
    {more}
  }}
}}
"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # A sender's malformed option ends the rule (nft_exthdr.c, nft_exthdr_tcp_set_eval).
        ("tcp option maxseg size set 1000 drop", "unknown"),
        ("tcp option maxseg size set rt mtu accept", "accept"),
        ("tcp option maxseg size set rt mtu jump other", "unknown"),
        ("tcp option maxseg size set rt mtu tcp dport 443 counter drop", "unknown"),
        ("tcp option maxseg size set 1000 tcp dport vmap { 443 : drop }", "unknown"),
        ("tcp option maxseg size set ip saddr map { 198.51.100.7 : 1000 } drop", "unknown"),
        ("tcp option maxseg size set 1000 meta mark set 5", "unknown"),
        ('drop comment "tcp option maxseg size set 1000"', "drop"),
        # What strips one drops a packet with one that it cannot strip.
        ("reset tcp option maxseg drop", "drop"),
        ("tcp dport 443 drop", "drop"),
        # What is written comes from what may not be there.
        ("meta mark set jhash tcp option maxseg size mod 2 drop", "unknown"),
        ("meta mark set jhash meta skuid . ip saddr mod 2 drop", "unknown"),
        ("meta mark set jhash ip saddr mod 2 drop", "drop"),
        ("meta priority set 1:2 drop", "drop"),
    ],
)
def test_what_stands_behind_a_statement_that_may_end_the_rule_is_not_certain(
    rule: str, expected: str
) -> None:
    packet = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:443 in eth0 state new")
    found = export(ENDING.format(rule=rule, more="meta mark 5 drop"))

    (answer,) = traced([found], "input", [packet])

    assert answer.verdict == expected
    assert bool(found.gaps) == (expected == "unknown" or "maxseg size set rt mtu acc" in rule)


@pytest.mark.parametrize(
    "rule",
    [
        "tcp flags syn tcp option maxseg size set rt mtu",
        "tcp flags syn counter tcp option maxseg size set rt mtu counter",
        "tcp option maxseg size set 1000 log continue",
    ],
)
def test_a_rule_that_decides_nothing_may_end_anywhere(rule: str) -> None:
    packet = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:443 in eth0 state new")
    found = export(ENDING.format(rule=rule, more="drop"))

    (answer,) = traced([found], "input", [packet])

    assert (answer.verdict, found.gaps) == ("drop", ())


HASHED = """\
table ip t {{
  chain c {{
    type filter hook input priority filter; policy drop;
    jhash {hashed} mod 2 0 meta mark set 5
    jhash {hashed} mod 2 0 drop
    meta mark 5 accept
  }}
}}
"""


@pytest.mark.parametrize(
    ("hashed", "expected"),
    [
        ("ip saddr", "drop"),
        ("meta mark", "unknown"),
        ("ip saddr . meta mark", "unknown"),
        ("ct expiration . ip saddr", "unknown"),
    ],
)
def test_a_hash_of_what_a_rule_changes_is_another_one_behind_it(hashed: str, expected: str) -> None:
    packet = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:443 in eth0 state new")

    (answer,) = traced([export(HASHED.format(hashed=hashed))], "input", [packet])

    assert answer.verdict == expected


CHANGED = """\
table ip t {{
  map m {{ type ipv4_addr : {data}; flags dynamic; size 100; elements = {{ {elements} }}; }}
  chain before {{ type nat hook prerouting priority dstnat; meta l4proto tcp {statement}
  }}
  chain c {{
    type filter hook input priority 0; policy accept
    meta mark 5 drop
    ip daddr . tcp dport != {{ 198.51.100.1 . 443 }} drop
  }}
}}
"""


@pytest.mark.parametrize("element", ["", "203.0.113.1 : "], ids=["empty", "with an element"])
@pytest.mark.parametrize(
    ("data", "statement", "example"),
    [
        ("mark", "meta mark set ip saddr map @m", "1"),
        ("ipv4_addr", "dnat to ip saddr map @m", "192.0.2.9"),
        ("ipv4_addr . inet_service", "dnat ip to ip saddr map @m", "192.0.2.9 . 22"),
    ],
)
def test_what_rules_put_into_a_map_is_not_known(
    data: str, statement: str, example: str, element: str
) -> None:
    elements = f"{element}{example}" if element else ""
    content = CHANGED.format(data=data, statement=statement, elements=elements)
    content = content.replace(" elements = {  };", "")
    packet = parse_expression("tcp 198.51.100.7:40000 > 198.51.100.1:443 in eth0 state new")

    (answer,) = traced([export(content)], "input", [packet])

    assert answer.verdict == "unknown"
