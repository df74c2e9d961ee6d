"""GitLab's report of code quality: what a merge request shows at its lines.

A JSON list of violations, as GitLab describes them (docs.gitlab.com, «Code Quality report format»),
and with the members that Code Climate's specification has beyond that.
"""

from hashlib import sha256
from typing import Any, Final

from flowmodel.finding import Finding, Report, Settings
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.fingerprints import Fingerprints
from linter.report.placing import from_here, placed
from linter.report.summary import settings_words
from linter.report.visible import as_json, storable, visible
from linter.report.words import evidence

_SEVERITIES: Final = {"critical": "critical", "error": "major", "warning": "minor", "info": "info"}


def render(report: Report, options: Options) -> str:
    """One violation a finding, inputs that could not be evaluated first; an empty list if clean.

    A file of settings that had a say in it is one more.
    """
    fingerprints = Fingerprints()
    violations = [
        _violation(failure, report, options, fingerprints, "blocker") for failure in report.failures
    ]
    violations += [
        _violation(finding, report, options, fingerprints, _SEVERITIES[finding.level])
        for finding in report.findings
    ]
    if report.settings and settings_words(report):
        violations.append(_settings(report.settings, settings_words(report), options))
    return as_json(violations, indent=1) + "\n"


def _settings(settings: Settings, told: str, options: Options) -> dict[str, Any]:
    path = from_here(settings.path, options.directory)
    return {
        "type": "issue",
        "check_name": "fwlint settings",
        "description": told,
        "content": {"body": told},
        "categories": ["Security"],
        "severity": "info",
        # What is told is what makes it the same: a new word in the settings is new in a request.
        "fingerprint": sha256(storable(told).encode()).hexdigest()[:32],
        "location": {"path": visible(path), "lines": {"begin": 1, "end": 1}},
    }


def _violation(
    finding: Finding,
    report: Report,
    options: Options,
    fingerprints: Fingerprints,
    severity: str,
) -> dict[str, Any]:
    at = placed(finding, report, options.directory)
    span = at.place.span
    path = from_here(span.path, options.directory)
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
