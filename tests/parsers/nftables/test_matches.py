"""What each test of nft means: the dependencies that nft adds, and the values."""

import pytest

from tests.parsers.nftables.samples import match, rules, show


@pytest.mark.parametrize("written", ["ip saddr 192.0.2.1", "ip saddr == 192.0.2.1"])
def test_an_equal_sign_says_nothing_more(written: str) -> None:
    assert match(written) == match("ip saddr 192.0.2.1")


SAME = [
    ("tcp dport ssh", "tcp dport 22"),
    ("tcp dport 0x16", "tcp dport 22"),
    ("tcp dport 026", "tcp dport 22"),
    ("tcp dport { 22 }", "tcp dport 22"),
    ("tcp dport { 22, 23, 24 }", "tcp dport 22-24"),
    ("tcp dport < 1024", "tcp dport 0-1023"),
    ("tcp dport >= 1024", "tcp dport 1024-65535"),
    ("ip saddr 192.0.2.77/24", "ip saddr 192.0.2.0-192.0.2.255"),
    ("ip saddr & 255.255.255.0 == 192.0.2.0", "ip saddr & 0xffffff00 == 192.0.2.0"),
    ("meta l4proto 6", "meta l4proto tcp"),
    ("icmp type 8", "icmp type echo-request"),
    ("iifname eth0", "meta iifname eth0"),
    ("iif lo", 'iifname "lo"'),
    ("mark 5", "meta mark 0x5"),
    ("tcp flags syn,ack", "tcp flags & (syn|ack) != 0"),
    ("tcp flags syn / syn,ack", "tcp flags & (syn|ack) == syn"),
    ("tcp flags { syn }", "tcp flags syn"),
    ("tcp flags ! syn", "tcp flags & syn == 0"),
    ("tcp flags ! { syn }", "tcp flags ! syn"),
    ("ct status { seen-reply }", "ct status seen-reply"),
    ("ct state . tcp dport { new . 22 }", "ct state . tcp dport { new . 22, new . 22 }"),
    ("tcp flags . tcp dport { syn . 22 }", "tcp flags . tcp dport { syn . 22, syn . 22 }"),
    ("tcp flags 1-3", "tcp flags { 1, 2, 3 }"),
    ("tcp flags 0x1-0x3", "tcp flags 1-3"),
    ("tcp flags fin - rst", "tcp flags 1-4"),
    ("tcp flags { 1-3 }", "tcp flags 1-3"),
    ("tcp flags 3-3", "tcp flags == 3"),
    ("tcp flags & 7 2-3", "tcp flags & 6 == 2"),
    # So nft lists ranges of flags.
    ("tcp flags 0x1-0x1 | 0x2", "tcp flags 1-3"),
    ("tcp flags 0x2-0x1 | 0x4", "tcp flags 2-5"),
    ("tcp flags 0x1 | 0x2-0x2 | 0x4", "tcp flags 3-6"),
    ("tcp flags 0x1 | 0x2-0x4 | 0x8", "tcp flags 3-12"),
    ("tcp flags { 0x2-0x1 | 0x4, 8 }", "tcp flags { 2-5, 8 }"),
    ("tcp flags { 0x1-0x1 | 0x2, 8 }", "tcp flags { 1-3, 8 }"),
    ("ct state 2-4", "ct state established,related"),
    ("tcp flags 2 / 2,16", "tcp flags & (syn|ack) == syn"),
    ("tcp flags 2 / 3", "tcp flags & 0xe0 == 0"),
    ("tcp flags != 0xff / 0x3", "tcp flags & 0xe0 != 0xe0"),
    ("ct state 1 / 30", "ct state & 0xfffffffc == 0"),
    ("ct state established,related", "ct state { established, related }"),
    ("ct state established | related", "ct state { established, related }"),
    ("ct state & (established|related) != 0", "ct state { established, related }"),
    ("ct state ! invalid", "ct state { new, established, related, untracked }"),
    ("meta l4proto { tcp, udp } th dport 53", "meta l4proto { tcp, udp } @th,16,16 53"),
    ("meta mark and 0x3 == 0x1", "meta mark & 3 == 1"),
    ("meta mark & 0x3 xor 0x1 == 0x1", "meta mark & 0x3 == 0x0"),
    ("tcp dport & 0xff00 == 0x0100", "tcp dport & 65280 == 256"),
    ("meta protocol ip", "meta nfproto ipv4"),
    ("meta protocol 8021q", "meta protocol vlan"),
    ("icmp type 11-13", "icmp type time-exceeded-timestamp-request"),
    ("icmp code 4-15", "icmp code frag-needed-15"),
    ("ip saddr & 255.255.255.254 >= 10.0.0.14", "ip saddr >= 10.0.0.14/31"),
    ("ip6 saddr & ffff:: < 2000::", "ip6 saddr < 2000::/16"),
    ("fib saddr . iif oif 0", "fib saddr . iif oif missing"),
    ("fib saddr . mark . iif oif exists", "fib saddr . iif check exists"),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=[one for one, _ in SAME])
def test_these_spellings_mean_the_same(one: str, other: str) -> None:
    assert match(one) == match(other)


DIFFERENT = [
    ("tcp flags syn", "tcp flags == syn"),
    ("tcp flags syn,ack", "tcp flags { syn, ack }"),
    ("tcp flags != syn", "tcp flags ! syn"),
    ("tcp flags != 1-3", "tcp flags != 1"),
    ("tcp flags 3-3", "tcp flags 3"),
    ("tcp flags { syn }", "tcp flags == { syn }"),
    ("ip saddr 192.0.2.1", "ip daddr 192.0.2.1"),
    ("tcp dport 22", "th dport 22"),
    ("ct status dnat", "ct status == dnat"),
    ("ip6 nexthdr tcp", "meta l4proto tcp"),
    ('iifname "eth*"', 'iifname "eth\\*"'),
    ("fib daddr type local", "fib daddr . iif type local"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=[one for one, _ in DIFFERENT])
def test_these_spellings_do_not_mean_the_same(one: str, other: str) -> None:
    assert match(one) != match(other)


# nft takes what is shifted or exchanged to the right side first, where `<` and no relation at all
# mean something else, and eight bits become sixteen (nft 1.0.6, --debug=netlink).
MOVED = [
    ("meta mark ^ 1 > 5", "meta mark & 1 > 5"),
    ("meta mark and 0xf xor 2 <= 0", "meta mark and 0xf <= 0"),
    ("tcp dport << 1 >= 10", "tcp dport & 0xff >= 10"),
    ("tcp flags ^ 80 > ack", "tcp flags & 80 > ack"),
    ("ct status ^ 3 255", "ct status & 3 3"),
    ("ct state ^ new established,new", "ct state ^ new == established,new"),
    ("ip protocol >> 1 != tcp", "tcp dport >> 1 != 22"),
    ("tcp flags << 1 == 4", "tcp flags ^ 1 == 4"),
]


@pytest.mark.parametrize(("moved", "plain"), MOVED, ids=[moved for moved, _ in MOVED])
def test_what_nft_moves_is_unread(moved: str, plain: str) -> None:
    assert moved in match(moved)
    assert plain not in match(plain)


# Names have no bits; nft 1.0.6 loads most of these all the same.
NAMES_AS_NUMBERS = [
    ("iifname & 1 == 5", "iif & 1 == 5"),
    ("iifname ^ 1 5", "meta mark ^ 1 5"),
    ("iifname & 1 != { 5, 6 }", "meta mark & 1 != { 5, 6 }"),
]


@pytest.mark.parametrize(
    ("odd", "plain"), NAMES_AS_NUMBERS, ids=[odd for odd, _ in NAMES_AS_NUMBERS]
)
def test_a_name_that_is_asked_as_a_number_is_unread(odd: str, plain: str) -> None:
    assert "?" in match(odd)
    assert match(plain)


MEANINGS = [
    ("inet", "ip saddr != 192.0.2.9", "v4; not(src=c0000209)"),
    ("ip", "ip saddr != 192.0.2.9", "not(src=c0000209)"),
    ("inet", "tcp dport != 22", "proto=6; not(dport=16)"),
    ("inet", "icmp type 3 icmp code 4", "v4; proto=1; icmp_type=3; icmp_code=4"),
    ("inet", "icmpv6 type 128", "v6; proto=3a; icmp_type=80"),
    ("ip6", "icmpv6 type 128", "proto=3a; icmp_type=80"),
    ("inet", "ip protocol tcp tcp dport 22", "v4; proto=6; dport=16"),
    ("inet", "fib saddr . iif oif missing", "rp_filter=0"),
    ("inet", "fib saddr . iif oif exists", "rp_filter=1"),
    ("inet", "fib saddr . iif oif != missing", "not(rp_filter=0)"),
    ("inet", 'fib saddr . iif oif "lo"', '?fib saddr . iif oif "lo"'),
    ("inet", "fib saddr oif missing", "?fib saddr oif missing"),
    ("inet", "exthdr rt exists", "v6; any()"),
    ("inet", "exthdr hbh missing", "v6"),
    ("inet", "exthdr frag != missing", "v6; not(all())"),
    ("inet", "exthdr mh exists", "v6; ?exthdr mh exists"),
    ("inet", "rt type 0", "v6; any()"),
    ("inet", "frag more-fragments != 1", "v6; any()"),
    ("inet", "ip6 nexthdr tcp", "v6; proto=6"),
    ("inet", "ip6 nexthdr ipv6-frag", "v6; any()"),
    ("inet", "meta protocol ip ip6 saddr ::1", "v4; v6; src=1"),
    ("ip", 'xt match "recent"', '~xt match "recent"'),
    ("ip", "tcp dport 22 xt match recent", "proto=6; dport=16; ~xt match recent"),
    ("inet", "ct mark 1", "state=0-2; ct_mark=1"),
    ("inet", "ct original ip saddr 10.0.0.1", "state=0-2; v4; orig_src=a000001"),
    ("inet", "meta l4proto tcp ct original proto-dst 80", "proto=6; state=0-2; orig_dport=50"),
    (
        "inet",
        "ct original protocol tcp ct original proto-dst 80",
        "state=0-2; orig_proto=6; state=0-2; orig_dport=50",
    ),
    (
        "inet",
        "meta l4proto dccp ct original proto-dst 80",
        "proto=21; state=0-2; ?ct original proto-dst 80 (of a protocol without ports)",
    ),
    (
        "inet",
        "ct original proto-dst 80",
        (
            "state=0-2; any(all(orig_proto=6,11,84,88; orig_dport=50); "
            "all(orig_proto=0-5,7-10,12-83,85-87,89-ff; "
            "?ct original proto-dst 80 (of a protocol without ports)))"
        ),
    ),
    (
        "inet",
        "meta l4proto tcp ct original ip daddr . ct original proto-dst { 10.0.0.1 . 80 }",
        "proto=6; state=0-2; v4; orig_dst.orig_dport=a000001 50",
    ),
    ("inet", "ip saddr & 0.0.0.255 == 9", "v4; src&ff=9"),
    ("inet", "ip ttl 5", "v4; ?ip ttl 5"),
    ("inet", "iif 3", "?iif 3"),
    ("inet", "iifname 3", "in=3"),
    # The kernel asks the limit of the element for each packet that is in the set.
    (
        "ip",
        "ip saddr { 10.0.0.1 limit rate over 1/hour, 10.0.0.2 }",
        (
            "any(src=a000002; all(src=a000001; "
            "~ip saddr { 10.0.0.1 limit rate over 1/hour, 10.0.0.2 } (elements that do not last)))"
        ),
    ),
    (
        "ip",
        "tcp dport != { 22 limit rate 1/hour }",
        (
            "proto=6; not(any(any(); all(dport=16; "
            "~tcp dport != { 22 limit rate 1/hour } (elements that do not last))))"
        ),
    ),
    ("ip", 'ip saddr { 10.0.0.1 counter, 10.0.0.2 comment "limit rate 1" }', "src=a000001-a000002"),
    ("inet", "counter packets 0x10 bytes 0", ""),
    ("inet", "ip ttl != 5", "v4; not(?ip ttl 5)"),
    ("inet", "meta random 5", "~meta random 5"),
    ("inet", "limit rate 5/second", "~limit rate 5/second"),
    ("inet", "meta skuid != 0", "?the packet belongs to a socket; not(?meta skuid 0)"),
    ("inet", 'iifname != { eth0, "wl*" }', "not(in=eth0,^wl)"),
    ("inet", "tcp dport { gopher }", "proto=6; ?tcp dport { gopher } (gopher has no fixed number)"),
]


@pytest.mark.parametrize(
    ("family", "rule", "expected"),
    [each for each in MEANINGS if each[2]],
    ids=[f"{family} {rule}" for family, rule, expected in MEANINGS if expected],
)
def test_a_match_means_this(family: str, rule: str, expected: str) -> None:
    assert match(rule, family) == expected


def test_ports_behind_a_test_of_the_protocol_are_ports() -> None:
    assert match("meta l4proto { tcp, udp } th dport 53") == "proto=6,11; dport=35"


def test_ports_of_any_protocol_are_a_riddle_where_it_has_none() -> None:
    found = match("th dport 53")

    assert "dport=35" in found
    assert "?th dport 53" in found


def test_equal_sets_are_one_condition_for_all_rules() -> None:
    first, second = (
        rule for rule in rules("ip saddr @s tcp dport 22 accept\n    ip saddr @s drop")
    )

    assert first.match[1] is second.match[1]


@pytest.mark.parametrize(
    "writing",
    [
        "add @s { ip saddr }",
        "update @s { ip saddr }",
        "delete @s { ip saddr }",
        "set add ip saddr @s",
        "set update ip saddr @s",
        "set  add ip saddr @s",
    ],
)
def test_a_set_that_rules_write_is_not_known(writing: str) -> None:
    found = rules(f"{writing}\n    ip saddr @s drop")

    assert show(found[1].match) == "v4; ~ip saddr @s (rules change the set)"


def test_elements_that_expire_are_possible_and_the_others_certain() -> None:
    found = match("ip saddr @guests")

    assert found == (
        "v4; any(src=c0000208; all(src=c0000209; ~ip saddr @guests (elements that do not last)))"
    )


def test_what_a_rule_changes_is_not_the_same_before_and_behind() -> None:
    found = rules("ip dscp cs1 accept\n    ip dscp set cs2\n    ip dscp cs2 drop")

    assert [show(rule.match) for rule in found] == [
        "v4; ~ip dscp cs1",
        "v4",
        "v4; ~ip dscp cs2",
    ]
