"""The proof report as one page for people: docs/report.md."""

from collections.abc import Iterator

from flowmodel.finding import Report
from linter.report import Options
from linter.report.many import Lists, Part, Total
from linter.report.proof.content import content
from linter.report.proof.engine import page
from linter.report.proof.many import html_part, html_whole


def render(report: Report, options: Options) -> str:
    """The page; nothing in it is loaded from elsewhere, and nothing of it runs."""
    return page(content(report, options))


def part(report: Report, options: Options) -> Part:
    """The report on one input of many."""
    return html_part(report, options)


def whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """All of them below a table of the inputs."""
    return html_whole(total, lists, options)
