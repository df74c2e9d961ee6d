"""The format for programs: one JSON object, described in docs/json.md."""

from typing import Any

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
from linter.report.open_data import as_data
from linter.report.summary import counts
from linter.report.visible import as_json, compact_ranges, storable

VERSION = 2
"""Changes when a reader of the old shape would go wrong, or miss what the report is about."""


def render(report: Report, _options: Options) -> str:
    """The whole report; members are always there, and empty where there is nothing to say."""
    document = {
        "version": VERSION,
        "tool": {"name": "fwlint", "version": linter.__version__},
        "summary": {
            **counts(report),
            "waived": len(report.waived),
            "accepted": len(report.accepted),
            "failures": len(report.failures),
            "exports": report.exports,
            "rules": report.rules,
            "requirements": report.requirements,
        },
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
        "left_out": list(report.left_out),
        "open": as_data(report.opened),
        "baseline": baseline(report.baseline),
        "settings": settings(report.settings),
    }
    return compact_ranges(as_json(document, indent=2)) + "\n"


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
        "reasons": [storable(reason) for reason in finding.reasons],
        "fix": storable(finding.remedy),
        "edit": edit_of(finding.fix),
        "no_edit": storable(finding.unfixed),
        "trace": [storable(step) for step in finding.trace],
        "key": [storable(part) for part in finding.key],
    }
