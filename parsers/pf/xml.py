"""XML with positions: elements, their text, and errors that show no text of an element.

Only what config.xml needs: no document type, no entities beyond XML's five, no namespaces. One
regular expression cuts the file, an element without children at a time; expat says whether it is
well-formed, and if not, why.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from html import unescape
from itertools import accumulate
from operator import attrgetter
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
    rf"""<(?:({_NAME})>"""
    rf"""(?:([^<]*+)</\1>|\s*+<!\[CDATA\[((?>[^\]]*(?:\](?!\]>)[^\]]*)*))\]\]>\s*+</\1>|())"""
    rf"""|/({_NAME})\s*>"""
    rf"""|({_NAME})((?>(?:\s+{_NAME}\s*=\s*(?:"[^<"]*"|'[^<']*'))*))\s*(/?)>"""
    r"""|!--.*?-->|\?.*?\?>|!\[CDATA\[.*?\]\]>"""
    r"""|())[ \t\r\n]*+|[^<]+""",
    re.DOTALL,
)
"""With the blanks behind each, so that one begins where the last one ends."""
_LEAF, _LEAF_CDATA, _OPEN, _CLOSE, _WITH_ATTRIBUTES, _OTHER = 2, 3, 4, 5, 8, 9
"""The last group of each alternative; comments, text beside elements and the like have none."""
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

    document: "Document"
    tag: str
    start: int
    close: int
    text: str
    children: "Sequence[Element]"
    written: str
    """Its attributes as they stand there."""

    @staticmethod
    def at(document: "Document", start: int, tag: str) -> "Element":
        """An element without text and children, of which nothing else is known."""
        # No `__init__`: it would take a third of the time in which a file is cut.
        made = Element()
        made.document = document
        made.tag = tag
        made.start = made.close = start
        made.text = made.written = ""
        made.children = ()
        return made

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

    def below(self, *path: str) -> "list[Element]":
        """All elements by the tags on the way to them; `*` is any tag."""
        found = [self]
        for tag in path:
            found = [each for above in found for each in above.children if tag in ("*", each.tag)]
        return found

    def by_tag(self) -> "dict[str, Element]":
        """The children by their tags; of those of one tag the last."""
        return {child.tag: child for child in self.children}

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

    def having(self, elements: "list[Element]") -> "list[Element]":
        """Those of some elements in the file's order that are this one or stand in it."""
        first = bisect_left(elements, self.start, key=_START)
        return elements[first : bisect_right(elements, self.close, first, key=_START)]


_START = attrgetter("start")


class Document:
    """A file's text, and where its lines begin in it."""

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.lines = source.lines
        self.text = "\n".join(source.lines)
        self.capitals: frozenset[str] = frozenset()
        """The tags that are not written in small letters, as they are written."""
        self.parents: list[Element] = []
        """The elements that have children, and some that have a comment instead."""
        self.attributed: list[Element] = []
        """The elements that have attributes."""
        self.is_plain = True
        """Whether there is nothing but elements and blanks in the root, and no `<` or `>` in it
        but those of tags, and of CDATA around a whole text."""

    def forget(self) -> None:
        """Give up the lists of elements: these know the document, and nobody would free either."""
        self.parents, self.attributed = [], []

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
    count = text.count("<")
    if count > min(MOST, len(text) // DENSEST):
        # Only then: end tags take longer to count.
        count -= text.count("</")
    if count > MOST:
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
    children: list[Element] = []
    # For each open element: itself, where its content begins, its tag as written, its siblings.
    stack: list[tuple[Element, int, str, list[Element]]] = []
    tags = _Tags()
    for found in _TOKEN.finditer(text):
        kind = found.lastindex
        if kind == _CLOSE:
            if not stack or stack[-1][2] != found[5]:
                return None
            element, begin, _, siblings = stack.pop()
            element.close = found.start()
            if not children:
                element.text = _joined(text[begin : element.close]).strip(BLANKS)
            children = siblings
            continue
        if kind is None:
            document.is_plain &= not stack
            continue
        if kind == _OTHER:
            return None
        name, start = found[1] or found[6], found.start()
        # Set here: a call for each element would take a third of the time of all this.
        element = Element()
        element.document, element.tag, element.start = document, tags[name], start
        element.children, element.written = (), ""
        children.append(element)
        if kind == _LEAF:
            if inner := found[2]:
                document.is_plain &= ">" not in inner
                inner = (_joined(inner) if "&" in inner else inner).strip(BLANKS)
            element.text, element.close = inner, found.end(2)
            continue
        if kind == _LEAF_CDATA:
            inner = found[3]
            document.is_plain &= "<" not in inner and ">" not in inner
            element.text = inner.strip(BLANKS)
            element.close = text.rfind("<", start, found.end())
            continue
        element.close, element.text = start, ""
        if kind == _WITH_ATTRIBUTES:
            if written := found[7]:
                element.written = written
                document.attributed.append(element)
                document.is_plain &= ">" not in written
            if found[8]:
                continue
        document.parents.append(element)
        stack.append((element, found.end(), name, children))
        if len(stack) >= DEEPEST:
            document.fail(f"more than {DEEPEST} elements stand inside each other here", start)
        element.children = children = []
    document.capitals = frozenset(name for name, tag in tags.items() if name != tag)
    return children[0] if not stack and len(children) == 1 else None


class _Tags(dict[str, str]):
    """Tags in small letters, by how they are written."""

    def __missing__(self, name: str) -> str:
        tag = self[name] = name.lower()
        return tag


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
    finally:
        # They know the parser, and it them: nobody would free the text that they know.
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = None


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
