"""SARIF 2.1.0 as GitHub code scanning and other viewers want it.

Comments name the habit of a reader that each choice is for.
"""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

import sarif_om as om

import linter
from flowmodel.finding import LEVELS, Finding, Level, Report, Waived
from linter.checks.catalogue import IDS, every
from linter.checks.check import Check
from linter.report import Options
from linter.report.sarif_encoder import encode
from linter.report.sarif_places import fix_of, location
from linter.report.summary import settings_words
from linter.report.visible import as_json, storable, visible

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"critical": "error", "error": "error", "warning": "warning", "info": "note"}
# A text, and one number a rule: GitHub reads it as CVSS bands, and has none for a single result.
_SEVERITIES: Final[dict[Level, str]] = {
    "critical": "9.5",
    "error": "8.0",
    "warning": "5.0",
    "info": "2.0",
}
_FAMILIES: Final = {
    "1": "required-traffic",
    "2": "exposure",
    "3": "rule-base",
    "4": "ipv6",
    "5": "site",
    "9": "input",
}
_UNPROVED: Final = frozenset({"FW109", "FW113", "FW901", "FW902"})
# GitHub refuses a file with more results, and a result with more places.
_MOST_RESULTS: Final = 25_000
_MOST_PLACES: Final = 100

_RULE_INDEX: Final = {check: index for index, check in enumerate(IDS)}


def render(report: Report, options: Options) -> str:
    """One run with a result for each finding and each input that could not be evaluated."""
    results = list(_results(report, options))
    left_out = max(0, len(results) - _MOST_RESULTS)
    run = om.Run(
        tool=om.Tool(driver=_driver()),
        column_kind="unicodeCodePoints",
        # Present and empty when clean: without it, or without a run, the file is refused.
        results=results[:_MOST_RESULTS],
        invocations=[_invocation(report, left_out)],
    )
    if options.category:
        run.automation_details = om.RunAutomationDetails(id=storable(options.category) + "/")
    log = om.SarifLog(runs=[run], version="2.1.0", schema_uri=_SCHEMA)
    return as_json(encode(log), indent=1) + "\n"


def _driver() -> om.ToolComponent:
    return om.ToolComponent(
        name="fwlint",
        version=linter.__version__,
        semantic_version=linter.__version__,
        rules=[_rule(check) for check in every()],
    )


def _rule(check: Check) -> om.ReportingDescriptor:
    page = check.page
    return om.ReportingDescriptor(
        id=check.id,
        name="".join(word.capitalize() for word in check.name.split("-")),
        short_description=om.MultiformatMessageString(text=check.summary),
        full_description=om.MultiformatMessageString(text=check.summary),
        help=om.MultiformatMessageString(text=page, markdown=page),
        default_configuration=om.ReportingConfiguration(level=_LEVELS[check.level]),
        properties={
            "tags": ["security", "firewall", _FAMILIES[check.id[2]]],
            "precision": "medium" if check.id in _UNPROVED else "very-high",
            "problem.severity": "recommendation" if check.level == "info" else _problem(check),
            "security-severity": _SEVERITIES[check.level],
        },
    )


def _problem(check: Check) -> str:
    return "warning" if check.level == "warning" else "error"


def _invocation(report: Report, left_out: int) -> om.Invocation:
    invocation = om.Invocation(execution_successful=not report.failures)
    notes = []
    if left_out:
        text = f"{left_out} less severe results are left out: readers refuse more."
        notes.append(om.Notification(message=om.Message(text=text), level="warning"))
    if report.baseline:
        ended = f"The baseline ended on {report.baseline.expires}: it accepts nothing."
        left = f"{len(report.accepted)} results are left out: the baseline accepts them."
        text = ended if report.baseline.is_over else left
        notes.append(om.Notification(message=om.Message(text=text), level="note"))
    invocation.tool_execution_notifications = notes or None
    if text := settings_words(report):
        told = om.Notification(message=om.Message(text=text), level="note")
        invocation.tool_configuration_notifications = [told]
    return invocation


def _results(report: Report, options: Options) -> Iterator[om.Result]:
    """The results, the worst first; failures are results too, or the run would look clean.

    GitHub takes a run without a result as proof that every open alert is mended.
    """
    waived = report.settled if options.include_waived else ()
    findings = sorted(report.failures + report.findings, key=_rank)
    fingerprints = _Fingerprints()
    for finding in findings:
        result = _result(finding, options, fingerprints.of(finding))
        if waived:
            result.suppressions = []
        yield result
    for each in waived:
        result = _result(each.finding, options, fingerprints.of(each.finding))
        result.suppressions = [_suppression(each)]
        yield result


def _rank(finding: Finding) -> int:
    return -LEVELS.index(finding.level)


def _suppression(waived: Waived) -> om.Suppression:
    reason = f"{storable(waived.because)} (until {waived.until})"
    return om.Suppression(kind="external", justification=reason)


def _result(finding: Finding, options: Options, fingerprint: str) -> om.Result:
    related = [
        location(other, options.directory, number=number)
        for number, other in enumerate(finding.related[:_MOST_PLACES], start=1)
    ]
    return om.Result(
        rule_id=finding.check,
        rule_index=_RULE_INDEX[finding.check],
        level=_LEVELS[finding.level],
        message=om.Message(text=_message(finding)),
        locations=[location(finding.place, options.directory)],
        related_locations=related or None,
        fixes=[fix_of(finding.fix, options.directory)] if finding.fix else None,
        partial_fingerprints={"fwlint/v1": fingerprint},
        properties=_properties(finding),
    )


def _properties(finding: Finding) -> dict[str, Any]:
    texts = {
        "severity": finding.level,
        "certainty": finding.certainty,
        "device": finding.device,
        "flow": finding.flow,
        "packet": finding.witness,
        "affected": finding.extent,
    }
    return {key: storable(text) for key, text in texts.items() if text}


def _message(finding: Finding) -> str:
    """The message and its evidence; a related place is only shown where the text links to it."""
    possible = "Possibly: " if finding.certainty == "possible" else ""
    lines = [possible + finding.message]
    if finding.title:
        lines.append(f"Rule: {finding.title}")
    lines += [f"Document: {row}" for row in finding.rows]
    if finding.witness:
        lines.append(f"Packet: {finding.witness}")
    if finding.extent:
        lines.append(f"Affected: {finding.extent}")
    lines += [f"Because: {reason}" for reason in finding.reasons]
    if finding.remedy:
        lines.append(f"Fix: {finding.remedy}")
    links = [
        f"See [{_plain(other.label or str(other.span))}]({number})."
        for number, other in enumerate(finding.related[:_MOST_PLACES], start=1)
    ]
    return "\n".join([_plain(line) for line in lines] + links)


def _plain(text: str) -> str:
    """The text with brackets that begin no link (SARIF 2.1.0, section 3.11.6)."""
    text = visible(text).replace("\\", "\\\\")
    return text.replace("[", "\\[").replace("]", "\\]")


class _Fingerprints:
    """What makes a finding the same one in the next run: its key, never a line number.

    `primaryLocationLineHash` is left to GitHub, which computes it anyway and warns when it differs.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding) -> str:
        parts = (finding.check, finding.device, finding.flow, *(finding.key or (finding.message,)))
        digest = sha256("\0".join(map(storable, parts)).encode()).hexdigest()[:32]
        self._seen[digest] += 1
        return f"{digest}:{self._seen[digest]}"
