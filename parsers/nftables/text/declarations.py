"""What the blocks of sets, maps, flowtables and stateful objects say."""

import re
from functools import partial
from typing import Final

from parsers.nftables.grammar.shapes import normal
from parsers.nftables.names import TYPES
from parsers.nftables.selectors import selector
from parsers.nftables.sets import Element, NamedSet, elements
from parsers.nftables.state import RawTable
from parsers.nftables.text.cursor import Cursor, Piece
from parsers.nftables.values import RefusedError

_ELEMENTS: Final = re.compile(r"elements\s*=\s*\{(.*)\}", re.DOTALL)
_FLAGS: Final = frozenset({"constant", "dynamic", "interval", "timeout", "concat"})
_SET_WORDS: Final = frozenset(
    {
        "timeout",
        "gc-interval",
        "policy",
        "size",
        "comment",
        "counter",
        "quota",
        "limit",
        "ct",
        "last",
    }
)
_TYPES: Final = re.compile(r"(type|typeof)\s+(.*)", re.DOTALL)


def declare(
    table: RawTable,
    kind: str,
    name: str,
    rest: str,
    body: list[Piece],
    cursor: Cursor,
    piece: Piece,
) -> None:
    """Take in a declaration: `rest` are words on the line, `body` the statements of the block."""
    span = cursor.span(piece.start, piece.end)
    if kind not in ("set", "map"):
        table.objects.add((kind, name))
        return
    found = table.named_set(name, span)
    is_new = not found.kinds
    found.is_map = kind == "map"
    for statement in body:
        _say(found, table, statement, cursor)
    if is_new and not found.kinds:
        raise RefusedError(f"the {kind} `{name}` has no type", "")
    if rest:
        raise RefusedError(f"`{rest}` is not expected here", rest)


def _say(found: NamedSet, table: RawTable, statement: Piece, cursor: Cursor) -> None:
    text = statement.text
    try:
        if listed := _ELEMENTS.fullmatch(text):
            add_elements(found, listed[1], (cursor, statement))
        elif typed := _TYPES.fullmatch(text):
            _type(found, table, typed[1], typed[2])
        elif text.startswith("flags"):
            set_flags(found, [word.strip() for word in text[5:].split(",")])
        elif text == "auto-merge":
            found.is_merging = True
        else:
            _option(found, text.split()[0])
    except RefusedError as refused:
        cursor.refuse(refused, statement)


def _option(found: NamedSet, word: str) -> None:
    if word not in _SET_WORDS:
        raise RefusedError(f"`{word}` is not expected in a set", word)
    if word == "timeout":
        found.has_timeout = True
    elif word in ("limit", "quota", "ct"):
        # Every element gets the statement, and with it a memory.
        found.is_dynamic = True


def set_flags(found: NamedSet, words: list[str]) -> None:
    """Take in the flags of a set; raises RefusedError for one that nft has not."""
    for word in words:
        if word not in _FLAGS:
            raise RefusedError(f"`{word}` is no flag of a set", word)
        if word == "interval":
            found.is_interval = True
        elif word == "dynamic":
            found.is_dynamic = True


def _type(found: NamedSet, table: RawTable, how: str, text: str) -> None:
    key, _, data = _map_parts(text)
    found.kinds = kinds(how, key, table.family)
    found.data = _data(data.strip())


def _data(data: str) -> str:
    return "verdict" if data == "verdict" else data


def _map_parts(text: str) -> tuple[str, str, str]:
    return text.partition(":")


def kinds(how: str, text: str, family: str) -> tuple[str, ...]:
    """The kinds of value of the parts of a key, by type or by example; raises RefusedError."""
    found: list[str] = []
    for part in text.split(" . "):
        words = normal(part.strip())
        if how == "type":
            if words not in TYPES and not re.fullmatch(r"[a-z][\w]*", words):
                raise RefusedError(f"`{words}` is no type of value", words)
            found.append(TYPES.get(words, "text"))
        else:
            try:
                found.append(selector(words, family).kind)
            except (RefusedError, KeyError):
                found.append("text")
    return tuple(found)


def add_elements(found: NamedSet, body: str, place: tuple[Cursor, Piece]) -> list[Element]:
    """Put the elements of a body into the set; returns them."""
    body = _flat(body)
    listed = elements(body, is_map=found.is_map)
    found.elements.extend(listed)
    cursor, piece = place
    found.places.append((partial(cursor.find, piece), cursor.source))
    return listed


def _flat(body: str) -> str:
    """The body without the braces of sets in it, which variables bring along."""
    return body.replace("{", " ").replace("}", " ") if "{" in body else body
