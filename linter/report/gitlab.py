"""GitLab's report of code quality: what a merge request shows at its lines.

A JSON list of violations, as GitLab describes them (docs.gitlab.com, «Code Quality report format»),
and with the members that Code Climate's specification has beyond that.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import Any, Final

from flowmodel.finding import Finding, Report, Settings
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.fingerprints import Fingerprints
from linter.report.json_pieces import as_list, element
from linter.report.many import TEXT, Lists, Part, Total
from linter.report.placing import from_here, placed
from linter.report.summary import words_of
from linter.report.visible import as_json, storable, visible
from linter.report.words import evidence

_SEVERITIES: Final = {"critical": "critical", "error": "major", "warning": "minor", "info": "info"}


def render(report: Report, options: Options) -> str:
    """One violation a finding, inputs that could not be evaluated first; an empty list if clean.

    A file of settings that had a say in it is one more.
    """
    violations = _violations(report, options)
    violations += _told(report.settings, options)
    return as_json(violations, indent=1) + "\n"


def part(report: Report, options: Options) -> Part:
    """The violations of one input."""
    return tuple((TEXT, element(each, indent=1)) for each in _violations(report, options))


def whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """The violations of all inputs as one list."""
    told = (element(each, indent=1) for each in _told(total.settings, options))
    yield from as_list(chain(lists.of(TEXT), told), indent=1)
    yield "\n"


def _violations(report: Report, options: Options) -> list[dict[str, Any]]:
    fingerprints = Fingerprints(report.input)
    violations = [
        _violation(failure, report, options, fingerprints, "blocker") for failure in report.failures
    ]
    violations += [
        _violation(finding, report, options, fingerprints, _SEVERITIES[finding.level])
        for finding in report.findings
    ]
    return violations


def _told(settings: Settings | None, options: Options) -> list[dict[str, Any]]:
    if settings is None or not words_of(settings):
        return []
    return [_settings(settings, words_of(settings), options)]


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
        "content": {"body": "\n".join(evidence(finding, at, report))},
        "categories": ["Security"],
        "severity": severity,
        "fingerprint": fingerprints.of(finding),
        "location": {
            "path": visible(path),
            "lines": {"begin": max(1, span.line), "end": max(1, span.line, span.last_line)},
        },
    }
