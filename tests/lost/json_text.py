"""Changes of JSON: members, elements, keys and values, by their places in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.lost.change import Change, garbled, misspelled

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(slots=True)
class Node:
    """A value, with the key before it if it is a member; `whole` is both."""

    path: str
    start: int
    end: int = 0
    key: tuple[int, int] | None = None
    inner: "list[Node]" = field(default_factory=list)

    @property
    def whole(self) -> tuple[int, int]:
        """From the key, if it has one, to the end."""
        return (self.key[0] if self.key else self.start), self.end


def _value(text: str, tokens: list[re.Match[str]], at: int, node: Node) -> int:
    """Fills the node with the value whose first token is at the index; the index behind it."""
    opening = tokens[at][0]
    node.start = tokens[at].start()
    at += 1
    if opening in "{[":
        while tokens[at][0] not in "}]":
            if tokens[at][0] == ",":
                at += 1
                continue
            inner = Node(f"{node.path}/*", 0)
            if opening == "{":
                inner.path = f"{node.path}/{tokens[at][0][1:-1]}"
                inner.key = tokens[at].span()
                at += 2
            at = _value(text, tokens, at, inner)
            node.inner.append(inner)
        at += 1
    node.end = tokens[at - 1].end()
    return at


def changes(text: str) -> Iterator[Change]:
    """All changes of the documents of a text."""
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        node = Node("", 0)
        at = _value(text, tokens, at, node)
        yield from _inside(text, node)


def _inside(text: str, node: Node) -> Iterator[Change]:
    if not node.inner and text[node.start] not in "{[":
        yield from _scalar(text, node)
    for number, each in enumerate(node.inner):
        start, end = each.whole
        what = "member" if each.key else "item"
        first, last = start, end
        if number + 1 < len(node.inner):
            last = node.inner[number + 1].whole[0]
        elif number:
            first = node.inner[number - 1].whole[1]
        yield Change("delete", what, each.path, first, last, "")
        yield Change("double", what, each.path, end, end, f", {text[start:end]}")
        if each.key:
            yield from _key(text, each)
            if text[each.start : each.end] != "null":
                yield Change("empty", "value", each.path, each.start, each.end, "null")
        yield from _inside(text, each)


def _key(text: str, node: Node) -> Iterator[Change]:
    assert node.key
    start, end = node.key[0] + 1, node.key[1] - 1
    key, path = text[start:end], node.path
    yield Change("garble", "key", path, start, end, garbled(key))
    yield Change("misspell", "key", path, start, end, misspelled(key, start))


def _scalar(text: str, node: Node) -> Iterator[Change]:
    value, path, start, end = text[node.start : node.end], node.path, node.start, node.end
    if value.startswith('"'):
        inner = value[1:-1]
        # A misspelled escape is no string any more; that is another kind of change.
        if "\\" in inner:
            yield from _text(text, node)
            return
        yield Change("garble", "value", path, start + 1, end - 1, garbled(inner))
        if inner:
            put = misspelled(inner, start)
            yield Change("misspell", "value", path, start + 1, end - 1, put)
        yield Change("empty", "value", path, start + 1, end - 1, "")
    elif value in ("true", "false", "null"):
        other = {"true": "false", "false": "true", "null": "1"}[value]
        yield Change("misspell", "value", path, start, end, other)
        yield Change("garble", "value", path, start, end, '"x9"')
    else:
        put = str(int(value) + 1) if value.lstrip("-").isdigit() else '"x8"'
        yield Change("misspell", "value", path, start, end, put)
        yield Change("garble", "value", path, start, end, '"x9"')


_PIECE = re.compile(r"[^\s\\]+(?=[\s\\]|$)")


def _text(text: str, node: Node) -> Iterator[Change]:
    """Changes of the words of a string that is a text of its own, such as rules of Suricata."""
    start = node.start + 1
    for match in _PIECE.finditer(text[start : node.end - 1]):
        word, first, last = match[0], start + match.start(), start + match.end()
        if first and text[first - 1] == "\\":
            continue
        yield Change("delete", "piece", node.path, first, last, "")
        yield Change("double", "piece", node.path, first, last, f"{word} {word}")
        yield Change("garble", "piece", node.path, first, last, garbled(word))
        yield Change("misspell", "piece", node.path, first, last, misspelled(word, first))
