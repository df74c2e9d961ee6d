"""What proves a finding, in lines of words: for formats that have one text for all of it."""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.report.placing import Placed
from linter.report.visible import visible


def evidence(finding: Finding, at: Placed) -> Iterator[str]:
    """`packet: …` and the like, each in one line that is safe to show."""
    yield from (visible(f"{title}: {text}") for title, text in _evidence(finding, at))


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
