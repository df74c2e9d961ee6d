"""How a rule's text becomes statements: each shape (same words, other literals) is parsed once."""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from flowmodel.record import NamedTuple
from parsers.nftables.grammar.tree import Statement, slots
from parsers.nftables.values import RefusedError

if TYPE_CHECKING:
    from lark import Lark

LITERAL = re.compile(
    r"""(
      "[^"]*"
    | (?<![\w.$\-/]) (?:
        (?<=\{) [^{}"]*+ (?>(?:"[^"]*"[^{}"]*+)*) (?=\})
      | (?<=@) [A-Za-z_][\w.\-/]*
      | (?:(?<=jump\ )|(?<=goto\ )) [^\s{};"]+
      | (?:(?<=xt\ match\ )|(?<=xt\ target\ )|(?<=xt\ watcher\ )) [A-Za-z][\w\-]*
      | (?:(?<=ifname\ )|(?<=ifname\ !=\ )) (?!(?:vmap|map|eq|ne|mod)\b) [A-Za-z_][\w.+*\-]*
      | (?<!@) (?:
          \[[0-9a-fA-F:.]+\] (?:-\[[0-9a-fA-F:.]+\])? (?::[0-9]+(?:-[0-9]+)?)?
        | [a-fA-F][0-9a-fA-F]{0,3} :[\w:.]+ (?:[/-][\w:.]+)?
        | :[\w:.]+ (?:[/-][\w:.]+)?
        | [0-9][\w.:/-]*
        )
      )
    )""",
    re.VERBOSE,
)
"""Exactly one group, so that `split` gives words and literals in turn.

All but quoted ones begin where a word does, which is looked at first: most places are within words.
"""

_RAW = re.compile(r"@(ll|nh|th|ih),\s*([0-9]+),\s*([0-9]+)")
# `dnat to 10.0.0.1:tcp dport map { … }`: what a port is made of begins a word of its own.
_PORT_OF = re.compile(
    r" ?(?<!:): ?(?=(?:numgen|jhash|symhash|meta|ct|ip6?|tcp|udp|udplite|sctp|dccp|th)(?: |$))"
)
_TRANSLATION = re.compile(r"(?:dnat|snat|redirect|masquerade) ")
_BRACE = re.compile(r"[{}]")
_OPERATOR = re.compile(r"[&|^]|<<|>>|\b(?:and|or|xor|lshift|rshift)\b|\(| \. ")
_MOST_OPERATORS = 200
"""What nests in a rule of people has a few; trees of thousands are deeper than the stack."""


class Part(NamedTuple):
    """One statement of a shape, and the literals that it needs."""

    statement: Statement
    slots: tuple[int, ...]


def normal(text: str) -> str:
    """The rule with single spaces, raw payloads as one word, and sets in sets flattened."""
    text = " ".join(text.split())
    if _TRANSLATION.search(text):
        text = _PORT_OF.sub(" : ", text)
    if "@" in text and _RAW.search(text):
        text = _RAW.sub(r"raw_\1_\2_\3", text)
    return _flat(text) if text.count("{") > 1 else text


def _flat(text: str) -> str:
    """The text with the braces of sets in sets left out; as it is where they do not fit."""
    parts: list[str] = []
    depth = end = 0
    for found in _BRACE.finditer(text):
        is_opening = found[0] == "{"
        if is_opening:
            depth += 1
        if depth > 1:
            parts.append(text[end : found.start()])
            end = found.end()
        if not is_opening:
            depth -= 1
            if depth < 0:
                return text
    return text if depth else "".join([*parts, text[end:]])


_SHORT: Final = 400
"""What is kept from one file to the next is small, whatever the files have in them."""


def parts(shape: str) -> tuple[Part, ...]:
    """The statements of a shape; raises RefusedError where the grammar has no such rule."""
    return _kept(shape) if len(shape) <= _SHORT else _parsed(shape)


@lru_cache(maxsize=1000)
def _kept(shape: str) -> tuple[Part, ...]:
    return _parsed(shape)


def _parsed(shape: str) -> tuple[Part, ...]:
    from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

    from parsers.nftables.grammar.build import Builder

    if len(_OPERATOR.findall(shape)) > _MOST_OPERATORS:
        raise RefusedError("the rule is nested too deeply", "")
    try:
        tree = _parser().parse(shape)
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise RefusedError("the rule ends too early", "") from None
        raise _unexpected(shape, error.pos_in_stream, str(error.token)) from None
    except UnexpectedCharacters as error:
        raise _unexpected(shape, error.pos_in_stream, "") from None
    except UnexpectedInput:
        raise RefusedError("this is no rule", "") from None
    try:
        statements = Builder(shape).statements(tree)
    except RecursionError:
        raise RefusedError("the rule is nested too deeply", "") from None
    return tuple(Part(each, tuple(sorted(set(slots(each))))) for each in statements)


class UnexpectedError(RefusedError):
    """A word that the grammar does not want there; `slot` is its literal's number, or -1."""

    def __init__(self, word: str, slot: int) -> None:
        super().__init__(f"`{word}` is not expected here", word)
        self.slot = slot


def _unexpected(shape: str, position: int | None, word: str) -> UnexpectedError:
    position = position or 0
    if shape[position : position + 1] == "\x01":
        return UnexpectedError("", shape.count("\x01", 0, position))
    found = re.match(r"[\w.@-]+|.", shape[position:])
    return UnexpectedError(found[0] if found else word, -1)


@cache
def _parser() -> "Lark":
    from importlib.resources import files

    from lark import Lark

    grammar = files("parsers.nftables.grammar").joinpath("grammar.lark").read_text("utf-8")
    return Lark(
        grammar, start="rule", parser="lalr", propagate_positions=True, maybe_placeholders=False
    )
