"""Rules of XML and JSON, which no line of their file tells: the title stands for them."""

import json

import pytest

from flowmodel.finding import Finding, Related, Report
from flowmodel.record import replace
from flowmodel.source import Source, Span
from linter.report import Options, render

EXPORT = Source(
    "config.xml",
    [
        "<pfsense>",
        "\t<filter>",
        "\t\t<rule>",
        "\t\t\t<type>pass</type>",
        "\t\t\t<interface>wan</interface>",
        "\t\t\t<descr>Remote \x1badmin</descr>",
        "\t\t</rule>",
        "\t</filter>",
        "</pfsense>",
    ],
)
TITLE = "pass in on wan from any to any: Remote \x1badmin"
SHOWN = TITLE.replace("\x1b", "␛")
MESSAGE = "one rule permits every source, destination and service on edge"
PACKET = "tcp 198.51.100.7:40000 > 192.0.2.10:443 in wan"
OPEN = Finding(
    check="FW201",
    level="critical",
    certainty="certain",
    message=MESSAGE,
    span=Span("config.xml", 3, 3, 7, 9),
    label="accepted here",
    title=TITLE,
    related=(Related(Span("config.xml", 2, 2, 8, 10), "and here too", "the second title"),),
    device="edge",
    witness=PACKET,
)
REPORT = Report((OPEN,), sources={EXPORT.path: EXPORT}, exports=1, rules=1, requirements=1)
PLAIN = replace(REPORT, findings=(replace(OPEN, title="", related=()),))
"""The same without a title, as a rule of several lines in another format would be."""


def _body(report: Report, format_name: str) -> list[str]:
    return render(format_name, report, Options(directory="/x")).split("\n")[:-2]


def test_the_format_for_people_shows_titles_in_the_place_of_lines() -> None:
    assert _body(REPORT, "full") == [
        f"critical[FW201] permits-everything: {MESSAGE}",
        " --> config.xml:3:3",
        "  |",
        "3 | pass in on wan from any to any: Remote ␛admin",
        "  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ accepted here",
        " ::: config.xml:2:2",
        "  |",
        "2 | the second title",
        "  | ---------------- and here too",
        "  = device: edge",
        f"  = packet: {PACKET}",
        "",
    ]


def test_without_a_title_the_line_is_shown() -> None:
    assert _body(PLAIN, "full")[3:5] == ["3 | →   →   <rule>", "  |         ^^^^^^ accepted here"]


def test_a_title_of_10_000_characters_is_cut() -> None:
    report = replace(REPORT, findings=(replace(OPEN, title="0123456789" * 1000),))

    assert _body(report, "full")[3:5] == [
        f"3 | {'0123456789' * 10}…",
        f"  | {'^' * 100} accepted here",
    ]


def test_a_title_is_shown_where_the_file_was_not_kept() -> None:
    assert _body(replace(REPORT, sources={}), "full")[1:4] == [
        " --> config.xml:3:3",
        "  |",
        "3 | pass in on wan from any to any: Remote ␛admin",
    ]


def test_the_format_of_one_line_has_the_title_behind_the_message() -> None:
    head = f"config.xml:3:3: FW201 critical: {MESSAGE}"

    assert _body(REPORT, "concise") == [
        f"{head} (pass in on wan from any to any: Remote ␛admin) [{PACKET}]"
    ]
    assert _body(PLAIN, "concise") == [f"{head} [{PACKET}]"]


def test_an_annotation_names_the_rule_and_covers_its_lines() -> None:
    head = "::error title=FW201 permits-everything,file=config.xml,line=3,endLine=7::"

    assert render("github", REPORT, Options()) == (
        f"{head}{MESSAGE}%0Arule: {SHOWN}%0Apacket: {PACKET}\n"
    )
    assert render("github", PLAIN, Options()) == f"{head}{MESSAGE}%0Apacket: {PACKET}\n"


def test_the_format_for_programs_has_the_title_as_the_text_of_the_place() -> None:
    (finding,) = json.loads(render("json", REPORT, Options()))["findings"]

    assert finding["place"] == {
        "path": "config.xml",
        "line": 3,
        "column": 3,
        "last_line": 7,
        "last_column": 9,
        "text": SHOWN,
        "label": "accepted here",
    }
    assert [each["text"] for each in finding["related"]] == ["the second title"]


@pytest.mark.parametrize(
    ("report", "message"),
    [
        pytest.param(
            REPORT,
            f"\nRule: {SHOWN}\n",
            id="with its title",
        ),
        pytest.param(PLAIN, "\nPacket: ", id="without a title"),
    ],
)
def test_sarif_has_the_first_line_of_a_rule_and_the_whole_one_around_it(
    report: Report, message: str
) -> None:
    (result,) = json.loads(render("sarif", report, Options(directory="/x")))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]

    assert place["region"] == {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 9}
    assert place["contextRegion"] == {"startLine": 3, "endLine": 7}
    assert message in result["message"]["text"]


def test_a_rule_on_one_line_keeps_its_columns_in_sarif() -> None:
    span = Span("config.xml", 1, 100, 1, 250)
    report = replace(REPORT, findings=(replace(OPEN, span=span),))
    (result,) = json.loads(render("sarif", report, Options(directory="/x")))["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1,
        "startColumn": 100,
        "endLine": 1,
        "endColumn": 251,
    }
