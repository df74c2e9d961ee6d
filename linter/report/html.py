"""The proof report as one page for people: docs/report.md."""

from flowmodel.finding import Report
from linter.report import Options
from linter.report.proof.content import content
from linter.report.proof.engine import page


def render(report: Report, options: Options) -> str:
    """The page; nothing in it is loaded from elsewhere, and nothing of it runs."""
    return page(content(report, options))
