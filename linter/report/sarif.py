"""SARIF 2.1.0 as GitHub code scanning and other viewers want it.

Comments name the habit of a reader that each choice is for.
"""

import json
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final

import sarif_om as om

import linter
from flowmodel.finding import LEVELS, Finding, Level, Report, Waived
from linter.checks.catalogue import IDS, every
from linter.checks.check import Check
from linter.report import Options
from linter.report.fingerprints import Fingerprints
from linter.report.many import Lists, Part, Total, total_of
from linter.report.placing import Placed, placed
from linter.report.sarif_encoder import encode
from linter.report.sarif_places import code_flow, fix_of, location, told
from linter.report.share import sentence, share_data, with_sum
from linter.report.summary import words_of
from linter.report.visible import as_json
from linter.report.words import input_of

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
# GitHub keeps 5 000 results, and not always the worst; it refuses over 10 MB, compressed. What the
# rules of all checks take up is well within the rest.
MOST_RESULTS: Final = 5_000
_MOST_BYTES: Final = 9_000_000
# GitHub shows as many places of a result.
_MOST_PLACES: Final = 100
_SETTLED: Final = "settled"
"""Where the parts of inputs have what is waived or accepted, behind all levels."""
LISTS: Final = (*reversed(LEVELS), _SETTLED)
"""The lists of parts, in the order of the results."""
PROPERTY: Final = "fwlint/shard"
"""Where a run says that it has a share of the inputs."""

_RULE_INDEX: Final = {check: index for index, check in enumerate(IDS)}


def render(report: Report, options: Options) -> str:
    """One run with a result for each finding and each input that could not be evaluated.

    What readers would refuse is left out, the least severe first, and said.
    """
    results = [encode(each) for _, each in _results(report, options)]
    log = _log(results, len(results), total_of(report), options)
    return as_json(log, indent=1) + "\n"


def part(report: Report, options: Options) -> Part:
    """The results of one input by their level, each a line: the worst of all inputs are first."""
    return tuple((level, line_of(encode(each))) for level, each in _results(report, options))


def whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """One run with the results of all inputs, the worst ones first."""
    first = list(islice(chain.from_iterable(map(lists.of, LISTS)), MOST_RESULTS))
    number = sum(count for name in LISTS for _, count in lists.runs(name))
    share = None
    if total.share:
        data = share_data(total.share, total, lists, options, LISTS)
        share = {PROPERTY: with_sum(data, first)}
    log = _log([json.loads(line) for line in first], number, total, options, share)
    yield as_json(log, indent=1) + "\n"


def line_of(result: Any) -> str:
    """A result as `part` has it."""
    return as_json(result) + "\n"


def _log(
    results: list[Any],
    number: int,
    total: Total,
    options: Options,
    properties: dict[str, Any] | None = None,
) -> Any:
    """The whole file, with those of so many results that readers take."""
    # Of those that a share leaves out for their size, all inputs together may have some.
    fitting = results if total.share else _fitting(results)
    left_out = _left_out(number - len(fitting), number)
    if left_out:
        options.remark(f"sarif {left_out}; all other formats have all of them")
    run = om.Run(
        tool=om.Tool(driver=_driver()),
        column_kind="unicodeCodePoints",
        # Present and empty when clean: without it, or without a run, the file is refused.
        results=fitting,
        invocations=[_invocation(total, left_out, options)],
        properties=properties,
    )
    if options.category:
        run.automation_details = om.RunAutomationDetails(id=told(options.category) + "/")
    return encode(om.SarifLog(runs=[run], version="2.1.0", schema_uri=_SCHEMA))


def _fitting(results: list[Any]) -> list[Any]:
    """Those of the results that readers take, the first ones first; never none of some."""
    if len(results) <= MOST_RESULTS and len(as_json(results)) <= _MOST_BYTES:
        return results
    found: list[Any] = []
    packer, size = zlib.compressobj(), 0
    for result in results[:MOST_RESULTS]:
        with_it = packer.copy()
        packed = with_it.compress(as_json(result).encode()) + with_it.flush(zlib.Z_SYNC_FLUSH)
        if size + len(packed) <= _MOST_BYTES:
            packer, size = with_it, size + len(packed)
            found.append(result)
    # A file that is refused is better than one that looks clean.
    return found or results[:1]


def _left_out(number: int, every: int) -> str:
    """What is said of results that are not there; nothing if all are."""
    if not number:
        return ""
    which = f"{number:,} of {every:,} results, the least severe or longest ones"
    return f"leaves out {which}, as code scanning takes no more"


def _driver() -> om.ToolComponent:
    # The project has no page on the web that it could promise to keep; an identifier of the package
    # is an absolute URI too (SARIF 2.1.0, section 3.19.17, and package-url's specification).
    return om.ToolComponent(
        name="fwlint",
        information_uri=f"pkg:generic/fwlint@{linter.__version__}",
        version=linter.__version__,
        semantic_version=semantic(linter.__version__),
        rules=[_rule(check) for check in every()],
    )


def semantic(version: str) -> str:
    """A version of Python as Semantic Versioning writes it: `0.2.0-dev.0` of `0.2.0.dev0`."""
    return version.replace(".dev", "-dev.")


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


def _invocation(total: Total, left_out: str, options: Options) -> om.Invocation:
    invocation = om.Invocation(execution_successful=not total.numbers.failures)
    notes = []
    if left_out:
        text = f"This file {left_out}."
        notes.append(om.Notification(message=om.Message(text=text), level="warning"))
    notes += [
        om.Notification(message=om.Message(text=text), level="note")
        for text in sentence(total.share)
    ]
    if total.baseline:
        number = total.numbers.accepted
        ended = f"The baseline ended on {total.baseline.expires}: it accepts nothing."
        shown = "shown as suppressed" if options.include_waived else "left out"
        text = ended if total.baseline.is_over else f"Accepted by the baseline: {number}, {shown}."
        notes.append(om.Notification(message=om.Message(text=text), level="note"))
    invocation.tool_execution_notifications = notes or None
    if text := words_of(total.settings):
        words = om.Notification(message=om.Message(text=text), level="note")
        invocation.tool_configuration_notifications = [words]
    return invocation


def _results(report: Report, options: Options) -> Iterator[tuple[str, om.Result]]:
    """The results with their levels, the worst first; failures are results too.

    Without them a failed run would look clean: GitHub takes one without a result as proof that
    every open alert is mended.
    """
    waived = report.settled if options.include_waived else ()
    findings = sorted(report.failures + report.findings, key=_rank)
    fingerprints = Fingerprints(report.input)
    for finding in findings:
        at = placed(finding, report, options.directory)
        result = _result(finding, at, report, options, fingerprints.of(finding))
        if waived or (report.input and options.include_waived):
            result.suppressions = []
        yield finding.level, result
    for each in waived:
        at = placed(each.finding, report, options.directory)
        result = _result(each.finding, at, report, options, fingerprints.of(each.finding))
        result.suppressions = [_suppression(each)]
        yield _SETTLED, result


def _rank(finding: Finding) -> int:
    return -LEVELS.index(finding.level)


def _suppression(waived: Waived) -> om.Suppression:
    reason = f"{told(waived.because)} (until {waived.until})"
    return om.Suppression(kind="external", justification=reason)


def _result(
    finding: Finding, at: Placed, report: Report, options: Options, fingerprint: str
) -> om.Result:
    directory, sources = options.directory, report.sources
    related = [
        location(other, directory, sources, number=number)
        for number, other in enumerate(at.related[:_MOST_PLACES], start=1)
    ]
    flow = code_flow(finding.way, directory, sources)
    return om.Result(
        rule_id=finding.check,
        rule_index=_RULE_INDEX[finding.check],
        level=_LEVELS[finding.level],
        message=om.Message(text=_message(finding, at, report)),
        locations=[location(at.place, directory, sources)],
        related_locations=related or None,
        code_flows=[flow] if flow else None,
        fixes=[fix_of(finding.fix, directory)] if finding.fix else None,
        partial_fingerprints={"fwlint/v1": fingerprint},
        properties=_properties(finding, report),
    )


def _properties(finding: Finding, report: Report) -> dict[str, Any]:
    texts = {
        "input": report.input,
        "severity": finding.level,
        "certainty": finding.certainty,
        "device": finding.device,
        "flow": finding.flow,
        "packet": finding.witness,
        "affected": finding.extent,
    }
    return {key: told(text) for key, text in texts.items() if text}


def _message(finding: Finding, at: Placed, report: Report) -> str:
    """The message and its evidence; a related place is only shown where the text links to it."""
    possible = "Possibly: " if finding.certainty == "possible" else ""
    lines = [possible + finding.message]
    if its_input := input_of(finding, report):
        lines.append(f"Input: {its_input}")
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
        for number, other in enumerate(at.related[:_MOST_PLACES], start=1)
    ]
    named = [
        f"See {other.label or 'the place'}: {other.span}" for other in at.elsewhere[:_MOST_PLACES]
    ]
    return "\n".join([*map(_plain, lines), *links, *map(_plain, named)])


def _plain(text: str) -> str:
    """One line, whatever the text has, with brackets that begin no link (SARIF, section 3.11.6)."""
    text = told(text).replace("\\", "\\\\")
    return text.replace("[", "\\[").replace("]", "\\]")
