"""Objects of an export with their places in it, and the errors and remarks about them."""

from collections.abc import Callable
from typing import Any, Final

from flowmodel.record import dataclass
from flowmodel.source import InputError, Lines, Source, Span

SHOWN: Final = 200
"""How much of a line an error shows: compact JSON is one line of megabytes."""

_NEAR: Final = 1000
"""So many characters are sooner looked through than the place of the last one is looked up."""

Place = tuple[int, int, int]
"""Where a member of an object stands: offsets of key, value and the value's last character."""
Places = dict[str, Place]


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A file of the export: its text as one, with which every offset counts."""

    source: Source
    text: str
    lines: Lines
    """The lines of the text."""
    members: "Callable[[Node, str], Place | None]"
    """Where a member of one of its objects stands, if it has that; not cheap."""
    is_json: bool

    def place(self, first: int, last: int) -> tuple[int, int, int, int]:
        """The lines and columns of two offsets, from 1."""
        line, column = self.lines.position(first)
        if not 0 <= last - first <= _NEAR:
            return line, column, *self.lines.position(last)
        between = self.text.count("\n", first, last)
        if not between:
            return line, column, line, column + last - first
        return line, column, line + between, last - self.text.rfind("\n", first, last)

    def span(self, first: int, last: int) -> Span:
        """The span from one offset to another, both inclusive."""
        return Span(self.source.path, *self.place(first, last))

    def error(self, message: str, first: int, last: int | None = None) -> InputError:
        """The error about a place, with its line."""
        end = max(0, len(self.text) - 1)
        first = min(first, end)
        span = self.span(first, first if last is None else min(max(first, last), end))
        return InputError(message, span, self.line(span))

    def line(self, span: Span) -> str:
        """The line that a span begins in; empty where it is too long to be shown."""
        line = self.source.lines[span.line - 1]
        return line if len(line) <= SHOWN else ""


def file(source: Source, members: "Callable[[Node, str], Place | None]", *, is_json: bool) -> File:
    """A source as a file with offsets."""
    lines = source.one_text
    return File(source, lines.text, lines, members, is_json)


class Node(dict[str, Any]):
    """An object of the export: its members, and the offsets of its first and last character."""

    __slots__ = ("_lines", "file", "first", "last")

    file: File
    first: int
    last: int
    _lines: tuple[int, int, int, int]

    @property
    def lines(self) -> tuple[int, int, int, int]:
        """The lines and columns of its first and last character: many rules may be about it."""
        try:
            return self._lines
        except AttributeError:
            self._lines = self.file.place(self.first, self.last)
            return self._lines

    @property
    def span(self) -> Span:
        """Where the object stands."""
        return Span(self.file.source.path, *self.lines)

    def offsets(self, key: str) -> Place:
        """The offsets of a key that it has."""
        found = self.file.members(self, key)
        assert found is not None, key
        return found

    def place(self, key: str) -> Span:
        """Where the value of a key stands; the object's own place where it has no such key."""
        found = self.file.members(self, key)
        return self.file.span(found[1], found[2]) if found else self.span

    def key_place(self, key: str) -> Span:
        """Where the name of a key stands."""
        found = self.file.members(self, key)
        return self.file.span(found[0], found[0] + len(key) + 1) if found else self.span

    def member(self, key: str) -> Span:
        """Where a key and its value stand; the object's own place where it has no such key."""
        found = self.file.members(self, key)
        return self.file.span(found[0], found[2]) if found else self.span

    def error(self, message: str, key: str = "") -> InputError:
        """The error about the object, or about the value of one of its keys."""
        span = self.place(key) if key else self.span
        return InputError(message, span, self.file.line(span))

    def text(self, key: str, default: str = "") -> str:
        """The text that a key has; raises InputError where it has anything else."""
        value = self.get(key)
        if type(value) is str:
            return value
        if value is not None:
            raise self.error(f"`{key}` is no text", key)
        return default

    def name(self, key: str) -> str:
        """The id that a key has; raises InputError where there is none, or anything else."""
        text = self.text(key)
        if not text:
            raise self.error(f"`{key}` is missing: nothing else tells what this is")
        return text

    def number(self, key: str) -> int | None:
        """The whole number that a key has, if it is there; raises InputError for anything else."""
        value = self.get(key)
        if value is not None and type(value) is not int:
            raise self.error(f"`{key}` is no whole number", key)
        return value

    def flag(self, key: str) -> bool:
        """Whether a key has true; raises InputError for anything but true, false and null."""
        value = self.get(key)
        if value is not None and type(value) is not bool:
            raise self.error(f"`{key}` is neither true nor false", key)
        return value is True

    def nodes(self, key: str) -> "list[Node]":
        """The objects in the list that a key has; raises InputError where there is anything else.

        No such key is an empty list, and so is null, which YAML and jq may leave there.
        """
        value = self.get(key)
        if value is None:
            return []
        if type(value) is list:
            for each in value:
                if type(each) is not Node:
                    break
            else:
                return value
        raise self.error(f"`{key}` is no list of objects", key)

    def texts(self, key: str) -> list[str]:
        """The texts in the list that a key has; raises InputError where there is anything else."""
        value = self.get(key)
        if value is None:
            return []
        if type(value) is not list or not all(type(each) is str for each in value):
            raise self.error(f"`{key}` is no list of texts", key)
        return value

    def node(self, key: str) -> "Node | None":
        """The object that a key has, if it is there; raises InputError for anything else."""
        value = self.get(key)
        if value is not None and type(value) is not Node:
            raise self.error(f"`{key}` is no object", key)
        return value
