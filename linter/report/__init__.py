"""The output formats: each is a module of its name here, imported only when it is asked for."""

from collections.abc import Callable
from importlib import import_module
from typing import Final

from flowmodel.finding import Report
from flowmodel.record import NamedTuple

_TEXTS: Final = ("full", "concise", "json")
_OF_HOSTS: Final = ("sarif", "github", "gitlab", "junit")
FORMATS: Final = (*_TEXTS, *_OF_HOSTS, "html", "markdown")
TELL_OPENINGS: Final = frozenset({"full", "json", "html", "markdown"})
"""Those with a table of what is open on exports by themselves."""


def _to_nobody(_text: str) -> None:
    pass


class Options(NamedTuple):
    """What the user may say about the output; every renderer reads what concerns it."""

    color: bool = False
    trace: bool = False
    """Show the rules that the witness passes."""
    include_waived: bool = False
    """SARIF: waived findings as suppressed results, which some viewers take for open ones."""
    category: str = ""
    """SARIF: what tells several runs for one commit apart."""
    directory: str = "."
    """SARIF, GitHub, GitLab, JUnit: paths are written relative to this directory."""
    fail_on: str = "error"
    """JUnit: the lowest level of which a finding is a failed test; `never` for none."""
    remark: Callable[[str], None] = _to_nobody
    """SARIF: who is told what the output leaves out; by default nobody."""


def render(format_name: str, report: Report, options: Options) -> str:
    """The report in one of FORMATS, ending in a line feed unless it is empty."""
    text: str = import_module(f"linter.report.{format_name}").render(report, options)
    return text
