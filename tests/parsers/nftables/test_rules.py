"""What rules with changes, maps, translations and blocks become."""

import pytest

from flowmodel.verdict import (
    CopyMark,
    Jump,
    MapNetwork,
    SetMark,
    TranslateDestination,
    TranslateSource,
    UnknownMark,
)
from tests.parsers.nftables.samples import NAT, export, rules, show, text, verdict


def test_a_verdict_map_is_a_rule_for_each_verdict() -> None:
    found = rules("tcp dport vmap { 22 : accept, 23 : accept, 80-90 : jump other, 91 : drop }")

    assert [(show(rule.match), verdict(rule.verdict)) for rule in found] == [
        ("proto=6; dport=16-17", "accept"),
        ("proto=6; dport=50-5a", "jump other"),
        ("proto=6; dport=5b", "drop"),
    ]


def test_the_star_of_a_map_is_for_all_other_keys() -> None:
    found = rules("tcp dport vmap { 22 : accept, * : drop }")

    assert [show(rule.match) for rule in found] == [
        "proto=6; dport=16",
        "proto=6; not(any(dport=16))",
    ]


def test_rules_of_one_map_have_one_place() -> None:
    spans = {rule.span for rule in rules("tcp dport vmap { 22 : accept, 80 : drop }")}

    assert len(spans) == 1


def test_outcomes_of_an_unread_key_are_questions_of_their_own() -> None:
    first, second = rules("ip dscp vmap { cs1 : accept, cs2 : drop }")

    assert show(first.match) != show(second.match)


def test_a_map_of_the_table_can_be_asked_by_name() -> None:
    found = rules("tcp dport vmap @ports")

    assert [verdict(rule.verdict) for rule in found] == ["accept", "jump other"]


def test_a_mark_is_set_before_what_stands_behind_it() -> None:
    first, second = rules("ip saddr 192.0.2.1 meta mark set 2 tcp dport 22 accept")

    assert (show(first.match), verdict(first.verdict)) == ("v4; src=c0000201", "continue")
    assert first.effects == (SetMark("mark", 0, 2),)
    assert (show(second.match), second.effects, verdict(second.verdict)) == (
        "v4; src=c0000201; proto=6; dport=16",
        (),
        "accept",
    )


def test_a_mark_that_is_asked_and_then_set_is_not_asked_again() -> None:
    table = export(text("meta mark 1 meta mark set 2 tcp dport 22 accept")).tables[0]
    (rule,) = table.chains["c"].rules

    assert isinstance(rule.verdict, Jump)
    assert show(rule.match) == "mark=1"
    assert [show(inner.match) for inner in table.chains[rule.verdict.chain].rules] == [
        "proto=6; dport=16"
    ]


MARKS = [
    ("meta mark set 0x5", (SetMark("mark", 0, 5),)),
    ("meta mark set meta mark or 0x2", (SetMark("mark", 0xFFFFFFFD, 2),)),
    ("meta mark set meta mark and 0xff", (SetMark("mark", 0xFF, 0),)),
    ("meta mark set mark & 0xff xor 0x1", (SetMark("mark", 0xFF, 1),)),
    ("ct mark set 7", (SetMark("ct_mark", 0, 7),)),
    ("meta mark set ct mark", (CopyMark("ct_mark", "mark", 0xFFFFFFFF, 0xFFFFFFFF),)),
    ("ct mark set mark & 0xff", (CopyMark("mark", "ct_mark", 0xFF, 0xFFFFFFFF),)),
    (
        "meta mark set numgen inc mod 2",
        (UnknownMark("mark", "meta mark set numgen inc mod 2"),),
    ),
    ('log prefix "x" level info', ()),
    ("counter", ()),
    ("ip6 dscp set cs1", ()),
    ("meta priority set 1:2", ()),
]


@pytest.mark.parametrize(("rule", "effects"), MARKS, ids=[rule for rule, _ in MARKS])
def test_a_statement_changes_this(rule: str, effects: tuple[object, ...]) -> None:
    (found,) = rules(rule)

    assert found.effects == effects
    assert verdict(found.verdict) == "continue"


VERDICTS = [
    ("accept", "accept"),
    ("drop", "drop"),
    ("return", "return"),
    ("continue", "continue"),
    ("jump other", "jump other"),
    ("goto other", "goto other"),
    ("reject", "reject"),
    ("reject with icmpx type admin-prohibited", "reject"),
    ("queue num 1 bypass", "unknown"),
    ('xt target "TPROXY"', "unknown"),
    ("xt target TPROXY", "unknown"),
    ('tcp dport 22 accept comment "ssh"', "accept"),
]


@pytest.mark.parametrize(("rule", "expected"), VERDICTS, ids=[rule for rule, _ in VERDICTS])
def test_a_rule_ends_so(rule: str, expected: str) -> None:
    assert verdict(rules(rule)[-1].verdict) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "ip saddr set 192.0.2.1",
        "tcp dport set 22",
        "ip daddr set ip daddr map { 192.0.2.1 : 192.0.2.2 }",
        "synproxy mss 1460",
    ],
)
def test_what_the_model_cannot_follow_may_decide_and_what_stands_behind_it_counts(
    statement: str,
) -> None:
    found = [verdict(rule.verdict) for rule in rules(f"{statement} accept")]

    assert found == ["unknown", "accept"]


ALL4, ALL6, PORTS = ((0, (1 << 32) - 1),), ((0, (1 << 128) - 1),), ((0, 65535),)
ONE = ((0xC0000201, 0xC0000201),)
TRANSLATIONS = [
    ("dnat to 192.0.2.1", [TranslateDestination(ONE, PORTS)]),
    ("tcp dport 80 dnat to 192.0.2.1:8080", [TranslateDestination(ONE, ((8080, 8080),))]),
    ("tcp dport 80 dnat to 192.0.2.1 : 8080", [TranslateDestination(ONE, ((8080, 8080),))]),
    ("dnat to 192.0.2.1-192.0.2.3", [TranslateDestination(((0xC0000201, 0xC0000203),), PORTS)]),
    ("tcp dport 22 redirect to :2222", [TranslateDestination(ALL4, ((2222, 2222),), local=True)]),
    (
        "dnat to tcp dport map { 22 : 192.0.2.1, 23 : 192.0.2.1 }",
        [TranslateDestination(ONE, PORTS)],
    ),
    (
        "dnat ip to ip saddr . tcp dport map { 10.0.0.1 . 80 : 192.0.2.1 . 8080 }",
        [TranslateDestination(ONE, ((8080, 8080),))],
    ),
    ("dnat ip prefix to 192.0.2.0/24", [MapNetwork("dst", 0xC0000200, 0xFFFFFF00)]),
]


@pytest.mark.parametrize(("rule", "expected"), TRANSLATIONS, ids=[rule for rule, _ in TRANSLATIONS])
def test_a_destination_is_translated_so(rule: str, expected: list[object]) -> None:
    assert [found.verdict for found in rules(rule, "ip", NAT)] == expected


def test_masquerade_is_for_both_families() -> None:
    kind = "nat hook postrouting priority 100"
    found = rules("masquerade", "inet", kind)

    assert [(show(rule.match), rule.verdict) for rule in found] == [
        ("v4", TranslateSource(ALL4, PORTS, masquerade=True)),
        ("v6", TranslateSource(ALL6, PORTS, masquerade=True)),
    ]
    assert len(rules("meta nfproto ipv4 masquerade", "inet", kind)) == 1


def test_notrack_is_too_late_behind_connection_tracking() -> None:
    early = rules("notrack accept", kind="filter hook prerouting priority raw")
    late = rules("notrack accept", kind="filter hook prerouting priority filter")

    assert [(show(rule.match), len(rule.effects)) for rule in early] == [("", 1)]
    assert [(show(rule.match), len(rule.effects)) for rule in late] == [
        ("state=3", 1),
        ("not(state=3)", 0),
    ]


def test_notrack_is_read_for_each_chain() -> None:
    chains = (
        export(
            "table ip t {\nchain a { type filter hook prerouting priority raw; notrack; }\n"
            "chain b { type filter hook output priority filter; notrack; }\n}"
        )
        .tables[0]
        .chains
    )

    assert [len(chains[name].rules) for name in "ab"] == [1, 2]


def test_an_anonymous_chain_is_a_chain() -> None:
    table = export(text("tcp dport 22 jump {\n ip saddr @s accept\n drop\n}")).tables[0]
    (rule,) = table.chains["c"].rules

    assert isinstance(rule.verdict, Jump)
    assert [verdict(inner.verdict) for inner in table.chains[rule.verdict.chain].rules] == [
        "accept",
        "drop",
    ]


def test_a_counter_is_kept() -> None:
    assert [rule.hits for rule in rules("counter packets 7 bytes 420 accept")] == [7]


def test_what_older_versions_print_as_a_comment_is_unknown() -> None:
    (rule,) = rules("ip saddr 192.0.2.1 # xt_recent counter packets 0 bytes 0 drop")

    assert verdict(rule.verdict) == "unknown"
