"""A policy from the port tables of a vendor's page: a row and a flow for each row of theirs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from policies.drafts.pages import csv_text, html
from policies.drafts.pages.cells import ALL_PORTS, Group, any_digit, has_any_digit, mentions
from policies.drafts.pages.ends import Ends, Names, ends_of
from policies.drafts.pages.lines import Found, Lines, read_table
from policies.drafts.pages.table import Page, TooLargeError, clean_lines, shortened
from policies.drafts.skeleton import Cells, Draft, DraftRow, DraftSection, name_for
from policies.protocols import TYPED, has_ports, number_of
from policies.yaml_nodes import Errors, read_source

MAX_ROWS: Final = 1500
MAX_READ: Final = 20_000
MAX_GAPS: Final = 300
_HTML: Final = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_KNOWN_UDP: Final = {
    # IANA's registered services that are asked over UDP, or over both.
    "53": "tcp+udp",
    **dict.fromkeys(("67", "68", "69", "123", "161", "162", "500", "514", "4500"), "udp"),
    **dict.fromkeys(("1812", "1813", "4789"), "udp"),
}


def draft_page(path: str, name: str = "") -> Draft:
    """The draft of the page in a file; raises InputErrors."""
    errors = read_source(path)
    page = _read(errors)
    lines = [read_table(table, page.title) for table in page.tables]
    found = [row for one in lines for row in one.found]
    if not found:
        errors.add(f"no table with ports was found{_hint(page)}", errors.start)
    if len(found) > MAX_ROWS:
        errors.add(f"more than {MAX_ROWS} rows with ports: cut the page in parts", errors.start)
    errors.stop_if_any()
    file = re.split(r"[/\\]", path)[-1].rpartition(".")[0]
    title = shortened(page.title, 100) or file or "Ports"
    gaps = _gaps(lines, page)
    own = name_for(title)[:60].strip("-_")
    # A policy cannot be called `site`.
    return _draft(name or (f"{own}-ports" if own == "site" else own), title, found, gaps)


def _read(errors: Errors) -> Page:
    """The page, read as what its name says it is, or else as what it looks like."""
    lines = errors.source.lines
    if any("\0" in line for line in lines):
        errors.add("the file is no text: it has NUL characters", errors.start)
        errors.stop()
    lines = list(clean_lines(lines))
    try:
        page = _page(errors.source.path.lower().rpartition(".")[2], lines)
    except TooLargeError as error:
        errors.add(f"the page is too large: {error}", errors.start)
        errors.stop()
    except ValueError as error:
        errors.add(str(error), errors.start)
        errors.stop()
    if sum(len(table.rows) for table in page.tables) > MAX_READ:
        errors.add(
            f"the page is too large: its tables have more than {MAX_READ} rows", errors.start
        )
        errors.stop()
    return page


def _page(ending: str, lines: Sequence[str]) -> Page:
    if ending in ("csv", "tsv"):
        return csv_text.read(lines)
    if ending in ("html", "htm", "xhtml") or _HTML.match("\n".join(lines[:50])):
        return html.read(lines)
    # markdown-it takes time to import, and other pages do not need it.
    from policies.drafts.pages import markdown

    return markdown.read(lines)


def _hint(page: Page) -> str:
    """Where a page without a table with ports has what may be meant."""
    lost = [one.line for one in page.passages if one.is_lost]
    if lost:
        return (
            f"; line {lost[0]} is like a row of a table, but no `|---|---|` line stands below its "
            "head"
        )
    named = [one.line for one in page.passages if mentions(one.text)]
    return f"; its text names ports, first in line {named[0]}" if named else ""


def _gaps(lines: Iterable[Lines], page: Page) -> list[str]:
    """What no row has, line by line."""
    gaps = {gap for one in lines for gap in one.gaps}
    for passage in page.passages:
        named = mentions(passage.text)
        if passage.is_lost and (named or re.search(r"[0-9]{2}", passage.text)):
            gaps.add((passage.line, f"this is in no table: `{shortened(passage.text, 120)}`"))
        elif named:
            some = ", ".join(f"`{one}`" for one in named[:4])
            gaps.add((passage.line, f"the text names {some}: {shortened(passage.text, 120)}"))
    return [f"Line {line}: {text}" for line, text in sorted(gaps)]


def _draft(name: str, title: str, found: Sequence[Found], gaps: list[str]) -> Draft:
    ends = [ends_of(row) for row in found]
    names = Names(ends, (one.machine for one in found if one.machine))
    rows = list(zip(found, ends, strict=True))
    sections = []
    for section, its in groupby(rows, key=lambda pair: pair[0].section):
        drawn = tuple(_row(row, end, names, gaps) for row, end in its)
        sections.append(DraftSection(shortened(section, 100) or title, drawn))
    count = len(gaps)
    if count > MAX_GAPS:
        gaps = [*gaps[:MAX_GAPS], f"{count - MAX_GAPS} more lines like these"]
    return Draft(
        name,
        title,
        title,
        names.roles,
        names.peers,
        tuple(sections),
        tuple(gaps),
        (
            f"A draft. Rows with ports: {len(found)}; remarks under `not_covered:`: {count}.",
            "Read each flow beside its row: what is in `inferred:` was guessed, and so were the",
            "names of roles and peers. Take out what you have settled; run `fwlint policy check`.",
        ),
    )


def _row(row: Found, ends: Ends, names: Names, gaps: list[str]) -> DraftRow:
    services, cells, is_sure = _services(row.groups, row.hint)
    if any(not group.ports and _has_ports(group.protocols) for group in row.groups):
        text = "the row has no port, so its flow has all; write those that you know"
        gaps.append(f"Line {row.line}: {text}")
    inferred = [*ends.inferred]
    if not is_sure or not row.is_sure:
        inferred.append("service")
    device = names.of(ends.device)
    first: dict[str, Any] = {
        "device": device[0] if len(device) == 1 else list(device),
        "direction": ends.direction,
    }
    unsaid = () if "port" in cells or row.says else (_ports(row.groups),)
    says = shortened("; ".join(filter(None, (*row.says, *unsaid, *_unplaced(row, ends)))), 300)
    cells = {**first, **cells, "app": row.app, "says": says}
    if row.is_never:
        cells["need"] = "never"
    extra = {
        "need": "never" if row.is_never else "",
        "app": row.app,
        "purpose": shortened(row.purpose),
        "notes": shortened("; ".join(row.notes), 300),
    }
    targets = names.of(ends.targets)
    about = names.of(ends.sources) if targets == ("self",) else targets
    return DraftRow(
        name_for(f"{about[0]}-{services[0]}"),
        row.line,
        names.of(ends.sources),
        targets,
        services,
        {key: value for key, value in cells.items() if value},
        tuple(inferred),
        ends.is_either,
        {key: value for key, value in extra.items() if value},
    )


def _ports(groups: Sequence[Group]) -> str:
    """The ports as the page has them, where a row cannot."""
    return ", ".join(port for group in groups for port in group.ports)


def _unplaced(row: Found, ends: Ends) -> Iterator[str]:
    """The cells about ends that the row cannot have as its device."""
    if not ends.device:
        for kind, text in row.ends.items():
            if kind not in row.repeated:
                yield f"{kind}: {shortened(text, 80)}"


def _services(groups: Sequence[Group], hint: Sequence[str]) -> tuple[tuple[str, ...], Cells, bool]:
    """The services of a flow, the cells of its row, and whether the cells say all of them."""
    services: list[str] = []
    cells: Cells = {}
    also: list[str] = []
    is_sure = True
    for group in groups:
        found, cell, is_said = _service(group, hint)
        is_sure = is_sure and is_said
        services += found
        if not cells:
            cells = cell
        elif is_said:
            also += found
    if also:
        cells["also"] = also if len(also) > 1 else also[0]
    return tuple(dict.fromkeys(services)), cells, is_sure


def _service(group: Group, hint: Sequence[str]) -> tuple[list[str], Cells, bool]:
    """The services of ports with their protocols, the cells, and whether they say it all."""
    portless = [one for one in group.protocols if not _has_ports([one])]
    if portless:
        return _portless(group, portless)
    protocol = "+".join(group.protocols)
    cells: Cells = {"protocol": protocol} if protocol else {}
    exact = [port for port in group.ports if not has_any_digit(port)]
    vague = [port for port in group.ports if has_any_digit(port)]
    ports = [port for port in exact if port != "0"]
    ports += [wide for port in vague if (wide := any_digit(port))]
    if exact and not vague and ports == exact:
        cells["port"] = ",".join(exact)
    elif len(vague) == 1 and not exact and vague[0].count("n") == 1:
        cells["port"] = vague[0]
    wanted = ",".join(ports) or ALL_PORTS
    services = [f"{wanted}/{protocol}"] if protocol else _guessed(ports, "+".join(hint))
    return services, cells, bool(protocol and exact and not vague and ports == exact)


def _portless(group: Group, portless: list[str]) -> tuple[list[str], Cells, bool]:
    """Protocols without ports; numbers beside those of ICMP are a type and its code."""
    others = [one for one in group.protocols if one not in portless]
    cells: Cells = {"protocol": "+".join(group.protocols)}
    is_typed = all(number_of(one) in TYPED for one in portless) and not others
    numbers = [int(one) for one in group.ports if one.isdigit() and int(one) <= 255]
    if is_typed and 1 <= len(numbers) == len(group.ports) <= 2:
        kind = "/".join(map(str, numbers))
        return [f"{kind}/{one}" for one in portless], {**cells, "type": kind}, True
    own = [str(number_of(one)) for one in portless]
    ports = [port for port in group.ports if port not in own and not has_any_digit(port)]
    ports = [port for port in ports if port not in ("0", ALL_PORTS)]
    if others and ports:
        cells["port"] = ",".join(ports)
    services = [f"{','.join(ports) or ALL_PORTS}/{'+'.join(others)}"] if others else []
    is_sure = not has_digits(group) and (bool(ports) == bool(others))
    return [*portless, *services], cells, is_sure


def has_digits(group: Group) -> bool:
    """Whether a port of the group has an `n`."""
    return any(map(has_any_digit, group.ports))


def _guessed(ports: Sequence[str], hint: str) -> list[str]:
    """The services of ports without a protocol."""
    by_protocol: dict[str, list[str]] = {}
    for port in ports or [ALL_PORTS]:
        by_protocol.setdefault(hint or _KNOWN_UDP.get(port, "tcp"), []).append(port)
    return [f"{','.join(its)}/{protocol}" for protocol, its in by_protocol.items()]


def _has_ports(protocols: Iterable[str]) -> bool:
    return all(number is not None and has_ports(number) for number in map(number_of, protocols))
