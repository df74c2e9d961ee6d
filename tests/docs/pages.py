"""The pages, as a reader of CommonMark sees them."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
# Tables are the one thing beside CommonMark: GitHub, PyPI and the site know them.
_READER = MarkdownIt("commonmark").enable("table")


def tokens(text: str) -> list[Token]:
    """The parts of a page."""
    return _READER.parse(text)


def inside(text: str) -> Iterator[Token]:
    """What stands within paragraphs, headings and cells: words, code, links."""
    for token in tokens(text):
        yield from token.children or ()


def headings(text: str, level: str = "") -> list[str]:
    """The headings of a page, or those of one level."""
    return [
        title.content
        for opening, title in pairwise(tokens(text))
        if opening.type == "heading_open" and level in ("", opening.tag)
    ]


def anchors(page: Path) -> set[str]:
    """What a link to a page may have behind its `#`: the headings, in the spelling of GitHub."""
    found: Counter[str] = Counter()
    names = set()
    for title in headings(page.read_text(encoding="utf-8")):
        name = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        names.add(f"{name}-{found[name]}" if found[name] else name)
        found[name] += 1
    return names


def links(text: str) -> list[str]:
    """Where the links of a page lead."""
    return [str(token.attrs["href"]) for token in inside(text) if token.type == "link_open"]
