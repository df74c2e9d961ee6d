"""A place in a file, and how nft cuts the text there into statements."""

import re
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Final, NoReturn

from flowmodel.record import NamedTuple
from flowmodel.source import Source, Span
from parsers.nftables.quoted import mended
from parsers.nftables.state import error
from parsers.nftables.values import RefusedError
from parsers.shared.blanks import Odd, in_words

STATEMENT: Final = re.compile(
    r'[ \t\n;]*+((?>(?:[^\n;\#{}"\\$]++|"[^"\n]*"|\{(?![ \t]*[,}])[^\n{}"\#;\\$]*+\})*))(\n|;|\Z)?'
)
"""The usual statement: one line without comments, variables, nested or empty braces."""
_BLANKS: Final = Odd(r'"[^"\n]*"|\#[^\n]*')
_SKIP: Final = re.compile(r"(?:[\s;]|\\\n|\#[^\n]*)*")
_TOKEN: Final = re.compile(
    r'\#[^\n]*|\\[ \t]*\n|"[^"]*"|\$[ \t]*[A-Za-z_.][\w./\-]*|[{}\n;]|[^\n;\#{}"\\$]+|["\\$]'
)
_DEEP: Final = re.compile(rf'[^;\#{{}}"\\$]+|{_TOKEN.pattern}')
"""Between braces a line's end is space: a set's elements are one word."""
# A set is written with an element (parser_bison.y, set_expr). A definition may have none
# (initializer_expr), and nft prints some lists without any.
_WITHOUT_FIRST: Final = re.compile(r"\{(?:\s|\\\n|\#[^\n]*)*([,}])")
_MAY_BE_EMPTY: Final = re.compile(r"(?:^(?:re)?define\s+\S+|devices?|policy)\s*=?\s*$")
_JUMP: Final = re.compile(r"(?:^|\s)(?:jump|goto)\s*$")
# A variable may hold these names in quotation marks (parser_bison.y: policy_expr, prio_spec,
# chain_expr); `define` takes `drop` and `filter + 10` in no other way.
_NAMED: Final = re.compile(r"(?:^policy|^type\s.*\spriority|(?:^|\s)(?:jump|goto))\s*$", re.DOTALL)
# What nft 1.0.5 and older print in place of a match or target of iptables (src/xt.c); behind a
# verdict there is none, and a comment is one.
_XT_COMMENT: Final = re.compile(r"# xt_\w+(?: |$)")
_DECIDED: Final = re.compile(
    r"(?:^|\s)(?:accept|drop|continue|return|reject|(?:jump|goto)\s+\S+)\s*(?:comment\s.*)?$"
)


class Piece(NamedTuple):
    """A statement: its text with variables replaced, where it stands, and what ended it."""

    text: str
    start: int
    end: int
    stop: str


class Cursor:
    """Goes through the text of one source."""

    def __init__(self, source: Source, variable: Callable[[str, int], str]) -> None:
        """`variable` gives the value of a name, which stands at an offset."""
        self.source = source
        self.text, self.doubtful = mended(source.lines)
        self.position = 0
        self._variable = variable
        self._starts = [0, *accumulate(len(line) + 1 for line in source.lines)]
        if (odd := _BLANKS.first(self.text)) >= 0:
            self.fail(in_words(self.text[odd]), odd)

    def span(self, start: int, end: int) -> Span:
        """The place of the text from `start` up to, not including, `end`."""
        line, column = self.place(start)
        last_line, last_column = self.place(max(start, end - 1))
        return Span(self.source.path, line, column, last_line, max(1, last_column))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, from 1."""
        line = bisect_right(self._starts, offset, 0, len(self._starts) - 1)
        return line, offset - self._starts[line - 1] + 1

    def fail(self, message: str, start: int, end: int = -1) -> NoReturn:
        """Raise the error about a place."""
        end = start + 1 if end < 0 else end
        raise error(message, self.source, self.span(start, end))

    def find(self, piece: Piece, fragment: str) -> Span:
        """Where a statement has some words; the whole statement if they are not there."""
        at = self.text.find(fragment, piece.start, piece.end) if fragment else -1
        if at >= 0:
            return self.span(at, at + len(fragment))
        return self.span(piece.start, max(piece.end, piece.start + 1))

    def refuse(self, refused: RefusedError, piece: Piece) -> NoReturn:
        """Raise the error about the words of a statement that nft refuses."""
        raise error(refused.message, self.source, self.find(piece, refused.fragment))

    def skip(self) -> int:
        """Go to the next word; returns its offset."""
        found = _SKIP.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return self.position

    def skip_spaces(self) -> None:
        """Go to the next word of the line."""
        while self.peek() in (" ", "\t"):
            self.position += 1

    def at_end(self) -> bool:
        """Whether nothing but space and comments is left."""
        return self.skip() >= len(self.text)

    def peek(self) -> str:
        """The next character, or nothing."""
        return self.text[self.position : self.position + 1]

    def head(self) -> Piece:
        """The words up to a brace, a semicolon or the end of the line; the brace is taken."""
        return self._read(stops="{}\n;", nested=None)

    def statement(self, nested: Callable[[], str] | None) -> Piece:
        """The words up to a semicolon, the end of the line or a closing brace outside braces.

        `nested` reads the block of `jump { … }` and returns the name of its chain.
        """
        return self._read(stops="}\n;", nested=nested)

    def _read(self, stops: str, nested: Callable[[], str] | None) -> Piece:
        start = self.skip()
        parts: list[str] = []
        depth: list[int] = []
        end = start
        while self.position < len(self.text):
            found = (_DEEP if depth else _TOKEN).match(self.text, self.position)
            word = found[0] if found else self.text[self.position]
            here = self.position
            if not depth and word in stops:
                if word in "\n;{":
                    self.position += 1
                return Piece("".join(parts).strip(), start, end, word)
            self.position += len(word)
            if word[0] == "#":
                is_rule = not depth and parts and _XT_COMMENT.match(word)
                if is_rule and not _DECIDED.search("".join(parts)):
                    parts.append(' xt unknown "{}"'.format(word[1:].strip().replace('"', "'")))
                    end = self.position
                continue
            if word[0] == "\\" or word == "\n":
                self._check_single(word, here)
                parts.append(" ")
                continue
            if word == "{" and nested and not depth and _JUMP.search("".join(parts)):
                parts.append(" " + nested())
            elif word[0] == "$" and len(word) > 1:
                value = self._variable(word[1:].strip(), here)
                is_name = value[0] == '"' and _NAMED.search("".join(parts).lstrip())
                parts.append(value.strip('"') if is_name else value)
            else:
                self._check_single(word, here)
                if word == "{":
                    self._check_first(here, parts)
                    depth.append(here)
                elif word == "}":
                    depth.pop()
                elif word == ";" and depth:
                    self.fail("`;` is not expected between braces", here)
                parts.append(word)
            end = self.position if word.strip() else end
        if depth:
            self.fail("the file ends before this brace is closed", depth[-1])
        return Piece("".join(parts).strip(), start, max(end, start), "")

    def _check_first(self, here: int, before: list[str]) -> None:
        """Raise the error where no element stands behind a brace."""
        found = _WITHOUT_FIRST.match(self.text, here)
        if found and found[1] == ",":
            self.fail("there is no element before the first comma", found.start(1))
        if found and not _MAY_BE_EMPTY.search("".join(before)):
            self.fail("there is no element between these braces", here, found.end())

    def _check_single(self, word: str, here: int) -> None:
        if word == '"':
            self.fail("this quotation mark is never closed", here)
        if word in ("\\", "$"):
            self.fail(f"`{word}` is not expected here", here)
