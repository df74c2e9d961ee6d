"""One JSON object of any size, read value by value: reports on fleets are larger than memory."""

import codecs
import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from math import isinf
from typing import Any, BinaryIO, Final

from flowmodel.source import InputError, Span

_CHUNK: Final = 1 << 20
LARGEST: Final = 64 << 20
"""Characters of one value; the largest known, what is open in an account, has a hundredth."""
_LONGEST_WORD: Final = 16
"""Characters of what is no JSON when only its beginning is there: `-Infinity`, `\\ud800`."""
_SPACE: Final = re.compile(r"[ \t\n\r]*")


class JsonStream:
    """The members of an object, in their order; each must be read before the next one is."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._text = ""
        self._at = 0
        self._is_whole = False
        self._line, self._column = 1, 1
        self._began = 0
        """Where the last value begins, as long as nothing more was read of the file."""
        self._decode = JSONDecoder(
            object_pairs_hook=_once, parse_constant=_refused, parse_float=_finite
        ).raw_decode
        head = file.read(_CHUNK)
        is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        # What PowerShell redirects is UTF-16.
        self._decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8-sig")()
        self._take(head)

    def members(self) -> Iterator[str]:
        """The names of the object's members, each when its value is to be read; InputError."""
        yield from self.inner("is no JSON object")
        self.end()

    def end(self) -> None:
        """Raises InputError where something is left to be read."""
        if self._next():
            raise self._here("something follows the report")

    def inner(self, message: str = "expected an object") -> Iterator[str]:
        """The names of the members of the object that is to be read, likewise."""
        self._expect("{", message)
        seen: set[str] = set()
        if self._next() == "}":
            self._at += 1
            return
        while True:
            name = self._name(seen)
            seen.add(name)
            yield name
            if self._closes("}"):
                return

    def elements(self) -> Iterator[Any]:
        """The elements of the list that is to be read, one by one; raises InputError."""
        for _ in self.items():
            yield self.value()

    def items(self) -> Iterator[None]:
        """Once for each element of the list that is to be read, when that element is."""
        self._expect("[", "expected a list")
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield
            if self._closes("]"):
                return

    def skip(self) -> None:
        """Read a value of which nothing is needed; raises InputError."""
        if self._next() == "[":
            for _ in self.elements():
                pass
        else:
            self.value()

    def value(self) -> Any:
        """The value that is to be read; raises InputError."""
        self._next()
        self._began = self._at
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except JSONDecodeError as wrong:
                if self._is_whole or not self._is_unfinished(wrong):
                    raise self._no_json(wrong) from None
            except (RecursionError, ValueError) as refused:
                deep = isinstance(refused, RecursionError)
                message = "is nested too deeply" if deep else "has what no report has"
                raise self.error(f"this value {message}") from None
            else:
                # What follows could be the rest of a number.
                if end < len(self._text) or self._is_whole:
                    self._at = end
                    return value
            self._fill()

    def error(self, message: str) -> InputError:
        """The error about the last value, before another one is read."""
        return InputError(message, self._span(self._began))

    def _name(self, seen: set[str]) -> str:
        name = self.value()
        if type(name) is not str:
            raise self.error("expected the name of a member")
        if name in seen:
            raise self.error(f"`{name[:100]}` is here twice")
        self._expect(":", "expected a colon")
        return name

    def _closes(self, end: str) -> bool:
        """Whether the object or list ends here; else the comma is behind."""
        found = self._next()
        if found not in (end, ","):
            raise self._here(f"expected a comma or `{end}`")
        self._at += 1
        return found == end

    def _expect(self, sign: str, message: str) -> None:
        if self._next() != sign:
            raise self._here(message)
        self._at += 1

    def _next(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._text) or self._is_whole:
                return self._text[self._at : self._at + 1]
            self._fill()

    def _fill(self) -> None:
        """Have more of the file in memory, twice as much if a value needs it; what is read goes."""
        rest = len(self._text) - self._at
        if rest > LARGEST:
            raise self.error(f"this value is larger than {LARGEST >> 20} MiB")
        self._take(self._file.read(max(_CHUNK, rest)))

    def _take(self, data: bytes) -> None:
        try:
            more = self._decoder.decode(data, not data)
        except UnicodeDecodeError:
            raise self._here("is no UTF-8") from None
        at = self._span(self._at)
        self._line, self._column = at.line, at.column
        self._text = self._text[self._at :] + more
        self._at = self._began = 0
        self._is_whole = not data

    def _is_unfinished(self, wrong: JSONDecodeError) -> bool:
        """Whether it can be right with more of the file."""
        near_end = wrong.pos >= len(self._text) - _LONGEST_WORD
        return near_end or wrong.msg.startswith("Unterminated string")

    def _no_json(self, wrong: JSONDecodeError) -> InputError:
        message = wrong.msg[:1].lower() + wrong.msg[1:]
        return InputError(f"this is no JSON: {message}", self._span(wrong.pos))

    def _here(self, message: str) -> InputError:
        return InputError(message, self._span(self._at))

    def _span(self, at: int) -> Span:
        """The place of an offset; what is in memory begins at a line and column of the file."""
        count = self._text.count("\n", 0, at)
        behind = at - self._text.rindex("\n", 0, at) if count else self._column + at
        line = self._line + count
        return Span(self._path, line, behind, line, behind)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object none of whose members is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(found)
    return found


def _finite(text: str) -> float:
    """The number; raises ValueError for one that is larger than a float, and would be infinite."""
    number = float(text)
    if isinf(number):
        raise ValueError(text)
    return number


def _refused(name: str) -> Any:
    raise ValueError(name)
