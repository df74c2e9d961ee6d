"""The proof report as Markdown: what readers of CommonMark with tables see."""

import re
from html import unescape
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from flowmodel.finding import Report
from linter.report import Options, render
from linter.report.proof.plain import code, escaped
from tests.linter.report.proof.hostile import HOSTILE
from tests.linter.report.samples import CLEAN, REPORT, UNREADABLE

REPORTS = {"full": REPORT, "clean": CLEAN, "empty": Report(()), "hostile": HOSTILE}


def _tokens(text: str) -> list[Token]:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).enable("table").parse(text)
    return [each for token in tokens for each in (token, *(token.children or ()))]


def _text(report: Report) -> str:
    return render("markdown", report, Options(trace=True))


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_nothing_of_files_is_markup(report: Report) -> None:
    tokens = _tokens(_text(report))

    html = [token.content for token in tokens if token.type in ("html_inline", "html_block")]
    assert [each for each in html if not re.fullmatch(r'<a id="[\w.-]+">|</a>|<br>', each)] == []
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert [each for each in links if not each.startswith("#")] == []
    assert not [t for t in tokens if t.type in ("image", "s_open", "em_open", "strong_open")]
    assert {token.info for token in tokens if token.type == "fence"} <= {"text", "mermaid"}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_link_has_its_goal_and_every_row_its_cells(report: Report) -> None:
    text = _text(report)
    tokens = _tokens(text)
    goals = {str(t.attrs["href"])[1:] for t in tokens if t.type == "link_open"}

    assert goals <= set(re.findall(r'<a id="([\w.-]+)">', text))
    assert not [line for line in text.splitlines() if line.startswith("|") and line == "|  |  |"]
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (Report(()), "Nothing is reported to be open beyond what is permitted."),
        (Report((), left_out=("FW303",)), "Nothing is reported to be open beyond"),
        (Report((), failures=(UNREADABLE,)), "what is open there is not known."),
        (Report((), left_out=("FW203",)), "Checks that look for openings were left out"),
    ],
)
def test_no_opening_is_clean_only_where_all_was_asked(report: Report, says: str) -> None:
    openings = _text(report).partition("\n## Openings\n")[2].partition("\n## ")[0]

    assert says in openings
    assert says in render("html", report, Options())


def test_the_headings_are_those_of_the_report() -> None:
    tokens = MarkdownIt().parse(_text(HOSTILE))
    heads = [
        inside.content
        for opening, inside in pairwise(tokens)
        if opening.type == "heading_open" and opening.tag == "h2"
    ]

    assert heads[1:] == [
        "What was checked",
        "Required flows and firewalls",
        "Connections",
        "Openings",
        "Findings",
        "Accepted findings",
        "What was proved",
        "What was not judged, and why",
    ]


TEXTS = {
    "nothing": ("plain text", "plain text"),
    "a list": ("- x", "\\- x"),
    "a numbered list": ("1. x", "1\\. x"),
    "an address": ("192.0.2.1", "192\\.0.2.1"),
    "a cell": ("a|b", "a\\|b"),
    "a link": ("[a](b)", "\\[a\\](b)"),
    "markup": ("<b>", "\\<b\\>"),
    "an entity": ("&lt;", "&amp;lt;"),
    "a person": ("@you", "&#64;you"),
    "a bare address": ("https://x", "https&#58;//x"),
    "lines": ("a\nb", "a␊b"),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_read_as_it_was_written(text: str, expected: str) -> None:
    assert escaped(text) == expected
    shown = MarkdownIt().render(expected)
    assert unescape(shown.removeprefix("<p>").removesuffix("</p>\n")) == text.replace("\n", "␊")


@pytest.mark.parametrize("line", ["plain", "```", "`````x", "~~~"])
def test_no_line_ends_a_block_of_code(line: str) -> None:
    (fence,) = _tokens(code([line, "after"]))

    assert fence.content == f"{line}\nafter\n"
