"""The format for programs keeps to its schema and its documentation."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flowmodel.finding import Agreed, Report, Settings
from flowmodel.record import replace
from flowmodel.source import COMMAND_LINE, Span
from linter.report import Options, render
from tests import ROOT
from tests.linter.report.samples import BLOCKED, CLEAN, REPORT, at, report_of

_SCHEMA = json.loads(Path(__file__).with_name("json_schema.json").read_text(encoding="utf-8"))
_DOCUMENT = ROOT / "docs/json.md"


def _loaded(report: Report) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(render("json", report, Options()))
    return loaded


_SETTLED = replace(
    CLEAN,
    accepted=(BLOCKED,),
    baseline=Agreed("base.json", "2027-03-01", 1, is_over=False),
    settings=Settings("fwlint.toml", site="site.yaml", ignore=("FW3",)),
)


@pytest.mark.parametrize(
    "report",
    [REPORT, CLEAN, Report(()), _SETTLED],
    ids=["full", "clean", "empty", "baseline and settings"],
)
def test_the_output_keeps_to_the_schema(report: Report) -> None:
    Draft202012Validator(_SCHEMA).validate(_loaded(report))


def test_every_member_is_documented() -> None:
    # Below it are the lists that other commands write.
    report, heading, _ = _DOCUMENT.read_text(encoding="utf-8").partition("\n## Lists\n")
    documented = set(re.findall(r"^\| `(\w+)`", report, re.MULTILINE))
    members = (
        set(_SCHEMA["properties"])
        | set(_SCHEMA["properties"]["summary"]["required"])
        | {name for each in _SCHEMA["$defs"].values() for name in each.get("properties", ())}
        | {"because", "until", "finding", "from", "to"}
        | {"inputs", "inputs_with_findings", "shard"}
    )

    assert heading
    assert documented == members


def test_any_bytes_of_a_file_become_valid_json_text() -> None:
    finding = replace(BLOCKED, message="\x00\x1b\udc80\N{RIGHT-TO-LEFT OVERRIDE}", device="\udfff")
    loaded = _loaded(report_of(finding, "\udcff" * 5))

    assert loaded["findings"][0]["message"] == "␀␛��"
    assert loaded["findings"][0]["device"] == "�"


def test_the_text_of_a_place_is_cut_at_1000_characters() -> None:
    loaded = _loaded(report_of(at(1, 1, 9), "x" * 100_000))

    assert loaded["findings"][0]["place"]["text"] == "x" * 1000


def test_arguments_have_no_lines() -> None:
    told = replace(BLOCKED, span=Span(COMMAND_LINE, 8, 3, 8, 6))
    (found,) = _loaded(report_of(told))["findings"]

    numbers = ("line", "column", "last_line", "last_column")
    assert found["place"]["path"] == "command line"
    assert [found["place"][name] for name in numbers] == [0, 0, 0, 0]
