"""Every fixture: nft takes it, its listing and its JSON say the same, and nothing is lost."""

from collections import Counter
from pathlib import Path

import pytest

from flowmodel.ruleset import RuleSet
from parsers import read_exports
from tests import ROOT
from tests.parsers.nftables.samples import nft_accepts, show, verdict

FIXTURES = ROOT / "fixtures" / "nftables"
CASES = sorted(path.parent for path in FIXTURES.glob("*/list.nft"))


def read(path: Path) -> RuleSet:
    (found,) = read_exports([str(path)])
    return found


def lines(ruleset: RuleSet) -> list[str]:
    """The rule set as text, without places."""
    found: list[str] = []
    for table in sorted(ruleset.tables, key=lambda table: table.name):
        for chain in sorted(table.chains.values(), key=lambda chain: chain.name):
            base = chain.base
            hook = f" {base.hook} {base.priority} {chain.end} {base.kind}" if base else ""
            found.append(f"{table.name} {sorted(table.families)} {chain.name}{hook}")
            found += [
                f"  {show(rule.match)} {rule.effects} {verdict(rule.verdict)} {rule.hits}"
                for rule in chain.rules
            ]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_json_says_what_the_listing_says(case: Path) -> None:
    assert lines(read(case / "list.json")) == lines(read(case / "list.nft"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_listing_says_what_the_configuration_says(case: Path) -> None:
    # nft lists the elements of maps in an order of its own, which decides nothing.
    listed, written = (Counter(lines(read(case / name))) for name in ("list.nft", "nftables.conf"))

    assert listed == written


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.usefixtures("nft")
def test_nft_takes_the_listing(case: Path) -> None:
    assert nft_accepts((case / "list.nft").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_rule_of_the_listing_is_a_rule(case: Path) -> None:
    text = (case / "list.nft").read_text(encoding="utf-8").split("\n")
    ruleset = read(case / "list.nft")
    found = {
        rule.line
        for table in ruleset.tables
        for chain in table.chains.values()
        for rule in chain.rules
    }
    inside = False
    expected = set()
    for number, line in enumerate(text, 1):
        words = line.split()
        if words[:1] == ["chain"]:
            inside = True
        elif words == ["}"]:
            inside = False
        elif inside and words and words[0] != "type":
            expected.add(number)
    hooked = {
        chain.span.line for table in ruleset.tables for chain in table.chains.values() if chain.base
    }

    assert found - hooked == expected


def test_iptables_nft_is_read_from_the_listing() -> None:
    assert read(FIXTURES / "docker" / "iptables-nft.nft").gaps == ()


def test_what_json_does_not_show_of_iptables_nft_is_said() -> None:
    listed = read(FIXTURES / "docker" / "iptables-nft.nft")
    found = read(FIXTURES / "docker" / "iptables-nft.json")
    text = (FIXTURES / "docker" / "iptables-nft.json").read_text(encoding="utf-8")

    assert [gap.check for gap in found.gaps] == ["FW901"] * text.count('"xt"')
    assert [
        (table.name, name, len(chain.rules))
        for table in found.tables
        for name, chain in table.chains.items()
    ] == [
        (table.name, name, len(chain.rules))
        for table in listed.tables
        for name, chain in table.chains.items()
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rule_of_json_stands_where_its_object_stands(case: Path) -> None:
    ruleset = read(case / "list.json")
    (source,) = ruleset.sources
    texts = [
        source.lines[rule.line - 1][rule.column - 1 : rule.last_column]
        for table in ruleset.tables
        for chain in table.chains.values()
        for rule in chain.rules
        if rule.span != chain.span
    ]

    assert all(text.startswith('{"rule":') and text.endswith("}") for text in texts)
    assert texts
