"""A fleet's answers as one page, in the style of the proof report and by the same templates."""

from typing import Final

from flowmodel.record import NamedTuple
from linter.report.fleet import text
from linter.report.fleet.found import Kind
from linter.report.fleet.groups import Group
from linter.report.fleet.overview import Overview
from linter.report.proof.engine import as_html
from linter.report.proof.tones import Tone
from linter.report.summary import counted

_ROWS: Final = 500
"""How many groups of a table are shown; JSON has all of them."""


class Row(NamedTuple):
    """A line of a table."""

    words: tuple[str, ...]
    group: Group


class Table(NamedTuple):
    """Groups with their columns."""

    anchor: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    more: int


class Page(NamedTuple):
    """Everything that the page says."""

    title: str
    tool: str
    tone: Tone
    headline: str
    sentences: tuple[str, ...]
    since: tuple[str, ...]
    it: Overview
    changes: tuple[Table, ...]
    tables: tuple[Table, ...]


def render(it: Overview) -> str:
    """The page; nothing is fetched for it."""
    tone, headline = _verdict(it)
    page = Page(
        title=counted(it.numbers.inputs, "input").capitalize(),
        tool=it.tool,
        tone=tone,
        headline=headline,
        sentences=(text.summary(it), *it.notes),
        since=tuple(text.since(it)),
        it=it,
        changes=tuple(
            _rules(f"changes-{change.name}", change.words.capitalize(), change.by_rule, it)
            for change in it.changes
            if change.findings
        ),
        tables=_tables(it),
    )
    return as_html("fleet.html.j2", page)


def _verdict(it: Overview) -> tuple[Tone, str]:
    counts = it.numbers.counts
    if it.failed or not it.numbers.inputs:
        return "bad", "Not everything could be evaluated"
    if counts["critical"] or counts["error"]:
        return "bad", "Some inputs should be mended"
    if it.numbers.with_findings:
        return "unsure", "Some inputs should be looked at"
    return "good", "No fault was found"


def _tables(it: Overview) -> tuple[Table, ...]:
    checks = [Row(key, group) for key, group in it.by_check.items()]
    owners = [Row((name,), group) for name, group in it.by_owner.items()]
    policies = [Row((text.of_policy(name, it),), group) for name, group in it.by_policy.items()]
    return (
        _table("checks", "By check", ("Check", "Name"), checks),
        _rules("rules", "By rule", it.by_rule, it),
        _table("owners", "By owner", ("Owner",), owners),
        _table("policies", "By policy", ("Policy",), policies),
    )


def _rules(anchor: str, title: str, groups: dict[Kind, Group], it: Overview) -> Table:
    rows = [
        Row((f"{kind.check} {kind.name}", kind.rule, it.examples[kind].message), group)
        for kind, group in groups.items()
    ]
    return _table(anchor, title, ("Check", "Rule", "The first of them"), rows)


def _table(anchor: str, title: str, heads: tuple[str, ...], rows: list[Row]) -> Table:
    return Table(anchor, title, heads, tuple(rows[:_ROWS]), max(0, len(rows) - _ROWS))
