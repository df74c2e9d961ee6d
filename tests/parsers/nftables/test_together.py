"""Several files of one device that speak of the same table, or take away each other's."""

import json

import pytest

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from flowmodel.verdict import ACCEPT, DROP
from parsers.nftables.read import parse_all
from parsers.shared.context import Context
from tests.parsers.nftables.samples import show, verdict

HEAD = "type filter hook input priority 0;"


def text(rule: str, *, policy: str = "policy drop;", head: str = HEAD, before: str = "") -> str:
    return f"{before}table inet f {{\nchain input {{ {head} {policy}\n{rule}\n}}\n}}\n"


def read(*contents: str) -> tuple[RuleSet, ...]:
    sources = [Source(f"{n}.nft", each.split("\n")) for n, each in enumerate(contents, 1)]
    return parse_all(sources, Context())


def test_rules_of_one_chain_stand_behind_each_other() -> None:
    (found,) = read(text("tcp dport 22 accept"), text("tcp dport 443 accept"))
    chain = found.tables[0].chains["input"]

    assert chain.end == DROP
    assert [(show(rule.match), rule.source.path, rule.line) for rule in chain.rules] == [
        ("proto=6; dport=16", "1.nft", 3),
        ("proto=6; dport=1bb", "2.nft", 3),
    ]
    assert [source.path for source in found.sources] == ["1.nft", "2.nft"]
    assert [(gap.span.path, gap.message) for gap in found.gaps] == [
        (
            "2.nft",
            (
                "the chain `inet f input` is in 1.nft too: its rules are read one behind the "
                "other, as when both files are loaded; files of two machines are two devices"
            ),
        )
    ]


def test_of_two_default_policies_both_are_possible() -> None:
    (found,) = read(text("accept"), text("accept", policy="policy accept;"))
    chain = found.tables[0].chains["input"]

    assert chain.end == ACCEPT
    assert [verdict(rule.verdict) for rule in chain.rules] == ["accept", "accept", "drop"]
    assert show(chain.rules[-1].match) == (
        "?the default policy of input is drop, as one of the files says"
    )
    assert any("different default policies" in gap.message for gap in found.gaps)


def test_files_that_speak_of_other_tables_stay_apart() -> None:
    other = text("accept").replace("inet f", "inet g")

    assert [each.path for each in read(text("accept"), other)] == ["1.nft", "2.nft"]


PORTS = "table inet f { set ports { type inet_service; elements = { %s }; }; }"


def test_a_set_of_a_table_has_the_elements_of_all_files() -> None:
    (found,) = read(PORTS % 443 + text("tcp dport @ports accept"), PORTS % 22)
    (rule,) = found.tables[0].chains["input"].rules

    assert show(rule.match) == "proto=6; dport=16,1bb"
    assert [each for each in found.gaps if each.check == "FW902"] == []


def test_a_chain_may_be_in_another_file_than_the_jump_to_it() -> None:
    other = "table inet f { chain output { type filter hook output priority 0; jump more; }; }"
    (found,) = read("table inet f { chain more { accept; }; }", other)

    assert list(found.tables[0].chains) == ["more", "output"]
    assert found.gaps == ()


def test_a_table_is_dormant_if_one_of_the_files_says_so() -> None:
    (found,) = read(text("accept"), "table inet f { flags dormant; }")

    assert [gap.message for gap in found.gaps] == [
        "the table is dormant: its chains see no packets"
    ]


ANEW = [
    "flush ruleset\n",
    "flush ruleset inet\n",
    "table inet f\ndelete table inet f\n",
    "destroy table inet f\n",
]


@pytest.mark.parametrize("before", ANEW)
def test_a_file_that_takes_away_the_tables_of_others_is_loaded_before_them(before: str) -> None:
    other = text("accept", before=before).replace("inet f {", "inet g {")

    assert [each.path for each in read(text("accept"), other)] == ["1.nft", "2.nft"]
    assert len(read(text("accept"), other, text("drop"))) == 1


@pytest.mark.parametrize("before", ANEW)
def test_of_two_files_that_take_away_each_other_s_tables_one_is_not_loaded(before: str) -> None:
    first = text("accept", before="flush ruleset\n")
    second = text("accept", before=before).replace("inet f {", "inet g {")
    with pytest.raises(InputError) as caught:
        read(first, second)

    assert str(caught.value.span.path) == "2.nft"
    assert caught.value.message == (
        "takes away the chain `inet f input` of 1.nft: one machine does not have both; "
        "files of two machines are two devices"
    )


def test_files_that_begin_anew_in_different_families_stay_apart() -> None:
    first = text("accept", before="flush ruleset inet\n")
    second = (
        text("accept", before="flush ruleset ip\n").replace("inet", "ip").replace("ip f", "ip g")
    )

    assert [each.path for each in read(first, second)] == ["1.nft", "2.nft"]


def test_a_flush_in_json_takes_away_the_tables_of_others_too() -> None:
    table = {"family": "inet", "name": "g"}
    chain = {"family": "inet", "table": "g", "name": "x"}
    listed = json.dumps(
        {"nftables": [{"flush": {"ruleset": None}}, {"add": {"table": table}}, {"chain": chain}]}
    )
    with pytest.raises(InputError, match="takes away the chain"):
        read(text("accept", before="flush ruleset\n"), listed)

    assert len(read(text("accept"), listed)) == 2


REFUSED = {
    "a file that begins anew": (
        text("accept", before="flush ruleset\n"),
        (
            "takes away the chain `inet f input` of 1.nft: one machine does not have both; "
            "files of two machines are two devices"
        ),
    ),
    "a table that is deleted": (
        text("accept", before="table inet f\ndelete table inet f\n"),
        (
            "takes away the chain `inet f input` of 1.nft: one machine does not have both; "
            "files of two machines are two devices"
        ),
    ),
    "another priority": (
        text("accept", head="type filter hook input priority 5;"),
        "the chain `input` is declared above, in another way",
    ),
}


@pytest.mark.parametrize(("second", "message"), REFUSED.values(), ids=REFUSED)
def test_what_could_not_be_loaded_together_is_refused(second: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text("accept"), second)

    assert (caught.value.span.path, caught.value.message) == ("2.nft", message)
