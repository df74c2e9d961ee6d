"""Where the parts of a text stand that an export holds as one JSON string."""

import re
from bisect import bisect_right
from typing import Final

from flowmodel.source import Span
from parsers.shared.node import Node

_ESCAPE: Final = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)", re.DOTALL)


class TextPlaces:
    """The text of a key: its characters by index in the text, past the escapes of JSON.

    In YAML, which writes texts in five ways, every part has the place of the whole text.
    """

    def __init__(self, node: Node, key: str) -> None:
        self._file = node.file
        _, self._first, self._last = node.offsets(key)
        self._read = [0]
        self._written = [self._first + 1]
        if self._file.is_json:
            for escape in _ESCAPE.finditer(self._file.text, self._first + 1, self._last):
                self._read.append(self._read[-1] + escape.start() - self._written[-1] + 1)
                self._written.append(escape.end())

    def span(self, first: int, last: int) -> Span:
        """The place of the characters from one index to another, both inclusive."""
        if not self._file.is_json:
            return self._file.span(self._first, self._last)
        return self._file.span(self._offset(first), max(self._offset(last + 1) - 1, 0))

    def _offset(self, index: int) -> int:
        at = bisect_right(self._read, index) - 1
        return min(self._written[at] + index - self._read[at], self._last)
