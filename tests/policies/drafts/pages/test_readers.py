"""Tables of Markdown, HTML and CSV: each row with its line and cells, and the headings above."""

from collections.abc import Callable

import pytest

from policies.drafts.pages import csv_text, html, markdown
from policies.drafts.pages.table import Page, TooLargeError

Rows = list[tuple[int, tuple[str, ...]]]


def _rows(page: Page) -> list[Rows]:
    return [[(row.line, row.cells) for row in table.rows] for table in page.tables]


MARKDOWN: dict[str, tuple[str, list[Rows]]] = {
    "borders": ("| A | B |\n|---|---|\n| 1 | 2 |", [[(1, ("A", "B")), (3, ("1", "2"))]]),
    "no borders": ("A | B\n--- | ---\n1 | 2", [[(1, ("A", "B")), (3, ("1", "2"))]]),
    "a border on the right": (
        "A | B |\n---|---|\n1 | 2 |\n| 3 |\n",
        [[(1, ("A", "B")), (3, ("1", "2")), (4, ("", "3"))]],
    ),
    "alignment": ("| A |\n|:-:|\n| 1 |", [[(1, ("A",)), (3, ("1",))]]),
    "too few cells": ("|A|B|\n|-|-|\n|1|", [[(1, ("A", "B")), (3, ("1",))]]),
    "too many cells": ("|A|\n|-|\n|1|2|3|", [[(1, ("A",)), (3, ("1", "2", "3"))]]),
    "another number of columns in the line": (
        "|A|B|\n|-|\n|1|2|",
        [[(1, ("A", "B")), (3, ("1", "2"))]],
    ),
    "an escaped border": ("|A|\n|-|\n|1 \\| 2|", [[(1, ("A",)), (3, ("1 | 2",))]]),
    "markup": (
        "|A|\n|-|\n|**1** `2` [x](http://y) &amp; <br>3|",
        [[(1, ("A",)), (3, ("1 2 x &\n3",))]],
    ),
    "a footnote": ("|A|\n|-|\n|443 <sup>2</sup>|", [[(1, ("A",)), (3, ("443 (2)",))]]),
    "two without a line between": (
        "A | B\n---|---\n1 | 2\nTitle\nC | D\n---|---\n3 | 4",
        [[(1, ("A", "B")), (3, ("1", "2"))], [(5, ("C", "D")), (7, ("3", "4"))]],
    ),
    "a row that is broken over two lines": (
        "A | B\n---|---\n1 | 2\nmore\n3 | 4",
        [[(1, ("A", "B")), (3, ("1", "2")), (4, ("more",)), (5, ("3", "4"))]],
    ),
    "text behind": (
        "A | B\n---|---\n1 | 2\nThis is text.",
        [[(1, ("A", "B")), (3, ("1", "2"))]],
    ),
    "under a tab": (
        '=== "Tab"\n\n    |A|B|\n    |-|-|\n    |1|2|',
        [[(3, ("A", "B")), (5, ("1", "2"))]],
    ),
    "in a list": ("- a\n\n  |A|B|\n  |-|-|\n  |1|2|", [[(3, ("A", "B")), (5, ("1", "2"))]]),
    "in a quote": ("> |A|B|\n> |-|-|\n> |1|2|", [[(1, ("A", "B")), (3, ("1", "2"))]]),
    "behind front matter": (
        "---\ntitle: T\n---\n|A|B|\n|-|-|\n|1|2|",
        [[(4, ("A", "B")), (6, ("1", "2"))]],
    ),
    "front matter with a border": (
        "---\ntitle: T\ndescription: |\n  text\n---\n|A|B|\n|-|-|\n|1|2|",
        [[(6, ("A", "B")), (8, ("1", "2"))]],
    ),
    "between two rules": (
        "---\n\n|A|B|\n|-|-|\n|1|2|\n\n---\n\ntext",
        [[(3, ("A", "B")), (5, ("1", "2"))]],
    ),
    "between two rules, behind a note": (
        "---\nNote: text\n\n|A|B|\n|-|-|\n|1|2|\n\n---",
        [[(4, ("A", "B")), (6, ("1", "2"))]],
    ),
    "HTML between two rules": (
        "---\nNote: text\n\n<table><tr><td>1</table>\n\n---",
        [[(4, ("1",))]],
    ),
    "HTML": (
        "# T\n\n<table>\n<tr><th>A</th></tr>\n\n<tr><td>1</td></tr>\n</table>\n\ntext",
        [[(4, ("A",)), (6, ("1",))]],
    ),
    "HTML in a list, within text": (
        "- a\n  <table>\n  <tr><td>1</td></tr>\n  </table>",
        [[(3, ("1",))]],
    ),
    "HTML that is not closed, and a table behind": (
        "<table>\n<tr><td>1</td></tr>\n\n|A|B|\n|-|-|\n|2|3|",
        [[(2, ("1",))], [(4, ("A", "B")), (6, ("2", "3"))]],
    ),
    "the name of a tag": (
        "Write `<table>`.\n\n|A|B|\n|-|-|\n|1|2|",
        [[(3, ("A", "B")), (5, ("1", "2"))]],
    ),
    "code": ("```\n|A|B|\n|-|-|\n|1|2|\n```", []),
    "no line below the head": ("|A|B|\n|1|2|", []),
    "no table": ("# T\n\ntext", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "rows"), MARKDOWN.values(), ids=MARKDOWN)
def test_markdown(text: str, rows: list[Rows]) -> None:
    assert _rows(markdown.read(text.split("\n"))) == rows


HEADINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "levels": ("# A\n## B\n## C\n", ("A", "C")),
    "underlined": ("A\n===\n\nB\n---\n", ("A", "B")),
    "bold": ("# A\n**B**\n\n", ("A", "B")),
    "a name": ("# A {#a}\n", ("A",)),
    "markup": ("# **A** `-->` B\n", ("A --> B",)),
    "none, and lines like headings": ("A\nThis is text.\nB\n", ("B",)),
    "none, and a note": ("A\nNote\nIt is text.\n", ("A",)),
    "some, and lines unlike headings": ("# A\nB\n\n", ("A",)),
}


@pytest.mark.parametrize(("text", "headings"), HEADINGS.values(), ids=HEADINGS)
def test_the_headings_above_a_table(text: str, headings: tuple[str, ...]) -> None:
    page = markdown.read(f"{text}\n|A|B|\n|-|-|\n|1|2|".split("\n"))

    assert page.tables[0].headings == headings


def test_what_is_like_a_table_is_not_lost_in_silence() -> None:
    lines = ["|A|B|", "|1|2|", "", "```", "|A|B|", "|-|-|", "|1|2|", "|443|2|", "```"]
    page = markdown.read(lines)

    lost = [(one.line, one.is_lost) for one in page.passages]
    assert lost == [(1, True), (2, True), (5, True), (8, True)]


TEXTS: dict[str, tuple[Callable[[list[str]], Page], str, list[tuple[int, str]]]] = {
    "a heading": (
        markdown.read,
        "text\n\n## Open **TCP** 9443",
        [(1, "text"), (3, "Open TCP 9443")],
    ),
    "code": (
        markdown.read,
        "```sh\necho\nfirewall-cmd --add-port=9000/tcp\n```",
        [(3, "firewall-cmd --add-port=9000/tcp")],
    ),
    "front matter": (
        markdown.read,
        "---\ntitle: T\nsummary: opens 9443/tcp\n---\n",
        [(2, "title: T"), (3, "summary: opens 9443/tcp")],
    ),
    "between two rules": (markdown.read, "---\n\nOpen TCP 9443.\n\n---", [(3, "Open TCP 9443.")]),
    "a heading of HTML": (html.read, "<h1>A</h1>\n<h2>B</h2>", [(1, "A"), (2, "B")]),
    "a heading of HTML that is not closed": (
        html.read,
        "<h2>A\n<table><tr><td>1</table>text",
        [(1, "A"), (2, "text")],
    ),
    "a heading of HTML to the end": (html.read, "<h2>A<p>B", [(1, "AB")]),
    "a caption": (html.read, "<table><caption>A</caption><tr><td>1</table>", [(1, "A")]),
    "in a table but in no cell": (
        html.read,
        "<table>\nA\n<tr>B<td>1</td>C</tr></table>text",
        [(2, "A B"), (3, "C"), (3, "text")],
    ),
    "spaces in a table": (html.read, "<table>\n <tr>\n <td>1</td>\n </tr>\n</table>", []),
}


@pytest.mark.parametrize(("read", "text", "passages"), TEXTS.values(), ids=TEXTS)
def test_text_outside_of_cells_is_a_passage(
    read: Callable[[list[str]], Page], text: str, passages: list[tuple[int, str]]
) -> None:
    found = read(text.split("\n")).passages

    assert [(one.line, one.text) for one in found if one.text] == passages


HTML: dict[str, tuple[str, list[Rows]]] = {
    "plain": ("<table><tr><td>1<td>2</table>", [[(1, ("1", "2"))]]),
    "ends are left out": (
        "<table><tr><td>1<td>2<tr><td>3<td>4</table>",
        [[(1, ("1", "2")), (1, ("3", "4"))]],
    ),
    "over rows": (
        '<table><tr><td rowspan="2">1<td>2<tr><td>3</table>',
        [[(1, ("1", "2")), (1, ("1", "3"))]],
    ),
    "over rows in the middle": (
        "<table><tr><td>1<td rowspan=2>2<td>3<tr><td>4<td>5</table>",
        [[(1, ("1", "2", "3")), (1, ("4", "2", "5"))]],
    ),
    "over all rows": (
        "<table><tr><td rowspan=0>1<td>2<tr><td>3<tr><td>4</table>",
        [[(1, ("1", "2")), (1, ("1", "3")), (1, ("1", "4"))]],
    ),
    "over columns": ("<table><tr><td colspan=2>1<td>2</table>", [[(1, ("1", "1", "2"))]]),
    "over more rows than there are": ("<table><tr><td rowspan=9>1</table>", [[(1, ("1",))]]),
    "a span that is none": ("<table><tr><td rowspan=x colspan=-1>1</table>", [[(1, ("1",))]]),
    "lines of the source": ("<table>\n<tr>\n<td>\n 1\n 2</td></table>", [[(3, ("1 2",))]]),
    "breaks": (
        "<table><tr><td>1<br>2<p>3</p><ul><li>4<li>5</ul></table>",
        [[(1, ("1\n2\n3\n4\n5",))]],
    ),
    "tags within a word": ("<table><tr><td><code>90</code>-<b>91</b></table>", [[(1, ("90-91",))]]),
    "entities": ("<table><tr><td>1&nbsp;&ndash;&#x32;&lt;</table>", [[(1, ("1 \u20132<",))]]),
    "a table in a cell": (
        "<table><tr><td>1<table><tr><td>2</table><td>3</table>",
        [[(1, ("1", "3"))], [(1, ("2",))]],
    ),
    "a comment": ("<table><!-- <tr><td>0 --><tr><td>1</table>", [[(1, ("1",))]]),
    "a comment over lines": ("<!--\n\n--><table><tr><td>1</table>", [[(3, ("1",))]]),
    "a script": ("<script>x='<table><tr><td>0'</script><table><tr><td>1</table>", [[(1, ("1",))]]),
    "a script that is not closed": ("<script><table><tr><td>1</table>", [[(1, ("1",))]]),
    "a caption that is not closed": ("<table><caption>A<tr><td>1</table>", [[(1, ("1",))]]),
    "a caption that is not closed, and a body": (
        "<table><caption>A<tbody><td>1</table>",
        [[(1, ("1",))]],
    ),
    "a caption that is not closed, and a table": (
        "<table><caption>A</table><table><tr><td>1</table>",
        [[], [(1, ("1",))]],
    ),
    "a title that is not closed": ("<title>A<table><tr><td>1</table>", [[(1, ("1",))]]),
    "a body in a row": ("<table><tr><td>1<tbody><td>2</table>", [[(1, ("1",)), (1, ("2",))]]),
    "no end": ("<table><tr><td>1", [[(1, ("1",))]]),
    "an end too many": ("</table></tr></td><table><tr><td>1</table>", [[(1, ("1",))]]),
    "a cell outside": ("<td>1</td>", []),
    "a sign for less": ("<table><tr><td>1 < 2</table>", [[(1, ("1 < 2",))]]),
    "no row": ("<table></table>", [[]]),
}


@pytest.mark.parametrize(("text", "rows"), HTML.values(), ids=HTML)
def test_html(text: str, rows: list[Rows]) -> None:
    assert sorted(_rows(html.read(text.split("\n"))), key=str) == sorted(rows, key=str)


def test_titles_and_headings_of_html() -> None:
    text = "<title>T</title><h1>A</h1><h2>B</h2><p>Text</p><table><caption>C</caption><tr><td>1"
    page = html.read([text])

    assert (page.title, page.tables[0].headings) == ("T", ("A", "B", "C"))
    assert [one.text for one in page.passages] == ["A", "B", "Text", "C"]


UNCLOSED = {
    "a row": "<table><caption>Ports<tr><td>1</table>",
    "a cell": "<table><caption>Ports<td>1</table>",
    "a head": "<table><caption>Ports<thead><tr><th>1</table>",
    "nothing": "<table><caption>Ports</table>",
    "the end": "<table><caption>Ports",
}


@pytest.mark.parametrize("text", UNCLOSED.values(), ids=UNCLOSED)
def test_a_caption_ends_where_the_table_goes_on(text: str) -> None:
    assert html.read([text]).tables[0].headings == ("Ports",)


CSV: dict[str, tuple[str, Rows]] = {
    "commas": ("A,B\n1,2", [(1, ("A", "B")), (2, ("1", "2"))]),
    "semicolons": ("A;B\n1,5;2", [(1, ("A", "B")), (2, ("1,5", "2"))]),
    "tabulators": ("A\tB\n1\t2,3", [(1, ("A", "B")), (2, ("1", "2,3"))]),
    "bars": ("A|B\n1|2", [(1, ("A", "B")), (2, ("1", "2"))]),
    "said": ("sep=;\nA;B\n1,2;3", [(2, ("A", "B")), (3, ("1,2", "3"))]),
    "quotes": ('A,B\n"1, 2",""""', [(1, ("A", "B")), (2, ("1, 2", '"'))]),
    "lines in a cell": (
        'A,B\n"1\n2",3\n4,5',
        [(1, ("A", "B")), (2, ("1\n2", "3")), (4, ("4", "5"))],
    ),
    "one column": ("A\n1", [(1, ("A",)), (2, ("1",))]),
    "an empty line": ("A,B\n\n1,2", [(1, ("A", "B")), (2, ()), (3, ("1", "2"))]),
}


@pytest.mark.parametrize(("text", "rows"), CSV.values(), ids=CSV)
def test_csv(text: str, rows: Rows) -> None:
    assert _rows(csv_text.read(text.split("\n"))) == [rows]


TOO_LARGE: dict[str, tuple[Callable[[list[str]], Page], str]] = {
    "columns of Markdown": (markdown.read, "|a" * 300 + "\n" + "|-" * 300),
    "cells of Markdown": (markdown.read, "|a|b|\n|-|-|\n" + ("|a" * 190 + "\n") * 1200),
    "lines of Markdown": (markdown.read, "\n" * 50_001),
    "tables of Markdown": (markdown.read, "|a|b|\n|-|-|\n\n" * 2001),
    "tables of HTML in Markdown": (markdown.read, "<table><tr><td>1</table>\n" * 2001),
    "columns of HTML": (html.read, "<table><tr>" + "<td>" * 300),
    "columns of a span": (html.read, "<table><tr>" + "<td colspan=150>" * 2),
    "cells of HTML": (html.read, "<table>" + "<tr><td colspan=200>" * 1100),
    "tables in tables": (html.read, "<table><tr><td>" * 30),
    "tables of HTML": (html.read, "<table></table>" * 2001),
    "columns of CSV": (csv_text.read, "," * 300),
    "cells of CSV": (csv_text.read, (",a" * 190 + "\n") * 1200),
}


@pytest.mark.parametrize(("read", "text"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_what_is_too_large_is_refused(read: Callable[[list[str]], Page], text: str) -> None:
    with pytest.raises(TooLargeError):
        read(text.split("\n"))


QUADRATIC = ["<", "<!--", "<!", "<?", "</", "<a ", "<![CDATA[", "&", "<script>", "<a b='", "<!a>"]


@pytest.mark.parametrize("part", QUADRATIC)
def test_html_that_is_not_closed_takes_no_longer(part: str) -> None:
    assert html.read([part * 50_000]).tables == ()
