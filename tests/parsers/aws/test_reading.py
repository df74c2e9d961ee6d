"""JSON and YAML with the places of their objects, and what is refused in them."""

import pytest

from flowmodel.source import InputError, Source
from parsers.aws import yaml_nodes
from parsers.aws.text_places import TextPlaces
from parsers.shared import json_nodes
from parsers.shared.node import Node

WORDS = json_nodes.Words("an export of AWS", "the AWS CLI")
JSON = """\
{
    "a": [1, {"b": "x}{", "c": null}],
    "d": {"e": "tab\\tand \\ud83d\\ude00 \\"quoted\\"", "f": {}}
}
{"second": true}
"""
YAML = """\
a:
- 1
- b: 'x'
  c: null
d:
  e: |
    two
    lines

  f: {}
---
second: true
"""


def _source(text: str) -> Source:
    return Source("file", text.rstrip("\n").split("\n"))


def _cut(node: Node) -> str:
    return node.file.text[node.first : node.last + 1]


def test_json_has_the_places_of_objects_and_members() -> None:
    whole, second = json_nodes.documents(_source(JSON), WORDS)

    assert second == {"second": True}
    assert str(second.span) == "file:5:1"
    inner = whole["a"][1]
    assert _cut(inner) == '{"b": "x}{", "c": null}'
    assert str(inner.span) == "file:2:14"
    assert (inner.span.last_line, inner.span.last_column) == (2, 36)
    assert str(inner.key_place("c")) == "file:2:27"
    assert str(inner.place("c")) == "file:2:32"
    assert str(inner.member("c")) == "file:2:27"
    assert inner.place("z") == inner.span
    assert _cut(whole["d"]["f"]) == "{}"


def test_parts_of_a_text_have_places_past_its_escapes() -> None:
    whole, _ = json_nodes.documents(_source(JSON), WORDS)
    text = whole["d"]["e"]
    places = TextPlaces(whole["d"], "e")

    assert text == 'tab\tand \U0001f600 "quoted"'
    for part, shown in (
        ("tab", "tab"),
        ("\t", "\\t"),
        ("and", "and"),
        ("\U0001f600", "\\ud83d\\ude00"),
        ('"quoted"', '\\"quoted\\"'),
    ):
        at = text.index(part)
        span = places.span(at, at + len(part) - 1)
        line = JSON.split("\n")[span.line - 1]
        assert line[span.column - 1 : span.last_column] == shown


def test_yaml_has_the_places_of_objects_and_members() -> None:
    whole, second = yaml_nodes.documents(_source(YAML))

    assert second == {"second": True}
    assert whole == {"a": [1, {"b": "x", "c": None}], "d": {"e": "two\nlines\n", "f": {}}}
    inner = whole["a"][1]
    assert _cut(inner) == "b: 'x'\n  c: null"
    assert str(inner.span) == "file:3:3"
    assert str(inner.member("c")) == "file:4:3"
    assert str(TextPlaces(whole["d"], "e").span(4, 5)) == "file:6:6"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'22'", "22"),
        ("22", 22),
        ("-1", -1),
        ("22:53", "22:53"),
        ("010", "010"),
        ("0x10", "0x10"),
        ("yes", "yes"),
        ("true", True),
        ("'true'", "true"),
        ("1.5", 1.5),
        ("2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00"),
        ("~", None),
        ("", None),
    ],
)
def test_yaml_values_are_of_the_core_schema(text: str, expected: object) -> None:
    (found,) = yaml_nodes.documents(_source(f"a: {text}"))

    assert found["a"] == expected
    assert type(found["a"]) is type(expected)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "file:1:24", "`c` is here twice"),
        ('{"a": 1,\n "a": {"a": 2}}', "file:2:2", "`a` is here twice"),
        ('{"a": "}", "a": "{"}', "file:1:12", "`a` is here twice"),
        ('{"a": NaN}', "file:1:7", "`NaN` is nothing that the AWS CLI prints"),
        ('{"a": 1}}', "file:1:9", "this is no JSON: expecting value"),
        ('{"a": "\t"}', "file:1:8", "this is no JSON: invalid control character at"),
        ("{", "file:1:1",
         "this is no JSON: expecting property name enclosed in double quotes"),
        ('{"a":' * 65 + "1" + "}" * 65, "file:1:321",
         "this is nested too deeply for an export of AWS"),
        ("[" * 100_000, "file:1:1", "this is nested too deeply for an export of AWS"),
    ],
)  # fmt: skip
def test_json_that_is_refused(text: str, place: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        json_nodes.documents(_source(text), WORDS)

    assert raised.value.message == message
    assert str(raised.value.span) == place


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("a: 1\na: 2", "file:2:1", "`a` is here twice"),
        ("a: &x 1", "file:1:4", "anchors and aliases are nothing that the AWS CLI prints"),
        ("a: *x", "file:1:4", "anchors and aliases are nothing that the AWS CLI prints"),
        ("a: !!str 1", "file:1:4", "tags are nothing that the CLI prints"),
        ("a: [", "file:1:4", "this is no YAML: did not find expected node content"),
        ("? [a]\n: 1", "file:1:3", "a key is a word, not a list or a mapping"),
        ("- " * 65 + "a", "file:1:129", "this is nested too deeply for an export of AWS"),
        ("a: \x01", "file:1:1", "this is no YAML: it has a control character"),
    ],
)
def test_yaml_that_is_refused(text: str, place: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        yaml_nodes.documents(_source(text))

    assert raised.value.message == message
    assert str(raised.value.span) == place
