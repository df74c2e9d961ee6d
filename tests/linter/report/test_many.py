"""Reports on many inputs, in every format: as if they were of one run."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flowmodel.finding import Report
from flowmodel.record import replace
from linter.report import FORMATS, Options, render
from linter.report.json_pieces import as_list, element
from linter.report.many import Part, Total, part, whole
from linter.report.tally import NOTHING, tally
from tests import ROOT
from tests.linter.report.samples import CLEAN, REPORT
from tests.linter.report.sarif_schema import SCHEMA

_OPTIONS = Options(directory="/repository", include_waived=True)
_NAMES = ("sites/a.yaml", "sites/b.yaml", 'x"><b>y](#f-0) `.rules')
_SCHEMA = json.loads(Path(__file__).with_name("json_schema.json").read_text(encoding="utf-8"))


class _Lists:
    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    def of(self, name: str) -> Iterator[str]:
        return (text for its in self._parts for its_list, text in its if its_list == name)

    def runs(self, name: str) -> list[tuple[int, int]]:
        counts = ([each for each, _ in its].count(name) for its in self._parts)
        return [(place, count) for place, count in enumerate(counts) if count]


def _whole(format_name: str, *reports: Report) -> str:
    numbers = sum(map(tally, reports), NOTHING)
    parts = [part(format_name, each, _OPTIONS) for each in reports]
    total = Total(numbers, "2026-03-02")
    return "".join(whole(format_name, total, _Lists(parts), _OPTIONS))


def _inputs(report: Report = REPORT) -> list[Report]:
    return [replace(report, input=name) for name in _NAMES]


@pytest.mark.parametrize("format_name", FORMATS)
def test_one_after_the_other_is_said_in_the_order_of_the_inputs(format_name: str) -> None:
    text = _whole(format_name, *_inputs())
    places = [text.find(name) for name in _NAMES[:2]]

    assert -1 < places[0] < places[1]
    assert _whole(format_name, *_inputs()) == text


def test_json_has_each_element_of_each_input_with_its_name() -> None:
    alone = json.loads(render("json", REPORT, _OPTIONS))
    many = json.loads(_whole("json", *_inputs()))

    for member, value in alone.items():
        if isinstance(value, list) and member != "left_out":
            assert many[member] == [{"input": name, **each} for name in _NAMES for each in value]
    assert many["summary"] == {
        **{key: 3 * number for key, number in alone["summary"].items()},
        "inputs": 3,
        "inputs_with_findings": 3,
    }
    assert [each.pop("name") for each in many["inputs"]] == list(_NAMES)
    assert many["inputs"] == [alone["summary"]] * 3


def test_json_is_written_as_if_at_once() -> None:
    text = _whole("json", *_inputs())
    again = json.dumps(json.loads(text), indent=2)

    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", again)
    assert [len(line) - len(line.lstrip()) for line in text.splitlines()][:3] == [0, 2, 2]
    for line in text.splitlines():
        assert (len(line) - len(line.lstrip())) % 2 == 0


def test_json_keeps_to_the_schema_but_for_what_is_of_inputs() -> None:
    many = json.loads(_whole("json", *_inputs()))
    del many["inputs"]
    for value in many.values():
        for each in value if isinstance(value, list) else ():
            if isinstance(each, dict):
                del each["input"]
    Draft202012Validator(_SCHEMA).validate(many)


@pytest.mark.parametrize("values", [[], [1], [{"a": [[1, 2], "x\n"]}, []]])
@pytest.mark.parametrize("indent", [1, 2])
def test_a_list_in_pieces_is_the_list(values: list[Any], indent: int) -> None:
    pieces = as_list((element(each, indent) for each in values), indent)
    text = "".join(pieces).replace(
        "[1, 2]", f"[\n{' ' * 4 * indent}1,\n{' ' * 4 * indent}2\n{' ' * 3 * indent}]"
    )

    assert text == json.dumps(values, indent=indent)


def test_sarif_is_one_run_with_the_worst_results_of_all_inputs_first() -> None:
    log = json.loads(_whole("sarif", *_inputs()))
    Draft202012Validator(SCHEMA).validate(log)
    (run,) = log["runs"]
    one = json.loads(render("sarif", REPORT, _OPTIONS))["runs"][0]["results"]
    levels = [each["level"] for each in run["results"] if not each["suppressions"]]

    assert len(run["results"]) == 3 * len(one)
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    prints = [each["partialFingerprints"]["fwlint/v1"] for each in run["results"]]
    assert len(set(prints)) == len(prints)
    assert {each["properties"]["input"] for each in run["results"]} >= set(_NAMES[:2])


def test_sarif_of_very_many_leaves_out_what_readers_do_not_take() -> None:
    told: list[str] = []
    many = [replace(REPORT, input=f"{number}.yaml") for number in range(1300)]
    parts = [part("sarif", many[0], _OPTIONS)] * len(many)
    numbers = sum(map(tally, many), NOTHING)
    options = _OPTIONS._replace(remark=told.append)
    (text,) = whole("sarif", Total(numbers), _Lists(parts), options)

    assert len(json.loads(text)["runs"][0]["results"]) == 5000
    assert told[0].startswith("sarif leaves out ")
    assert f" of {1300 * len(parts[0]):,} results" in told[0]


def test_gitlab_is_one_list() -> None:
    one = json.loads(render("gitlab", REPORT, _OPTIONS))
    many = json.loads(_whole("gitlab", *_inputs()))

    assert len(many) == 3 * len(one)
    prints = [each["fingerprint"] for each in many]
    assert len(set(prints)) == len(prints)
    assert f"input: {_NAMES[0]}\n" in many[0]["content"]["body"]


def test_junit_has_a_suite_for_each_input() -> None:
    top = ET.fromstring(_whole("junit", *_inputs()))
    one = ET.fromstring(render("junit", REPORT, _OPTIONS))

    assert [suite.get("name") for suite in top] == list(_NAMES)
    for key in ("tests", "failures", "errors", "skipped"):
        assert int(top.get(key, "")) == 3 * int(one.get(key, ""))
        assert [suite.get(key) for suite in top] == [one.get(key)] * 3


def test_every_identifier_of_a_page_is_one_inputs_own() -> None:
    page = _whole("html", *_inputs())
    names = re.findall(r'<[^>]* id="([^"]*)"', page)
    links = re.findall(r'(?:href="#|aria-labelledby="|="url\(#)([^")]*)', page)

    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert set(links) <= set(names)
    assert len(links) > 30
    assert "<b>y" not in page
    assert page.count("<h1>") == page.count("</html>") == page.count("<!doctype html>") == 1


def test_every_link_of_the_markdown_leads_somewhere() -> None:
    text = _whole("markdown", *_inputs())
    outside = re.sub(r"(?ms)^(```+)text$.*?^\1$", "", text)
    names = re.findall(r'<a id="([^"]*)">', outside)

    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert set(re.findall(r"(?<!\\)\]\(#([^)]*)\)", outside)) <= set(names)
    assert outside.count("firewall proof report") == 4


def test_code_in_markdown_is_as_the_file_has_it() -> None:
    line = '-A INPUT -m comment --comment "see ](#x) and <a id=y"'
    source = replace(next(iter(REPORT.sources.values())), lines=[line] * 20)
    report = replace(REPORT, input="a", sources=dict.fromkeys(REPORT.sources, source))
    (body,) = [text for name, text in part("markdown", report, _OPTIONS) if name == "bodies"]

    assert "](#x) and <a id=y" in unescape(body)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_run_without_inputs_is_valid(format_name: str) -> None:
    text = _whole(format_name)

    if format_name in ("json", "sarif", "gitlab"):
        json.loads(text)
    if format_name == "junit":
        assert ET.fromstring(text).get("tests") == "1"
    if format_name in ("html", "markdown"):
        assert "Not everything could be evaluated" in text


def test_what_is_clean_says_so_once() -> None:
    assert _whole("full", *_inputs(CLEAN)) == (
        "No findings in 6 exports, 120 rules and 93 flows; 0 waived. 0 of 3 inputs have findings.\n"
    )
    assert "No fault was found in 3 inputs" in _whole("html", *_inputs(CLEAN))


def test_the_members_of_many_are_documented() -> None:
    text = (ROOT / "docs/json.md").read_text(encoding="utf-8")
    section = text.partition("\n## Many inputs\n")[2].partition("\n## ")[0]
    many = json.loads(_whole("json", *_inputs()))
    one = json.loads(render("json", REPORT, _OPTIONS))
    new = {*many, *many["summary"], *many["inputs"][0], "input"} - {*one, *one["summary"]}

    assert new <= set(re.findall(r"`(\w+)`", section))
