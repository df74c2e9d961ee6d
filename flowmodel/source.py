"""Where a thing stands: a file's text and a span of it."""

import re

from flowmodel.record import dataclass

COMMAND_LINE = "command line"
"""The path that spans have when there is no site file; nobody can see lines of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file that was read: its path as the user wrote it, and its lines without line ends."""

    path: str
    lines: list[str]
    data: bytes = b""
    """What the file held, for its hash; what is shown of it are the lines."""
    format: str = ""
    """What the file was taken for: `iptables-save`."""
    made: str = ""
    """When it was written, where it says so itself: `2026-03-02 06:25:01`."""

    @property
    def sha256(self) -> str:
        """The hash of the file; empty for a text that was never one."""
        from hashlib import sha256

        return sha256(self.data).hexdigest() if self.data else ""


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
