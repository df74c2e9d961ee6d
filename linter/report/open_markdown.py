"""What is open as tables in Markdown, for a ticket or a pull request."""

from collections.abc import Iterator, Sequence

from flowmodel.opened import Row, Section
from linter.report.changes import cell
from linter.report.open_table import by_in_words, cells_of, heading, notes_of, nothing, shown_of


def as_markdown(sections: Sequence[Section]) -> str:
    """A table for each section, with the rules in the last column."""
    several = len({section.device for section in sections}) > 1
    parts = ("\n".join(_section(each, several=several)) for each in sections)
    return "\n\n".join(parts)


def _section(section: Section, *, several: bool) -> Iterator[str]:
    yield f"### {cell(heading(section, several=several))}"
    yield ""
    if section.rows:
        yield "| what | from | to | over | by |"
        yield "|---|---|---|---|---|"
    elif section.is_decided:
        yield nothing(section)
    for row in shown_of(section):
        cells = (_what(row), *cells_of(row)[1:])
        texts = [cell(text.removeprefix("from ").removeprefix("to ")) for text in cells]
        yield f"| {' | '.join([*texts, '<br>'.join(map(cell, _rules(row)))])} |"
    for note in notes_of(section):
        yield ""
        yield cell(note)


def _what(row: Row) -> str:
    marks = f" (look at: {', '.join(row.marks)})" if row.marks else ""
    return f"{row.service}{marks}"


def _rules(row: Row) -> Iterator[str]:
    yield from map(by_in_words, row.by)
    if row.more:
        yield f"and {row.more} more rule{'' if row.more == 1 else 's'}"
    if row.sent_on:
        yield f"sent on by {by_in_words(row.sent_on.by)}"
    yield from (f"because: {reason}" for reason in row.reasons)
