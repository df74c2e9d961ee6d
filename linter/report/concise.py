"""One line a finding, for editors and `grep`."""

from collections.abc import Iterator

from flowmodel.finding import Finding, Report
from linter.report import Options
from linter.report.many import TEXT, Lists, Part, Total
from linter.report.style import Style
from linter.report.summary import summary, summed
from linter.report.visible import as_text, visible
from linter.report.words import input_of


def render(report: Report, options: Options) -> str:
    """`path:line:column: FW101 error: message [packet]`, then the summary.

    The rule's title stands behind the message where its line does not tell what it is.
    """
    return as_text(_lines(report, options) + summary(report) + "\n", color=options.color)


def part(report: Report, options: Options) -> Part:
    """The lines of one input."""
    return ((TEXT, as_text(_lines(report, options), color=options.color)),)


def whole(total: Total, lists: Lists, _options: Options) -> Iterator[str]:
    """The lines of all inputs, then the summary."""
    yield from lists.of(TEXT)
    yield as_text(summed(total.numbers, total.baseline, total.settings, total.share) + "\n")


def _lines(report: Report, options: Options) -> str:
    style = Style(color=options.color)
    return "".join(f"{_line(finding, report, style)}\n" for finding in report.findings)


def _line(finding: Finding, report: Report, style: Style) -> str:
    possible = " (possible)" if finding.certainty == "possible" else ""
    level = style.paint(finding.level, finding.level)
    packet = f" [{visible(finding.witness)}]" if finding.witness else ""
    place = visible(str(finding.span))
    title = f" ({visible(finding.title)})" if finding.title else ""
    message = visible(finding.message) + title
    its_input = input_of(finding, report)
    whose = f" (in {visible(its_input)})" if its_input else ""
    return f"{place}: {finding.check} {level}{possible}: {message}{packet}{whose}"
