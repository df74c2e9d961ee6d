"""Edits of JSON as the AWS CLI prints it: objects of a list, each with lines for itself."""

import json
from collections.abc import Sequence
from typing import Any

from flowmodel.fix import Edit
from parsers.shared.node import File, Node

_LONGEST = 2_000
"""Characters of a line that is edited: JSON without line ends is one line of megabytes."""
_INDENT = 4


def without(parent: Node, key: str, node: Node) -> Edit | None:
    """The list under the key without one of its objects."""
    nodes = parent.nodes(key)
    index = next(index for index, each in enumerate(nodes) if each is node)
    if len(nodes) == 1:
        return _list_of(parent, key, "[]")
    if index + 1 < len(nodes):
        return _spliced(node.file, node.first, nodes[index + 1].first, "")
    return _spliced(node.file, nodes[index - 1].last + 1, node.last + 1, "")


def with_more(parent: Node, key: str, more: Sequence[dict[str, Any]]) -> Edit | None:
    """The list under the key with more objects at its end."""
    nodes = parent.nodes(key)
    if not nodes:
        indent = _indent(parent.file, parent.file.members(parent)[key][0])
        texts = [_text(each, indent + _INDENT) for each in more]
        return _list_of(parent, key, "[\n" + ",\n".join(texts) + f"\n{' ' * indent}]")
    last = nodes[-1]
    indent = _indent(last.file, last.first)
    texts = [_text(each, indent) for each in more]
    return _spliced(
        last.file, last.last + 1, last.last + 1, "".join(f",\n{each}" for each in texts)
    )


def with_value(node: Node, key: str, value: str) -> Edit | None:
    """The object with another value of a key, as JSON has it."""
    _, first, last = node.file.members(node)[key]
    return _spliced(node.file, first, last + 1, value)


def _list_of(parent: Node, key: str, text: str) -> Edit | None:
    _, first, last = parent.file.members(parent)[key]
    return _spliced(parent.file, first, last + 1, text)


def _text(element: dict[str, Any], indent: int) -> str:
    text = json.dumps(element, indent=_INDENT)
    return "\n".join(" " * indent + line for line in text.split("\n"))


def _indent(read: File, offset: int) -> int:
    line, _ = read.line_column(offset)
    text = read.source.lines[line - 1]
    return len(text) - len(text.lstrip())


def _spliced(read: File, first: int, end: int, put: str) -> Edit | None:
    """The lines that change where `put` stands instead of the text from `first` up to `end`."""
    lines = read.source.lines
    (line, column), (last, behind) = read.line_column(first), read.line_column(end)
    old = lines[line - 1 : last]
    new = (old[0][: column - 1] + put + old[-1][behind - 1 :]).split("\n")
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    while old and new and old[0] == new[0]:
        old, new, line = old[1:], new[1:], line + 1
    if any(len(each) > _LONGEST for each in (*old, *new)):
        return None
    return Edit(read.source.path, line, tuple(old), tuple(new))
