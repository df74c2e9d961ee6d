"""Where a thing stands: a file's text and a span of it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final, overload

from flowmodel.record import dataclass, replace

if TYPE_CHECKING:
    from array import array

COMMAND_LINE = "command line"
"""The path that spans have when there is no site file; nobody can see lines of it."""


_PIECE: Final = 1 << 20
"""How much of a text is cut into lines at once."""
_BLOCK: Final = 1 << 9
"""In so many characters the end of a line is looked for."""


class Lines(Sequence[str]):
    """The lines of a text that is read as one, such as JSON: few are asked for, and none is kept.

    A list of the lines of an account takes three times as much memory as its text, and a list of
    where they begin as long as reading the JSON.
    """

    __slots__ = ("_before", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._before: array[int] | None = None
        """How many lines end before each block of the text."""

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, from 1."""
        text, start = self.text, offset - offset % _BLOCK
        before = (self._before or self._counted())[start // _BLOCK]
        end = text.rfind("\n", start, offset)
        if end < 0:
            return before + 1, offset - self._end(before)
        return before + 1 + text.count("\n", start, offset), offset - end

    def _counted(self) -> "array[int]":
        from array import array

        count, end = self.text.count, len(self.text)
        blocks = (count("\n", at, at + _BLOCK) for at in range(0, end - end % _BLOCK, _BLOCK))
        self._before = array("I", accumulate(blocks, initial=0))
        return self._before

    def _end(self, number: int) -> int:
        """The offset at which as many lines have ended; -1 before the first one ends."""
        if number == 0:
            return -1
        before = self._before or self._counted()
        block = bisect_left(before, number) - 1
        at = block * _BLOCK - 1
        for _ in range(number - before[block]):
            at = self.text.index("\n", at + 1)
        return at

    def __len__(self) -> int:
        before = self._before or self._counted()
        return before[-1] + self.text.count("\n", (len(before) - 1) * _BLOCK) + 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        every = range(len(self))
        if isinstance(index, slice):
            return [self[each] for each in every[index]]
        start = self._end(every[index]) + 1
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None]

    def __iter__(self) -> Iterator[str]:
        text, start = self.text, 0
        while start <= len(text):
            end = text.find("\n", start + _PIECE)
            end = len(text) if end < 0 else end
            yield from text[start:end].split("\n")
            start = end + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file that was read: its path as the user wrote it, and its lines without line ends."""

    path: str
    lines: Sequence[str]
    data: bytes = b""
    """What the file held, for its hash; what is shown of it are the lines."""
    format: str = ""
    """What the file was taken for: `iptables-save`."""
    made: str = ""
    """When it was written, where it says so itself: `2026-03-02 06:25:01`."""
    digest: str = ""
    """The hash of a large file, of which no more is kept than its lines."""

    @property
    def sha256(self) -> str:
        """The hash of the file; empty for a text that was never one."""
        return self.digest or (digest_of(self.data) if self.data else "")

    @property
    def text(self) -> str:
        """The lines as one text."""
        return self.lines.text if isinstance(self.lines, Lines) else "\n".join(self.lines)

    @property
    def one_text(self) -> Lines:
        """The lines of that text, which tell where each of its characters stands."""
        return self.lines if isinstance(self.lines, Lines) else Lines(self.text)

    @property
    def length(self) -> int:
        """How many characters it has, if every line has an end."""
        if isinstance(self.lines, Lines):
            return len(self.lines.text) + 1
        return sum(map(len, self.lines)) + len(self.lines)

    def with_text(self, text: str) -> "Source":
        """The same file, showing another text."""
        lines = Lines(text) if isinstance(self.lines, Lines) else text.split("\n")
        return replace(self, lines=lines)


def digest_of(data: bytes) -> str:
    """The hash by which a file is known: SHA-256, in hexadecimal digits."""
    from hashlib import sha256

    return sha256(data).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: lines and columns from 1, in code points; the last column is inclusive."""

    path: str
    line: int
    column: int
    last_line: int
    last_column: int

    def __str__(self) -> str:
        if self.path == COMMAND_LINE:
            return self.path
        return f"{self.path}:{self.line}:{self.column}"


class InputError(Exception):
    """What cannot be read: one message for people, with its place and the line it is about.

    `text` is the line at `span`, for the excerpt; it is empty where there is none to show.
    """

    def __init__(self, message: str, span: Span, text: str = "") -> None:
        # What it quotes may go on for several lines of a file.
        message = re.sub(r"\s*\n\s*", " ", message) if "\n" in message else message
        super().__init__(message)
        self.message = message
        self.span = span
        self.text = text


def named_at(error: InputError, span: Span, text: str) -> InputError:
    """An error about a whole file, at the place that names the file; any other as it is.

    Where a line of the file is at fault, the file is the place to mend.
    """
    if error.text or (error.span.line, error.span.column) != (1, 1):
        return error
    is_verb = re.match(r"(cannot|is|has)\b", error.message)
    return InputError(f"`{error.span.path}`{'' if is_verb else ':'} {error.message}", span, text)


class InputErrors(Exception):  # noqa: N818 (the plural of InputError)
    """Everything that is wrong with the files of one task, in the order of files and lines."""

    def __init__(self, errors: tuple[InputError, ...]) -> None:
        super().__init__("\n".join(f"{error.span}: {error.message}" for error in errors))
        self.errors = errors
