"""Where findings are shown that are about files outside the user's repository."""

import json
from typing import Any

import pytest

from flowmodel.finding import Finding, Related, Report
from flowmodel.record import replace
from flowmodel.source import Source, Span
from linter.report import Options, render
from policies import COMMAND_LINE, PRODUCTS, is_shipped, load_policy
from tests.linter.report.samples import BLOCKED

_DIRECTORY = "/home/me/repository"
_SHIPPED = Span("policies/products/leap.yaml", 126, 9, 126, 15)
_OUTSIDE = Span("../exports/edge.rules", 7, 1, 7, 9)
_MINE = Span("exports/edge.rules", 3, 1, 3, 9)
_SITE = Source("site.yaml", ["fwlint: site/1"])
_SHIPPED_SOURCE = Source(_SHIPPED.path, [""] * 200)


def _finding(span: Span, *related: Related) -> Finding:
    return replace(BLOCKED, span=span, label="this one", related=related, way=(), fix=None)


def _report(finding: Finding, *sources: Source) -> Report:
    return Report((finding,), sources={each.path: each for each in sources})


def _sarif(finding: Finding, *sources: Source) -> dict[str, Any]:
    text = render("sarif", _report(finding, *sources), Options(directory=_DIRECTORY))
    (result,) = json.loads(text)["runs"][0]["results"]
    assert isinstance(result, dict)
    return result


def _at(location: dict[str, Any]) -> tuple[str, int]:
    place = location["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_policy_that_comes_with_fwlint_is_known_by_its_path(name: str) -> None:
    assert is_shipped(load_policy(name).span.path)


@pytest.mark.parametrize("path", ["site.yaml", "policies/leap.yaml", "policies/products/my.yaml"])
def test_other_files_are_none_that_come_with_fwlint(path: str) -> None:
    assert not is_shipped(path)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (_SHIPPED, "policies/products/leap.yaml:126:9"),
        (_OUTSIDE, "../exports/edge.rules:7:1"),
        (Span("/etc/\nfix: none", 1, 1, 1, 1), "/etc/␊fix: none:1:1"),
        (Span(COMMAND_LINE, 1, 1, 1, 1), "command line"),
    ],
)
def test_a_place_outside_the_repository_is_named_and_not_linked(other: Span, named: str) -> None:
    result = _sarif(_finding(_MINE, Related(other, "required by this"), Related(_MINE, "near")))

    assert [_at(each) for each in result["relatedLocations"]] == [("exports/edge.rules", 3)]
    assert result["message"]["text"].split("\n")[-2:] == [
        "See [near](1).",
        f"See required by this: {named}",
    ]


@pytest.mark.parametrize("span", [_SHIPPED, _OUTSIDE])
@pytest.mark.parametrize(
    ("related", "sources", "expected"),
    [
        ((Related(_MINE, "decided here"),), (_SITE,), ("exports/edge.rules", 3)),
        ((Related(_SHIPPED, "the flow"),), (_SHIPPED_SOURCE, _SITE), ("site.yaml", 1)),
        ((), (_SITE,), ("site.yaml", 1)),
    ],
)
def test_a_finding_about_a_file_outside_is_shown_in_the_repository(
    span: Span, related: tuple[Related, ...], sources: tuple[Source, ...], expected: tuple[str, int]
) -> None:
    result = _sarif(_finding(span, *related), *sources)

    assert _at(result["locations"][0]) == expected
    assert f"See this one: {span}" in result["message"]["text"].split("\n")
    assert "](1)" not in result["message"]["text"]


def test_a_finding_without_any_place_in_the_repository_keeps_its_own() -> None:
    result = _sarif(_finding(_OUTSIDE, Related(_SHIPPED, "the flow")))

    assert _at(result["locations"][0]) == ("file:///home/me/exports/edge.rules", 7)
    assert result["message"]["text"].endswith("See the flow: policies/products/leap.yaml:126:9")


def test_annotations_and_the_reports_of_gitlab_are_shown_in_the_repository_too() -> None:
    report, options = _report(_finding(_SHIPPED), _SITE), Options(directory=_DIRECTORY)

    assert ",file=site.yaml,line=1," in render("github", report, options)
    assert "%0Aat: policies/products/leap.yaml:126:9%0A" in render("github", report, options)
    (violation,) = json.loads(render("gitlab", report, options))
    assert violation["location"] == {"path": "site.yaml", "lines": {"begin": 1, "end": 1}}
    assert violation["content"]["body"].startswith("place: policies/products/leap.yaml:126:9 ")
    assert ' file="site.yaml">' in render("junit", report, options)
