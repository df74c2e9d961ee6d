"""What the blocks of sets, maps, flowtables and stateful objects say."""

import re
from functools import partial
from typing import Final

from parsers.nftables.grammar.shapes import normal
from parsers.nftables.names import TYPES
from parsers.nftables.selectors import is_property, selector
from parsers.nftables.sets import Element, NamedSet, elements
from parsers.nftables.state import RawTable
from parsers.nftables.text.cursor import Cursor, Piece
from parsers.nftables.text.objects import check_comments, check_object
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
) -> str:
    """Take in a declaration, and return what is strange in it.

    `rest` are words on the line, `body` the statements of the block.
    """
    span = cursor.span(piece.start, piece.end)
    if kind not in ("set", "map"):
        table.objects.add((kind, name))
        return check_object(kind, rest, body, cursor)
    found = table.named_set(name, span)
    is_new = not found.kinds
    before = (found.kinds, found.data)
    if not is_new and found.is_map != (kind == "map"):
        raise RefusedError(f"`{name}` is declared above, as something else", name)
    found.is_map = kind == "map"
    # Of two lists of elements in one block the last one counts (src/parser_bison.y, set_block).
    kept = len(found.elements)
    check_comments(body, cursor)
    for statement in body:
        if _ELEMENTS.fullmatch(statement.text):
            del found.elements[kept:]
        _say(found, table, statement, cursor)
    if is_new and not found.kinds:
        raise RefusedError(f"the {kind} `{name}` has no type", "")
    if found.is_map != bool(found.data):
        raise RefusedError(f"a map has values, and a set has none: `{name}`", name)
    if not is_new and before != (found.kinds, found.data):
        raise RefusedError(f"`{name}` is declared above, with another type", name)
    if rest:
        raise RefusedError(f"`{rest}` is not expected here", rest)
    found.check_times()
    return ""


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
            _option(found, text)
    except RefusedError as refused:
        cursor.refuse(refused, statement)


_TIME: Final = re.compile(r"(?:[0-9]+(?:ms|[wdhms]))+|[0-9]+")
_VALUES: Final = {
    "policy": re.compile("memory|performance"),
    "size": re.compile(r"[0-9]+"),
    "timeout": _TIME,
    "gc-interval": _TIME,
}


def _option(found: NamedSet, text: str) -> None:
    word, _, value = text.partition(" ")
    if word not in _SET_WORDS:
        raise RefusedError(f"`{word}` is not expected in a set", word)
    if word in _VALUES and not _VALUES[word].fullmatch(value.strip()):
        raise RefusedError(f"`{value}` is no value of `{word}`", value)
    if word == "timeout":
        found.has_timeout = True
    elif word in ("limit", "quota", "ct"):
        # Every element gets the statement, and with it a memory.
        found.is_dynamic = True


def set_flags(found: NamedSet, words: list[str]) -> None:
    """Take in the flags of a set; raises RefusedError for one that nft has not."""
    found.is_interval = False
    for word in words:
        if word not in _FLAGS:
            raise RefusedError(f"`{word}` is no flag of a set", word)
        if word == "interval":
            found.is_interval = True
        elif word == "dynamic":
            found.is_dynamic = True
        elif word == "timeout":
            found.is_timed = True


def _type(found: NamedSet, table: RawTable, how: str, text: str) -> None:
    key, _, data = _map_parts(text)
    found.kinds = kinds(how, key, table.family)
    found.data = _data(how, data.strip(), table.family)


def _data(how: str, data: str, family: str) -> str:
    plain = data.removeprefix("interval ").strip()
    if plain and plain not in ("verdict", "counter", "quota", "limit", "secmark", "synproxy"):
        kinds(how, plain, family)
    return data


def _map_parts(text: str) -> tuple[str, str, str]:
    return text.partition(":")


def kinds(how: str, text: str, family: str) -> tuple[str, ...]:
    """The kinds of value of the parts of a key, by type or by example; raises RefusedError."""
    found: list[str] = []
    for part in text.split(" . "):
        words = normal(part.strip())
        if how == "type":
            if words not in TYPES:
                raise RefusedError(f"`{words}` is no type of value", words)
            found.append(TYPES[words])
        elif is_property(words):
            found.append(selector(words, family).kind)
        else:
            raise RefusedError(f"`{words}` is no property of a packet", words)
    return tuple(found)


def add_elements(found: NamedSet, body: str, place: tuple[Cursor, Piece]) -> list[Element]:
    """Put the elements of a body into the set; returns them."""
    body = _flat(body)
    listed = elements(body, is_map=found.is_map)
    found.elements.extend(listed)
    found.tells_times = found.tells_times or _tells_times(body)
    cursor, piece = place
    found.places.append((partial(cursor.find, piece), cursor.source))
    return listed


# In front of a comment: what one says is not looked at.
_TIMED: Final = re.compile(r'[\w")]\s+(?:timeout|expires)\s+\w')


def _tells_times(body: str) -> bool:
    # Most bodies have neither word, and finding that out is a hundred times as fast.
    return ("timeout" in body or "expires" in body) and bool(_TIMED.search(body))


def _flat(body: str) -> str:
    """The body without the braces of sets in it, which variables bring along."""
    return body.replace("{", " ").replace("}", " ") if "{" in body else body
