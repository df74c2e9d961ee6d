"""XML with positions: elements, their text, and errors that show no text of an element.

Only what config.xml needs: no document type, no entities beyond XML's five, no namespaces. Expat
says where tags begin; text is cut out of the file when it is asked for, since most never is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from html import unescape
from typing import Any, NamedTuple, NoReturn
from xml.parsers import expat

from linter.model.source import InputError, Source, Span
from parsers.reading import start_of

DEEPEST = 64
"""Elements inside each other; config.xml has about ten."""
MOST = 8_000_000
"""Elements in a file; 100 000 rules have about three million."""
_TAG_END = re.compile(rb"""(?:[^>"']|"[^"]*"|'[^']*')*>""")
_PIECES = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>|&([^;<]*);|([^<&]+)", re.DOTALL)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Place(NamedTuple):
    """Lines and columns as in a span."""

    line: int
    column: int
    last_line: int
    last_column: int


class Element:
    """An element: its tag in small letters, its attributes, its children in their order.

    `start` is the offset of `<`, `close` that of the end tag, in bytes of the file as UTF-8.
    """

    __slots__ = ("attributes", "children", "close", "document", "start", "tag")

    def __init__(
        self, document: "Document", tag: str, attributes: dict[str, str], start: int
    ) -> None:
        self.document = document
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.start = start
        self.close = start

    @property
    def text(self) -> str:
        """The text of an element without children, without space at its ends; otherwise empty."""
        if self.children or self.close == self.start:
            return ""
        data = self.document.data
        begin = data.index(b">", self.start) + 1
        if self.attributes:
            begin = _end_of_tag(data, self.start)
        text = data[begin : self.close].decode()
        if "&" in text or "<" in text:
            text = "".join(_plain(piece) for piece in _PIECES.finditer(text))
        return text.strip()

    @property
    def span(self) -> Span:
        """From the element's `<` to its last `>`."""
        return Span(self.document.path, *self.place)

    @property
    def place(self) -> Place:
        """From the element's `<` to its last `>`, without the file's name."""
        document = self.document
        line, column = document.place(self.start)
        last = max(self.start, _end_of_tag(document.data, self.close) - 1)
        return Place(line, column, *document.place(last))

    def child(self, tag: str) -> "Element | None":
        """The first child of the tag."""
        for child in self.children:
            if child.tag == tag:
                return child
        return None

    def all(self, tag: str) -> "list[Element]":
        """The children of the tag."""
        return [child for child in self.children if child.tag == tag]

    def has(self, tag: str) -> bool:
        """Whether there is a child of the tag: how pfSense says yes (`isset`)."""
        return self.child(tag) is not None

    def get(self, tag: str) -> str:
        """The text of the first child of the tag; empty where there is none."""
        child = self.child(tag)
        return child.text if child else ""

    def find(self, *path: str) -> "Element | None":
        """The first descendant by the tags on the way to it."""
        found: Element | None = self
        for tag in path:
            found = found.child(tag) if found else None
        return found

    def walk(self) -> "Iterator[Element]":
        """The element and all below it, in the order of the file."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)


class Document:
    """A file's bytes, and where its lines begin in them."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.data = "\n".join(source.lines).encode("utf-8", "replace")
        self.is_ascii = self.data.isascii()
        self._last = (0, 1)

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line's first byte."""
        return [0, *(found.end() for found in re.finditer(b"\n", self.data))]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of a byte, from 1, the column in code points."""
        line = bisect_right(self.starts, offset)
        if self.is_ascii:
            return line, offset - self.starts[line - 1] + 1
        # Files may be one long line: go on from the place that was asked last.
        begin, column = self.starts[line - 1], 1
        if begin <= self._last[0] <= offset:
            begin, column = self._last
        column += len(self.data[begin:offset].decode("utf-8", "replace"))
        self._last = offset, column
        return line, column

    def line(self, number: int) -> str:
        """A line in which what stands between tags is masked."""
        begin = self.starts[number - 1]
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.data)
        return masked(self.data[begin:end].decode("utf-8", "replace"))


_SHOWN = re.compile(r"(</?[A-Za-z_][\w.:-]{0,40}\s*/?>|<[?!/]?|[/?]?>|\s)|.")
_LONGEST = 2000
"""Characters of a line that an error still shows."""


def masked(line: str) -> str:
    """The line with `*` for everything that is no tag or space, in its length; if short enough.

    For lines that an error stands in: whether a tag is open at its beginning is not known, so an
    attribute's value is masked too, and what is no whole tag.
    """
    if len(line) > _LONGEST:
        return ""
    return _SHOWN.sub(lambda found: found.group(1) or "*", line)


def read_xml(source: Source) -> Element:
    """The root element; raises InputError for what is no XML, or more of it than is read."""
    document = Document(source)
    root = Element(document, "", {}, 0)
    stack = [root]
    count = 0
    parser = expat.ParserCreate("utf-8")
    tags: dict[str, str] = {}

    def fail(message: str) -> NoReturn:
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        raise InputError(
            message, Span(source.path, line, column, line, column), document.line(line)
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        tag = tags.get(name)
        if tag is None:
            tag = tags[name] = name.lower()
        element = Element(document, tag, attributes, parser.CurrentByteIndex)
        stack[-1].children.append(element)
        stack.append(element)
        count += 1
        if len(stack) > DEEPEST:
            fail(f"more than {DEEPEST} elements stand inside each other here")
        if count > MOST:
            fail(f"has more than {MOST} elements")

    def end(_name: str) -> None:
        stack.pop().close = parser.CurrentByteIndex

    def refuse(*_: Any) -> NoReturn:
        fail("a document type is refused: config.xml has none, and entities can hide anything")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(document.data, True)  # noqa: FBT003 - pyexpat takes it by position only
    except expat.ExpatError as error:
        line, column = error.lineno, error.offset + 1
        what = expat.ErrorString(error.code)
        message = "is cut off: " if error.code in _CUT else ""
        place = Span(source.path, line, column, line, column)
        raise InputError(
            f"{message}this is no well-formed XML: {what}", place, document.line(line)
        ) from None
    if not root.children:  # pragma: no cover - expat refuses a file without elements
        raise InputError("has no element", start_of(source.path))
    return root.children[0]


_CUT = frozenset(
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


def _end_of_tag(data: bytes, start: int) -> int:
    found = _TAG_END.match(data, start)
    return found.end() if found else start


def _plain(piece: "re.Match[str]") -> str:
    cdata, name, text = piece.groups()
    if name is not None:
        return _NAMED.get(name) or unescape(f"&{name};")
    return cdata or text or ""
