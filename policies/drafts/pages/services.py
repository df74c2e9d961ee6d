"""The services of one row: its ports and protocols, wherever they stand in it."""

from collections.abc import Sequence
from typing import Final

from flowmodel.record import dataclass, replace
from policies.drafts.pages.cells import Group, Reading, portless, read_cell
from policies.drafts.pages.directions import Direction
from policies.drafts.pages.heads import Column
from policies.drafts.pages.table import shortened

_YES: Final = frozenset(("yes", "y", "true", "x", "required", "✓", "✔", "✅", "☑", "•", "●"))
_NO: Final = frozenset(("", "no", "n", "n/a", "none", "false", "✗", "✘", "❌", "0"))
_DASHES: Final = " -\u2013\u2014."
_MOST_BEHIND: Final = 12
_MOST_BEFORE: Final = 3


@dataclass(frozen=True, slots=True)
class Services:
    """What a row says of its service; `shift` is how far its cells stand from their heads."""

    groups: tuple[Group, ...]
    shift: int = 0
    direction: Direction = ""
    is_sure: bool = True
    says: tuple[str, ...] = ()
    """Cells of which something was not taken over."""
    unused: tuple[str, ...] = ()


def services_of(cells: Sequence[str], columns: Sequence[Column]) -> Services | None:
    """The services of a row; None if it has none."""
    named = _of_columns(cells, columns)
    if named and any(group.ports or portless(group.protocols) for group in named.groups):
        return named
    ports = [at for at, one in enumerate(columns) if one.kind == "port"]
    for at, cell in enumerate(cells):
        reading = read_cell(cell)
        if reading.is_service and (not ports or columns[at].kind != "purpose"):
            shift = ports[0] - at if ports and at not in ports else 0
            return Services(reading.groups, shift, "", reading.is_sure, _says(reading, "", cell))
    return named or _shifted(cells, columns)


def _shifted(cells: Sequence[str], columns: Sequence[Column]) -> Services | None:
    """The services of a row that lost its first cells, which span several rows elsewhere."""
    if len(cells) < 2 or not cells[0]:
        return None
    for shift in range(1, len(columns) - len(cells) + 1):
        found = _of_columns(("",) * shift + tuple(cells), columns)
        if found and not found.says and any(group.ports for group in found.groups):
            return replace(found, shift=shift, is_sure=False)
    return None


def _of_columns(cells: Sequence[str], columns: Sequence[Column]) -> Services | None:
    """What stands in the columns of ports and protocols."""
    protocols, protocol_cell = _protocols(cells, columns)
    groups: list[Group] = []
    ticks: list[str] = []
    says: list[str] = []
    unused: list[str] = []
    directions: set[Direction] = set()
    is_sure = True
    is_empty = False
    for column, cell in zip(columns, cells, strict=False):
        if column.kind != "port":
            continue
        is_empty = is_empty or cell.lower().strip(_DASHES) in ("", "n/a")
        reading = read_cell(cell)
        if reading.words > (_MOST_BEHIND if reading.begins else _MOST_BEFORE):
            # Prose is no cell of ports: where cells were lost, it stands under their heads.
            says += _says(reading, column.head, cell) if reading.has_ports else ()
            continue
        if column.is_tick and not reading.groups:
            tick = cell.lower().strip(_DASHES + "\ufe0e\ufe0f")
            ticks += column.protocols if tick in _YES else ()
            if tick not in _YES | _NO:
                says.append(shortened(f"{column.head}: {cell}"))
                is_sure = False
            continue
        found = [
            Group(one.protocols or column.protocols, one.ports)
            for one in _paired(cell, reading, protocol_cell)
        ]
        groups += found
        is_sure = is_sure and reading.is_sure
        says += _says(reading, column.head, cell)
        unused += reading.unused
        directions |= {column.direction} if found else set()
    names = protocols or tuple(dict.fromkeys(ticks))
    groups = _joined([Group(one.protocols or names, one.ports) for one in groups])
    if not groups and names and is_empty:
        groups = [Group(names)]
    if not groups:
        return None
    direction = directions.pop() if len(directions) == 1 else ""
    return Services(tuple(groups), 0, direction, is_sure, tuple(says), tuple(unused))


def missing(its: Sequence[Group], groups: Sequence[Group]) -> tuple[str, ...]:
    """What some groups have and others do not; ports without a protocol are those of any."""
    every = {(protocol, port) for one in groups for protocol in one.protocols for port in one.ports}
    plain = {port for one in groups if not one.protocols for port in one.ports}
    known = {port for one in groups for port in one.ports}
    protocols = {protocol for one in groups for protocol in one.protocols}
    found = []
    for one in its:
        if not one.ports and portless(one.protocols):
            found += [protocol for protocol in one.protocols if protocol not in protocols]
        for port in one.ports:
            for protocol in one.protocols if port not in plain else ():
                found += [f"{port}/{protocol}"] if (protocol, port) not in every else []
            if not one.protocols and port not in known:
                found.append(port)
    return tuple(dict.fromkeys(found))


def _joined(groups: Sequence[Group]) -> list[Group]:
    """The groups, those of the same ports as one; a group that says nothing is none."""
    found: dict[tuple[str, ...], list[str]] = {}
    for one in groups:
        ports = one.ports
        if not portless(one.protocols):
            # Port 0 is none (RFC 6335, section 6); of ICMP it is a type or a code.
            ports = tuple(port for port in ports if port != "0")
        if one.protocols or ports:
            found.setdefault(ports, []).extend(one.protocols)
    return [Group(tuple(sorted(dict.fromkeys(its))), ports) for ports, its in found.items()]


def _protocols(cells: Sequence[str], columns: Sequence[Column]) -> tuple[tuple[str, ...], str]:
    """The protocols that stand in a column of their own, and its cell."""
    for column, cell in zip(columns, cells, strict=False):
        if column.kind == "protocol" and (found := read_cell(cell).protocols):
            return found, cell
    return (), ""


def _paired(cell: str, reading: Reading, protocol_cell: str) -> Sequence[Group]:
    """The groups of a cell of ports; lines of it go with equally many lines of protocols."""
    lines, protocols = cell.split("\n"), protocol_cell.split("\n")
    if len(lines) < 2 or len(lines) != len(protocols) or reading.protocols:
        return reading.groups
    return [
        Group(read_cell(protocol).protocols, group.ports)
        for line, protocol in zip(lines, protocols, strict=True)
        for group in read_cell(line).groups
    ]


def _says(reading: Reading, head: str, cell: str) -> tuple[str, ...]:
    if reading.is_whole:
        return ()
    return (shortened(f"{head}: {cell}" if head else cell),)
