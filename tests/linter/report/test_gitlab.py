"""GitLab's reports: what it takes of a violation, and of a test."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from flowmodel.finding import Level, Report, Settings
from flowmodel.proved import Proved, Result
from flowmodel.record import replace
from flowmodel.source import Span
from linter.report import Options, render
from tests.linter.report.samples import (
    ACCEPTED,
    BLOCKED,
    CLEAN,
    REPORT,
    UNREADABLE,
    UNSURE,
    at,
)

_TEXT = {"type": "string", "minLength": 1}
_LINE = {"type": "integer", "minimum": 1}
# GitLab's page on code quality reports, and the data types of Code Climate's specification.
_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "type": {"const": "issue"},
            "description": _TEXT,
            "check_name": _TEXT,
            "fingerprint": _TEXT,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "categories": {"type": "array", "items": {"const": "Security"}, "minItems": 1},
            "content": {"type": "object", "required": ["body"], "properties": {"body": _TEXT}},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^./]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": _LINE, "end": _LINE},
                        "additionalProperties": False,
                    },
                },
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    },
}
_HOSTILE = 'a\nb]]>&<x y="\'">\x00\x1b\ud800\ufffe ##[error]'
_SHOWN = 'a␊b]]>&<x y="\'">␀␛�� �#[error]'


def _violations(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(render("gitlab", report, Options(directory="/r")))
    Draft202012Validator(_SCHEMA).validate(found)
    assert len({each["fingerprint"] for each in found}) == len(found)
    return found


def test_a_clean_report_of_code_quality_is_an_empty_list() -> None:
    assert render("gitlab", CLEAN, Options()) == "[]\n"


_SETTLED = replace(CLEAN, settings=Settings("./fwlint.toml", ignore=("FW",)))


def test_settings_that_had_a_say_are_a_violation_and_a_test() -> None:
    (found,) = _violations(_SETTLED)

    assert (found["severity"], found["check_name"]) == ("info", "fwlint settings")
    assert found["description"] == "settings in ./fwlint.toml: ignore FW"
    assert found["location"]["path"] == "fwlint.toml"
    assert Suite(_SETTLED).outcomes() == [("settings", "skipped")]
    silent = replace(CLEAN, settings=Settings("fwlint.toml"))
    assert _violations(silent) == []
    assert Suite(silent).outcomes() == [("no findings", "passed")]


def test_every_finding_and_failure_is_a_violation() -> None:
    found = _violations(REPORT)

    assert [(each["check_name"], each["severity"]) for each in found] == [
        ("FW904 input-not-evaluated", "blocker"),
        ("FW101 required-flow-blocked", "critical"),
        ("FW205 undeclared-opening", "minor"),
        ("FW902 match-not-modelled", "info"),
    ]


def test_two_findings_with_one_key_are_two_violations() -> None:
    assert len(_violations(Report((BLOCKED, BLOCKED)))) == 2


@pytest.mark.parametrize(
    ("span", "lines"),
    [
        (Span("a", 0, 0, 0, 0), {"begin": 1, "end": 1}),
        (Span("a", 7, 3, 9, 2), {"begin": 7, "end": 9}),
    ],
)
def test_lines_begin_at_one(span: Span, lines: dict[str, int]) -> None:
    (found,) = _violations(Report((replace(BLOCKED, span=span),)))

    assert found["location"]["lines"] == lines


def test_a_path_is_relative_without_a_dot() -> None:
    for path in ("./a/../edge.rules", "/r/edge.rules"):
        (found,) = _violations(Report((replace(at(1, 1, 2), span=Span(path, 1, 1, 1, 1)),)))
        assert found["location"]["path"] == "edge.rules"


def test_a_description_is_one_line_and_says_what_is_only_possible() -> None:
    (found,) = _violations(Report((replace(UNSURE, message="a\nb"),)))

    assert found["description"] == "FW205: Possibly: a␊b"


class Suite:
    """A report of tests as it was read."""

    def __init__(self, report: Report, fail_on: str = "error") -> None:
        text = render("junit", report, Options(directory="/r", fail_on=fail_on))
        assert text.isascii()
        root = ET.fromstring(text)
        (self.suite,) = root
        self.cases = self.suite.findall("testcase")
        names = [(each.get("classname"), each.get("name")) for each in self.cases]
        assert len(set(names)) == len(names) > 0
        for counted in (root, self.suite):
            assert counted.attrib == {
                "name": "fwlint",
                "tests": str(len(self.cases)),
                "failures": str(len(self.suite.findall("testcase/failure"))),
                "errors": str(len(self.suite.findall("testcase/error"))),
                "skipped": str(len(self.suite.findall("testcase/skipped"))),
            }

    def outcomes(self) -> list[tuple[str | None, str]]:
        """What became of each test."""
        return [(each.get("name"), _outcome(each)) for each in self.cases]


def _outcome(case: ET.Element) -> str:
    found = [each.tag for each in case if each.tag != "system-out"]
    return found[0] if found else "passed"


def test_findings_waivers_and_flows_are_tests() -> None:
    assert Suite(REPORT).outcomes() == [
        ("FW904 input-not-evaluated: core", "error"),
        ("FW101 required-flow-blocked: 1e.dmz-switch on edge", "failure"),
        ("FW205 undeclared-opening: edge", "passed"),
        ("FW902 match-not-modelled: edge", "passed"),
        ("FW202 source-too-broad: edge", "skipped"),
        ("1e.dmz-switch must work", "skipped"),
        ("1e.dmz-core must work", "skipped"),
    ]


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [("info", 4), ("warning", 3), ("error", 2), ("critical", 1), ("never", 0)],
)
def test_what_fails_the_run_fails_a_test(fail_on: str, failing: int) -> None:
    levels: tuple[Level, ...] = ("critical", "error", "warning", "info")
    report = Report(tuple(replace(BLOCKED, level=level, key=(level,)) for level in levels))

    assert [outcome for _, outcome in Suite(report, fail_on).outcomes()] == [
        *["failure"] * failing,
        *["passed"] * (4 - failing),
    ]


def test_an_input_that_was_not_evaluated_is_an_error_whatever_the_threshold() -> None:
    assert Suite(Report((), failures=(UNREADABLE,)), "never").outcomes() == [
        ("FW904 input-not-evaluated: core", "error")
    ]


@pytest.mark.parametrize(
    ("need", "result", "expected"),
    [
        ("must", "works", ("1e.dmz-switch must work", "passed")),
        ("should", "works", ("1e.dmz-switch should work", "passed")),
        ("must", "possible", ("1e.dmz-switch must work", "skipped")),
        ("must", "not judged", ("1e.dmz-switch must work", "skipped")),
        ("must", "blocked", ("1e.dmz-switch must work", "skipped")),
        ("never", "blocked", ("1e.dmz-switch must never work", "passed")),
        ("never", "works", ("1e.dmz-switch must never work", "skipped")),
    ],
)
def test_a_flow_passes_only_if_it_is_proved(
    need: Any, result: Result, expected: tuple[str, str]
) -> None:
    flow = replace(REPORT.proved[0].requirement, need=need)

    assert Suite(Report((), proved=(Proved(flow, (), result),))).outcomes() == [expected]


@pytest.mark.parametrize(
    ("result", "because", "told"),
    [
        ("not judged", (), "not judged"),
        ("not judged", ("no export",), "not judged: no export"),
        ("possible", ("no way\n", "too complex"), "possible: no way␊; too complex"),
    ],
)
def test_a_flow_that_is_skipped_says_why(
    result: Result, because: tuple[str, ...], told: str
) -> None:
    proved = replace(REPORT.proved[0], result=result, because=because)
    (skipped,) = Suite(Report((), proved=(proved,))).suite.findall("testcase/skipped")

    assert skipped.get("message") == told


def test_a_run_without_a_finding_or_a_flow_has_a_test() -> None:
    assert Suite(CLEAN).outcomes() == [("no findings", "passed")]


def test_findings_with_one_name_are_several_tests() -> None:
    assert [name for name, _ in Suite(Report((ACCEPTED, ACCEPTED))).outcomes()] == [
        "FW202 source-too-broad: edge",
        "FW202 source-too-broad: edge (2)",
    ]


def test_a_waiver_is_told() -> None:
    (skipped,) = Suite(REPORT).suite.findall(
        "testcase[@name='FW202 source-too-broad: edge']/skipped"
    )

    assert skipped.get("message") == "waived until 2026-12-31: Until the move, ticket NET-7"


def test_hostile_text_stays_text() -> None:
    finding = replace(
        BLOCKED, message=_HOSTILE, flow=_HOSTILE, title=_HOSTILE, span=Span(_HOSTILE, 1, 1, 1, 1)
    )
    (case,) = Suite(Report((finding,))).cases

    assert case.get("name") == f"FW101 required-flow-blocked: {_SHOWN} on edge"
    assert case.get("file") == _SHOWN
    (failure,) = case
    assert failure.get("message") == _SHOWN
    assert f"\nrule: {_SHOWN}\n" in (failure.text or "")
    assert len((failure.text or "").split("\n")) == 11
    (violation,) = json.loads(render("gitlab", Report((finding,)), Options()))
    assert violation["description"] == f"FW101: {_SHOWN}".replace("�#[", "##[")
    assert "##[" not in render("gitlab", Report((finding,)), Options())
