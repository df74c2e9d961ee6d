"""Whatever an export says, it gives rule sets or one error with a place in a file."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from linter.engine.device.trace import judge
from parsers.aws.read import parse
from parsers.aws.suricata.signature import RuleError, statements
from parsers.aws.suricata.signature import parse as parse_rule
from parsers.shared.context import Context
from tests.parsers.aws.network_firewall.samples import (
    firewall,
    group,
    policy,
    source,
    stateless,
    texts,
)

RULES = """\
# rules
pass tcp $HOME_NET any -> [198.51.100.0/24,!198.51.100.7] [80:90,!85] (msg:"a \\; b"; sid:1;)
drop tls any any <> ![10.0.0.1,$X] !$P (flow:to_server,established; tls.sni; content:"x"; sid:2;)
reject icmp @LIST any -> any any (itype:8; flowbits:isset,a; threshold:type limit; sid:3;)
alert ip 2001:db8::/32 1024: -> 10.0.0.1-10.0.0.9 :80 (priority:2; sid:4;) \\
"""
WORDS = sorted(set(RULES.split()) | set('[]()!,;:"\\$@#<>-. \n\t/') | {"any", "é"})
PACKETS = [Packet(4, 0x0A000001, 0xC6336407, 6, 40000, 443), Packet(6, 1, 2, 17, 53, 53)]


def is_placed(error: InputError, export: Source) -> bool:
    """Whether an error has a message, and a place in the file."""
    line = error.span.line
    return (
        bool(error.message)
        and 1 <= line <= len(export.lines)
        and 1 <= error.span.column <= len(export.lines[line - 1]) + 1
    )


def judged(*documents: Any) -> None:
    """Raises whatever is no InputError, or an error without a place in the file."""
    export = source(documents)
    wrong: InputError | None = None
    found: tuple[RuleSet, ...] = ()
    try:
        found = parse([export], Context())
    except InputError as error:
        wrong = error
    assert wrong is None or is_placed(wrong, export)
    for ruleset in found:
        judge([ruleset], "forward", PACKETS)


def rules(text: str) -> None:
    one = texts("web", text)
    judged(one, policy([one]), *firewall())


@given(st.text(max_size=200))
@example("\\")
@example("pass tcp any any -> any any (\x00;)")
@example("pass tcp any any -> any any (a:" + "\\" * 9 + ";)")
def test_any_text_as_rules(text: str) -> None:
    rules(text)


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
@example("pass tcp " + "[" * 99 + "any")
@example("pass tcp \u0661 any -> any \u0663 (sid:1;)")
@example("pass tcp any \u0663:\u0664 -> any any (priority:\u0663; sid:1;)")
def test_any_words_as_rules(text: str) -> None:
    rules(text)
    rules(f"pass tcp {text} -> any any (sid:1;)")
    rules(f"pass tcp any any -> any any ({text})")


@given(st.data())
def test_any_rules_cut_short_or_damaged(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(RULES)))
    rules(RULES[:at])
    rules(RULES[:at] + data.draw(st.sampled_from(WORDS)) + RULES[at + 1 :])


@given(st.text(max_size=200), st.integers(0, 1000))
def test_errors_are_inside_the_text(text: str, at: int) -> None:
    for line, start in statements(text):
        found = at + start
        try:
            parse_rule(line, at + start)
        except RuleError as wrong:
            found = wrong.at
        assert at + start <= found <= at + start + len(line)


_EXPORT = [
    texts(
        "web",
        RULES,
        RuleVariables={"IPSets": {"X": {"Definition": ["10.0.0.0/8"]}}},
        ReferenceSets={"IPSetReferences": {"LIST": {"ReferenceArn": "arn:x:prefix-list/pl-1"}}},
    ),
    stateless(
        "less",
        {
            "Actions": ["aws:pass"],
            "Protocols": [6],
            "Sources": [{"AddressDefinition": "10.0.0.0/8"}],
            "DestinationPorts": [{"FromPort": 1, "ToPort": 2}],
            "TCPFlags": [{"Flags": ["SYN"], "Masks": ["SYN"]}],
        },
    ),
    group(
        "names",
        {
            "RulesSource": {
                "RulesSourceList": {
                    "Targets": ["a.example"],
                    "TargetTypes": ["TLS_SNI"],
                    "GeneratedRulesType": "ALLOWLIST",
                }
            }
        },
    ),
]
_STRANGE: list[Any] = [None, 0, -1, 1e9, "", "x", "\u2028", [], [None], [[]], {}, {"": {}}, True]
_ALL = [*_EXPORT, policy(_EXPORT), *firewall()]


def _ways(value: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [way] if way else []
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inside:
            found += _ways(each, (*way, key))
    return found


def _changed(way: tuple[str | int, ...], value: Any) -> list[Any]:
    made = json.loads(json.dumps(_ALL))
    place = made
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    found: list[Any] = made
    return found


@given(st.sampled_from(_ways(_ALL)), st.sampled_from(_STRANGE))
@example((2, "RuleGroup", "RulesSource", "RulesSourceList"), None)
def test_any_value_may_be_strange(way: tuple[str | int, ...], value: Any) -> None:
    documents = [each for each in _changed(way, value) if isinstance(each, dict)]
    judged(*documents)


@given(st.data())
def test_any_export_cut_short(data: st.DataObject) -> None:
    text = json.dumps(_ALL, indent=1)
    cut = text[: data.draw(st.integers(0, len(text)))]
    export = Source("export.json", cut.split("\n"))
    wrong: InputError | None = None
    try:
        parse([export], Context())
    except InputError as error:
        wrong = error
    assert wrong is None or is_placed(wrong, export)
