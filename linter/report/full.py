"""The format for people: every finding with its place, its evidence and what would satisfy it."""

from collections.abc import Iterator, Mapping

from flowmodel.finding import Finding, Level, Related, Report
from flowmodel.fix import Fix
from flowmodel.source import Source, Span
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.excerpt import excerpt, source_line
from linter.report.many import TEXT, Lists, Part, Total
from linter.report.open_table import tables
from linter.report.style import Style
from linter.report.summary import levels_in_words, summary, summed
from linter.report.tally import tally
from linter.report.visible import as_text, visible


def render(report: Report, options: Options) -> str:
    """Every finding as a paragraph, then what is open, and the summary."""
    text = _body(report, options) + summary(report) + "\n"
    return as_text(text, color=options.color)


def part(report: Report, options: Options) -> Part:
    """The same of one input below its name; nothing where there is nothing to say of it."""
    body = _body(report, options)
    if not body:
        return ((TEXT, ""),)
    found = ", ".join(levels_in_words(tally(report))) or "no findings"
    name = Style(color=options.color).paint(visible(report.input), "bold")
    return ((TEXT, as_text(f"==> {name}: {found}\n\n{body}", color=options.color)),)


def whole(total: Total, lists: Lists, _options: Options) -> Iterator[str]:
    """The inputs, then the summary."""
    yield from lists.of(TEXT)
    yield as_text(summed(total.numbers, total.baseline, total.settings, total.share) + "\n")


def _body(report: Report, options: Options) -> str:
    style = Style(color=options.color)
    paragraphs = (
        "\n".join(_paragraph(finding, report.sources, style, trace=options.trace)) + "\n\n"
        for finding in report.findings
    )
    opened = ("\n".join(lines) + "\n\n" for lines in tables(report.opened, style))
    return "".join((*paragraphs, *opened))


def _paragraph(
    finding: Finding, sources: Mapping[str, Source], style: Style, *, trace: bool
) -> Iterator[str]:
    places = (finding.place, *finding.related)
    gutter = max(len(str(each.span.line)) for each in places)
    yield _headline(finding, style)
    yield from _place(finding.place, sources, gutter, style, finding.level)
    for related in finding.related:
        yield from _place(related, sources, gutter, style, None)
    for title, text in _evidence(finding, trace=trace):
        yield _member(title, text, gutter, style)
    if finding.fix is not None:
        yield from _edits(finding.fix, gutter, style)
    elif finding.unfixed:
        yield _member("edit", visible(f"none: {finding.unfixed}"), gutter, style)


def _member(title: str, text: str, gutter: int, style: Style) -> str:
    return " " * gutter + style.paint(" = ", "frame") + style.paint(title, "bold") + f": {text}"


def _edits(fix: Fix, gutter: int, style: Style) -> Iterator[str]:
    """The edit, line by line, then the same as commands, and what is proved of it."""
    for edit in fix.edits:
        column = f":{edit.column}" if edit.column else ""
        yield _member("edit", visible(f"{edit.path}:{edit.line}{column}"), gutter, style)
        for sign, lines in (("-", edit.old), ("+", edit.new)):
            yield from (f"{' ' * gutter}   {sign} {visible(line.expandtabs(4))}" for line in lines)
    for command in fix.commands:
        yield _member("run", visible(command), gutter, style)
    for step in fix.steps:
        yield _member("page", visible(step), gutter, style)
    yield _member("proved", visible(fix.effect), gutter, style)


def _headline(finding: Finding, style: Style) -> str:
    possible = ", possible" if finding.certainty == "possible" else ""
    tag = style.paint(f"{finding.level}[{finding.check}{possible}]", finding.level)
    return f"{tag} {style.paint(name(finding.check), 'bold')}: {visible(finding.message)}"


def _place(
    place: Related, sources: Mapping[str, Source], gutter: int, style: Style, level: Level | None
) -> Iterator[str]:
    """The lines for one place; the deciding one has the finding's level, related ones none."""
    span, label = place.span, visible(place.label)
    arrow = style.paint("-->" if level else ":::", "frame")
    line = source_line(sources, span)
    if place.title:
        # In XML and JSON the line itself says little: `<rule>`, or a whole account.
        line, span = place.title, Span(span.path, span.line, 1, span.line, len(place.title))
    if line is None:
        yield f"{' ' * gutter}{arrow} {visible(str(place.span))} {label}".rstrip()
        return
    shown = excerpt(line, span)
    bar = style.paint("|", "frame")
    marks = style.paint(("^" if level else "-") * shown.carets, level or "frame")
    below = f"{' ' * shown.indent}{marks} {label}".rstrip()
    yield f"{' ' * gutter}{arrow} {visible(str(place.span))}"
    yield f"{' ' * gutter} {bar}"
    yield f"{style.paint(str(span.line).rjust(gutter), 'frame')} {bar} {shown.line}".rstrip()
    yield f"{' ' * gutter} {bar} {below}"


def _evidence(finding: Finding, *, trace: bool) -> Iterator[tuple[str, str]]:
    where = f" on {finding.device}" if finding.device else ""
    if finding.flow:
        yield "flow", visible(finding.flow + where)
    elif finding.device:
        yield "device", visible(finding.device)
    for row in finding.rows:
        yield "document", visible(row)
    if finding.witness:
        yield "packet", visible(finding.witness)
    if finding.extent:
        yield "affected", visible(finding.extent)
    for reason in finding.reasons:
        yield "because", visible(reason)
    if finding.remedy:
        yield "fix", visible(finding.remedy)
    if trace:
        for step in finding.trace:
            yield "trace", visible(step)
