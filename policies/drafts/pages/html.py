"""Reads the tables of HTML: cells that span rows and columns stand in each of them."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Final

from policies.drafts.pages.table import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_TABLES,
    Headings,
    Page,
    Passage,
    Row,
    Table,
    TooLargeError,
    clean_cell,
)

MAX_DEPTH: Final = 20
# A comment that is not closed is text: it may not hide the rest of the page.
_UNSEEN: Final = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))
_DECLARATION: Final = re.compile(r"<[!?][^<>]{0,2000}>")
_NO_TAG: Final = re.compile(r"<(?!/?[a-zA-Z][^<>]{0,2000}>)")
_IN_LINE: Final = re.compile(
    r"a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|img|ins|kbd|label|mark|q|s|samp"
    r"|small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_HEADING: Final = re.compile(r"h([1-6])")
# These end a caption or heading that is not closed (HTML, 13.2.6.4.11), and so no text is lost.
_PARTS: Final = frozenset(
    ("table", "caption", "col", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th")
)


def read(lines: Sequence[str], first: int = 1, above: Headings | None = None) -> Page:
    """The tables and passages of the text, whose first line has a number and headings above it.

    Raises TooLargeError.
    """
    reader = _Reader(first, above or Headings())
    reader.feed(_plain("\n".join(lines)))
    reader.close()
    reader.finish()
    tables = sorted(reader.tables, key=lambda one: one.line)
    title = clean_cell(reader.title) or reader.headings.first
    return Page(title, tuple(tables), tuple(reader.passages))


def _plain(text: str) -> str:
    """The text with nothing but tags and text, in as many lines.

    html.parser takes quadratic time for what is not closed (CVE-2025-6069).
    """
    for opening, closing in _UNSEEN:
        text = "".join(_without(text, opening, closing))
    return _NO_TAG.sub("&lt;", _DECLARATION.sub("", text))


def _without(text: str, opening: str, closing: str) -> Iterator[str]:
    """The pieces of a text outside of what is between two marks, and its line ends."""
    lower = text.lower() if text.isascii() else _lowered(text)
    at = 0
    last = lower.rfind(closing)
    while 0 <= (first := lower.find(opening, at)) < last:
        yield text[at:first]
        end = lower.find(closing, first)
        yield "\n" * text.count("\n", first, end)
        at = end + len(closing)
    yield text[at:]


def _lowered(text: str) -> str:
    """The text with its ASCII letters small: other letters could change its length."""
    return text.translate({code: code + 32 for code in range(ord("A"), ord("Z") + 1)})


class _Cell:
    """A cell that is open."""

    def __init__(self, line: int, across: int, down: int, *, is_head: bool) -> None:
        self.line = line
        self.across = across
        self.down = down
        self.is_head = is_head
        self.parts: list[str] = []


class _Open:
    """A table that is open: its rows, and the cells that reach down into the next ones."""

    def __init__(self, line: int, headings: tuple[str, ...]) -> None:
        self.line = line
        self.headings = headings
        self.rows: list[Row] = []
        self.cells: list[_Cell] = []
        self.cell: _Cell | None = None
        self.reaching: dict[int, tuple[int, str, bool]] = {}
        """By column: how many more rows, the text, and whether it is a head."""

    def close_cell(self) -> None:
        self.cell = None

    def close_row(self) -> int:
        """Take the open row; returns how many cells it has."""
        self.close_cell()
        if not self.cells:
            return 0
        texts: dict[int, tuple[str, bool]] = {}
        reaching: dict[int, tuple[int, str, bool]] = {}
        for column, (left, text, is_head) in self.reaching.items():
            texts[column] = (text, is_head)
            if left > 1:
                reaching[column] = (left - 1, text, is_head)
        column = 0
        for cell in self.cells:
            text = clean_cell("".join(cell.parts))
            for _ in range(cell.across):
                while column in texts:
                    column += 1
                if column >= MAX_COLUMNS:
                    raise TooLargeError("too many columns")
                texts[column] = (text, cell.is_head)
                if cell.down > 1:
                    reaching[column] = (cell.down - 1, text, cell.is_head)
        self.reaching = reaching
        width = max(texts) + 1
        cells = tuple(texts.get(one, ("", False))[0] for one in range(width))
        is_head = all(cell.is_head for cell in self.cells)
        self.rows.append(Row(self.cells[0].line, cells, is_head))
        self.cells = []
        return width


class _Reader(HTMLParser):
    """Takes the tags one after the other; what is not closed ends with what is around it."""

    def __init__(self, first: int, headings: Headings) -> None:
        super().__init__(convert_charrefs=True)
        self.headings = headings
        self.title = ""
        self.tables: list[Table] = []
        self.passages: list[Passage] = []
        self._first = first
        self._open: list[_Open] = []
        self._count = 0
        self._in_title = False
        self._heading: tuple[int, int, list[str]] | None = None
        """Its line, its level and its text."""
        self._caption: list[str] | None = None
        self._text: list[str] = []
        self._text_line = first

    def set_cdata_mode(self, elem: str, **_: object) -> None:
        """A script that is not closed is text, so that it hides nothing."""

    def _line(self) -> int:
        return self._first + self.getpos()[0] - 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_title = tag == "title" and not self.title
        if tag in _PARTS:
            self._end_caption()
            self._end_heading()
        if tag == "table":
            self._begin_table()
        elif tag in ("tr", "thead", "tbody", "tfoot"):
            self._end_row()
        elif tag in ("td", "th") and self._open:
            self._begin_cell(tag, dict(attrs))
        elif tag == "caption" and self._open:
            self._caption = []
        elif tag == "sup":
            self._put(" (")
        elif heading := _HEADING.fullmatch(tag):
            self._break()
            self._end_heading()
            self._heading = (self._line(), int(heading[1]), [])
        elif not _IN_LINE.fullmatch(tag):
            self._break()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # `<td/>` begins a cell, as every reader of HTML has it.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "table":
            self._end_table()
        elif tag in ("tr", "thead", "tbody", "tfoot"):
            self._end_row()
        elif tag in ("td", "th") and self._open:
            self._open[-1].close_cell()
        elif tag == "caption":
            self._end_caption()
        elif tag == "sup":
            self._put(") ")
        elif _HEADING.fullmatch(tag):
            self._end_heading()
        elif not _IN_LINE.fullmatch(tag):
            self._break()

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif self._caption is not None:
            self._caption.append(data)
        else:
            if self._heading:
                self._heading[2].append(data)
            self._put(data)

    def _put(self, data: str) -> None:
        above = data[: len(data) - len(data.lstrip())].count("\n")
        # Line ends of the source are spaces; what breaks a line is a tag.
        data = re.sub(r"\s+", " ", data)
        if self._open and (cell := self._open[-1].cell):
            cell.parts.append(data)
        elif not self._heading and (self._text or data.strip()):
            # In a table but in no cell, it is shown before the table.
            if not self._text:
                self._text_line = self._line() + above
            self._text.append(data)

    def _break(self) -> None:
        if self._open and (cell := self._open[-1].cell):
            cell.parts.append("\n")
        else:
            self._end_text()

    def _end_text(self) -> None:
        self._note(self._text_line, clean_cell("".join(self._text)))
        self._text = []

    def _end_heading(self) -> None:
        if self._heading:
            line, level, parts = self._heading
            self._heading = None
            text = clean_cell("".join(parts))
            self.headings.add(level, text)
            self._note(line, text)

    def _end_caption(self) -> None:
        if self._caption is not None:
            text = clean_cell("".join(self._caption))
            self._caption = None
            self.headings.add(9, text)
            self._note(self._line(), text)
            if self._open:
                self._open[-1].headings = self.headings.now

    def _note(self, line: int, text: str) -> None:
        if text:
            self.passages.append(Passage(line, text))

    def _begin_table(self) -> None:
        self._break()
        if len(self._open) >= MAX_DEPTH:
            raise TooLargeError("tables nested too deeply")
        if len(self.tables) >= MAX_TABLES:
            raise TooLargeError("too many tables")
        self._open.append(_Open(self._line(), self.headings.now))

    def _begin_cell(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._end_text()
        table = self._open[-1]
        table.close_cell()
        across = _number(attributes.get("colspan"), MAX_COLUMNS)
        # 0 reaches to the end of the table (HTML, 4.9.11).
        down = _number(attributes.get("rowspan"), 65534, zero=65534)
        cell = _Cell(self._line(), across, down, is_head=tag == "th")
        table.cell = cell
        table.cells.append(cell)
        if len(table.cells) > MAX_COLUMNS:
            raise TooLargeError("too many columns")

    def _end_row(self) -> None:
        if self._open:
            self._count += self._open[-1].close_row()
            if self._count > MAX_CELLS:
                raise TooLargeError("too many cells")

    def _end_table(self) -> None:
        if not self._open:
            return
        self._end_caption()
        self._end_heading()
        self._end_text()
        self._end_row()
        table = self._open.pop()
        self.tables.append(Table(table.line, table.headings, tuple(table.rows)))

    def finish(self) -> None:
        """End what is still open."""
        while self._open:
            self._end_table()
        self._end_heading()
        self._break()


def _number(text: str | None, most: int, zero: int = 1) -> int:
    """How many columns or rows a cell spans."""
    if not text or not re.fullmatch(r"\s*[0-9]{1,6}\s*", text):
        return 1
    return min(int(text) or zero, most)
