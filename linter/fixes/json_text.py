"""Edits of JSON: objects of a list come and go, in the layout that the list has.

Where a tool prints one long line, a part of the line is edited; else whole lines are.
"""

import json
from collections.abc import Sequence
from typing import Any

from flowmodel.fix import Edit
from linter.fixes.texts import meet, trimmed
from parsers.shared.node import File, Node

_LONG = 200
"""Characters of a line that nobody reads as a whole: an edit of it names a column."""
_LONGEST = 2_000
"""Characters of a line that is edited as a whole."""
_INDENT = 4
"""How the AWS CLI indents; the layout of a list with nothing in it cannot be seen."""


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
    if nodes:
        texts = [text_like(nodes[-1], each) for each in more]
        return behind(parent, key, nodes[-1], texts)
    if _is_in_one_line(parent):
        return _list_of(parent, key, f"[{', '.join(text_like(parent, each) for each in more)}]")
    indent = _indent(parent.file, parent.offsets(key)[0])
    step = _step(parent) or " " * _INDENT
    texts = [_indented(each, indent + step, step) for each in more]
    return _list_of(parent, key, "[\n" + ",\n".join(texts) + f"\n{indent}]")


def before(parent: Node, key: str, node: Node, texts: Sequence[str]) -> Edit | None:
    """The list under the key with texts of objects before one that it has."""
    gap = _gap(parent, key, node)
    put = "".join(f"{each}{gap}" for each in texts)
    return _spliced(node.file, node.first, node.first, put)


def behind(parent: Node, key: str, node: Node, texts: Sequence[str]) -> Edit | None:
    """The list under the key with texts of objects behind one that it has."""
    gap = _gap(parent, key, node)
    put = "".join(f"{gap}{each}" for each in texts)
    return _spliced(node.file, node.last + 1, node.last + 1, put)


def moved(parent: Node, key: str, node: Node, other: Node) -> tuple[Edit, ...]:
    """The list with one object before another one, which comes earlier; nothing if lines are long.

    One edit does it where both are in lines next to each other.
    """
    put, gone = before(parent, key, other, (text_of(node),)), without(parent, key, node)
    if put is None or gone is None:
        return ()
    if not meet(put, gone):
        return put, gone
    nodes, gap = parent.nodes(key), _gap(parent, key, node)
    index = next(index for index, each in enumerate(nodes) if each is node)
    between = node.file.text[other.first : nodes[index - 1].last + 1]
    whole = _spliced(node.file, other.first, node.last + 1, f"{text_of(node)}{gap}{between}")
    return (whole,) if whole else ()


def instead(parent: Node, key: str, node: Node, texts: Sequence[str]) -> Edit | None:
    """The list under the key with texts of objects in place of one that it has."""
    return _spliced(node.file, node.first, node.last + 1, _gap(parent, key, node).join(texts))


def text_of(node: Node) -> str:
    """The object as it stands in its file."""
    return node.file.text[node.first : node.last + 1]


def text_like(node: Node, element: dict[str, Any]) -> str:
    """An object as it would stand at the place of another one, in the same layout."""
    if _is_in_one_line(node):
        # `jq -c` and `nft -j` differ in this.
        signs = (", ", ": ") if '": ' in text_of(node) else (",", ":")
        return json.dumps(element, separators=signs)
    indent = _indent(node.file, node.first)
    return _indented(element, indent, _step(node)).removeprefix(indent)


def with_value(node: Node, key: str, value: str) -> Edit | None:
    """The object with another value of a key, as JSON has it."""
    _, first, last = node.offsets(key)
    return _spliced(node.file, first, last + 1, value)


def _list_of(parent: Node, key: str, text: str) -> Edit | None:
    _, first, last = parent.offsets(key)
    return _spliced(parent.file, first, last + 1, text)


def _gap(parent: Node, key: str, node: Node) -> str:
    """What stands between two objects of a list."""
    nodes, text = parent.nodes(key), node.file.text
    index = next(index for index, each in enumerate(nodes) if each is node)
    if index:
        return text[nodes[index - 1].last + 1 : node.first]
    if len(nodes) > 1:
        return text[node.last + 1 : nodes[1].first]
    if _is_in_one_line(parent):
        return ", "
    return f",\n{_indent(node.file, node.first)}"


def _is_in_one_line(node: Node) -> bool:
    return "\n" not in text_of(node)


def _indented(element: dict[str, Any], indent: str, step: str) -> str:
    text = json.dumps(element, indent=step)
    return "\n".join(f"{indent}{line}" for line in text.split("\n"))


def _indent(read: File, offset: int) -> str:
    line, _ = read.lines.position(offset)
    text = read.source.lines[line - 1]
    return text[: len(text) - len(text.lstrip())]


def _step(node: Node) -> str:
    """By how much the members of an object stand further in than the object."""
    lines = text_of(node).split("\n", 2)
    inner = lines[1] if len(lines) > 1 else ""
    inner = inner[: len(inner) - len(inner.lstrip())]
    return inner.removeprefix(_indent(node.file, node.first))


def _spliced(read: File, first: int, end: int, put: str) -> Edit | None:
    """What changes where `put` stands instead of the text from `first` up to `end`."""
    lines, path = read.source.lines, read.source.path
    (line, column), (last, behind_it) = map(read.lines.position, (first, end))
    old = lines[line - 1 : last]
    if line == last and "\n" not in put and len(old[0]) > _LONG:
        gone = old[0][column - 1 : behind_it - 1]
        come = (put,) if put else ()
        return Edit(path, line, (gone,) if gone else (), come, column)
    new = (old[0][: column - 1] + put + old[-1][behind_it - 1 :]).split("\n")
    edit = trimmed(Edit(path, line, tuple(old), tuple(new)))
    if any(len(each) > _LONGEST for each in (*edit.old, *edit.new)):
        return None
    return edit
