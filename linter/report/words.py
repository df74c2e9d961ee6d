"""What proves a finding, in lines of words: for formats that have one text for all of it."""

from collections.abc import Iterator

from flowmodel.finding import Finding, Report
from linter.report.placing import Placed
from linter.report.visible import visible


def evidence(finding: Finding, at: Placed, report: Report) -> Iterator[str]:
    """`packet: …` and the like, each in one line that is safe to show."""
    if its_input := input_of(finding, report):
        yield visible(f"input: {its_input}")
    yield from (visible(f"{title}: {text}") for title, text in _evidence(finding, at))


def input_of(finding: Finding, report: Report) -> str:
    """The input that a finding is about, where there are many and its place says something else."""
    is_said = report.input in (finding.span.path, finding.device)
    return "" if is_said else report.input


def _evidence(finding: Finding, at: Placed) -> Iterator[tuple[str, str]]:
    yield "place", f"{finding.span} {finding.label}".rstrip()
    if finding.title:
        yield "rule", finding.title
    for other in (*at.related, *at.elsewhere):
        if other != finding.place:
            yield "see", f"{other.span} {other.label}".rstrip()
    for title, text in (("device", finding.device), ("flow", finding.flow)):
        if text:
            yield title, text
    for row in finding.rows:
        yield "document", row
    for title, text in (("packet", finding.witness), ("affected", finding.extent)):
        if text:
            yield title, text
    for reason in finding.reasons:
        yield "because", reason
    if finding.remedy:
        yield "fix", finding.remedy
