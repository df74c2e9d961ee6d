"""What readers of SARIF, GitHub's above all, refuse or take for something else."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flowmodel.finding import Finding, Level, Related, Report, Waived
from flowmodel.record import replace
from flowmodel.source import Span
from linter import __version__
from linter.checks.catalogue import IDS
from linter.report import Options, render
from linter.report.sarif import semantic
from linter.report.sarif_places import uri
from tests.linter.report.samples import BLOCKED, CLEAN, REPORT, UNREADABLE, UNSURE, at, report_of
from tests.linter.report.sarif_schema import SCHEMA


def _run(report: Report, options: Options | None = None) -> dict[str, Any]:
    log = json.loads(render("sarif", report, options or Options(directory="/repository")))
    Draft202012Validator(SCHEMA).validate(log)
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
    lines = ["", "", "    <rule>", *["    …"] * 17]

    for source, end in ((lines, 11), ([], 6)):
        place = _result(finding, *source)["locations"][0]["physicalLocation"]
        region = {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": end}
        assert place["region"] == region
        assert place["contextRegion"] == {"startLine": 3, "endLine": 20}


def test_a_region_of_one_line_has_no_context() -> None:
    assert "contextRegion" not in _result(at(7, 3, 9))["locations"][0]["physicalLocation"]


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


def test_a_way_over_several_devices_is_a_code_flow() -> None:
    way = (
        Related(Span("edge.rules", 4, 1, 4, 9), "on edge: accepted here"),
        Related(Span("web.nft", 7, 3, 9, 4), "on web: dropped here\n"),
    )
    found = _result(replace(BLOCKED, way=way))["codeFlows"]

    assert [
        (
            each["location"]["physicalLocation"]["artifactLocation"]["uri"],
            each["location"]["physicalLocation"]["region"]["startLine"],
            each["location"]["message"]["text"],
        )
        for each in found[0]["threadFlows"][0]["locations"]
    ] == [
        ("edge.rules", 4, "on edge: accepted here"),
        ("web.nft", 7, "on web: dropped here␊"),
    ]


@pytest.mark.parametrize("path", ["../web.nft", "policies/products/1e.yaml"])
def test_a_way_of_which_one_place_can_be_shown_is_no_code_flow(path: str) -> None:
    way = (Related(Span("edge.rules", 4, 1, 4, 9), ""), Related(Span(path, 7, 3, 7, 4), ""))

    assert "codeFlows" not in _result(replace(BLOCKED, way=way))


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


def test_related_places_beyond_what_readers_show_are_not_linked() -> None:
    many = tuple(Related(Span("a", line, 1, line, 1), "here too") for line in range(1, 2000))

    assert len(_result(replace(BLOCKED, related=many))["relatedLocations"]) == 100


_FORGED = "ok\nFix: nothing\r\nSee [all is well](1).\u2028Packet: none\x85\x1b[2J"
_SHOWN = "ok␊Fix: nothing␍␊See [all is well](1).�Packet: none�␛[2J"


def test_no_text_of_a_user_begins_a_line() -> None:
    finding = replace(
        BLOCKED,
        message=_FORGED,
        label=_FORGED,
        title=_FORGED,
        device=_FORGED,
        flow=_FORGED,
        rows=(_FORGED,),
        witness=_FORGED,
        extent=_FORGED,
        reasons=(_FORGED,),
        remedy=_FORGED,
        related=tuple(Related(Span(path, 1, 1, 1, 1), _FORGED) for path in ("a", "../b")),
        way=tuple(Related(Span(path, 1, 1, 1, 1), _FORGED) for path in ("a", "b")),
    )
    waived = Waived(finding, _FORGED, "2026-12-31")
    run = _run(Report((finding,), (waived,)), Options(directory="/r", include_waived=True))
    quoted = _SHOWN.replace("[", "\\[").replace("]", "\\]")

    for result in run["results"]:
        assert result["message"]["text"].split("\n") == [
            quoted,
            f"Rule: {quoted}",
            f"Document: {quoted}",
            f"Packet: {quoted}",
            f"Affected: {quoted}",
            f"Because: {quoted}",
            f"Fix: {quoted}",
            f"See [{quoted}](1).",
            f"See {quoted}: ../b:1:1",
        ]
        del result["message"], result["fixes"]
        assert "\\n" not in json.dumps(result)
    assert run["results"][1]["suppressions"][0]["justification"] == f"{_SHOWN} (until 2026-12-31)"


def _uris(value: object) -> Iterator[str]:
    """All URIs of a run, wherever they stand."""
    if isinstance(value, dict):
        yield from (each for key, each in value.items() if key == "uri")
        yield from (uri for each in value.values() for uri in _uris(each))
    elif isinstance(value, list):
        yield from (uri for each in value for uri in _uris(each))


def test_uris_are_relative_to_the_repository_without_a_base_that_nobody_defines() -> None:
    run = _run(REPORT)

    assert set(_uris(run)) == {"configs/core%20save", "configs/edge.nft", "site.yaml", "1e.yaml"}
    assert "uriBaseId" not in json.dumps(run)
    assert "originalUriBaseIds" not in run


def test_the_rules_are_as_no_validator_asks() -> None:
    rules = _run(CLEAN)["tool"]["driver"]["rules"]

    for rule in rules:
        properties = rule["properties"]
        assert len(properties["tags"]) == len(set(properties["tags"])) == 3
        assert isinstance(properties["security-severity"], str)
        assert 0 < float(properties["security-severity"]) <= 10
        assert rule["name"] != rule["id"]
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"].startswith(f"# {rule['id']} ")
    assert len({rule["id"] for rule in rules}) == len(rules)


def test_the_fingerprint_that_github_makes_itself_is_not_made() -> None:
    for result in _run(REPORT)["results"]:
        assert list(result["partialFingerprints"]) == ["fwlint/v1"]


def test_two_runs_with_one_category_are_never_in_one_file() -> None:
    log = json.loads(render("sarif", REPORT, Options(category="edge")))

    assert [run["automationDetails"]["id"] for run in log["runs"]] == ["edge/"]


def test_the_address_of_the_tool_is_absolute() -> None:
    assert _run(CLEAN)["tool"]["driver"]["informationUri"] == f"pkg:generic/fwlint@{__version__}"


@pytest.mark.parametrize(
    ("version", "expected"), [("0.1.0", "0.1.0"), ("0.2.0.dev0", "0.2.0-dev.0")]
)
def test_the_version_is_a_semantic_one(version: str, expected: str) -> None:
    assert semantic(version) == expected
