"""Patterns of rules: whatever one matches is split as the pattern says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.nftables.grammar.shapes import LITERAL, normal
from parsers.nftables.lowering.patterns import Patterns, pattern
from tests.parsers.nftables.test_accepted import FILTER

_RULES = (
    "ip saddr 10.0.0.1 ip daddr 10.0.0.0/8 tcp dport 22 accept",
    'iifname "eth0" oifname "lo" udp dport { 53, 123 } counter packets 5 bytes 0 drop',
    "ip6 saddr 2001:db8::/32 tcp dport 0x16 accept",
    "iifname eth0 tcp dport 22 jump other",
    "iifname 7 meta mark set 1 jump 5",
    "ip saddr {10.0.0.1} tcp dport{ 22 }accept",
    "counter packets 5 bytes 7",
    "ip saddr != 10.0.0.1 icmpv6 type 5 drop",
    "tcp dport 22 xt match 5 accept",
    "accept",
)
_USUAL = [text for text in (*_RULES, *FILTER.split("\n")) if pattern(LITERAL.split(normal(text)))]


@given(st.sampled_from(_USUAL), st.data())
def test_all_texts_of_a_pattern_are_split_at_the_same_places(
    rule: str, data: st.DataObject
) -> None:
    parts = LITERAL.split(normal(rule))
    made = pattern(parts)
    assert made
    # Hypothesis makes no texts for possessive repetitions; without them there are more texts.
    texts = st.from_regex(re.sub(r"([*+])\+", r"\1", made.pattern), fullmatch=True)
    text = data.draw(texts)
    found = made.fullmatch(text)

    if found:
        assert normal(text) == text
        assert LITERAL.split(text)[1::2] == list(found.groups())
        assert LITERAL.split(text)[::2] == parts[::2]


def test_most_rules_have_a_pattern() -> None:
    assert set(_RULES) - set(_USUAL) == set()


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("ip saddr @banned drop", id="a set's name"),
        pytest.param("ip ttl < 5 drop", id="a sign"),
        pytest.param('log prefix "two words" drop', id="quoted words"),
        pytest.param("ip saddr 10.0.0.1 @th,0,16 & 0x0f == 1 drop", id="a payload"),
    ],
)
def test_what_is_not_sure_to_be_split_alike_has_none(rule: str) -> None:
    assert pattern(LITERAL.split(normal(rule))) is None


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        ("tcp dport 80 accept", ("80",)),
        ("tcp dport 443 accept", ("443",)),
        ("tcp dport 443-445 accept", ("443-445",)),
        ("tcp dport https accept", None),
        ("tcp dport 443 drop", None),
        ("tcp  dport 443 accept", None),
        ("tcp dport 443 accept ", None),
        ("tcp dport 443jump accept", None),
    ],
)
def test_a_rule_is_found_by_what_it_is_written_like(
    text: str, literals: tuple[str, ...] | None
) -> None:
    known: Patterns[str] = Patterns()
    known.add("tcp dport 80 accept", ["tcp dport ", "80", " accept"], "known")

    assert known.find(text) == (("known", literals) if literals else None)


def test_a_rule_with_a_name_is_only_like_those_with_the_same() -> None:
    known: Patterns[str] = Patterns()
    known.add("tcp dport 80 jump a1", ["tcp dport ", "80", " jump ", "a1", ""], "known")

    assert known.find("tcp dport 81 jump a1") == ("known", ("81", "a1"))
    assert known.find("tcp dport 81 jump a2") is None
