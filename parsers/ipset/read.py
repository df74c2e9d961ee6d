"""What `ipset save` prints: named sets and their entries (ipset(8))."""

import re
from collections.abc import Sequence
from itertools import pairwise

from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS
from flowmodel.source import InputError, Source, Span
from parsers.shared import names, values
from parsers.shared.sets import (
    Addresses,
    Cell,
    Entry,
    Hardware,
    Interface,
    Mark,
    Member,
    NamedSet,
    Ports,
)
from parsers.shared.values import MalformedError

Made = tuple[NamedSet, list[Entry], bool]
"""A set while it is read: without entries, its entries, and whether they may have timeouts."""

_PARTS = frozenset({"ip", "net", "port", "mac", "iface", "mark", "set"})
_WORD = re.compile(r'"([^"]*)"|(\S+)')


def parse_sets(source: Source) -> dict[str, NamedSet]:
    """The sets of the file by name; raises InputError."""
    found: dict[str, Made] = {}
    for number, line in enumerate(source.lines, 1):
        words = line.split()
        if not words or words[0][0] == "#":
            continue
        try:
            _line(found, words, line)
        except values.HostnameError as error:
            _fail(source, number, f"`{error}` is no address", str(error))
        except values.UnknownNameError as error:
            _fail(source, number, f"`{error}` is no protocol or port that every machine knows", "")
        except MalformedError as error:
            _fail(source, number, error.message, error.fragment)
    return {
        name: NamedSet(
            name, made.kind, made.family, tuple(entries), made.netmask, made.bitmask, made.markmask
        )
        for name, (made, entries, _) in found.items()
    }


def _line(found: dict[str, Made], words: Sequence[str], line: str) -> None:
    if words[0] == "add" and len(words) > 2:
        _add(found, words, line)
    elif words[0] == "create" and len(words) > 2:
        if words[1] in found:
            raise MalformedError(f"the set {words[1]} is created a second time", words[1])
        found[words[1]] = _create(words)
    else:
        raise MalformedError(f"`{words[0]}` is no line of `ipset save`", words[0])


def _fail(source: Source, number: int, message: str, fragment: str) -> None:
    line = source.lines[number - 1]
    at = max(0, line.find(fragment))
    end = at + len(fragment) if fragment and fragment in line else len(line)
    raise InputError(message, Span(source.path, number, at + 1, number, end), line)


def _create(words: Sequence[str]) -> Made:
    """`create NAME TYPE family inet … timeout 0`; options that size or count are passed over."""
    name, kind = words[1], words[2]
    store, _, parts = kind.partition(":")
    if store not in {"hash", "bitmap", "list"} or not _PARTS.issuperset(parts.split(",")):
        raise MalformedError(f"`{kind}` is no type of set", kind)
    options = dict(pairwise(words[3:]))
    made = NamedSet(
        name,
        kind,
        6 if options.get("family") == "inet6" else 4,
        (),
        values.number(options["netmask"], 128, "prefix length") if "netmask" in words else -1,
        options.get("bitmask", ""),
        values.number(options.get("markmask", "0xffffffff"), 0xFFFFFFFF, "mask of a mark"),
    )
    return made, [], "timeout" in words[3:]


def _add(found: dict[str, Made], words: Sequence[str], line: str) -> None:
    """`add NAME ELEMENT timeout 60 nomatch comment "…"`."""
    if words[1] not in found:
        raise MalformedError(f"the set {words[1]} is not created above", words[1])
    made, entries, has_timeouts = found[words[1]]
    is_nomatch = is_wildcard = False
    lapses = has_timeouts
    if len(words) > 3:
        options = [quoted or plain for quoted, plain in _WORD.findall(line)][3:]
        if "comment" in options:
            at = options.index("comment")
            del options[at : at + 2]
        is_nomatch, is_wildcard = "nomatch" in options, "wildcard" in options
        if "timeout" in options:
            at = options.index("timeout") + 1
            lapses = options[at : at + 1] != ["0"]
    texts = words[2].split(",")
    parts = made.parts
    if len(texts) > len(parts) or (len(texts) < len(parts) and parts[1:] != ("mac",)):
        raise MalformedError(f"`{words[2]}` is no element of a set of type {made.kind}", words[2])
    if parts in {("ip",), ("net",)}:
        for each in _addresses(words[2], parts[0], made):
            entries.append(Entry((each,), is_nomatch, lapses))
    else:
        cells: tuple[tuple[Cell, ...], ...] = ((),)
        for part, text in zip(parts, texts, strict=False):
            cells = tuple(
                (*row, cell)
                for row in cells
                for cell in _cells(part, text, made, is_wildcard=is_wildcard)
            )
        entries += [Entry(row, is_nomatch, lapses) for row in cells]


def _cells(part: str, text: str, made: NamedSet, *, is_wildcard: bool) -> Sequence[Cell]:
    """What one part of an element stands for; a range of a net type is several prefixes."""
    match part:
        case "ip" | "net":
            return _addresses(text, part, made)
        case "port":
            return (_ports(text, made),)
        case "iface":
            name = text.removeprefix("physdev:")
            return (Interface(name, name != text, is_wildcard),)
        case "mac":
            return (Hardware(text.lower()),)
        case "mark":
            return (Mark(values.number(text, 0xFFFFFFFF, "mark")),)
        case _:
            return (Member(text),)


def _addresses(text: str, part: str, made: NamedSet) -> Sequence[Addresses]:
    bits = 32 if made.family == 4 else 128
    if "-" in text:
        first, last = values.address_range(text, made.family)
        if first > last:
            first, last = last, first
        if part == "ip":
            return (Addresses(first, last, bits),)
        return _prefixes(first, last, bits)
    value, mask = values.masked_address(text, made.family)
    if part == "ip" and made.netmask >= 0:
        mask &= (1 << bits) - (1 << bits - made.netmask)
        value &= mask
    holes = mask ^ ((1 << bits) - 1)
    if holes & (holes + 1):
        raise MalformedError(f"`{text}` is no prefix", text)
    return (Addresses(value, value | holes, bits - holes.bit_length()),)


def _prefixes(first: int, last: int, bits: int) -> list[Addresses]:
    """The prefixes that make up the range, as ipset stores a range in a set of networks."""
    found = []
    while first <= last:
        size = min(
            (first & -first).bit_length() - 1 if first else bits,
            (last - first + 1).bit_length() - 1,
        )
        found.append(Addresses(first, first + (1 << size) - 1, bits - size))
        first += 1 << size
    return found


def _ports(text: str, made: NamedSet) -> Ports:
    """`tcp:80`, `udp:1-9`, `icmp:echo-request`, `gre:0`; without a protocol it is TCP."""
    protocol_text, colon, range_text = text.partition(":")
    if not colon:
        range_text, protocol = text, 6
    else:
        protocol = values.protocol(protocol_text)
    if protocol in {ICMP, ICMPV6}:
        known = names.ICMP if protocol == ICMP else names.ICMPV6
        if range_text in known:
            kind, code, _ = known[range_text]
        else:
            kind_text, _, code_text = range_text.partition("/")
            kind = values.number(kind_text, 255, "ICMP type")
            code = values.number(code_text or "0", 255, "ICMP code")
        return Ports(protocol, kind * 256 + code, kind * 256 + code)
    first, dash, last = range_text.partition("-")
    low = values.port(first)
    high = values.port(last) if dash else low
    if made.kind != "bitmap:port" and protocol not in PORT_PROTOCOLS and (low or high):
        raise MalformedError(f"`{text}`: this protocol has no ports, so ipset has it as 0", text)
    return Ports(protocol, min(low, high), max(low, high))
