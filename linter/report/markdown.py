"""The proof report as Markdown, with the content of the page: docs/report.md."""

from flowmodel.finding import Report
from linter.report import Options
from linter.report.proof.content import content
from linter.report.proof.engine import markdown


def render(report: Report, options: Options) -> str:
    """The text, for a ticket, a wiki or the summary of a job."""
    return markdown(content(report, options))
