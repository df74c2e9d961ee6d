"""Workflow commands: what a text has to look like not to end a command early."""

import re

import pytest

from flowmodel.finding import Settings
from flowmodel.record import replace
from flowmodel.source import Span
from linter.report import Options, render
from tests.linter.report.samples import CLEAN, at, report_of


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("100% of a:b,c", "100%25 of a:b,c"),
        ("one\r\ntwo", "one␍␊two"),
        ("::error::x", "::error::x"),
        ("see ##[group]x", "see �#[group]x"),
    ],
)
def test_a_message_stays_one_command(message: str, expected: str) -> None:
    assert render("github", report_of(replace(at(3, 1, 4), message=message)), Options()) == (
        "::error title=FW101 required-flow-blocked,file=x.rules,line=3,endLine=3,col=1,endColumn=4"
        f"::{expected}\n"
    )


def test_a_path_cannot_add_a_property() -> None:
    text = render("github", report_of(at(3, 1, 4, path="a,b:c%\n")), Options())

    assert ",file=a%2Cb%3Ac%25%0A,line=3," in text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("./a/../edge.rules", "edge.rules"),
        ("/r/exports//edge.rules", "exports/edge.rules"),
        ("edge.rules", "edge.rules"),
        ("/etc/edge.rules", "/etc/edge.rules"),
    ],
)
def test_a_path_is_that_of_the_repository(path: str, shown: str) -> None:
    settings = Settings(path=path, fail_on="error")
    report = replace(report_of(at(3, 1, 4, path=path)), settings=settings)
    commands = render("github", report, Options(directory="/r")).splitlines()

    assert [re.findall("file=([^,:]*)", each) for each in commands] == [[shown], [shown]]


def test_columns_are_left_out_where_the_place_has_several_lines() -> None:
    finding = replace(at(3, 1, 4), span=Span("x.rules", 3, 2, 5, 1))

    assert render("github", report_of(finding), Options()) == (
        "::error title=FW101 required-flow-blocked,file=x.rules,line=3,endLine=5::blocked\n"
    )


def test_a_clean_report_is_silent() -> None:
    assert render("github", CLEAN, Options()) == ""
