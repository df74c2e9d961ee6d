"""What of a config.xml may be shown: everything else is masked before any output can have it."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from flowmodel.record import replace
from flowmodel.source import Source
from parsers.pf.xml import Element, masked

SHOWN = frozenset(
    {
        "aliases",
        "filter",
        "gateways",
        "ifgroups",
        "interfaces",
        "nat",
        "schedules",
        "staticroutes",
        "version",
        "virtualip",
        "vlans",
    }
)
"""The sections, directly below the root, whose text findings may quote."""
_SHOWN_BELOW = {"opnsense": ("firewall", "interfaces")}
"""Sections of which only some parts are shown."""
_SECRET = re.compile(
    r"pass|secret|psk|key|prv|crt|cert|token|credential|community|user|login|auth|hash|pin$"
)
"""Tags whose text is never shown; too many rather than too few."""
_WITH_LINKS = frozenset({"url", "aliasurl", "content", "detail", "address"})
"""Tags of aliases whose texts may be URLs."""
_SURROUNDINGS = frozenset({"name", "network", "vlanif", "monitor", "weight"})
"""Tags of gateways, static routes and VLANs."""
_STRAYS = (
    # Texts that are no element's: after an end tag, and before a start tag.
    re.compile(r"</[^<>]*+>\s*+([^<\s][^<]*+)"),
    re.compile(r"/>\s*+([^<\s][^<]*+)"),
    re.compile(r">\s*+([^<\s][^<]*+)<(?![/!])"),
)
_COMMENTS = re.compile(r"<!--.*?-->", re.DOTALL)
_VALUES = re.compile(r"""(?<==)\s*(?:"[^"]*"|'[^']*')""")
_UUID = re.compile(r"""["']?[0-9a-f-]{36}["']?""")
_LINKS = re.compile(r"(?<=://)[^/@\s<]*@|(?<=[?&;])[^<\s]+")
"""The parts of a URL that can let somebody in."""
_LINK_SIGNS = ("://", "?", "&", ";")
"""What stands before each of them."""
_LINK = re.compile(r"://[^\s`,\"]+")
_TEXT = re.compile(r"\S")
_NO_TAGS = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
"""What looks like a tag there is text."""


def is_secret(tag: str) -> bool:
    """Whether the text of an element of this tag may let somebody in."""
    return bool(_SECRET.search(tag))


@cache
def _shown_tags() -> frozenset[str]:
    """The tags whose whole text findings may quote: those that are read, of either product."""
    from parsers.pf import coverage
    from parsers.pf.opnsense import coverage as opnsense

    tags = {tag for read, _ in coverage.LEAVES.values() for tag in read}
    tags |= {tag for children in coverage.CHILDREN.values() for tag in children}
    tags |= {tag for section in opnsense.SECTIONS for tag in section.read}
    tags |= coverage.RULE_READ | SHOWN | _SURROUNDINGS
    return frozenset(tag for tag in tags - _WITH_LINKS if not is_secret(tag))


def without_secrets(text: str) -> str:
    """What may be said of a text: of URLs in it not the parts that can let somebody in."""
    if "://" not in text:
        return text

    def safe(link: "re.Match[str]") -> str:
        return _LINKS.sub(lambda found: "*" * len(found.group()), link.group())

    return _LINK.sub(safe, text)


def shown(source: Source, root: Element) -> Source:
    """The file with its secrets masked, every character at its place."""
    data = root.document.text
    pieces: list[str] = []
    masks: dict[str, str] = {}
    """By the texts: many of them stand there many times, as the name of who changed a rule."""
    at = 0
    for first, end in sorted(_hidden(root)):
        if end <= at:
            continue
        start = max(first, at)
        pieces.append(data[at:start])
        text = data[start:end]
        pieces.append(masks.get(text) or masks.setdefault(text, _mask(text)))
        at = end
    pieces.append(data[at:])
    return replace(source, lines="".join(pieces).split("\n"))


def _mask(text: str) -> str:
    if "<!" in text:
        text = _NO_TAGS.sub(lambda found: _TEXT.sub("*", found.group()), text)
    if "<" in text:
        return "\n".join(_blank(line) for line in text.split("\n"))
    return _TEXT.sub("*", text)


def _blank(line: str) -> str:
    return masked(line) or _TEXT.sub("*", line)


def _hidden(root: Element) -> Iterator[tuple[int, int]]:
    """What is masked."""
    # What stands between the sections is no text of any: comments, for instance.
    ends = [0, *(section.close for section in root.children)]
    starts = [*(section.start for section in root.children), len(root.document.text)]
    yield from zip(ends, starts, strict=True)
    for section in root.children:
        below = _SHOWN_BELOW.get(section.tag)
        if below:
            yield from _hidden_in(section.children, below)
        elif section.tag in SHOWN:
            yield from _secrets(section)
        else:
            yield section.start, max(section.close, section.start + 1)


def _hidden_in(sections: Iterable[Element], below: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for section in sections:
        if section.tag in below:
            yield from _secrets(section)
        else:
            yield section.start, max(section.close, section.start + 1)


def _secrets(section: Element) -> Iterator[tuple[int, int]]:
    yield from _strays(section)
    data = section.document.text
    has_links = any(data.find(sign, section.start, section.close) >= 0 for sign in _LINK_SIGNS)
    passed = _shown_tags() if has_links else _shown_tags() | _WITH_LINKS
    document = section.document
    for element in section.having(document.attributed):
        yield from _attributes(element)
    parents = section.having(document.parents)
    others = [each for above in parents for each in above.children if each.tag not in passed]
    for element in (section, *others):
        if element.tag in passed or element.children:
            continue
        begin = data.find(">", element.start, element.close) + 1 or element.start
        if element.tag in _WITH_LINKS:
            yield from (found.span() for found in _LINKS.finditer(data, begin, element.close))
        elif begin < element.close:
            yield begin, element.close


def _strays(section: Element) -> Iterator[tuple[int, int]]:
    """Comments in a section, and texts in it that belong to no element without children."""
    # What each pattern begins with is then the end of a tag, or of CDATA, and behind that there is
    # a tag, or the text of an element without children, which ends with its end tag. Such a text
    # alone in a section counts as one beside elements.
    if section.document.is_plain and section.children:
        return
    text = section.document.text
    for pattern in _STRAYS if "<!--" not in text else (*_STRAYS, _COMMENTS):
        for found in pattern.finditer(text, section.start, section.close + 1):
            yield found.span(found.lastindex or 0)


def _attributes(element: Element) -> Iterator[tuple[int, int]]:
    """The values of an element's attributes."""
    text = element.document.text
    first = element.children[0].start if element.children else max(element.close, element.start)
    end = text.find(">", element.start)
    for found in _VALUES.finditer(text, element.start, max(first, end)):
        if not _UUID.fullmatch(found.group()):
            yield found.span()
