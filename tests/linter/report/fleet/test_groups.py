"""Findings in groups, and who the owners of inputs are."""

import pytest

from linter.report.fleet.groups import Names, grouped, names, owners
from tests.linter.report.fleet.samples import DATABASE, SILENT, told


def test_the_same_rule_on_many_inputs_is_one_group() -> None:
    findings = [told(f"h{number}") for number in range(212)]
    findings += [told("h0", identity="again", certainty="possible", level="warning")]
    findings += [told("h3", SILENT)]

    groups = grouped(findings, lambda each: each.kind)

    assert list(groups) == [DATABASE, SILENT]
    its = groups[DATABASE]
    assert (its.level, its.findings, its.possible) == ("error", 213, 1)
    assert (its.inputs.number, its.inputs.shown[:2], its.inputs.more) == (212, ("h0", "h1"), 202)
    assert its.inputs.words.endswith("h9 and 202 more")


def test_the_worst_level_stands_first_however_few_inputs_have_it() -> None:
    findings = [told("a"), told("b"), told("c", SILENT, level="critical")]

    assert list(grouped(findings, lambda each: each.kind)) == [SILENT, DATABASE]


def test_a_name_counts_once() -> None:
    assert names(["a", "b", "a"]) == Names(("a", "b"), 0)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["exports/net/a", "exports/web/b"], ["net", "web"]),
        (["exports/net/a", "exports/net/more/b"], ["exports/net", "more"]),
        (["a", "b"], [".", "."]),
        (["/srv/x/net/a", "/srv/x/web/deep/b"], ["net", "web"]),
        (["sites/north/site.yaml"], ["sites/north"]),
        (["net/a", "network/b"], ["net", "network"]),
        ([], []),
    ],
)
def test_the_owner_is_the_first_folder_that_not_all_inputs_share(
    inputs: list[str], expected: list[str]
) -> None:
    found = owners(inputs)

    assert [found[name] for name in inputs] == expected
