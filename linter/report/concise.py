"""One line a finding, for editors and `grep`."""

from flowmodel.finding import Finding, Report
from linter.report import Options
from linter.report.style import Style
from linter.report.summary import summary
from linter.report.visible import as_text, visible


def render(report: Report, options: Options) -> str:
    """`path:line:column: FW101 error: message [packet]`, then the summary.

    The rule's title stands behind the message where its line does not tell what it is.
    """
    style = Style(color=options.color)
    lines = [_line(finding, style) for finding in report.findings]
    return as_text("\n".join([*lines, summary(report)]) + "\n", color=options.color)


def _line(finding: Finding, style: Style) -> str:
    possible = " (possible)" if finding.certainty == "possible" else ""
    level = style.paint(finding.level, finding.level)
    packet = f" [{visible(finding.witness)}]" if finding.witness else ""
    place = visible(str(finding.span))
    title = f" ({visible(finding.title)})" if finding.title else ""
    message = visible(finding.message) + title
    return f"{place}: {finding.check} {level}{possible}: {message}{packet}"
