"""What is open, for people: a line for each opening, and below it the rules that let it pass."""

from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.opened import By, Row, Section
from linter.report.style import Style
from linter.report.visible import visible, width

_GAP: Final = "  "
_WIDE: Final = 44
"""How wide a column gets; longer cells push what is behind them."""
_LONG: Final = 160
_MOST: Final = 200
"""How many rows people are shown; JSON has all."""


def in_lines(sections: Sequence[Section]) -> str:
    """The sections for people, without colors."""
    return "\n\n".join("\n".join(lines) for lines in tables(sections, Style(color=False)))


def tables(sections: Sequence[Section], style: Style) -> Iterator[list[str]]:
    """The lines of each section."""
    several = len({section.device for section in sections}) > 1
    yield from (list(_section(each, style, several=several)) for each in sections)


def heading(section: Section, *, several: bool) -> str:
    """`To the machine itself (eni-0a1b)`, with the device where there are several."""
    name = f"{section.device}: " if several else ""
    place = f" ({section.place})" if section.place else ""
    return f"{name}{section.title}{place}"


def _section(section: Section, style: Style, *, several: bool) -> Iterator[str]:
    yield style.paint(visible(heading(section, several=several)), "bold")
    if not section.rows and section.is_decided:
        yield f"{_GAP}{nothing(section)}"
    shown = shown_of(section)
    cells = [cells_of(row) for row in shown]
    widths = [
        min(_WIDE, max((width(row[column]) for row in cells), default=0)) for column in range(4)
    ]
    for row, its in zip(shown, cells, strict=True):
        yield _line(its, widths)
        yield from (f"{_GAP * 3}{visible(text)}" for text in details(row))
    yield from (f"{_GAP}{visible(note)}" for note in notes_of(section))


def nothing(section: Section) -> str:
    """What to say of a section without rows; where something is not known, no more than that."""
    return "nothing is known to be open" if section.notes else "nothing is open"


def shown_of(section: Section) -> tuple[Row, ...]:
    """The rows that people are shown."""
    return section.rows[:_MOST]


def notes_of(section: Section) -> Iterator[str]:
    """What has to be said below the rows, and how many more there are."""
    if (more := len(section.rows) - _MOST) > 0:
        yield f"and {more} more line{'' if more == 1 else 's'}, which are in the JSON output"
    yield from section.notes


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        text + " " * max(0, wide - width(text)) for text, wide in zip(cells, widths, strict=True)
    )
    return (_GAP + _GAP.join(padded)).rstrip()


def cells_of(row: Row) -> tuple[str, str, str, str]:
    """Service, where from, where to, and the families with what is not certain."""
    families = "IPv4 and IPv6" if len(row.families) > 1 else f"IPv{row.families[0]}"
    possible = ", possible" if row.certainty == "possible" else ""
    return (
        visible(row.service),
        visible(f"from {row.source}{_by_interface(row)}"),
        visible(_to(row)),
        families + possible,
    )


def _by_interface(row: Row) -> str:
    return f" by {row.interface}" if row.interface else ""


def _to(row: Row) -> str:
    to = f"to {row.destination}" if row.destination else ""
    if not row.sent_on:
        return to
    direct = ", also sent there directly" if row.is_direct else ""
    return f"{to or 'to its own addresses'} -> {row.sent_on.words}{direct}"


def details(row: Row) -> Iterator[str]:
    """The rules of a row with their places, what it depends on, and the marks."""
    if row.marks:
        yield f"look at: {', '.join(row.marks)}"
    yield from map(by_in_words, row.by)
    if row.more:
        yield f"and {row.more} more rule{'' if row.more == 1 else 's'}"
    if row.sent_on:
        yield f"sent on by {by_in_words(row.sent_on.by)}"
    yield from (f"because: {reason}" for reason in row.reasons)


def by_in_words(by: By) -> str:
    """`web.v4:12: -A INPUT -j ACCEPT`; a rule that is a line of JSON only as far as it is read."""
    text = by.text if len(by.text) <= _LONG else f"{by.text[:_LONG]}…"
    return f"{by.span.path}:{by.span.line}: {text}" if by.span else text
