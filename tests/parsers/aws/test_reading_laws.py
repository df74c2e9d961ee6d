"""The readers agree with `json`, and every place holds what stands there."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowmodel.source import Source, Span
from parsers.aws import yaml_nodes
from parsers.aws.text_places import TextPlaces
from parsers.shared import json_nodes
from parsers.shared.node import Node

WORDS = json_nodes.Words("an export of AWS", "the AWS CLI")
_PLAIN = st.text(st.sampled_from('ab{}[]":,#&*!|>-?\\\n\té '), max_size=5)
_TEXTS = st.text(st.sampled_from('ab{}[]":,\\\n\té\U0001f600 ')) | st.text(max_size=3)


def _values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers(-(10**18), 10**18) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=12,
    )


_DOCUMENTS = st.lists(st.dictionaries(_TEXTS, _values(_TEXTS), max_size=4), min_size=1, max_size=3)
_INDENTS = st.sampled_from((None, 0, 4))


def _nodes(value: Any) -> list[Node]:
    if isinstance(value, Node):
        return [value, *(node for each in value.values() for node in _nodes(each))]
    if isinstance(value, list):
        return [node for each in value for node in _nodes(each)]
    return []


def _cut(source: Source, span: Span) -> str:
    lines = [*source.lines[span.line - 1 : span.last_line]]
    lines[-1] = lines[-1][: span.last_column]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


@given(_DOCUMENTS, _INDENTS, st.booleans())
def test_json_is_read_as_json_reads_it(
    given_: list[Any], indent: int | None, is_ascii: bool
) -> None:
    texts = [json.dumps(each, indent=indent, ensure_ascii=is_ascii) for each in given_]

    found = json_nodes.documents(Source("file", "\n".join(texts).split("\n")), WORDS)

    assert found == given_


@given(_DOCUMENTS, _INDENTS)
def test_places_of_objects_and_members_hold_them(given_: list[Any], indent: int | None) -> None:
    source = Source("file", "\n".join(json.dumps(e, indent=indent) for e in given_).split("\n"))

    for node in _nodes(json_nodes.documents(source, WORDS)):
        assert json.loads(_cut(source, node.span)) == node
        for key, value in node.items():
            assert json.loads(_cut(source, node.place(key))) == value
            assert json.loads("{" + _cut(source, node.member(key)) + "}") == {key: value}


@given(_TEXTS, st.data(), st.booleans())
def test_places_in_texts_hold_their_parts(text: str, data: st.DataObject, is_ascii: bool) -> None:
    source = Source("file", [json.dumps({"a": text}, ensure_ascii=is_ascii)])
    (node,) = json_nodes.documents(source, WORDS)
    if text:
        first = data.draw(st.integers(0, len(text) - 1))
        last = data.draw(st.integers(first, len(text) - 1))

        cut = _cut(source, TextPlaces(node, "a").span(first, last))

        assert json.loads(f'"{cut}"') == text[first : last + 1]


@given(st.lists(st.dictionaries(_PLAIN, _values(_PLAIN), max_size=4), min_size=1, max_size=3))
def test_json_is_yaml_too(given_: list[Any]) -> None:
    # YAML 1.2.2, section 1.2; libyaml knows JSON's escapes but for pairs of surrogates.
    text = "\n---\n".join(json.dumps(each, ensure_ascii=False) for each in given_)

    assert yaml_nodes.documents(Source("file", text.split("\n"))) == given_
