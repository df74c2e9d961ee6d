"""The proof report as Markdown, with the content of the page: docs/report.md."""

from collections.abc import Iterator

from flowmodel.finding import Report
from linter.report import Options
from linter.report.many import Lists, Part, Total
from linter.report.proof.content import content
from linter.report.proof.engine import markdown
from linter.report.proof.many import markdown_part, markdown_whole


def render(report: Report, options: Options) -> str:
    """The text, for a ticket, a wiki or the summary of a job."""
    return markdown(content(report, options))


def part(report: Report, options: Options) -> Part:
    """The report on one input of many."""
    return markdown_part(report, options)


def whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """All of them below a table of the inputs."""
    return markdown_whole(total, lists, options)
