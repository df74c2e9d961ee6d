"""GitLab's report of code quality: what a merge request shows at its lines.

A JSON list of violations, as GitLab describes them (docs.gitlab.com, «Code Quality report format»),
and with the members that Code Climate's specification has beyond that.
"""

from typing import Any, Final

from flowmodel.finding import Finding, Report
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.fingerprints import Fingerprints
from linter.report.placing import placed, relative
from linter.report.visible import as_json, visible
from linter.report.words import evidence

_SEVERITIES: Final = {"critical": "critical", "error": "major", "warning": "minor", "info": "info"}


def render(report: Report, options: Options) -> str:
    """One violation a finding, inputs that could not be evaluated first; an empty list if clean."""
    fingerprints = Fingerprints()
    violations = [
        _violation(failure, report, options, fingerprints, "blocker") for failure in report.failures
    ]
    violations += [
        _violation(finding, report, options, fingerprints, _SEVERITIES[finding.level])
        for finding in report.findings
    ]
    return as_json(violations, indent=1) + "\n"


def _violation(
    finding: Finding,
    report: Report,
    options: Options,
    fingerprints: Fingerprints,
    severity: str,
) -> dict[str, Any]:
    at = placed(finding, report, options.directory)
    span = at.place.span
    path = relative(span.path, options.directory) or span.path
    possible = "Possibly: " if finding.certainty == "possible" else ""
    return {
        "type": "issue",
        "check_name": f"{finding.check} {name(finding.check)}",
        # The only text that a merge request shows, in one line.
        "description": visible(f"{finding.check}: {possible}{finding.message}"),
        "content": {"body": "\n".join(evidence(finding, at))},
        "categories": ["Security"],
        "severity": severity,
        "fingerprint": fingerprints.of(finding),
        "location": {
            "path": visible(path),
            "lines": {"begin": max(1, span.line), "end": max(1, span.line, span.last_line)},
        },
    }
