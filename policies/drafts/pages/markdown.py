"""Reads the tables of Markdown, and those of HTML within it.

markdown-it tells where headings, paragraphs and code are. Rows are cut here: a reader of GFM drops
the cells that the head has no column for (GFM, 4.10), and pages that were copied have such cells.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from flowmodel.record import dataclass
from policies.drafts.pages import html
from policies.drafts.pages.cells import mentions
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

_DELIMITER: Final = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_BORDER: Final = re.compile(r"(?<!\\)\|")
_MARKED: Final = re.compile(r"[*_`\[\]<&\\!~{]")
_ATTRIBUTES: Final = re.compile(r"\{\{[<%].*?[%>]\}\}|\{[:#.][^{}]*\}")
_BRACES: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_BOLD: Final = re.compile(r"(\*\*|__)(?!\s)((?:(?!\1).)+)\1:?")
_TITLE: Final = re.compile(r"""title:\s*["']?(.*?)["']?\s*""")
# YAML between `---`, TOML between `+++`.
_KEY: Final = {"---": re.compile(r"\s*[\w.\"' -]+:(?:\s|$)"), "+++": re.compile(r"\s*[\w.\"'\[-]+")}
_TABLE_TAG: Final = re.compile(r"<(/?)table\b", re.IGNORECASE)
_NO_HEADINGS: Final = re.compile(
    r"(?:note|notes|tip|caution|warning|important|info)s?\W*", re.IGNORECASE
)
_BOLD_LEVEL: Final = 7
_LINE_LEVEL: Final = 8
MAX_LENGTH: Final = 1 << 20
MAX_LINES: Final = 50_000
_LONGEST_CELL: Final = 4000
_MOST_MARKS: Final = 200
_LONGEST_HEADING: Final = 90


@dataclass(frozen=True, slots=True)
class _Block:
    """Something of the page: a heading, or lines of text, code or HTML."""

    line: int
    kind: str
    lines: tuple[str, ...]
    level: int = 0


def read(lines: Sequence[str]) -> Page:
    """The tables and passages of the text; raises TooLargeError."""
    if len(lines) > MAX_LINES or sum(map(len, lines)) > MAX_LENGTH:
        raise TooLargeError(f"more than {MAX_LINES} lines or {MAX_LENGTH >> 20} MiB of Markdown")
    title, before, lines = _without_front_matter(lines)
    blocks = list(_blocks(lines))
    reader = _Reader(has_headings=any(one.kind == "heading" for one in blocks))
    for block in blocks:
        reader.take(block)
    passages = (*before, *reader.passages)
    return Page(title or reader.headings.first, tuple(reader.tables), passages)


def _without_front_matter(lines: Sequence[str]) -> tuple[str, list[Passage], list[str]]:
    """The title, what else the front matter says, and the lines with it blank."""
    mark = lines[0].strip() if lines else ""
    end = next((at for at in range(1, len(lines)) if lines[at].strip() == mark), 0)
    inner = lines[1:end]
    first = next((line for line in inner if line.strip()), "")
    # Between two rules there is text too, and tables.
    is_text = any(_is_delimiter(inner, at) for at in range(len(inner))) or any(
        _TABLE_TAG.search(line) for line in inner
    )
    if mark not in _KEY or not end or is_text or not _KEY[mark].match(first):
        return "", [], list(lines)
    titles = (match[1] for line in inner if (match := _TITLE.fullmatch(line.strip()[:300])))
    passages = [
        Passage(at, line.strip(), is_lost=_is_row(line)) for at, line in enumerate(inner, 2)
    ]
    return next(titles, ""), passages, [""] * (end + 1) + list(lines[end + 1 :])


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    """What the page has, in order; HTML tables are cut out first, as blank lines end a block."""
    tokens = _parsed(lines)
    code = {
        line
        for token in tokens
        if token.type == "fence" and token.map
        for line in range(token.map[0], token.map[1])
    }
    regions = list(_html_tables(lines, code))
    if regions:
        within = {line for first, last in regions for line in range(first, last)}
        rest = ["" if at in within else line for at, line in enumerate(lines)]
        tokens = _parsed(rest)
    found = [_Block(first + 1, "html", tuple(lines[first:last])) for first, last in regions]
    for before, token in zip([None, *tokens], tokens, strict=False):
        if block := _block(before, token):
            found.append(block)
    yield from sorted(found, key=lambda one: one.line)


def _parsed(lines: Sequence[str]) -> list[Token]:
    parser = MarkdownIt("commonmark")
    # What blocks there are is all that is asked here; link definitions may hold cells.
    parser.disable(["reference", "inline", "text_join"])
    return parser.parse("\n".join(lines))


def _html_tables(lines: Sequence[str], code: set[int]) -> Iterator[tuple[int, int]]:
    """From which line to before which one there are tables; one that is not closed is no region."""
    depth, first = 0, 0
    for at, line in enumerate(lines):
        if at in code:
            continue
        for match in _TABLE_TAG.finditer(line):
            # Within a line of text it is an example, or inline HTML.
            if not depth and not match[1] and line[: match.start()].strip():
                continue
            if match[1]:
                depth -= 1
                if depth == 0:
                    yield first, at + 1
                depth = max(depth, 0)
            else:
                first = first if depth else at
                depth += 1


def _block(before: Token | None, token: Token) -> _Block | None:
    if not token.map:
        return None
    line = token.map[0] + 1
    lines = tuple(token.content.split("\n"))
    if token.type == "inline" and before is not None and before.type == "heading_open":
        return _Block(line, "heading", lines, int(before.tag[1:]))
    if token.type == "inline":
        return _Block(line, "text", lines)
    if token.type == "code_block":
        # Text under a tab or an admonition is indented, as code is in CommonMark.
        return _Block(line, "text", lines)
    if token.type == "fence":
        return _Block(line + 1, "code", lines)
    return _Block(line, "html", lines) if token.type == "html_block" else None


class _Reader:
    """Takes the blocks one after the other."""

    def __init__(self, *, has_headings: bool) -> None:
        self.headings = Headings()
        self.tables: list[Table] = []
        self.passages: list[Passage] = []
        self._has_headings = has_headings
        self._inline = MarkdownIt("commonmark")
        self._count = 0

    def take(self, block: _Block) -> None:
        """Note what the block has."""
        if block.kind == "heading":
            text = _BRACES.sub("", " ".join(block.lines)[:_LONGEST_CELL])
            text = self.plain(re.sub(r"\{[^{}]*\}\s*$", "", text))
            self.headings.add(block.level, text)
            self.passages.append(Passage(block.line, text))
        elif block.kind == "html":
            page = html.read(block.lines, block.line, self.headings)
            self.tables += page.tables
            self._check_count()
            self.passages += page.passages
        elif block.kind == "code":
            self._code(block.line, block.lines)
        else:
            self._text(block)

    def _code(self, first: int, lines: Sequence[str]) -> None:
        heads = {at - 1 for at in range(len(lines)) if _is_delimiter(lines, at)}
        for at, line in enumerate(lines):
            is_row = bool(heads) and at > min(heads) and _is_row(line)
            text = line.strip()
            if at in heads:
                text = f"a table in a code block: {text}"
                self.passages.append(Passage(first + at, text, is_lost=True))
            elif mentions(text) or (is_row and re.search(r"[0-9]{2}", text)):
                self.passages.append(Passage(first + at, text, is_lost=is_row))

    def _text(self, block: _Block) -> None:
        lines = block.lines
        heads = [at - 1 for at in range(1, len(lines)) if _is_delimiter(lines, at)]
        self._prose(block.line, lines[: heads[0]] if heads else lines)
        for head, after in zip(heads, [*heads, len(lines)][1:], strict=True):
            last = after
            while last > head + 2 and not _BORDER.search(lines[last - 1]):
                last -= 1
            has_border = lines[head].lstrip().startswith("|")
            rows = [self._row(block.line + head, lines[head], has_border=has_border, is_head=True)]
            rows += [
                self._row(block.line + at, lines[at], has_border=has_border)
                for at in range(head + 2, last)
                if lines[at].strip() and not _DELIMITER.fullmatch(lines[at].strip())
            ]
            self.tables.append(Table(block.line + head, self.headings.now, tuple(rows)))
            self._check_count()
            self._prose(block.line + last, lines[last:after])

    def _check_count(self) -> None:
        if len(self.tables) > MAX_TABLES:
            raise TooLargeError("too many tables")

    def _row(self, line: int, text: str, *, has_border: bool, is_head: bool = False) -> Row:
        parts = _BORDER.split(text.strip())
        # Where the head has no border on its left, one before a row is an empty cell.
        if has_border and len(parts) > 1 and not parts[0].strip():
            parts = parts[1:]
        if len(parts) > 1 and not parts[-1].strip():
            parts = parts[:-1]
        self._count += len(parts)
        if len(parts) > MAX_COLUMNS or self._count > MAX_CELLS:
            raise TooLargeError("too many cells")
        return Row(line, tuple(map(self.plain, parts)), is_head)

    def _prose(self, first: int, lines: Sequence[str]) -> None:
        whole = " ".join(line.strip() for line in lines)
        if len(whole) <= _LONGEST_HEADING and (bold := _BOLD.fullmatch(whole)):
            self.headings.add(_BOLD_LEVEL, self.plain(bold[2]).rstrip(":"))
        for at, line in enumerate(lines):
            text = self.plain(line)
            if not text:
                continue
            if not self._has_headings and _is_heading(text):
                self.headings.add(_LINE_LEVEL, text)
            self.passages.append(Passage(first + at, text, is_lost=_is_row(line)))

    def plain(self, text: str) -> str:
        """The text as a reader sees it."""
        text = text.replace("\\|", "|")
        marks = len(_MARKED.findall(text))
        if not marks or marks > _MOST_MARKS or len(text) > _LONGEST_CELL:
            return clean_cell(text)
        text = _ATTRIBUTES.sub("", text)
        parts = []
        is_note = False
        for token in self._inline.parseInline(text.strip())[0].children or ():
            is_break = token.type in ("softbreak", "hardbreak") or (
                token.type == "html_inline" and token.content.lower().startswith("<br")
            )
            if token.type == "html_inline" and "sup>" in token.content.lower():
                is_note = not token.content.startswith("</")
                parts.append(" (" if is_note else ") ")
            elif is_break:
                parts.append("\n")
            elif token.type != "html_inline":
                parts.append(token.content)
        return clean_cell("".join(parts))


def _is_delimiter(lines: Sequence[str], at: int) -> bool:
    """Whether the line is the one between a head and its rows."""
    line = lines[at].strip()
    return (
        at > 0
        and "|" in line
        and bool(_DELIMITER.fullmatch(line))
        and bool(_BORDER.search(lines[at - 1]))
        and not _DELIMITER.fullmatch(lines[at - 1].strip())
    )


def _is_row(line: str) -> bool:
    """Whether a line outside of tables is like a row of one."""
    return len(_BORDER.findall(line)) > 1


def _is_heading(text: str) -> bool:
    """Whether a line of a page without marks can be a heading."""
    return (
        len(text) <= _LONGEST_HEADING
        and text[-1] not in ".,;:!?|"
        and "|" not in text
        and not _NO_HEADINGS.fullmatch(text)
    )
