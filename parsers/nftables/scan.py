"""Reads files in nft's own language: blocks, variables, includes; rules are kept as text."""

import re
from collections.abc import Callable
from typing import Final, NoReturn

from flowmodel.source import Source, Span
from parsers.nftables import commands
from parsers.nftables.base import base, policy
from parsers.nftables.cursor import STATEMENT, Cursor, Piece
from parsers.nftables.declarations import declare
from parsers.nftables.include import Includes
from parsers.nftables.state import FAMILIES, RawChain, RawRule, RawTable, State
from parsers.nftables.values import RefusedError

_DEFINE: Final = re.compile(r"(define|redefine)\s+([\w.\-]+)\s*=\s*(.*)", re.DOTALL)
_UNDEFINE: Final = re.compile(r"undefine\s+([\w.\-]+)")
_INCLUDE: Final = re.compile(r'include\s+"([^"]*)"')
_TABLE: Final = re.compile(r"(?:(?:add|create)\s+)?table\s+(?:(\w+)\s+)?([A-Za-z_][\w.\-/\\]*)")
_CHAIN: Final = re.compile(r"chain\s+([A-Za-z_][\w.\-/\\]*)")
_OBJECT: Final = re.compile(
    r"(set|map|flowtable|counter|quota|limit|secmark|synproxy|tunnel"
    r'|ct\s+(?:helper|timeout|expectation))\s+("[^"]*"|[A-Za-z_][\w.\-/\\]*)(?:\s+(.*))?',
    re.DOTALL,
)
_SAYS: Final = ("type", "policy", "comment", "flags", "device", "devices")
_BLOCK: Final = re.compile(r"(?:jump|goto)\s*\{")
MAX_DEPTH: Final = 16
"""How deep files may include each other (src/nftables.c, MAX_INCLUDE_DEPTH), and chains jump."""
_MAX_FILES: Final = 10_000
_LARGEST: Final = 1 << 27
"""Characters that variables may bring in: each may hold others twice, and so on."""


class Scanner:
    """Reads one file into the state; included files get scanners of their own."""

    def __init__(self, source: Source, state: State, includes: Includes, depth: int = 0) -> None:
        self._state = state
        self._includes = includes
        self._depth = depth
        self._scopes: list[dict[str, str]] = [{}]
        self.cursor = Cursor(source, self._value)
        self._source = source
        state.sources.append(source)

    def file(self, scopes: list[dict[str, str]] | None = None) -> None:
        """Read the whole file, within the scopes of the file that includes it."""
        if scopes is not None:
            self._scopes = scopes
        self._items(None, None)

    def _value(self, name: str, offset: int) -> str:
        for scope in reversed(self._scopes):
            if name in scope:
                self._state.expanded += len(scope[name])
                if self._state.expanded > _LARGEST:
                    self.cursor.fail("variables make the file too large", offset)
                return scope[name]
        self.cursor.fail(f"no variable `{name}` is defined", offset, offset + len(name) + 1)
        return None

    def _items(self, table: RawTable | None, start: int | None) -> None:
        """The lines of a file or of a table's block, up to its closing brace."""
        cursor = self.cursor
        while not cursor.at_end():
            if cursor.peek() == "}":
                if start is None:
                    cursor.fail("this brace closes nothing", cursor.position)
                cursor.position += 1
                return
            if not self._common():
                self._item(table)
        if start is not None:
            cursor.fail("the file ends before this block is closed", start)

    def _common(self) -> bool:
        """Read a definition or an include, which may stand in a file, a table or a chain."""
        cursor = self.cursor
        text = cursor.text
        here = cursor.skip()
        if text.startswith(("define", "redefine", "undefine"), here):
            piece = cursor.statement(None)
            self._define(piece)
            return True
        if text.startswith("include", here):
            piece = cursor.statement(None)
            found = _INCLUDE.fullmatch(piece.text)
            if not found:
                self._fail('`include "file"` is meant', piece)
            if self._depth >= MAX_DEPTH:
                self._fail(f"files include each other more than {MAX_DEPTH} deep", piece)
            span = cursor.span(piece.start, piece.end)
            if len(self._state.sources) >= _MAX_FILES:
                self._fail(f"more than {_MAX_FILES} files are included", piece)
            for source in self._includes.sources(found[1], self._source, span):
                Scanner(source, self._state, self._includes, self._depth + 1).file(self._scopes)
            return True
        return False

    def _define(self, piece: Piece) -> None:
        undefined = _UNDEFINE.fullmatch(piece.text)
        if undefined:
            if self._scopes[-1].pop(undefined[1], None) is None:
                self._fail(f"no variable `{undefined[1]}` is defined", piece)
            return
        found = _DEFINE.fullmatch(piece.text)
        if not found or not found[3].strip():
            self._fail("`define name = value` is meant", piece)
        if found[1] == "define" and found[2] in self._scopes[-1]:
            self._fail(f"the variable `{found[2]}` is already defined", piece)
        self._scopes[-1][found[2]] = found[3].strip()

    def _item(self, table: RawTable | None) -> None:
        cursor = self.cursor
        here = cursor.position
        if table is None:
            if not cursor.text.startswith(("table", "add table", "create table"), here):
                commands.command(self, self._state)
                return
            piece = cursor.head()
            self._table(piece)
            return
        piece = cursor.head()
        if found := _CHAIN.fullmatch(piece.text):
            chain = table.chain(found[1], cursor.span(piece.start, piece.end))
            if piece.stop == "{":
                self.chain_block(table, chain, piece.start)
        elif found := _OBJECT.fullmatch(piece.text):
            self.object(table, found[1], found[2], found[3] or "", piece)
        elif re.fullmatch(r"flags\s+[\w, ]+", piece.text):
            table.is_dormant = table.is_dormant or "dormant" in piece.text
        elif not re.fullmatch(r'comment\s+("[^"]*"|\S+)', piece.text):
            self._fail(f"`{_first(piece.text)}` is not expected in a table", piece)

    def _table(self, piece: Piece) -> None:
        found = _TABLE.fullmatch(piece.text)
        if not found or (found[1] and found[1] not in FAMILIES):
            self._fail("`table [family] name` is meant", piece)
        span = self.cursor.span(piece.start, piece.end)
        table = self._state.table(found[1] or "ip", found[2], span)
        if piece.stop == "{":
            self._scopes.append({})
            self._items(table, piece.start)
            self._scopes.pop()

    def object(self, table: RawTable, kind: str, name: str, rest: str, piece: Piece) -> None:
        """Read a set, map, flowtable or stateful object, with its block if it has one."""
        body = self.body(piece) if piece.stop == "{" else []
        try:
            declare(table, " ".join(kind.split()), name.strip('"'), rest, body, self.cursor, piece)
        except RefusedError as error:
            self.cursor.refuse(error, piece)

    def body(self, opened: Piece) -> list[Piece]:
        """The statements of a block up to its closing brace."""
        cursor = self.cursor
        found: list[Piece] = []
        while not cursor.at_end():
            if cursor.peek() == "}":
                cursor.position += 1
                return found
            if not self._common():
                found.append(cursor.statement(None))
        cursor.fail("the file ends before this block is closed", opened.start)
        return None

    def chain_block(self, table: RawTable, chain: RawChain, start: int) -> None:
        """Read the rules of a chain up to the closing brace."""
        cursor, text = self.cursor, self.cursor.text
        source, rules, place = self._source, chain.rules, self.cursor.place
        match = STATEMENT.match
        self._scopes.append({})
        while True:
            found = match(text, cursor.position)
            if found and found[2] is not None and found[1]:
                words = found[1].rstrip()
                first = words.split(None, 1)[0]
                is_block = "{" in words and _BLOCK.search(words)
                if first not in _SAYS and first not in _OTHERS and not is_block:
                    begin = found.start(1)
                    cursor.position = found.end()
                    line, column = place(begin)
                    rules.append(
                        RawRule(words, source, line, column, line, column + len(words) - 1)
                    )
                    continue
            if cursor.at_end():
                cursor.fail("the file ends before this block is closed", start)
            if cursor.peek() == "}":
                cursor.position += 1
                break
            if not self._common():
                self._chain_item(table, chain)
        self._scopes.pop()

    def _chain_item(self, table: RawTable, chain: RawChain) -> None:
        piece = self.cursor.statement(self.nested(table, chain))
        first = _first(piece.text)
        if first in _SAYS and not (first == "comment" and " " not in piece.text):
            self.chain_says(table, chain, piece)
        elif piece.text:
            chain.rules.append(self.rule(piece))

    def chain_says(self, table: RawTable, chain: RawChain, piece: Piece) -> None:
        """Take in `type … hook …`, `policy …` and the other properties of a chain."""
        first, _, rest = piece.text.partition(" ")
        try:
            if first == "type":
                chain.base = base(piece.text, table.family)
                chain.span = self.cursor.span(piece.start, piece.end)
            elif first == "policy":
                chain.policy = policy(rest.strip())
        except RefusedError as error:
            self.cursor.refuse(error, piece)

    def nested(self, table: RawTable, chain: RawChain) -> Callable[[], str]:
        """A reader for the block of `jump { … }` in a chain, which returns the block's name."""

        def read() -> str:
            start = self.cursor.position - 1
            if chain.name.count("#") >= MAX_DEPTH:
                self.cursor.fail(
                    f"chains stand within each other more than {MAX_DEPTH} deep", start
                )
            name = self._state.new_name(chain.name)
            made = RawChain(name, self.cursor.span(start, start + 1))
            table.chains[name] = made
            self.chain_block(table, made, start)
            return name

        return read

    def rule(self, piece: Piece) -> RawRule:
        """The rule that a statement is."""
        line, column = self.cursor.place(piece.start)
        last_line, last_column = self.cursor.place(max(piece.start, piece.end - 1))
        return RawRule(piece.text, self._source, line, column, last_line, last_column)

    def span(self, piece: Piece) -> Span:
        """Where a statement stands."""
        return self.cursor.span(piece.start, piece.end)

    def _fail(self, message: str, piece: Piece) -> NoReturn:
        self.cursor.fail(message, piece.start, max(piece.end, piece.start + 1))


_OTHERS: Final = ("define", "redefine", "undefine", "include")


def _first(text: str) -> str:
    return text.split(None, 1)[0] if text else ""
