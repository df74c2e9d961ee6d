"""Workflow commands of GitHub Actions: annotations on the lines of a pull request."""

from collections.abc import Iterator
from typing import Final

from flowmodel.finding import Finding, Report, Settings
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.many import TEXT, Lists, Part, Total
from linter.report.placing import Placed, from_here, placed
from linter.report.summary import words_of
from linter.report.visible import as_annotation, as_property, visible
from linter.report.words import input_of

_COMMANDS: Final = {"critical": "error", "error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, options: Options) -> str:
    """One command a finding, inputs that could not be evaluated among them; empty if clean.

    A file of settings that had a say in it is a notice.
    """
    return _commands(report, options) + _notice(report.settings, options.directory)


def part(report: Report, options: Options) -> Part:
    """The commands of one input."""
    return ((TEXT, _commands(report, options)),)


def whole(total: Total, lists: Lists, options: Options) -> Iterator[str]:
    """The commands of all inputs, and the notice about settings."""
    yield from lists.of(TEXT)
    yield _notice(total.settings, options.directory)


def _commands(report: Report, options: Options) -> str:
    commands = (
        _command(finding, placed(finding, report, options.directory), report, options.directory)
        for finding in report.failures + report.findings
    )
    return "".join(f"{command}\n" for command in commands)


def _notice(settings: Settings | None, directory: str) -> str:
    if settings is None or not words_of(settings):
        return ""
    path = as_property(from_here(settings.path, directory))
    told = as_annotation(words_of(settings))
    return f"::notice title=fwlint,file={path}::{told}\n"


def _command(finding: Finding, at: Placed, report: Report, directory: str) -> str:
    span = at.place.span
    possible = ", possible" if finding.certainty == "possible" else ""
    properties = {
        "title": f"{finding.check} {name(finding.check)}{possible}",
        "file": from_here(span.path, directory),
        "line": str(span.line),
        "endLine": str(span.last_line),
    }
    # Columns are refused where a command spans several lines.
    if span.last_line == span.line:
        properties |= {"col": str(span.column), "endColumn": str(span.last_column)}
    listed = ",".join(f"{key}={as_property(value)}" for key, value in properties.items())
    return f"::{_COMMANDS[finding.level]} {listed}::{as_annotation(_message(finding, at, report))}"


def _message(finding: Finding, at: Placed, report: Report) -> str:
    lines = [finding.message]
    if its_input := input_of(finding, report):
        lines.append(f"input: {its_input}")
    if at.place.span != finding.span:
        lines.append(f"at: {finding.span}")
    if finding.title:
        lines.append(f"rule: {finding.title}")
    if finding.witness:
        lines.append(f"packet: {finding.witness}")
    if finding.remedy:
        lines.append(f"fix: {finding.remedy}")
    return "\n".join(map(visible, lines))
