"""The format for programs: one JSON object, described in docs/json.md."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

import linter
from flowmodel.finding import Finding, Report
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.json_data import (
    baseline,
    checked,
    edit_of,
    packets,
    place_of,
    policy,
    proved,
    settings,
    unused,
    witness,
)
from linter.report.json_pieces import as_list, element
from linter.report.many import Lists, Part, Total, total_of
from linter.report.open_data import as_data
from linter.report.share import share_data, with_sum
from linter.report.tally import Tally, tally
from linter.report.visible import as_json, compact_ranges, storable

VERSION = 2
"""Changes when a reader of the old shape would go wrong, or miss what the report is about."""
LISTS: Final = (
    *("inputs", "findings", "waived", "accepted", "failures", "proved", "unused", "checked"),
    *("policies", "open"),
)
"""The members of a report on many inputs that are made of what each has, in their order."""


def render(report: Report, _options: Options) -> str:
    """The whole report; members are always there, and empty where there is nothing to say."""
    ends = _ends(total_of(report))
    opened = {"open": as_data(report.opened)}
    left_out = {"left_out": ends.pop("left_out")}
    document = {**_head(tally(report)), **_lists(report), **left_out, **opened, **ends}
    return compact_ranges(as_json(document, indent=2)) + "\n"


def part(report: Report, _options: Options) -> Part:
    """The elements of one input, each with its name, and what the input comes to."""
    its_name = storable(report.input)
    first = {"name": its_name, **_summary(tally(report))}
    members = {"inputs": [first], **_lists(report), "open": as_data(report.opened)}
    assert tuple(members) == LISTS
    return tuple(
        (member, element_of(each if each is first else {"input": its_name, **each}))
        for member, elements in members.items()
        for each in elements
    )


def element_of(value: Any) -> str:
    """An element of one of LISTS as a report on many inputs has it."""
    return element(value, 2, 2)


def whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """The members of a report by itself, with the elements of all inputs, and `inputs`.

    A share of them says so, in `shard`.
    """
    head = _head_of_many(total.numbers)
    if total.share:
        data = share_data(total.share, total, lists, options, LISTS)
        head["shard"] = with_sum(data, chain.from_iterable(map(lists.of, LISTS)))
    yield _members(head).removesuffix("\n}")
    for member in LISTS:
        yield f',\n  "{member}": '
        yield from as_list(lists.of(member), 2, 1)
    yield ",\n" + _members(_ends(total)).removeprefix("{\n") + "\n"


def around(total: Total) -> dict[str, Any]:
    """The members of a report on many inputs that are not made of their elements."""
    return {**_head_of_many(total.numbers), **_ends(total)}


def _head_of_many(numbers: Tally) -> dict[str, Any]:
    head = _head(numbers)
    head["summary"] |= {"inputs": numbers.inputs, "inputs_with_findings": numbers.with_findings}
    return head


def _members(document: dict[str, Any]) -> str:
    return compact_ranges(as_json(document, indent=2))


def _head(numbers: Tally) -> dict[str, Any]:
    return {
        "version": VERSION,
        "tool": {"name": "fwlint", "version": linter.__version__},
        "summary": _summary(numbers),
    }


def _summary(numbers: Tally) -> dict[str, int]:
    return {
        **numbers.counts,
        "waived": numbers.waived,
        "accepted": numbers.accepted,
        "failures": numbers.failures,
        "exports": numbers.exports,
        "rules": numbers.rules,
        "requirements": numbers.requirements,
    }


def _ends(total: Total) -> dict[str, Any]:
    return {
        "left_out": list(total.left_out),
        "baseline": baseline(total.baseline),
        "settings": settings(total.settings),
    }


def _lists(report: Report) -> dict[str, list[dict[str, Any]]]:
    """The members that are lists, but for what is open."""
    return {
        "findings": [_finding(finding, report) for finding in report.findings],
        "waived": [
            {
                "finding": _finding(waived.finding, report),
                "because": storable(waived.because),
                "until": waived.until,
            }
            for waived in report.waived
        ],
        "accepted": [_finding(each, report) for each in report.accepted],
        "failures": [_finding(failure, report) for failure in report.failures],
        "proved": [proved(each, report) for each in report.proved],
        "unused": [
            unused(flow, report)
            for flow in report.site.requirements
            if flow.inactive_because or not flow.ends
        ],
        "checked": [checked(each) for each in report.checked],
        "policies": [policy(each) for each in report.site.used],
    }


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
    return {
        "check": finding.check,
        "name": name(finding.check),
        "level": finding.level,
        "certainty": finding.certainty,
        "message": storable(finding.message),
        "place": place_of(finding.place, report),
        "related": [place_of(other, report) for other in finding.related],
        "device": storable(finding.device),
        "flow": storable(finding.flow),
        "rows": [storable(row) for row in finding.rows],
        "packet": storable(finding.witness),
        "witness": witness(finding.example),
        "affected": storable(finding.extent),
        "packets": packets(finding.affected),
        "digest": finding.affected.digest if finding.affected else "",
        "about": [storable(each) for each in finding.about],
        "reasons": [storable(reason) for reason in finding.reasons],
        "fix": storable(finding.remedy),
        "edit": edit_of(finding.fix),
        "no_edit": storable(finding.unfixed),
        "trace": [storable(step) for step in finding.trace],
        "key": [storable(part) for part in finding.key],
    }
