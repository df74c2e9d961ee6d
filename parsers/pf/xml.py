"""XML with positions: elements, their text, and errors that show no text of an element.

Only what config.xml needs: no document type, no entities beyond XML's five, no namespaces. One
regular expression cuts the file, an element without children at a time; expat says whether it is
well-formed, and if not, why.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from html import unescape
from itertools import accumulate
from typing import Any, NoReturn
from xml.parsers import expat

from flowmodel.record import NamedTuple
from flowmodel.source import InputError, Source, Span

DEEPEST = 64
"""Elements inside each other; config.xml has about ten."""
MOST = 8_000_000
"""Elements in a file; 100 000 rules have about three million."""
DENSEST = 10
"""Characters of a file for each of its elements; config.xml has at least 20. An element takes about
200 bytes of memory, so that a file takes at most 30 times its size."""
_FEW = 20_000
"""Elements that any file may have, however short they are."""
BLANKS = " \t\r\n\v"
"""What PHP's trim() takes off, but for the zero byte, which is none in XML. Python's strip() takes
off more: a no-break space is a part of the word to the devices."""
_WORD = re.compile(rf"[^{BLANKS}]+")
# Space is XML's own: a class of four characters is read in one step each, `\s` is not.
_NAME = r"[^ \t\r\n<>/\"'=!?&]++"
_TOKEN = re.compile(
    rf"""<(?:({_NAME})>([^<]*+)</\1>"""
    rf"""|({_NAME})>\s*+<!\[CDATA\[((?>[^\]]*(?:\](?!\]>)[^\]]*)*))\]\]>\s*+</\3>"""
    rf"""|({_NAME})>"""
    rf"""|/({_NAME})\s*>"""
    rf"""|({_NAME})((?>(?:\s+{_NAME}\s*=\s*(?:"[^<"]*"|'[^<']*'))*))\s*(/?)>"""
    r"""|!--.*?-->|\?.*?\?>|!\[CDATA\[.*?\]\]>"""
    r"""|())""",
    re.DOTALL,
)
_LEAF, _LEAF_CDATA, _OPEN, _CLOSE, _WITH_ATTRIBUTES, _OTHER = 2, 4, 5, 6, 9, 10
"""The last group of each alternative; comments and the like have none."""
_ATTRIBUTE = re.compile(rf"""({_NAME})\s*=\s*(?:"([^<"]*)"|'([^<']*)')""")
_TAG_END = re.compile(r"""(?>(?:[^>"']|"[^"]*"|'[^']*')*)>""")
_PIECES = re.compile(r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(.*?)\]\]>|&([^;<&]*);|([^<&]+)", re.DOTALL)
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Place(NamedTuple):
    """Lines and columns as in a span."""

    line: int
    column: int
    last_line: int
    last_column: int


class Element:
    """An element: its tag in small letters, its attributes, its children in their order.

    `text` is that of an element without children, without space at its ends; otherwise it is empty.
    `start` is the offset of `<`, `close` that of the end tag, in code points of the file.
    """

    __slots__ = ("children", "close", "document", "start", "tag", "text", "written")

    def __init__(
        self, document: "Document", tag: str, start: int, close: int, text: str = ""
    ) -> None:
        self.document = document
        self.tag = tag
        self.start = start
        self.close = close
        self.text = text
        self.written = ""
        """Its attributes as they stand there."""
        self.children: Sequence[Element] = ()

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes by name."""
        found = _ATTRIBUTE.findall(self.written) if self.written else ()
        return {name: unescape(quoted or single) for name, quoted, single in found}

    @property
    def name(self) -> str:
        """The tag as it is written."""
        begin = self.start + 1
        return self.document.text[begin : begin + len(self.tag)]

    @property
    def span(self) -> Span:
        """From the element's `<` to its last `>`."""
        return Span(self.document.path, *self.place)

    @property
    def place(self) -> Place:
        """From the element's `<` to its last `>`, without the file's name."""
        document = self.document
        end = _TAG_END.match(document.text, self.close)
        last = end.end() - 1 if end else self.close
        return Place(*document.place(self.start), *document.place(max(self.start, last)))

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
            if element.children:
                waiting += reversed(element.children)

    def below(self) -> "list[Element]":
        """The element and all below it, those first that stand less deep: the fastest way."""
        found = [self]
        for element in found:
            if element.children:
                found += element.children
        return found


class Document:
    """A file's text, and where its lines begin in it."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.lines = source.lines
        self.text = "\n".join(source.lines)
        self.capitals: frozenset[str] = frozenset()
        """The tags that are not written in small letters, as they are written."""

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line's first character."""
        return [*accumulate([len(each) + 1 for each in self.lines[:-1]], initial=0)]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column of a character, from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def fail(self, message: str, offset: int) -> NoReturn:
        """Raise an InputError about a place."""
        line, column = self.place(offset)
        raise InputError(message, Span(self.path, line, column, line, column), self.line(line))

    def line(self, number: int) -> str:
        """A line in which what stands between tags is masked.

        It is empty if the file has a comment or CDATA: what looks like a tag in these is text.
        """
        if number > len(self.lines) or "<!" in self.text:
            return ""
        return masked(self.lines[number - 1])


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
    text = document.text
    if (count := text.count("<") - text.count("</")) > MOST:
        document.fail(f"has more than {MOST} elements", 0)
    if count > _FEW and count * DENSEST > len(text):
        document.fail(f"has {count} elements in {len(text)} characters, as no config.xml has", 0)
    # First, so that nothing below meets a reference that is none.
    _check(document)
    root = _cut(document)
    if root is None:
        document.fail("this XML is of a form that config.xml does not have", 0)
    return root


def _cut(document: Document) -> Element | None:
    """The root element, or None for what is no XML, or of a form that is not read."""
    text = document.text
    root = Element(document, "", 0, 0)
    children: list[Element] = []
    root.children = children
    # For each open element: itself, its children, where its content begins, its tag as written.
    stack: list[tuple[Element, list[Element], int, str]] = [(root, children, 0, "")]
    tags: dict[str, str] = {}
    for found in _TOKEN.finditer(text):
        kind = found.lastindex
        if kind == _LEAF:
            name, inner = found.group(1, 2)
            tag = tags.get(name) or tags.setdefault(name, name.lower())
            if "&" in inner:
                inner = _joined(inner)
            element = Element(document, tag, found.start(), found.end(2), inner.strip(BLANKS))
            children.append(element)
        elif kind == _LEAF_CDATA:
            name, inner = found.group(3, 4)
            tag = tags.get(name) or tags.setdefault(name, name.lower())
            close = found.end() - len(name) - 3
            children.append(Element(document, tag, found.start(), close, inner.strip(BLANKS)))
        elif kind == _OPEN:
            name = found.group(5)
            tag = tags.get(name) or tags.setdefault(name, name.lower())
            start = found.start()
            element = Element(document, tag, start, start)
            children.append(element)
            element.children = children = []
            stack.append((element, children, found.end(), name))
            _refuse_depth(document, len(stack), start)
        elif kind == _CLOSE:
            if len(stack) == 1 or stack[-1][3] != found.group(6):
                return None
            element, inside, begin, _ = stack.pop()
            element.close = found.start()
            if not inside:
                element.text = _joined(text[begin : found.start()]).strip(BLANKS)
            children = stack[-1][1]
        elif kind == _WITH_ATTRIBUTES:
            name, written, is_empty = found.group(7, 8, 9)
            tag = tags.get(name) or tags.setdefault(name, name.lower())
            start = found.start()
            element = Element(document, tag, start, start)
            element.written = written
            children.append(element)
            if not is_empty:
                element.children = children = []
                stack.append((element, children, found.end(), name))
                _refuse_depth(document, len(stack), start)
        elif kind == _OTHER:
            return None
    document.capitals = frozenset(name for name, tag in tags.items() if name != tag)
    return root.children[0] if len(stack) == 1 and len(root.children) == 1 else None


def _refuse_depth(document: Document, depth: int, offset: int) -> None:
    if depth > DEEPEST:
        document.fail(f"more than {DEEPEST} elements stand inside each other here", offset)


def _check(document: Document) -> None:
    """Raise InputError unless the file is well-formed and has no document type."""
    parser = expat.ParserCreate("utf-8")

    def place() -> int:
        # Not expat's own line: to it, a carriage return that stands alone ends one too.
        before = data[: max(0, parser.CurrentByteIndex)]
        return len(before.decode("utf-8", "ignore"))

    def refuse(*_: Any) -> NoReturn:
        document.fail(
            "a document type is refused: config.xml has none, and entities can hide anything",
            place(),
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    data = document.text.encode("utf-8", "replace")
    try:
        parser.Parse(data, True)  # noqa: FBT003
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        message = "is cut off: " if error.code in _CUT else ""
        document.fail(f"{message}this is no well-formed XML: {what}", place())


_CUT = frozenset(
    expat.errors.codes[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


def words_of(text: str) -> list[str]:
    """The words between blanks."""
    return _WORD.findall(text)


def _joined(text: str) -> str:
    """The text with what stands for other characters replaced, and comments left out."""
    if "&" not in text and "<" not in text:
        return text
    return "".join(_plain(piece) for piece in _PIECES.finditer(text))


def _plain(piece: "re.Match[str]") -> str:
    cdata, name, text = piece.groups()
    if name is not None:
        return _NAMED.get(name) or unescape(f"&{name};")
    return cdata or text or ""
