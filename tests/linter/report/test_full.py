"""The parts of the format for people that are easy to get wrong."""

import pytest

from flowmodel.finding import Finding, Report
from flowmodel.record import replace
from flowmodel.source import Span
from linter.report import Options, render
from tests.linter.report.samples import BLOCKED, REPORT, UNREADABLE, UNSURE, at, report_of


def _shown(finding: Finding, *lines: str) -> list[str]:
    return render("full", report_of(finding, *lines), Options()).split("\n")[1:-3]


def test_the_caret_stands_under_the_span() -> None:
    assert _shown(at(2, 4, 6), "", "abcdefgh") == [
        " --> x.rules:2:4",
        "  |",
        "2 | abcdefgh",
        "  |    ^^^",
    ]


def test_a_tab_is_an_arrow_and_the_caret_still_stands_under_the_span() -> None:
    assert _shown(at(1, 2, 4), "\tabc") == [
        " --> x.rules:1:2",
        "  |",
        "1 | →   abc",
        "  |     ^^^",
    ]


def test_wide_and_combining_characters_take_the_columns_that_a_terminal_gives_them() -> None:
    assert _shown(at(1, 5, 5), "日e\N{COMBINING ACUTE ACCENT}:x") == [
        " --> x.rules:1:5",
        "  |",
        "1 | 日e\N{COMBINING ACUTE ACCENT}:x",
        "  |     ^",
    ]


def test_a_span_of_several_lines_shows_its_first() -> None:
    finding = replace(at(1, 3, 3), span=Span("x.rules", 1, 3, 4, 1))

    assert _shown(finding, "ab{cd", "x", "y", "}") == [
        " --> x.rules:1:3",
        "  |",
        "1 | ab{cd",
        "  |   ^^^",
    ]


@pytest.mark.parametrize(
    ("column", "expected", "carets"),
    [
        (1, "0123456789" * 10 + "…", "^^"),
        (50_000, "…" + "9012345678" * 10 + "…", " " * 21 + "^^"),
        (99_999, "…" + "0123456789" * 10, " " * 99 + "^^"),
    ],
)
def test_a_line_of_100_000_characters_is_shown_around_the_span(
    column: int, expected: str, carets: str
) -> None:
    assert _shown(at(1, column, column + 1), "0123456789" * 10_000)[2:] == [
        f"1 | {expected}",
        f"  | {carets}",
    ]


@pytest.mark.parametrize(
    "span",
    [Span("site.yaml", 9, 1, 9, 1), Span("other", 1, 1, 1, 1), Span("site.yaml", 0, 0, 0, 0)],
)
def test_a_place_outside_the_file_is_named_without_an_excerpt(span: Span) -> None:
    report = replace(REPORT, findings=(replace(at(1, 1, 1), span=span),))

    assert render("full", report, Options()).split("\n")[1] == f" --> {span}"


def test_columns_behind_the_line_do_not_break_the_excerpt() -> None:
    assert _shown(at(1, 40, 50), "abc")[2:] == ["1 | abc", "  |    ^"]


def test_nothing_from_a_file_reaches_the_terminal_as_a_control_sequence() -> None:
    nasty = "\x1b]0;title\x07\r\n\x7f\x9b31m\N{RIGHT-TO-LEFT OVERRIDE}\udc80"
    finding = replace(
        BLOCKED,
        message=nasty,
        label=nasty,
        device=nasty,
        rows=(nasty,),
        witness=nasty,
        extent=nasty,
        remedy=nasty,
        reasons=(nasty,),
        trace=(nasty,),
        span=Span(f"a{nasty}", 1, 1, 1, 3),
    )
    for format_name in ("full", "concise"):
        text = render(format_name, report_of(finding, nasty), Options(trace=True))

        assert [char for char in text if not (char.isprintable() or char == "\n")] == []
        assert "␛]0;title␇␍␊␡" in text


def test_possible_stands_in_the_headline() -> None:
    headline = render("full", report_of(UNSURE), Options()).split("\n")[0]

    assert headline == (
        "warning[FW205, possible] undeclared-opening:"
        " 192.0.2.11 may be reached on 8080/tcp, which no policy asks for"
    )


def test_a_report_of_failures_alone_does_not_look_clean() -> None:
    other = replace(UNREADABLE, span=Span("site.yaml", 1, 1, 1, 1))
    text = render("full", Report((), failures=(UNREADABLE, UNREADABLE, other)), Options())

    assert text == "Nothing was checked: 2 inputs could not be evaluated.\n"
