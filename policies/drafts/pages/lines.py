"""The rows of a port table, with what headings and the rows above say of them."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.record import dataclass, field, replace
from policies.drafts.pages.cells import ALL_PORTS, Group, mentions, read_cell
from policies.drafts.pages.directions import Direction, directions, machine, only_direction, pair
from policies.drafts.pages.heads import Column, Kind, columns, is_head
from policies.drafts.pages.services import Services, missing, services_of
from policies.drafts.pages.table import Row, Table, one_line, shortened

_DENIED: Final = re.compile(
    r"deny|denied|block(?:ed)?|drop(?:ped)?|reject(?:ed)?|disallow(?:ed)?|prohibited|forbidden"
    r"|(?:not|never|must not be|do not) (?:allow(?:ed)?|permit(?:ted)?|open(?:ed)?)",
    re.IGNORECASE,
)
_HINT: Final = re.compile(r"(?<![a-z])(tcp|udp|sctp)(?![a-z])", re.IGNORECASE)
_ALLOWED: Final = re.compile(r"allow(?:ed)?|permit(?:ted)?", re.IGNORECASE)
_NO_NAME: Final = re.compile(r"[\W_]*(?:n/?a|none|no|x)?[\W_]*", re.IGNORECASE)
# A small number behind a port is that of a footnote; the row has the whole cell anyway.
_FOOTNOTE: Final = 9
_SEARCHED: Final = 10
_LONGEST_HEADING: Final = 80
_ENDS: Final[tuple[Kind, ...]] = ("source", "user", "destination", "device")


@dataclass(frozen=True, slots=True)
class Found:
    """A row with a service; `cells` are those about its ends, each with the head of its column."""

    line: int
    section: str
    groups: tuple[Group, ...]
    is_sure: bool
    direction: Direction
    machine: str
    """What the headings are about."""
    pair: tuple[str, str, Direction] = ("", "", "")
    """Who connects to whom, as a heading says it."""
    is_titled: bool = False
    """Whether a row of the table itself names the machine."""
    ends: dict[Kind, str] = field(default_factory=dict)
    repeated: frozenset[Kind] = frozenset()
    """Ends that the row leaves out, and the row above has."""
    app: str = ""
    purpose: str = ""
    notes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    is_never: bool = False
    hint: tuple[str, ...] = ()
    """Protocols that the row's other texts name, or else the headings."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a table that have a service, and what is not in them, each with its line."""

    found: tuple[Found, ...]
    gaps: tuple[tuple[int, str], ...]


def read_table(table: Table, title: str) -> Lines:
    """The rows of a table on a page of that title."""
    reader = _Reader(table, title)
    for heads, rows in _segments(table.rows):
        reader.begin(heads, rows)
        for row in rows:
            reader.take(row)
    return reader.result()


def _segments(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    """The heads of columns, each with the rows below it."""
    heads: tuple[str, ...] = ()
    below: list[Row] = []
    for at, row in enumerate(rows):
        is_marked = row.is_head and len(row.filled) > 1 and not _has_service(row.cells)
        is_first = not heads and at < _SEARCHED
        if is_marked and heads and not below:
            heads = _merged(heads, row.cells)
        elif (is_marked and (is_first or is_head(row.cells))) or (
            (is_first or row.cells == heads) and is_head(row.cells)
        ):
            if heads or below:
                yield heads, below
            heads, below = row.cells, []
        else:
            below.append(row)
    yield heads, below


def _has_service(cells: Sequence[str]) -> bool:
    readings = [read_cell(cell) for cell in cells if cell]
    return any(one.is_service or (one.is_whole and one.has_ports) for one in readings)


def _merged(above: Sequence[str], below: Sequence[str]) -> tuple[str, ...]:
    """The heads of columns that have two rows of heads."""
    width = max(len(above), len(below))
    pairs = (
        (above[at] if at < len(above) else "", below[at] if at < len(below) else "")
        for at in range(width)
    )
    return tuple(" ".join(dict.fromkeys(one for one in pair if one)) for pair in pairs)


class _Reader:
    """Takes the rows one after the other."""

    def __init__(self, table: Table, title: str) -> None:
        self._headings = table.headings
        self._about = " ".join((title, *table.headings))
        self._machine = _first_machine(table.headings)
        self._direction: Direction = next(
            (found for one in reversed(table.headings) if (found := directions(one))), ""
        )
        pairs = (pair(one) for one in reversed(table.headings))
        self._pair: tuple[str, str, Direction] = next(
            (one for one in pairs if one[0]), ("", "", "")
        )
        self._is_titled = False
        self._sub, self._way = "", ""
        self._columns: list[Column] = []
        self._above: dict[Kind, str] = {}
        self._is_behind = False
        self._found: list[Found] = []
        self._gaps: list[tuple[int, str]] = []
        self._mentioned: list[tuple[int, str]] = []
        self._quoted: set[int] = set()
        """Lines with a gap that has all of their text."""

    def begin(self, heads: tuple[str, ...], rows: Sequence[Row]) -> None:
        """Go on with rows under other heads."""
        self._columns = columns(heads, [row.cells for row in rows], self._about)
        self._above = {}
        self._is_behind = False

    def take(self, row: Row) -> None:
        """Note what the row says."""
        if not row.filled:
            return
        services = services_of(row.cells, self._columns)
        if services and services.says and len(row.filled) == 1 and len(self._columns) > 1:
            # `Since 2024` across a table, or alone in it, is a heading.
            services = None
        if services:
            found = self._row(row, services)
            if found.is_never and all(group.ports == (ALL_PORTS,) for group in found.groups):
                self._gaps.append((row.line, f"all else is denied: `{_text(row)}`"))
            else:
                self._found.append(found)
                self._is_behind = True
        elif _is_heading(row):
            self._heading(row)
        elif self._is_behind and not row.cells[0] and len(row.filled) == 1:
            last = self._found[-1]
            self._found[-1] = replace(last, notes=(*last.notes, *row.filled))
            self._more(row.line, row.filled[0], last.groups)
        else:
            self._quote(row.line, "no port was found in", _text(row))
            self._mention(row.line, " ".join(row.filled), ())
            self._is_behind = False

    def _heading(self, row: Row) -> None:
        text = one_line(row.filled[0]).rstrip(":")
        if read_cell(text).has_ports:
            self._quote(row.line, "a heading in the table has numbers:", text)
        named = machine(text)
        self._direction = directions(text) or ("" if named else self._direction)
        self._machine = named or self._machine
        self._is_titled = self._is_titled or bool(named)
        self._pair = pair(text) if pair(text)[0] or named else self._pair
        if named or not self._direction:
            self._sub, self._way = text, ""
        else:
            self._way = text
        self._mention(row.line, text, ())
        self._above = {}
        self._is_behind = False

    def _quote(self, line: int, message: str, text: str) -> None:
        self._gaps.append((line, f"{message} `{text}`"))
        if not text.endswith("…"):
            self._quoted.add(line)

    def _more(self, line: int, text: str, groups: Sequence[Group]) -> None:
        """Note the ports of a text that goes on with a row, and that the row does not have."""
        self._mention(line, text, groups)
        named = [group for one in mentions(text) for group in read_cell(one).groups]
        reading = read_cell(text)
        if lost := _beyond(reading.groups, (*groups, *named), is_prose=reading.words > 0):
            self._gaps.append((line, f"the row above goes on with {lost}"))

    def _row(self, row: Row, services: Services) -> Found:
        cells: dict[Kind, list[tuple[str, str]]] = {}
        for column, cell in self._cells(row, services.shift):
            if column.kind != "port":
                cells.setdefault(column.kind, []).append((column.head, cell))
        ways = (only_direction(one) for one in row.cells)
        said: Direction = next((one for one in ways if one), "")
        ends, repeated = self._ends(cells)
        if services.shift:
            # Which heads the cells of such a row belong to is a guess.
            repeated = frozenset(ends)
        others = [*cells.get("other", []), *cells.get("action", [])]
        others = [one for one in others if not _is_within(one[1], services.groups)]
        others = [(head, cell) for head, cell in others if not only_direction(cell)]
        purposes = cells.get("purpose", []) or [one for one in others if not one[0]]
        apps = [*cells.get("app", []), *_apps(cells.get("protocol", []))]
        told = self._other_services(row, services)
        for _, cell in (*purposes, *others):
            if cell not in told:
                self._mention(row.line, cell, services.groups)
        for number in services.unused:
            if not _is_small(number):
                self._gaps.append((row.line, f"the row also has the number {number}"))
        return Found(
            row.line,
            self._section,
            services.groups,
            services.is_sure,
            services.direction or said or self._direction,
            self._machine,
            (*self._pair[:2], "in+out" if said == "in+out" else self._pair[2]),
            self._is_titled,
            ends,
            repeated,
            app=" ".join(shortened(cell, 60) for _, cell in apps),
            purpose="; ".join(shortened(cell) for _, cell in purposes),
            notes=tuple(f"{head}: {one_line(cell)}" for head, cell in others if head),
            says=services.says,
            hint=_any_protocol(cells.get("protocol", [])) or _hint([*row.cells, *self._titles]),
            is_never=_is_never(
                [*others, *purposes, *cells.get("action", []), *cells.get("direction", [])]
            ),
        )

    def _cells(self, row: Row, shift: int) -> Iterator[tuple[Column, str]]:
        """The cells that are not empty, each with its column."""
        for place, cell in enumerate(row.cells, shift):
            is_there = 0 <= place < len(self._columns)
            if cell:
                yield self._columns[place] if is_there else Column("", "other"), cell

    def _other_services(self, row: Row, services: Services) -> set[str]:
        """The cells with services that the row's own lack; each of them is noted."""
        told = set()
        # Where cells were lost, those with ports can stand under their own heads all the same.
        places = [*self._cells(row, services.shift), *self._cells(row, 0)]
        for column, cell in dict.fromkeys(places):
            reading = read_cell(cell)
            if column.kind != "port" and not reading.is_service:
                continue
            its = [Group(one.protocols or column.protocols, one.ports) for one in reading.groups]
            if lost := _beyond(its, services.groups, is_prose=reading.words > 0):
                self._gaps.append((row.line, f"the row also has {lost}"))
                told.add(cell)
            elif column.kind == "port":
                self._mention(row.line, cell, services.groups)
        return told

    @property
    def _section(self) -> str:
        return ", ".join(dict.fromkeys(reversed(self._titles)))

    @property
    def _titles(self) -> list[str]:
        """What stands above the row, the nearest first."""
        return [one for one in (self._way, self._sub, *self._headings[-1:]) if one]

    def _ends(
        self, cells: dict[Kind, list[tuple[str, str]]]
    ) -> tuple[dict[Kind, str], frozenset[Kind]]:
        """The cells about the ends; one that is empty repeats the one above."""
        ends: dict[Kind, str] = {}
        repeated: set[Kind] = set()
        for kind in _ENDS:
            texts = [
                cell
                for _, cell in cells.get(kind, [])
                if cell == "*" or not _NO_NAME.fullmatch(cell)
            ]
            if texts:
                ends[kind] = "\n".join(texts)
            elif kind in self._above and kind not in cells:
                ends[kind] = self._above[kind]
                repeated.add(kind)
        self._above = ends
        return ends, frozenset(repeated)

    def _mention(self, line: int, text: str, groups: Sequence[Group]) -> None:
        """Note a service that a text names and the row does not have."""
        for one in mentions(text):
            if missing(read_cell(one).groups, groups):
                self._mentioned.append((line, f"the text names `{one}`"))

    def result(self) -> Lines:
        """What there is; a table without any port is none that has to be read."""
        is_meant = any(one.kind == "port" and one.head for one in self._columns)
        gaps = self._gaps if self._found or is_meant else []
        quoted = self._quoted if gaps else set()
        more = [one for one in self._mentioned if one[0] not in quoted]
        return Lines(tuple(self._found), tuple(sorted(dict.fromkeys((*gaps, *more)))))


def _is_within(cell: str, groups: Sequence[Group]) -> bool:
    """Whether a cell is no more than services of the row."""
    reading = read_cell(cell)
    return reading.is_service and not missing(reading.groups, groups)


def _beyond(its: Sequence[Group], groups: Sequence[Group], *, is_prose: bool) -> str:
    """What a cell has beyond some groups, in words; in prose, `all` and small numbers are none."""
    lost = missing(its, groups)
    if is_prose:
        ports = [(one, one.partition("/")[0]) for one in lost]
        lost = tuple(one for one, port in ports if port != ALL_PORTS and not _is_small(port))
    return shortened(", ".join(f"`{one}`" for one in lost if one != "0"), 120)


def _is_small(number: str) -> bool:
    return number.isdigit() and int(number) <= _FOOTNOTE


def _text(row: Row) -> str:
    return shortened(" | ".join(cell for cell in row.cells if cell), 120)


def _first_machine(headings: Sequence[str]) -> str:
    return next((named for one in reversed(headings) if (named := machine(one))), "")


def _is_heading(row: Row) -> bool:
    """Whether a row is a heading of those below it: one text, in its first cell or in all."""
    text = row.cells[0]
    return (
        len(row.filled) == 1
        and bool(re.search(r"[^\W\d_]{2}", text))
        and len(text) <= _LONGEST_HEADING
        and not text.endswith((".", ";", ","))
    )


def _any_protocol(cells: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    is_any = any(re.fullmatch(r"any|all|ip|\*", cell, re.IGNORECASE) for _, cell in cells)
    return ("tcp", "udp") if is_any else ()


def _hint(texts: Sequence[str]) -> tuple[str, ...]:
    found = (sorted({one.lower() for one in _HINT.findall(text)}) for text in texts)
    return tuple(next((one for one in found if one), ()))


def _is_never(cells: Sequence[tuple[str, str]]) -> bool:
    """Whether a cell says that the row must not be open."""
    return any(
        _DENIED.fullmatch(cell)
        or (_ALLOWED.fullmatch(head.strip(" ?")) and cell.lower() in ("no", "false"))
        for head, cell in cells
    )


def _apps(cells: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a column of protocols has that is none of the network: `HTTPS`."""
    return [(head, cell) for head, cell in cells if not read_cell(cell).is_protocol]
