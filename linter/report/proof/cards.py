"""Findings as cards: each with its place, its evidence and what would mend it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import accumulate, groupby
from typing import Final

from flowmodel.finding import LEVELS, Finding, Level, Related, Report, Waived
from flowmodel.record import NamedTuple
from flowmodel.source import Source, Span
from linter.checks.catalogue import load, name
from linter.report.excerpt import excerpt, source_line
from linter.report.fingerprints import digest_of
from linter.report.visible import width

EXPOSURE: Final = "FW2"
"""How the ids of checks begin that look for openings."""
UNREAD: Final = ("FW901", "FW902", "FW903")
"""The checks that tell of parts of exports that were not understood."""


class Shown(NamedTuple):
    """A place with its line, the part of it that is meant, and what it does."""

    place: str
    label: str
    number: str = ""
    before: str = ""
    """The line up to what is meant; all three are empty where the file was not kept."""
    meant: str = ""
    after: str = ""

    @property
    def carets(self) -> str:
        """What stands below the line, in plain text, to point at what is meant."""
        return " " * width(self.before) + "^" * width(self.meant)


class EditLine(NamedTuple):
    """A line of an edit: a head, one that goes (`-`), or one that comes (`+`)."""

    sign: str
    text: str


class Card(NamedTuple):
    """A finding, and what its page says of it."""

    anchor: str
    finding: Finding
    name: str
    places: tuple[Shown, ...]
    edit: tuple[EditLine, ...]
    because: str = ""
    """Why the site lives with it; empty for all others."""
    until: str = ""


class Kind(NamedTuple):
    """The findings of one check and level."""

    check: str
    name: str
    level: Level
    summary: str
    cards: tuple[Card, ...]


class Cards(NamedTuple):
    """Everything that was found."""

    open: tuple[Card, ...]
    waived: tuple[Card, ...]
    failed: tuple[Card, ...]
    """What could not be evaluated."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The findings by level and check, the worst first."""
        return tuple(_kinds(self.open))

    @property
    def openings(self) -> tuple[Card, ...]:
        """What is open and should not be, also what the site lives with."""
        both = (*self.open, *self.waived)
        return tuple(card for card in both if card.finding.check.startswith(EXPOSURE))

    @property
    def unread(self) -> tuple[Card, ...]:
        """What was not understood in exports."""
        both = (*self.open, *self.waived)
        return tuple(card for card in both if card.finding.check in UNREAD)

    def of_flow(self, flow: str) -> tuple[Card, ...]:
        """The findings about a flow."""
        return tuple(card for card in (*self.open, *self.waived) if card.finding.flow == flow)


def cards(report: Report) -> Cards:
    """Every finding, with an anchor that it has in each report."""
    anchors = _Anchors()
    return Cards(
        tuple(_card(each, anchors, report.sources) for each in report.findings),
        tuple(_waived(each, anchors, report.sources) for each in report.settled),
        tuple(_card(each, anchors, report.sources) for each in report.failures),
    )


def _kinds(every: tuple[Card, ...]) -> Iterator[Kind]:
    def order(card: Card) -> tuple[int, str]:
        return -LEVELS.index(card.finding.level), card.finding.check

    for (_, check), alike in groupby(sorted(every, key=order), key=order):
        its = tuple(alike)
        yield Kind(check, its[0].name, its[0].finding.level, load(check).summary, its)


def _waived(each: Waived, anchors: "_Anchors", sources: Mapping[str, Source]) -> Card:
    card = _card(each.finding, anchors, sources)
    return card._replace(because=each.because, until=each.until)


def _card(finding: Finding, anchors: "_Anchors", sources: Mapping[str, Source]) -> Card:
    places = (finding.place, *finding.related)
    return Card(
        anchors.of(finding),
        finding,
        name(finding.check),
        tuple(_shown(each, sources) for each in places),
        tuple(_edit(finding)),
    )


def _shown(place: Related, sources: Mapping[str, Source]) -> Shown:
    span, line = place.span, place.title
    if line:
        # In XML and JSON the line itself says little: `<rule>`, or a whole account.
        span = Span(span.path, span.line, 1, span.line, len(line))
    else:
        line = source_line(sources, span) or ""
    if not line:
        return Shown(str(place.span), place.label)
    shown = excerpt(line, span)
    first = _at(shown.line, shown.indent)
    last = _at(shown.line, shown.indent + shown.carets)
    parts = shown.line[:first], shown.line[first:last], shown.line[last:]
    return Shown(str(place.span), place.label, str(span.line), *parts)


def _at(line: str, columns: int) -> int:
    """How many characters of a line take so many columns."""
    if line.isascii():
        return columns
    taken = accumulate(map(width, line), initial=0)
    return sum(1 for each in taken if each < columns)


def _edit(finding: Finding) -> Iterator[EditLine]:
    if finding.unfixed:
        yield EditLine("", f"none: {finding.unfixed}")
    for each in finding.fix.edits if finding.fix else ():
        column = f":{each.column}" if each.column else ""
        yield EditLine("", f"{each.path}:{each.line}{column}")
        yield from (EditLine("-", line.expandtabs(4)) for line in each.old)
        yield from (EditLine("+", line.expandtabs(4)) for line in each.new)


class _Anchors:
    """What a finding is called in links: its key, which a later report has too."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding) -> str:
        digest = digest_of(finding)[:10]
        self._seen[digest] += 1
        number = self._seen[digest]
        return f"f-{digest}" if number == 1 else f"f-{digest}-{number}"
