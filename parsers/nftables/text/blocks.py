"""Reads the blocks of a file in nft's own language: tables, chains, definitions in them.

Rules are kept as text.
"""

import re
from collections.abc import Callable
from typing import Final, NoReturn

from flowmodel.ruleset import Gap
from flowmodel.source import Source, Span
from parsers.nftables.base import base, policy
from parsers.nftables.state import RawChain, RawRule, RawTable, State
from parsers.nftables.text.cursor import STATEMENT, Cursor, Piece
from parsers.nftables.text.declarations import declare
from parsers.nftables.values import RefusedError

_DEFINE: Final = re.compile(r"(define|redefine)\s+([\w./\-]+)\s*=\s*(.*)", re.DOTALL)
_UNDEFINE: Final = re.compile(r"undefine\s+([\w./\-]+)")
_INCLUDE: Final = re.compile(r'include\s+"([^"]*)"')
_CHAIN: Final = re.compile(r"chain\s+([A-Za-z_][\w.\-/\\]*)")
_ANY_CHAIN: Final = re.compile(r"chain\s+(\S+)")
"""iptables takes nearly any name, which nft lists, and cannot read."""
_OBJECT: Final = re.compile(
    r"(set|map|flowtable|counter|quota|limit|secmark|synproxy|tunnel"
    r'|ct\s+(?:helper|timeout|expectation))\s+("[^"]*"|[A-Za-z_][\w.\-/\\]*)(?:\s+(.*))?',
    re.DOTALL,
)
_CHAIN_SAYS: Final = (
    r'comment\s+(?:"[^"]*"|[^\s"]+)|flags\s+offload|devices?\s*=?\s*(?:\{[^}]*\}|\S+)'
)
_SAYS: Final = ("type", "policy", "comment", "flags", "device", "devices")
_OTHERS: Final = ("define", "redefine", "undefine", "include")
_BLOCK: Final = re.compile(r"(?:jump|goto)\s*\{")
MAX_DEPTH: Final = 16
"""How deep files may include each other (src/nftables.c, MAX_INCLUDE_DEPTH), and chains jump."""
_LARGEST: Final = 1 << 26
"""Characters that variables may bring in, all in all."""
_NESTED: Final = 1 << 20
"""Those that variables in definitions may: each may hold others twice, and so on."""
Inside = Callable[["Blocks"], None]
"""Reads a file that is included in a block: what it holds stands in that block."""
Include = Callable[[str, Piece, Inside | None], None]
"""Reads the files that an include names; the statement is where it stands."""


class Blocks:
    """Reads the blocks of one source into the state."""

    def __init__(
        self, source: Source, state: State, scopes: list[dict[str, str]], include: Include
    ) -> None:
        """`scopes` are the variables that are defined where the file is read, the nearest last."""
        self.scopes = scopes
        self.cursor = Cursor(source, self._value)
        state.doubtful.update((source.path, line) for line in self.cursor.doubtful)
        self._state = state
        self._source = source
        self._include = include
        self._policies: set[str] = set()
        """The chains whose block has set the policy."""
        self._comments: set[str] = set()
        """The chains, and tables, whose block has a comment."""
        self._defines = False
        """Whether a definition is being read."""

    def table_block(self, table: RawTable, start: int) -> None:
        """Read what a table holds up to its closing brace; the block begins at `start`."""
        self.scopes.append({})
        self._comments.discard("")
        self._table_items(table, start)
        self.scopes.pop()

    def _table_items(self, table: RawTable, start: int) -> None:
        """Read a table, or an included file in it, for which `start` is negative, to the end."""

        def inside(blocks: Blocks) -> None:
            blocks._comments = self._comments
            blocks._table_items(table, -1)

        while not self._closed(start):
            if not self.common(inside):
                self._table_item(table, self.cursor.head())

    def _closed(self, start: int) -> bool:
        """Go past the brace that closes a block, if it is next; the file must not end before it.

        A file that is included in the block, where `start` is negative, ends without a brace.
        """
        cursor = self.cursor
        if cursor.at_end():
            if start >= 0:
                cursor.fail("the file ends before this block is closed", start)
            if not self._source.data.endswith(b"\n"):
                # nft's scanner goes on where the file is included, in the same statement.
                cursor.fail("the file ends within a line", len(cursor.text) - 1)
            return True
        if cursor.peek() != "}":
            return False
        if start < 0:
            cursor.fail("this brace closes nothing", cursor.position)
        cursor.position += 1
        return True

    def _table_item(self, table: RawTable, piece: Piece) -> None:
        found = (_ANY_CHAIN if table.is_named_of_iptables else _CHAIN).fullmatch(piece.text)
        if found:
            chain = table.chain(found[1], self.span(piece))
            if piece.stop == "{":
                self.chain_block(table, chain, piece.start)
        elif found := _OBJECT.fullmatch(piece.text):
            self.object(table, found[1], found[2], found[3] or "", piece)
        elif piece.text.startswith("flags"):
            self._table_flags(table, piece)
        elif not re.fullmatch(r'comment\s+("[^"]*"|[^\s"]+)', piece.text):
            self.fail(f"`{_first(piece.text)}` is not expected in a table", piece)
        else:
            self._comment_once("", piece)

    def _table_flags(self, table: RawTable, piece: Piece) -> None:
        for word in piece.text[5:].split(","):
            if word.strip() not in ("dormant", "owner", "persist"):
                self.fail(f"`{word.strip()}` is no flag of a table", piece)
            table.is_dormant = table.is_dormant or word.strip() == "dormant"

    def common(self, inside: Inside | None = None) -> bool:
        """Read a definition or an include, which may stand in a file, a table or a chain.

        In a block, `inside` reads what an included file holds.
        """
        cursor = self.cursor
        here = cursor.skip()
        if cursor.text.startswith(("define", "redefine", "undefine"), here):
            self._defines = True
            piece = cursor.statement(None)
            self._defines = False
            self._define(piece)
            return True
        if cursor.text.startswith("include", here):
            piece = cursor.statement(None)
            found = _INCLUDE.fullmatch(piece.text)
            if not found:
                self.fail('`include "file"` is meant', piece)
            self._include(found[1], piece, inside)
            return True
        return False

    def _define(self, piece: Piece) -> None:
        undefined = _UNDEFINE.fullmatch(piece.text)
        if undefined:
            if self.scopes[-1].pop(undefined[1], None) is None:
                self.fail(f"no variable `{undefined[1]}` is defined", piece)
            return
        found = _DEFINE.fullmatch(piece.text)
        if not found or not found[3].strip():
            self.fail("`define name = value` is meant", piece)
        if found[1] == "define" and found[2] in self.scopes[-1]:
            self.fail(f"the variable `{found[2]}` is already defined", piece)
        self.scopes[-1][found[2]] = found[3].strip()

    def _value(self, name: str, offset: int) -> str:
        for scope in reversed(self.scopes):
            if name in scope:
                self._state.expanded += len(scope[name])
                if self._defines:
                    self._state.nested += len(scope[name])
                if self._state.expanded > _LARGEST or self._state.nested > _NESTED:
                    self.cursor.fail("variables make the file too large", offset)
                return scope[name]
        self.cursor.fail(f"no variable `{name}` is defined", offset, offset + len(name) + 1)
        return None

    def object(self, table: RawTable, kind: str, name: str, rest: str, piece: Piece) -> None:
        """Read a set, map, flowtable or stateful object, with its block if it has one."""
        body = self.body(piece) if piece.stop == "{" else []
        try:
            kind = " ".join(kind.split())
            strange = declare(table, kind, name.strip('"'), rest, body, self.cursor, piece)
        except RefusedError as error:
            self.cursor.refuse(error, piece)
        if strange:
            self._state.gaps.append(Gap("FW902", strange, self.span(piece), piece.text))

    def body(self, opened: Piece) -> list[Piece]:
        """The statements of a block up to its closing brace."""
        cursor = self.cursor
        found: list[Piece] = []
        while not cursor.at_end():
            if cursor.peek() == "}":
                cursor.position += 1
                return found
            if not self.common():
                found.append(cursor.statement(None))
        cursor.fail("the file ends before this block is closed", opened.start)
        return None

    def chain_block(self, table: RawTable, chain: RawChain, start: int) -> None:
        """Read the rules of a chain up to the closing brace."""
        self._policies.discard(chain.name)
        self._comments.discard(chain.name)
        self.scopes.append({})
        self._chain_items(table, chain, start)
        self.scopes.pop()
        chain.is_closed = True
        if chain.policy and chain.base is None:
            self.cursor.fail("a policy needs a base chain: `type … hook … priority …`", start)

    def _chain_items(self, table: RawTable, chain: RawChain, start: int) -> None:
        """Read a chain, or an included file in it, for which `start` is negative, to the end."""

        def inside(blocks: Blocks) -> None:
            blocks._policies, blocks._comments = self._policies, self._comments
            blocks._chain_items(table, chain, -1)

        cursor, text = self.cursor, self.cursor.text
        source, rules, place = self._source, chain.rules, self.cursor.place
        match = STATEMENT.match
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
            if self._closed(start):
                return
            if not self.common(inside):
                self._chain_item(table, chain)

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
                chain.declare(base(piece.text, table.family), piece.text)
                chain.span = self.cursor.span(piece.start, piece.end)
            elif first == "policy":
                self._policy(chain, piece, rest.strip())
            elif not re.fullmatch(_CHAIN_SAYS, piece.text):
                self.fail(f"`{piece.text}` is no property of a chain", piece)
            elif first == "comment":
                self._comment_once(chain.name, piece)
        except RefusedError as error:
            self.cursor.refuse(error, piece)

    def _policy(self, chain: RawChain, piece: Piece, text: str) -> None:
        if chain.name in self._policies:
            self.fail("the policy of a chain is set twice", piece)
        self._policies.add(chain.name)
        chain.policy = policy(text)

    def _comment_once(self, name: str, piece: Piece) -> None:
        """Raises InputError for a second comment in one block (parser_bison.y, already_set)."""
        if name in self._comments:
            self.fail("a block has one comment", piece)
        self._comments.add(name)

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

    def fail(self, message: str, piece: Piece) -> NoReturn:
        """Raise the error about a statement."""
        self.cursor.fail(message, piece.start, max(piece.end, piece.start + 1))


def _first(text: str) -> str:
    return text.split(None, 1)[0] if text else ""
