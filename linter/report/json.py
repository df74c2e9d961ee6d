"""The format for programs: one JSON object, described in docs/json.md."""

from typing import Any

import linter
from flowmodel.finding import Finding, Related, Report
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.excerpt import source_line
from linter.report.summary import counts
from linter.report.visible import as_json, storable

VERSION = 1
"""Changes when a reader of the old shape would go wrong; new members alone do not change it."""

_TEXT_LIMIT = 1000


def render(report: Report, _options: Options) -> str:
    """The whole report; members are always there, and empty where there is nothing to say."""
    document = {
        "version": VERSION,
        "tool": {"name": "fwlint", "version": linter.__version__},
        "summary": {
            **counts(report),
            "waived": len(report.waived),
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
        "failures": [_finding(failure, report) for failure in report.failures],
    }
    return as_json(document, indent=2) + "\n"


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
    return {
        "check": finding.check,
        "name": name(finding.check),
        "level": finding.level,
        "certainty": finding.certainty,
        "message": storable(finding.message),
        "place": _place(finding.place, report),
        "related": [_place(other, report) for other in finding.related],
        "device": storable(finding.device),
        "flow": storable(finding.flow),
        "rows": [storable(row) for row in finding.rows],
        "packet": storable(finding.witness),
        "affected": storable(finding.extent),
        "reasons": [storable(reason) for reason in finding.reasons],
        "fix": storable(finding.remedy),
        "trace": [storable(step) for step in finding.trace],
        "key": [storable(part) for part in finding.key],
    }


def _place(place: Related, report: Report) -> dict[str, Any]:
    span = place.span
    text = place.title or source_line(report.sources, span) or ""
    return {
        "path": storable(span.path),
        "line": span.line,
        "column": span.column,
        "last_line": span.last_line,
        "last_column": span.last_column,
        "text": storable(text[:_TEXT_LIMIT]),
        "label": storable(place.label),
    }
