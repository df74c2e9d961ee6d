"""Forms that nft takes and that look unusual: variables next to braces, `to` left out, comments."""

import pytest

from flowmodel.verdict import TranslateDestination, TranslateSource
from tests.parsers.nftables.samples import NAT, export, rules, show, text, verdict

PORT, OTHER = ((80, 80),), ((443, 443),)
ONE = ((0x0A090110, 0x0A090110),)


@pytest.mark.parametrize(
    "written",
    ["{80,$web}", "{80, $web}", "{ 80,$web }", "{$web,80}", "{$ web , 80}", "{80,$web\n}"],
)
def test_a_variable_ends_where_its_name_ends(written: str) -> None:
    found = export(f"define web = 443\n{text(f'tcp dport {written} accept')}")
    (rule,) = found.tables[0].chains["c"].rules

    assert show(rule.match) == "proto=6; dport=50,1bb"


@pytest.mark.parametrize("defined", ["{80,$web}", "{$web, 80}", "{ $web,80 }"])
def test_a_definition_may_end_right_behind_a_variable(defined: str) -> None:
    found = export(f"define web = 443\ndefine all = {defined}\n{text('tcp dport $all accept')}")
    (rule,) = found.tables[0].chains["c"].rules

    assert show(rule.match) == "proto=6; dport=50,1bb"


@pytest.mark.parametrize(
    "comment",
    [
        *("target admin hosts", "match web servers", "watcher of all", "xt", "target", "match"),
        *("xt_recent is in the other table", "xt match", "accept", "#", "$nobody { ; }"),
    ],
)
def test_a_comment_behind_a_rule_is_none_of_it(comment: str) -> None:
    (rule,) = rules(f"tcp dport 443 accept # {comment}")

    assert (show(rule.match), verdict(rule.verdict)) == ("proto=6; dport=1bb", "accept")


TARGETS = {
    "10.9.1.16": (ONE, ((0, 65535),)),
    "10.9.1.16:80": (ONE, PORT),
    "10.9.1.16 : 80": (ONE, PORT),
    "10.9.1.16-10.9.1.17": (((0x0A090110, 0x0A090111),), ((0, 65535),)),
    "tcp dport map { 443 : 10.9.1.16 }": (ONE, ((0, 65535),)),
    "tcp dport map { 443 : 10.9.1.16 } : tcp dport map { 443 : 80 }": (ONE, PORT),
    "tcp dport map { 443 : 10.9.1.16 }:tcp dport map { 443 : 80 }": (ONE, PORT),
    "10.9.1.16 : tcp dport map { 443 : 80 }": (ONE, PORT),
    "10.9.1.16:tcp dport map { 443 : 80 }": (ONE, PORT),
    "10.9.1.16 : numgen inc mod 1 map { 0 : 80 }": (ONE, PORT),
    "numgen inc mod 1 map { 0 : 10.9.1.16 }": (ONE, ((0, 65535),)),
    "jhash ip saddr mod 1 map { 0 : 10.9.1.16 } : 80": (ONE, PORT),
    "10.9.1.16 : tcp dport": (ONE, ((0, 0), (1, 65535))),
    "ip saddr": (((0, 0), (1, (1 << 32) - 1)), ((0, 65535),)),
}


@pytest.mark.parametrize("to", ["to ", ""])
@pytest.mark.parametrize(("target", "expected"), TARGETS.items())
def test_the_target_of_a_translation_is_written_in_many_ways(
    to: str, target: str, expected: object
) -> None:
    found = rules(f"tcp dport 443 dnat {to}{target}", "ip", NAT)

    assert [rule.verdict for rule in found] == [TranslateDestination(*expected)]  # type: ignore[misc]


def test_an_address_that_ends_in_colons_stays_one() -> None:
    (rule,) = rules("ip6 saddr 2001:db8:: ct direction original dnat ip6 to ::1", "inet", NAT)

    assert show(rule.match).startswith("v6; src=20010db8000000000000000000000000; ")


def test_the_source_is_translated_without_to_as_well() -> None:
    (rule,) = rules("oifname lan0 snat 10.9.1.16", "ip", "nat hook postrouting priority 100")

    assert rule.verdict == TranslateSource(ONE, ((0, 65535),))


def test_each_pair_of_address_and_port_is_an_outcome() -> None:
    found = rules(
        "dnat to numgen inc mod 2 map { 0 : 10.9.1.16, 1 : 10.9.1.17 }"
        " : tcp dport map { 443 : 80, 444 : 81 }",
        "ip",
        NAT,
    )

    assert len(found) == 4


def test_a_chain_that_nothing_leads_to_may_go_round_in_a_circle() -> None:
    content = "table ip t {\n chain a { jump b; }\n chain b { goto a; }\n}\n"

    assert set(export(content).tables[0].chains) == {"a", "b"}


def test_what_is_deleted_before_it_is_made_was_there_before() -> None:
    found = export("delete table inet t\ntable inet t { chain c { accept; }\n}\n")

    assert len(found.tables) == 1


@pytest.mark.parametrize(
    "statement",
    ["reset tcp option sack-perm", "tcp option maxseg size set 1000", "tcp option sack exists"],
)
def test_what_only_the_kernel_asks_for_conflicts_with_nothing(statement: str) -> None:
    (rule,) = rules(f"udp dport 53 {statement} accept")

    assert show(rule.match).startswith("proto=11; dport=35; ")
