"""What `-m set` asks of a packet (linux/net/netfilter/xt_set.c and ipset/)."""

from collections.abc import Iterable, Iterator
from itertools import islice, product

from flowmodel.fields import (
    DCCP,
    ICMP,
    ICMPV6,
    PORT_PROTOCOLS,
    TCP,
    UDP,
    NameField,
    NumberField,
)
from flowmodel.match import (
    NEVER,
    Condition,
    Masked,
    Match,
    Name,
    Relation,
    Test,
    Unread,
    Volatile,
)
from flowmodel.record import replace
from flowmodel.values import Interval, union
from parsers.iptables.conditions import both, either, negate
from parsers.iptables.options import Answer, Asked
from parsers.shared.sets import RANGE, Addresses, Entry, Interface, Mark, Member, NamedSet, Ports
from parsers.shared.values import MalformedError


def match_set(answers: list[Answer]) -> Match:
    """The membership that the options of `-m set` ask for."""
    wanted = next((a for a in answers if a.asked.option == "--match-set"), None)
    if wanted is None:
        raise MalformedError("`-m set` needs `--match-set`", "-m set")
    others = [a.asked for a in answers if a is not wanted]
    text = " ".join([wanted.asked.text, *(a.text.removeprefix("-m set ") for a in others)])
    counters = [a for a in others if a.option.startswith(("--packets", "--bytes"))]
    # Whether a negated match looks at the counters differs between kernels.
    if counters and wanted.is_negated:
        return (Volatile(f"{text} (negated)"),)
    is_nomatch = any(a.option == "--return-nomatch" for a in others)
    name, flags = wanted.asked.values
    directions = flags.split(",")
    if len(directions) > 6 or not {"src", "dst"}.issuperset(directions):
        raise MalformedError(f"`{flags}` is not made of up to six of src and dst", flags)
    match = _member(name, directions, wanted.asked, is_nomatch=is_nomatch)
    if counters:
        match += (Volatile(text),)
    return negate(match, wanted.asked.family) if wanted.is_negated else match


def _member(
    name: str, directions: list[str], asked: Asked, *, is_nomatch: bool, is_in_list: bool = False
) -> Match:
    """The packets that are in the set, or that an entry takes out of it with `nomatch`."""
    context = asked.context
    text = f"-m set --match-set {name} {','.join(directions)}"
    if is_nomatch:
        text += " --return-nomatch"
    if name in context.written:
        return (Volatile(f"{text} (rules write to the set {name})"),)
    named = context.sets.get(name)
    if named is None:
        return (Unread(f"{text} (set {name} is not in the exports)"),)
    if named.kind == "list:set":
        # ip_set_list_set.c, list_set_ktest: the members are asked in turn.
        found = []
        for entry in named.entries:
            for member in entry.cells:
                if isinstance(member, Member):
                    match = _of_list(member.name, directions, asked, is_nomatch=is_nomatch)
                    what = f"{member.name} in the set {name}"
                    found.append(_lapsing(match, what) if entry.lapses else match)
        return either(*found)
    if not is_in_list and _is_of_other_family(named, asked):
        # libxt_set.h, get_set_byname: the whole table is not loaded.
        message = f"the set {name} is of IPv{named.family}: the tool for IPv{asked.family} refuses"
        raise MalformedError(f"{message} it", f"{name} {','.join(directions)}")
    return _in_set(named, directions, text, asked, is_nomatch=is_nomatch)


def _of_list(name: str, directions: list[str], asked: Asked, *, is_nomatch: bool) -> Match:
    named = asked.context.sets.get(name)
    if named is not None and named.kind == "list:set":
        raise MalformedError(
            f"the set {name} is a list in a list, which ipset refuses", asked.values[0]
        )
    return _member(name, directions, asked, is_nomatch=is_nomatch, is_in_list=True)


def _is_of_other_family(named: NamedSet, asked: Asked) -> bool:
    return not {"ip", "net"}.isdisjoint(named.parts) and named.family != asked.family


def _lapsing(match: Match, what: str) -> Match:
    """The match for as long as the entry is there."""
    return (*match, Unread(f"{what} has not timed out"))


def _in_set(
    named: NamedSet, directions: list[str], text: str, asked: Asked, *, is_nomatch: bool
) -> Match:
    """The packets that are in a set with elements."""
    parts = named.parts
    # ip_set_core.c, ip_set_test: too few directions, or a set of the other family.
    if len(directions) < len(parts) or _is_of_other_family(named, asked):
        return (NEVER,)
    cells = [cell for entry in named.entries for cell in entry.cells]
    if any(isinstance(cell, Interface) and cell.is_bridge_port for cell in cells):
        return (Unread(text),)
    if named.bitmask or (named.netmask >= 0 and "net" in parts):
        return (Unread(text),)
    if "mac" in parts:
        if "ip" not in parts:
            return (Unread(text),)
        return (*_rows(named, named.entries, directions), Unread(text))
    lengths = {_lengths(named, each) for each in named.entries}
    by_length = "iface" in parts and (len(lengths) > 1 or any(RANGE in each for each in lengths))
    if not by_length and not any(entry.is_nomatch for entry in named.entries):
        if is_nomatch and "net" in parts:
            return (NEVER,)
        return _union(named, named.entries, directions, "an entry")
    if any(isinstance(cell, Interface) and cell.is_wildcard for cell in cells):
        return (Unread(text),)
    if any(RANGE in each for each in lengths):
        expanded = tuple(islice(_expanded(named), _MOST_NETWORKS + 1))
        if len(expanded) > _MOST_NETWORKS:
            return (Unread(f"{text} (of more than {_MOST_NETWORKS:,} networks)"),)
        named = replace(named, entries=expanded)
    return _nested(named, directions, is_nomatch=is_nomatch)


_MOST_NETWORKS = 20_000
"""How many networks of ranges are told apart: ranges of both ends of a packet multiply."""


def _expanded(named: NamedSet) -> Iterator[Entry]:
    """The entries with a row for each of the networks that their ranges are made of."""
    bits = 32 if named.family == 4 else 128
    for entry in named.entries:
        ways = [
            cell.prefixes(bits) if isinstance(cell, Addresses) and cell.length == RANGE else (cell,)
            for cell in entry.cells
        ]
        for cells in product(*ways):
            yield entry._replace(cells=cells)


def _nested(named: NamedSet, directions: list[str], *, is_nomatch: bool) -> Match:
    """The packets whose most specific entry is a `nomatch` one, or is none, as asked.

    ip_set_hash_gen.h, mtype_test_cidrs: from the longest prefix to the shortest, of the first
    network and within it of the second, and the first entry found answers.
    """
    levels: dict[tuple[int, ...], list[Entry]] = {}
    for entry in named.entries:
        levels.setdefault(_lengths(named, entry), []).append(entry)
    match: Match = (NEVER,)
    for lengths in sorted(levels):
        what = f"an entry of length {'/'.join(map(str, lengths))}"
        out = [entry for entry in levels[lengths] if entry.is_nomatch != is_nomatch]
        into = [entry for entry in levels[lengths] if entry.is_nomatch == is_nomatch]
        if "iface" in named.parts:
            # ip_set_hash_netiface.c, hash_netiface4_data_equal: an entry of the network ends the
            # search, also one of another interface (`multi`).
            out = [entry._replace(cells=entry.cells[:1]) for entry in levels[lengths]]
        if out and match != (NEVER,):
            other = f"{what}, of whatever interface," if "iface" in named.parts else what
            match = both(match, negate(_union(named, out, directions, other), named.family))
        if into:
            match = either(match, _union(named, into, directions, what))
    return match


def _lengths(named: NamedSet, entry: Entry) -> tuple[int, ...]:
    """The lengths of an entry's prefixes."""
    return tuple(
        cell.length
        for part, cell in zip(named.parts, entry.cells, strict=True)
        if part == "net" and isinstance(cell, Addresses)
    )


def _union(named: NamedSet, entries: Iterable[Entry], directions: list[str], what: str) -> Match:
    """The packets of any of the entries."""
    entries = list(entries)
    stays = _rows(named, [entry for entry in entries if not entry.lapses], directions)
    lapses = _rows(named, [entry for entry in entries if entry.lapses], directions)
    if lapses == (NEVER,):
        return stays
    # Source and destination may be in by different entries, which time out at different times.
    flags = ",".join(directions)
    return either(stays, _lapsing(lapses, f"{what} of the set {named.name} ({flags})"))


Row = dict[NumberField, Interval]


def _rows(named: NamedSet, entries: Iterable[Entry], directions: list[str]) -> Match:
    """The packets of any of the entries, timeouts and `nomatch` left aside."""
    groups: dict[tuple[tuple[NumberField, ...], Extra], list[tuple[Interval, ...]]] = {}
    for entry in entries:
        extra: Extra = ()
        rows: list[Row] = [{}]
        for cell, direction in zip(entry.cells, directions, strict=False):
            is_source = direction == "src"
            port: NumberField = "sport" if is_source else "dport"
            if isinstance(cell, Addresses):
                field: NumberField = "src" if is_source else "dst"
                rows = [_narrowed(row, field, (cell.first, cell.last)) for row in rows]
            elif isinstance(cell, Ports):
                rows = [row | more for row in rows for more in _port_rows(named, cell, port)]
            elif isinstance(cell, Mark) and named.markmask == 0xFFFFFFFF:
                rows = [row | {"mark": (cell.value, cell.value)} for row in rows]
            elif isinstance(cell, Mark):
                extra = (*extra, ("mark", named.markmask, cell.value))
            elif isinstance(cell, Interface):
                extra = (*extra, ("in" if is_source else "out", cell.name, cell.is_wildcard))
        for row in rows:
            if all(first <= last for first, last in row.values()):
                groups.setdefault((tuple(row), extra), []).append(tuple(row.values()))
    found: list[Match] = []
    for (fields, extra), intervals in groups.items():
        if len(fields) == 1:
            match: Match = (Test(fields[0], union(row[0] for row in intervals)),)
        else:
            match = (Relation(fields, tuple(intervals)),) if fields else ()
        found.append((*match, *map(_extra, extra)))
    return either(*found)


def _narrowed(row: Row, field: NumberField, interval: Interval) -> Row:
    """The row with the field in the interval too: `src,src` asks twice about one address."""
    first, last = row.get(field, interval)
    return row | {field: (max(first, interval[0]), min(last, interval[1]))}


def _port_rows(named: NamedSet, cell: Ports, port: NumberField) -> list[Row]:
    """What a port cell asks (ip_set_getport.c): ICMP has type and code there, others nothing."""
    ports = (cell.first, cell.last)
    if named.kind == "bitmap:port":
        # ip_set_getport.c, ip_set_get_ip_port: TCP and UDP, whatever the port's name was.
        return [{"proto": (TCP, TCP), port: ports}, {"proto": (UDP, UDP), port: ports}]
    protocol = (cell.protocol, cell.protocol)
    if cell.protocol in {ICMP, ICMPV6}:
        kind, code = divmod(cell.first, 256)
        return [{"proto": protocol, "icmp_type": (kind, kind), "icmp_code": (code, code)}]
    # ip_set_getport.c, get_port knows no ports of DCCP.
    if cell.protocol in PORT_PROTOCOLS - {DCCP}:
        return [{"proto": protocol, port: ports}]
    return [{"proto": protocol}]


Extra = tuple[tuple[str, str | int, bool | int], ...]


def _extra(extra: tuple[str, str | int, bool | int]) -> Condition:
    kind, first, second = extra
    if kind == "mark":
        return Masked("mark", int(first), int(second))
    field: NameField = "in" if kind == "in" else "out"
    name = str(first)
    return Name(field, frozenset(), (name,)) if second else Name(field, frozenset({name}))
