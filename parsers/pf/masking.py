"""What of a config.xml may be shown: everything else is masked before any output can have it."""

import re
from collections.abc import Iterable, Iterator

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
_LINKS = re.compile(r"(?<=://)[^/@\s<]*@|(?<=[?&;])[^<\s]+")
"""The parts of a URL that can let somebody in."""
_LINK = re.compile(r"://[^\s`,\"]+")
_TEXT = re.compile(r"\S")


def is_secret(tag: str) -> bool:
    """Whether the text of an element of this tag may let somebody in."""
    return bool(_SECRET.search(tag))


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
    at = 0
    for start, end, whole in sorted(_hidden(root)):
        if start < at:
            continue
        pieces.append(data[at:start])
        text = data[start:end]
        if whole:
            pieces.append("\n".join(_blank(line) for line in text.split("\n")))
        else:
            pieces.append(_LINKS.sub(lambda found: "*" * len(found.group()), text))
        at = end
    pieces.append(data[at:])
    return Source(source.path, "".join(pieces).split("\n"))


def _blank(line: str) -> str:
    return masked(line) or _TEXT.sub("*", line)


def _hidden(root: Element) -> Iterator[tuple[int, int, bool]]:
    """What is masked; in the others only parts of URLs are."""
    # What stands between the sections is no text of any: comments, for instance.
    ends = [0, *(section.close for section in root.children)]
    starts = [*(section.start for section in root.children), len(root.document.text)]
    yield from ((end, start, True) for end, start in zip(ends, starts, strict=True))
    for section in root.children:
        below = _SHOWN_BELOW.get(section.tag)
        if below:
            yield from _hidden_in(section.children, below)
        elif section.tag in SHOWN:
            if section.tag != "filter":
                yield from _secrets(section)
        else:
            yield section.start, max(section.close, section.start + 1), True


def _hidden_in(
    sections: Iterable[Element], below: tuple[str, ...]
) -> Iterator[tuple[int, int, bool]]:
    for section in sections:
        if section.tag in below:
            yield from _secrets(section)
        else:
            yield section.start, max(section.close, section.start + 1), True


def _secrets(section: Element) -> Iterator[tuple[int, int, bool]]:
    for element in section.walk():
        if element.children:
            continue
        if _SECRET.search(element.tag):
            yield element.start, element.close, True
        elif "url" in element.tag or element.tag in {"content", "detail", "address"}:
            yield element.start, element.close, False
