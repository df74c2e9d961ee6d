"""The tables of a page, whatever kind of file it is, and the text around them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from flowmodel.record import dataclass

MAX_CELLS: Final = 200_000
MAX_COLUMNS: Final = 200
MAX_TABLES: Final = 2000


class TooLargeError(Exception):
    """A page past the limits; the message says of what it has too much."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where its first cell begins, and the text of its cells; a break is a newline."""

    line: int
    cells: tuple[str, ...]
    is_head: bool = False
    """Whether the page marks it as the head of the columns."""

    @property
    def filled(self) -> tuple[str, ...]:
        """The different texts of its cells."""
        return tuple(dict.fromkeys(cell for cell in self.cells if cell))


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `headings` are those above it, the outermost first."""

    line: int
    headings: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """Text outside of tables; `is_lost` if it looks like a table that cannot be read."""

    line: int
    text: str
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its tables and passages in order."""

    title: str = ""
    tables: tuple[Table, ...] = ()
    passages: tuple[Passage, ...] = ()


class Headings:
    """The headings that are open, by their levels."""

    def __init__(self) -> None:
        self.first = ""
        self._open: list[tuple[int, str]] = []

    def add(self, level: int, text: str) -> None:
        """Note a heading, which ends those of its level and below."""
        text = one_line(text)
        if not text:
            return
        self.first = self.first or text
        self._open = [one for one in self._open if one[0] < level] + [(level, text)]

    @property
    def now(self) -> tuple[str, ...]:
        """The headings of what comes next."""
        return tuple(text for _, text in self._open)


def clean_lines(lines: Iterable[str]) -> Iterator[str]:
    """The lines without control characters and invisible ones, which pages have within words."""
    for line in lines:
        if line.isascii() and line.isprintable():
            yield line
        else:
            yield "".join(_clean(letter) for letter in line)


def _clean(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in ("Cf", "Cs", "Cn"):
        return ""
    return " " if category in ("Cc", "Zs", "Zl", "Zp") else letter


def clean_cell(text: str) -> str:
    """The text of a cell: its lines without needless space, a newline between them."""
    lines = (" ".join(line.split()) for line in clean_lines(re.split(r"[\r\n]+", text)))
    return "\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def shortened(text: str, most: int = 200) -> str:
    """The text in one line; of a long one the beginning."""
    text = one_line(text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
