"""What readers of SARIF, GitHub's above all, refuse or take for something else."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flowmodel.finding import Finding, Level, Related, Report
from flowmodel.record import replace
from flowmodel.source import Span
from linter.checks.catalogue import IDS
from linter.report import Options, render
from linter.report.sarif_places import uri
from tests.linter.report.samples import BLOCKED, CLEAN, REPORT, UNREADABLE, UNSURE, at, report_of

_TEXT = {"type": "string", "minLength": 1, "maxLength": 1024}
_MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": _TEXT}}
_LEVEL = {"enum": ["note", "warning", "error"]}
_NUMBER = {"type": "integer", "minimum": 1}
_LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "id": _NUMBER,
        "message": _MESSAGE,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~%/:-]+$"}},
                    "additionalProperties": False,
                },
                "region": {
                    "type": "object",
                    "required": ["startLine", "startColumn", "endLine"],
                    "properties": {
                        "startLine": _NUMBER,
                        "startColumn": _NUMBER,
                        "endLine": _NUMBER,
                        "endColumn": _NUMBER,
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
_RULE = {
    "type": "object",
    "required": ["id", "name", "shortDescription", "fullDescription", "help", "properties"],
    "properties": {
        "id": {"type": "string", "pattern": r"^FW\d{3}$"},
        "name": {"type": "string", "pattern": r"^([A-Z][a-z0-9]*)+$"},
        "shortDescription": _MESSAGE,
        "fullDescription": _MESSAGE,
        "help": {
            "type": "object",
            "required": ["text", "markdown"],
            "properties": {
                name: {"type": "string", "minLength": 1} for name in ("text", "markdown")
            },
        },
        "defaultConfiguration": {"type": "object", "required": ["level"]},
        "properties": {
            "type": "object",
            "required": ["tags", "precision", "security-severity", "problem.severity"],
            "properties": {
                "tags": {"type": "array", "maxItems": 20, "contains": {"const": "security"}},
                "precision": {"enum": ["very-high", "high", "medium", "low"]},
                "security-severity": {"type": "string", "pattern": r"^(10|\d)\.\d$"},
                "problem.severity": {"enum": ["error", "warning", "recommendation"]},
            },
        },
    },
}
_RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "properties": {
        "level": _LEVEL,
        "message": {"type": "object", "required": ["text"]},
        "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": _LOCATION},
        "relatedLocations": {"type": "array", "maxItems": 1000, "items": _LOCATION},
        "partialFingerprints": {
            "type": "object",
            "required": ["fwlint/v1"],
            "maxProperties": 1,
        },
    },
}
_SCHEMA = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": {"const": "unicodeCodePoints"},
                    "results": {"type": "array", "maxItems": 25_000, "items": _RESULT},
                    "tool": {
                        "type": "object",
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "version", "rules"],
                                "properties": {"rules": {"type": "array", "items": _RULE}},
                            }
                        },
                    },
                },
            },
        },
    },
}


def _run(report: Report, options: Options | None = None) -> dict[str, Any]:
    log = json.loads(render("sarif", report, options or Options(directory="/repository")))
    Draft202012Validator(_SCHEMA).validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def _result(finding: Finding, *lines: str) -> dict[str, Any]:
    result: dict[str, Any] = _run(report_of(finding, *lines))["results"][0]
    return result


def test_every_finding_and_failure_is_a_result_and_the_worst_comes_first() -> None:
    results = _run(REPORT)["results"]

    assert [(each["ruleId"], each["level"]) for each in results] == [
        ("FW101", "error"),
        ("FW904", "error"),
        ("FW205", "warning"),
        ("FW902", "note"),
    ]


def test_a_clean_run_has_an_empty_list_of_results() -> None:
    assert _run(CLEAN)["results"] == []
    assert _run(CLEAN)["invocations"] == [{"executionSuccessful": True}]


def test_a_run_in_which_nothing_could_be_read_does_not_look_clean() -> None:
    run = _run(Report((), failures=(UNREADABLE,)))

    assert [each["ruleId"] for each in run["results"]] == ["FW904"]
    assert run["invocations"] == [{"executionSuccessful": False}]


@pytest.mark.parametrize("span", [Span("a", 0, 0, 0, 0), Span("a", -1, -1, -1, -1)])
def test_lines_and_columns_begin_at_one(span: Span) -> None:
    region = _result(replace(BLOCKED, span=span))["locations"][0]["physicalLocation"]["region"]

    assert region == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2}


def test_the_end_column_is_the_one_behind_the_region() -> None:
    region = _result(at(7, 3, 9))["locations"][0]["physicalLocation"]["region"]

    assert region == {"startLine": 7, "startColumn": 3, "endLine": 7, "endColumn": 10}


def test_a_region_has_one_line_or_an_untouched_one_would_hide_the_annotation() -> None:
    finding = replace(BLOCKED, span=Span("a", 3, 5, 20, 1))

    region = _result(finding)["locations"][0]["physicalLocation"]["region"]

    assert region == {"startLine": 3, "startColumn": 5, "endLine": 3}


@pytest.mark.parametrize(
    ("level", "expected"),
    [("critical", "error"), ("error", "error"), ("warning", "warning"), ("info", "note")],
)
def test_the_level_is_always_written(level: Level, expected: str) -> None:
    assert _result(replace(BLOCKED, level=level))["level"] == expected


def test_every_check_is_a_rule_and_a_result_points_at_its_own() -> None:
    run = _run(REPORT)
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == list(IDS)
    assert [rules[each["ruleIndex"]]["id"] for each in run["results"]] == [
        each["ruleId"] for each in run["results"]
    ]


def test_the_rules_do_not_depend_on_the_findings() -> None:
    assert _run(REPORT)["tool"] == _run(CLEAN)["tool"]


def test_waived_findings_are_left_out() -> None:
    assert "FW202" not in [each["ruleId"] for each in _run(REPORT)["results"]]


def test_waived_findings_can_be_asked_for_as_suppressed_results() -> None:
    results = _run(REPORT, Options(include_waived=True))["results"]

    assert [each["suppressions"] for each in results] == [
        [],
        [],
        [],
        [],
        [
            {
                "kind": "external",
                "justification": "Until the move, ticket NET-7 (until 2026-12-31)",
            }
        ],
    ]


def test_a_category_is_only_written_when_asked_for() -> None:
    assert "automationDetails" not in _run(REPORT)
    assert _run(REPORT, Options(category="edge"))["automationDetails"] == {"id": "edge/"}


def test_the_message_links_to_every_related_place_and_to_no_other() -> None:
    for result in _run(REPORT)["results"]:
        linked = re.findall(r"(?<!\\)\]\((\d+)\)", result["message"]["text"])

        assert linked == [str(each["id"]) for each in result.get("relatedLocations", [])]
    assert len(_run(REPORT)["results"][0]["relatedLocations"]) == 2


def test_brackets_of_the_text_are_no_links() -> None:
    text = _result(replace(BLOCKED, message="see [this](9)", related=()))["message"]["text"]

    assert text.split("\n")[0] == r"see \[this\](9)"


def test_possible_is_said_in_the_message() -> None:
    assert _result(UNSURE)["message"]["text"].startswith("Possibly: 192.0.2.11 may be reached")


def test_the_fingerprint_does_not_change_with_the_lines() -> None:
    moved = replace(BLOCKED, span=Span("configs/edge.nft", 30, 1, 30, 2), message="elsewhere")
    other = replace(BLOCKED, key=("edge", "1e.dmz-switch", "tcp/4101"))

    before, after, another = (
        _result(each)["partialFingerprints"]["fwlint/v1"] for each in (BLOCKED, moved, other)
    )

    assert before == after
    assert before != another


def test_two_findings_with_one_key_have_two_fingerprints() -> None:
    results = _run(Report((BLOCKED, BLOCKED)))["results"]
    first, second = (each["partialFingerprints"]["fwlint/v1"] for each in results)

    assert (first[-2:], second[-2:]) == (":1", ":2")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("edge.nft", "edge.nft"),
        ("./a/../b.nft", "b.nft"),
        ("/repository/a/b.nft", "a/b.nft"),
        ("my exports/ä%.nft", "my%20exports/%C3%A4%25.nft"),
        ("a:b#c?d", "a%3Ab%23c%3Fd"),
        ("\udc80.nft", "%80.nft"),
        ("../elsewhere/a b", "file:///elsewhere/a%20b"),
        ("/repository-two/a", "file:///repository-two/a"),
    ],
)
def test_paths_are_relative_encoded_uris(path: str, expected: str) -> None:
    assert uri(path, "/repository") == expected


def test_lone_surrogates_become_replacement_characters() -> None:
    assert _result(replace(BLOCKED, message="a\udc80b", related=()))["message"]["text"].startswith(
        "a�b"
    )


def test_results_beyond_what_readers_take_are_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("linter.report.sarif._MOST_RESULTS", 2)
    run = _run(Report((UNSURE, UNSURE, UNSURE, BLOCKED)))

    assert [each["ruleId"] for each in run["results"]] == ["FW101", "FW205"]
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {
            "message": {"text": "2 less severe results are left out: readers refuse more."},
            "level": "warning",
        }
    ]


def test_related_places_beyond_what_readers_show_are_not_linked() -> None:
    many = tuple(Related(Span("a", line, 1, line, 1), "here too") for line in range(1, 2000))

    assert len(_result(replace(BLOCKED, related=many))["relatedLocations"]) == 100
