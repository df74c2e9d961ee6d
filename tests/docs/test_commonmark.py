"""Every page is CommonMark and is read as it is meant: nothing swallowed, nothing dropped."""

import re
from pathlib import Path

import pytest

from linter.checks import catalogue
from linter.checks.catalogue import pages
from tests import ROOT
from tests.docs.pages import DOCS, PAGES, anchors, headings, inside, links, tokens

_CHECKS = catalogue.every()
_TEXTS = {
    **{str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in PAGES},
    **{check.id: check.page for check in _CHECKS},
}
# What is left of marks in words has not been read as marks.
_LEFT = re.compile(r"`|\*\*|\]\(|\]\[|^(?:[#|>]|[-*+] |\d+[.)] )", re.MULTILINE)

_INFOS = {"", "json", "markdown", "pycon", "sh", "text", "toml", "yaml"}

pages_of_all = pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)


def test_the_heading_of_every_check_is_one() -> None:
    titles = [f"{check.id} {check.name}" for check in _CHECKS]

    assert headings(pages(), "h2") == titles
    assert [headings(check.page, "h1") for check in _CHECKS] == [[one] for one in titles]


def _left(text: str) -> list[str]:
    titles = set(headings(text))
    # A fence within a paragraph is read as code within words.
    words = [
        token.content if token.type == "text" else token.markup
        for token in inside(text)
        if token.type == "text" or len(token.markup) > 2
    ]
    return [each for each in words if _LEFT.search(each) and not _is_start(each, titles)]


def _is_start(words: str, titles: set[str]) -> bool:
    """Whether the words begin a heading, which may have a number."""
    return words[0].isdigit() and any(title.startswith(words) for title in titles)


@pages_of_all
def test_no_mark_is_left_among_the_words(text: str) -> None:
    assert _left(text) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("A list:\n\n- `one`\n- **two**", False),
        ("A fence:\n```\ncode\n```", False),
        ("A fence that opens behind words: ```\ncode\n```", True),
        ("One that is closed behind words: ```\ncode```", True),
        ("A `word", True),
        ("**Reports.**Words", True),
        ("**Reports.**`word`s and **words.**s", True),
        ("See [here][there].", True),
        ("| a | b |\n| 1 | 2 |", True),
        ("1. one", False),
        ("# 2. Of two", False),
        ("Of two:\n2. the second", True),
        ("#heading", True),
    ],
)
def test_what_is_left_among_words_is_seen(text: str, *, left: bool) -> None:
    assert bool(_left(text)) == left


@pages_of_all
def test_there_is_no_html(text: str) -> None:
    html = [token for token in tokens(text) if token.type == "html_block"]
    html += [token for token in inside(text) if token.type == "html_inline"]

    assert [token.content for token in html] == []


@pages_of_all
def test_every_fence_is_closed(text: str) -> None:
    lines = text.splitlines()
    fences = [token for token in tokens(text) if token.type == "fence"]

    assert all(token.map and lines[token.map[1] - 1].strip() == token.markup for token in fences)
    assert {token.info for token in fences} <= _INFOS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        to = (page.parent / path).resolve() if path else page
        assert to.is_file(), link
        assert not anchor or anchor in anchors(to), link


def test_the_page_of_a_check_has_no_link_that_only_leads_somewhere_beside_it() -> None:
    # It is also shown by `fwlint explain`, and by whoever reads SARIF.
    beside = {check.id: [one for one in links(check.page) if "://" not in one] for check in _CHECKS}

    assert {name: found for name, found in beside.items() if found} == {}


def test_the_index_leads_to_every_page() -> None:
    index = DOCS / "index.md"
    led = {(DOCS / link).resolve() for link in links(index.read_text(encoding="utf-8"))}

    assert {*DOCS.glob("*.md")} - {index} <= led


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_one_title(page: Path) -> None:
    assert len(headings(page.read_text(encoding="utf-8"), "h1")) == 1
