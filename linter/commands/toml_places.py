"""Where the keys and values of a TOML document stand: `tomllib`, which reads it, does not say.

The grammar is only asked where something is to be complained about, of a text that `tomllib` has
read: it need not refuse anything, and only tells where things begin and end (TOML 1.0.0).
"""

import tomllib
from collections.abc import Iterator
from typing import Any, Final

from lark import Lark, Token, Tree

from flowmodel.record import NamedTuple

_GRAMMAR: Final = r"""
start: (_NL | table | array_table | pair)*
table: "[" key "]" _NL?
array_table: "[[" key "]]" _NL?
pair: key "=" _value _NL?
key: KEY_PART ("." KEY_PART)*
_value: SCALAR | array | inline
array: "[" _NL? (_value _NL? ("," _NL? _value _NL?)* ("," _NL?)?)? "]"
inline: "{" _NL? (pair_in ("," _NL? pair_in)* ("," _NL?)?)? "}"
pair_in: key "=" _value _NL?
KEY_PART.2: /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+/
SCALAR: /"{3}(?:[^"\\]|\\(?s:.)|"{1,2}(?!"))*"{3,5}|'{3}(?:[^']|'{1,2}(?!'))*'{3,5}/
      | /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/
      | /\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]+/
      | /[^\s,\[\]{}#"'=]+/
_NL: /(?:[ \t]*(?:#[^\n]*)?\n)+[ \t]*/
COMMENT: /#[^\n]*/
%ignore /[ \t]+/
%ignore COMMENT
"""

Path = tuple[str | int, ...]


class Where(NamedTuple):
    """Offsets of the first and the last character."""

    first: int
    last: int


class Places(NamedTuple):
    """The places of a document, by the paths of keys, and of items by their number."""

    keys: dict[Path, Where]
    values: dict[Path, Where]


def places(text: str) -> Places:
    """The places of all that a document says, which `tomllib` has read."""
    lark = Lark(_GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)
    found = Places({}, {})
    within: Path = ()
    tables: dict[Path, int] = {}
    for each in lark.parse(text).children:
        assert isinstance(each, Tree)
        if each.data == "pair":
            _pair(found, within, each)
            continue
        parts = tuple(_parts(each.children[0]))
        within = ()
        for part in parts:
            within = (*within, part)
            if within in tables and within[: len(parts)] != parts:
                within = (*within, tables[within])
        if each.data == "array_table":
            path = within[:-1] if isinstance(within[-1], int) else within
            tables[path] = tables.get(path, -1) + 1
            within = (*path, tables[path])
        found.keys.setdefault(within, _where(each.children[0]))
    return found


def _pair(found: Places, within: Path, pair: Tree[Token]) -> None:
    key, value = pair.children
    path = within
    for part in _parts(key):
        path = (*path, part)
        found.keys.setdefault(path, _where(key))
    _value(found, path, value)


def _value(found: Places, path: Path, value: "Token | Tree[Token]") -> None:
    found.values[path] = _where(value)
    if isinstance(value, Token):
        return
    for number, each in enumerate(value.children):
        if isinstance(each, Tree) and each.data == "pair_in":
            _pair(found, path, each)
        else:
            _value(found, (*path, number), each)


def _parts(key: "Token | Tree[Token]") -> Iterator[str]:
    assert isinstance(key, Tree)
    for part in key.children:
        yield next(iter(tomllib.loads(f"{part} = 0")))


def _where(node: Any) -> Where:
    if isinstance(node, Token):
        assert node.start_pos is not None and node.end_pos is not None  # noqa: PT018
        return Where(node.start_pos, node.end_pos - 1)
    return Where(node.meta.start_pos, node.meta.end_pos - 1)
