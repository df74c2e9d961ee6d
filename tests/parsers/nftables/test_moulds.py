"""Rules of one shape are read by a mould: they mean what each of them means by itself."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from parsers.nftables.lowering import tables
from parsers.nftables.lowering.steps import Mould, mould
from tests.bench.nftables import ruleset
from tests.parsers.nftables.samples import export, verdict
from tests.parsers.nftables.test_accepted import FILTER, OBJECTS

_LITERALS = {
    "ADDRESS": ("10.0.0.1", "10.0.0.2/31", "10.1.0.0/16", "10.0.0.3-10.0.0.9", "010.0.0.1", "web"),
    "V6": ("::1", "2001:db8::/32", "fe80::1-fe80::9"),
    "PORT": ("22", "80-90", "http", "0x16", "70000"),
    "PORTS": ("{ 22, 80 }", "{ 22-25 }", "{ ssh, 443 }", "{ 1-5, 5 }"),
    "NAME": ('"eth0"', "eth1", '"eth*"', "7", '{ "eth0", "lo" }'),
    "COUNT": ("0", "7", "99999999999999999999999"),
    "MARK": ("1", "0x10"),
    "CHAIN": ("other", "last", "nowhere"),
}
_SHAPES = (
    "ip saddr ADDRESS ip daddr ADDRESS tcp dport PORT accept",
    "ip saddr ADDRESS udp sport PORT counter packets COUNT bytes 0 drop",
    "ip6 daddr V6 tcp dport PORTS accept",
    "iifname NAME ip saddr ADDRESS ct state new accept",
    "iif NAME oifname NAME drop",
    "tcp dport PORT udp dport PORT accept",
    "ip saddr ADDRESS ip6 daddr V6 accept",
    "meta l4proto PORT tcp dport PORT accept",
    "ip protocol COUNT tcp dport PORTS accept",
    "th dport PORT accept",
    "meta l4proto { tcp, udp } th dport PORTS accept",
    "ip daddr ADDRESS jump CHAIN",
    "ip daddr ADDRESS meta mark set MARK tcp dport PORT accept",
    "meta mark MARK ip saddr ADDRESS return",
    "ip saddr != ADDRESS tcp dport PORT accept",
    "ip saddr ADDRESS limit rate COUNT/second accept",
    "ip daddr ADDRESS notrack",
    "tcp dport PORT",
    'ip saddr ADDRESS accept comment "COUNT"',
    "ip saddr @s tcp dport PORT accept",
)


@st.composite
def _rules(draw: st.DrawFn) -> str:
    """A few shapes, each with other literals again and again."""
    shapes = draw(st.lists(st.sampled_from(_SHAPES), min_size=1, max_size=3))
    found = []
    for shape in draw(st.lists(st.sampled_from(shapes), min_size=2, max_size=8)):
        words = shape.replace('"COUNT"', '"7"').split()
        for place, word in enumerate(words):
            for name, literals in _LITERALS.items():
                if word.startswith(name):
                    words[place] = word.replace(name, draw(st.sampled_from(literals)), 1)
                    break
        found.append(" ".join(words))
    return "\n    ".join(found)


_TABLE = """\
table inet t {{
{objects}
  chain last {{ }}
  chain c {{
    type filter hook {hook} priority -300;
    {rules}
  }}
}}
"""


def _table(rules: str, objects: str, hook: str = "input") -> str:
    return _TABLE.format(rules=rules, objects=objects, hook=hook)


def _meaning(found: RuleSet) -> list[str]:
    rules = [
        f"{chain.name} {rule.line}:{rule.column}-{rule.last_column}: {rule.match} "
        f"{rule.effects} {verdict(rule.verdict)} {rule.hits}"
        for table in found.tables
        for chain in table.chains.values()
        for rule in chain.rules
    ]
    return rules + [str(gap) for gap in found.gaps]


def _read(text: str) -> list[str]:
    try:
        return _meaning(export(text))
    except InputError as error:
        return [str(error)]


def _read_one_by_one(text: str) -> list[str]:
    with patch.object(tables, "mould", return_value=None):
        return _read(text)


@given(_rules(), st.sampled_from(("input", "prerouting")))
def test_a_rule_means_the_same_with_and_without_a_mould(rules: str, hook: str) -> None:
    objects = "  set s { type ipv4_addr; elements = { 10.0.0.1 }; }\n  chain other { }"
    text = _table(rules, objects, hook)

    assert _read(text) == _read_one_by_one(text)


@pytest.mark.parametrize("rule", FILTER.strip().split("\n"))
def test_the_second_rule_of_a_shape_means_what_the_first_does(rule: str) -> None:
    text = _table("\n    ".join([rule] * 3), OBJECTS)

    assert _read(text) == _read_one_by_one(text)


def test_the_usual_rules_have_moulds() -> None:
    with patch.object(tables, "mould", wraps=mould) as made:
        found = export(ruleset(200, 30))

    assert _meaning(found) == _read_one_by_one(ruleset(200, 30))
    assert made.call_count == 12


def test_a_shape_whose_rules_differ_in_more_than_tests_has_none() -> None:
    made: list[Mould | None] = []

    def kept(*arguments: object) -> Mould | None:
        made.append(mould(*arguments))  # type: ignore[arg-type]
        return made[-1]

    rules = "ip saddr 10.0.0.1 jump other\n    ip saddr 10.0.0.1 accept"
    with patch.object(tables, "mould", kept):
        export(_table(rules, "  chain other { }"))

    assert [each is None for each in made] == [True, False]
