"""The tables as people read them: what is alike in both families, or at many places, once."""

from collections.abc import Iterator, Sequence

from flowmodel.opened import Row, Section
from flowmodel.record import replace
from flowmodel.ruleset import Traffic
from flowmodel.values import full
from linter.checks.open.rows import FORWARDS, is_unfiltered
from linter.checks.open.table import Opened
from linter.checks.open.words import ANY, interfaces_in_words


def sections(several: Sequence[Opened]) -> tuple[Section, ...]:
    """The tables as people read them: what is alike in both families, or at many places, once."""
    found: dict[tuple[object, ...], Section] = {}
    places: dict[tuple[object, ...], list[str]] = {}
    for each in several:
        for section in _sections(each):
            key = (section.device, section.traffic, section.title, section.rows, section.notes)
            found.setdefault(key, section)
            if section.place:
                places.setdefault(key, []).append(section.place)
    return tuple(
        replace(section, place=", ".join(places.get(key, ()))) for key, section in found.items()
    )


def _sections(each: Opened) -> Iterator[Section]:
    by_title: dict[str, list[Row]] = {}
    notes = list(each.notes)
    rows = _without_direct(_merged(found.row for found in each.found))
    if each.traffic == "forward":
        rows = list(map(_as_forwarded, rows))
    for row in rows:
        by_title.setdefault(_title(each, row), []).append(row)
    if each.undecided:
        notes.append(f"not decided within the limit: {each.undecided}")
    if not by_title:
        by_title[_where(each.traffic)] = []
    for title, its in by_title.items():
        yield Section(
            each.device.name,
            each.place,
            each.traffic,
            title,
            tuple(sorted(its, key=_order)),
            tuple(notes),
            is_decided=not each.undecided,
        )
        notes = []


def _where(traffic: Traffic) -> str:
    return "To the machine itself" if traffic == "input" else "Through it"


def _title(each: Opened, row: Row) -> str:
    if each.traffic == "input":
        return _where(each.traffic)
    names = each.found[0].names
    comes = interfaces_in_words(row.incoming, names)
    leaves = interfaces_in_words(row.outgoing, names)
    ways = [f"from {comes}"] if comes else []
    ways += [f"to {leaves}"] if leaves else []
    return f"Through it, {' '.join(ways)}" if ways else "Through it"


def _as_forwarded(row: Row) -> Row:
    """The row; where nobody wrote a rule, nothing tells that the machine forwards at all."""
    if not is_unfiltered(row):
        return row
    return replace(row, certainty="possible", reasons=(*row.reasons, FORWARDS))


def _merged(rows: Iterator[Row]) -> list[Row]:
    """The rows, those as one that say the same of both families."""
    found: dict[tuple[object, ...], Row] = {}
    for row in rows:
        sent = row.sent_on.words if row.sent_on else ""
        key: tuple[object, ...] = (
            row.certainty,
            row.service,
            row.source,
            row.destination,
            row.incoming,
            row.outgoing,
            sent,
        )
        before = found.get(key)
        if before is None or row.families[0] in before.families:
            while key in found:
                key = (*key, "again")
            found[key] = row
            continue
        by = tuple(dict.fromkeys(before.by + row.by))
        found[key] = replace(
            before,
            families=before.families + row.families,
            sources=before.sources | row.sources,
            destinations=before.destinations | row.destinations,
            offered=tuple(dict.fromkeys(before.offered + row.offered)),
            by=by,
            more=max(before.more, row.more),
            reasons=tuple(dict.fromkeys(before.reasons + row.reasons)),
        )
    return list(found.values())


def _without_direct(rows: list[Row]) -> list[Row]:
    """The rows; what is open at an inside address itself is told with what is sent on to it."""
    found: list[Row] = []
    direct: dict[tuple[object, ...], Row] = {_direct(row): row for row in rows if not row.sent_on}
    taken = {}
    for row in rows:
        if row.sent_on and (other := direct.get(_as_direct(row))):
            taken[id(other)] = row
    for row in rows:
        if id(row) not in taken:
            is_direct = row.sent_on is not None and _as_direct(row) in direct
            found.append(replace(row, is_direct=True) if is_direct else row)
    return found


def _direct(row: Row) -> tuple[object, ...]:
    ports = tuple((each.protocols, each.ports, each.types, each.codes) for each in row.offered)
    ends = row.sources, row.source_ports, row.incoming, row.outgoing
    return (row.certainty, ports, row.destinations, *ends, row.by[:1])


def _as_direct(row: Row) -> tuple[object, ...]:
    """The key of the row for the same packets, if they were sent where this sends them."""
    sent = row.sent_on
    assert sent is not None, "such rows are asked for only"
    to = sent.ports != full(16)
    ports = tuple(
        (each.protocols, sent.ports if to else each.ports, each.types, each.codes)
        for each in row.offered
    )
    ends = row.sources, row.source_ports, row.incoming, row.outgoing
    return (row.certainty, ports, sent.addresses, *ends, row.by[:1])


def _order(row: Row) -> tuple[object, ...]:
    first = min((each.ports[0][0] for each in row.offered if each.ports), default=0)
    is_any = row.source != ANY or bool(row.incoming)
    return (row.certainty != "certain", row.service != "everything", is_any, first, row.service)
