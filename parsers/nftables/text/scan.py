"""Reads files in nft's own language, from one statement or block to the next."""

import re
from typing import Final

from flowmodel.ruleset import Gap
from flowmodel.source import Source
from parsers.nftables.state import FAMILIES, State
from parsers.nftables.text.blocks import MAX_DEPTH, Blocks, Inside
from parsers.nftables.text.commands import command
from parsers.nftables.text.cursor import Piece
from parsers.nftables.text.include import Includes

_TABLE: Final = re.compile(r"(?:(?:add|create)\s+)?table\s+(?:(\w+)\s+)?([A-Za-z_][\w.\-/\\]*)")
_MAX_FILES: Final = 10_000
_MAX_AGAIN: Final = 4_000_000
"""Characters of files that are included once more; a long one, often, would fill a machine."""


class Scanner:
    """Reads one file into the state; included files get scanners of their own."""

    def __init__(
        self,
        source: Source,
        state: State,
        includes: Includes,
        depth: int = 0,
        scopes: list[dict[str, str]] | None = None,
    ) -> None:
        """An included file is read in the scopes of the file that includes it."""
        self._source = source
        self._state = state
        self._includes = includes
        self._depth = depth
        self._blocks = Blocks(source, state, [{}] if scopes is None else scopes, self._include)
        state.sources.append(source)

    def file(self) -> None:
        """Read the whole file."""
        cursor = self._blocks.cursor
        while not cursor.at_end():
            if cursor.peek() == "}":
                cursor.fail("this brace closes nothing", cursor.position)
            if not self._blocks.common():
                self._item()

    def _item(self) -> None:
        cursor = self._blocks.cursor
        if cursor.text.startswith(("table", "add table", "create table"), cursor.position):
            self._table(cursor.head())
        else:
            command(self._blocks, self._state)

    def _table(self, piece: Piece) -> None:
        found = _TABLE.fullmatch(piece.text)
        if not found or (found[1] and found[1] not in FAMILIES):
            self._blocks.fail("`table [family] name` is meant", piece)
        table = self._state.table(found[1] or "ip", found[2], self._blocks.span(piece))
        # Who names a table says all its flags: a dormant one wakes up (nf_tables_updtable).
        table.is_dormant = False
        if piece.stop == "{":
            self._blocks.table_block(table, piece.start)

    def _include(self, name: str, piece: Piece, inside: Inside | None) -> None:
        if self._depth >= MAX_DEPTH:
            self._blocks.fail(f"files include each other more than {MAX_DEPTH} deep", piece)
        if len(self._state.sources) >= _MAX_FILES:
            self._blocks.fail(f"more than {_MAX_FILES} files are included", piece)
        deeper, scopes = self._depth + 1, self._blocks.scopes
        span = self._blocks.span(piece)
        sources = self._includes.sources(name, self._source, span)
        if sources is None:
            message = f"the folder of `{name}` is not here: what the machine includes is missing"
            self._state.gaps.append(Gap("FW903", message, span, name))
        for source in sources or ():
            self._state.read_again(source)
            if self._state.again > _MAX_AGAIN:
                self._blocks.fail("the same files are included again and again", piece)
            included = Scanner(source, self._state, self._includes, deeper, scopes)
            if inside:
                inside(included._blocks)
            else:
                included.file()
