"""Workflow commands of GitHub Actions: annotations on the lines of a pull request."""

from typing import Final

from flowmodel.finding import Finding, Report
from linter.checks.catalogue import name
from linter.report import Options
from linter.report.placing import Placed, from_here, placed
from linter.report.summary import settings_words
from linter.report.visible import as_annotation, as_property, visible

_COMMANDS: Final = {"critical": "error", "error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, options: Options) -> str:
    """One command a finding, inputs that could not be evaluated among them; empty if clean.

    A file of settings that had a say in it is a notice.
    """
    commands = [
        _command(finding, placed(finding, report, options.directory), options.directory)
        for finding in report.failures + report.findings
    ]
    if report.settings and settings_words(report):
        path = as_property(from_here(report.settings.path, options.directory))
        told = as_annotation(settings_words(report))
        commands.append(f"::notice title=fwlint,file={path}::{told}")
    return "".join(f"{command}\n" for command in commands)


def _command(finding: Finding, at: Placed, directory: str) -> str:
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
    return f"::{_COMMANDS[finding.level]} {listed}::{as_annotation(_message(finding, at))}"


def _message(finding: Finding, at: Placed) -> str:
    lines = [finding.message]
    if at.place.span != finding.span:
        lines.append(f"at: {finding.span}")
    if finding.title:
        lines.append(f"rule: {finding.title}")
    if finding.witness:
        lines.append(f"packet: {finding.witness}")
    if finding.remedy:
        lines.append(f"fix: {finding.remedy}")
    return "\n".join(map(visible, lines))
