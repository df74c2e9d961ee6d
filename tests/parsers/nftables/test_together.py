"""Several files of one device that speak of the same chain."""

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


def test_files_that_speak_of_other_chains_stay_apart() -> None:
    other = text("accept").replace("input {", "other {")

    assert [each.path for each in read(text("accept"), other)] == ["1.nft", "2.nft"]


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
