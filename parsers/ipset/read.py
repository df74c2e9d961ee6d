"""What `ipset save` prints: named sets and their entries (ipset(8))."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, Family
from flowmodel.record import replace
from flowmodel.source import InputError, Source, Span
from parsers.shared import names, values
from parsers.shared.blanks import Odd
from parsers.shared.sets import (
    RANGE,
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

Made = tuple[NamedSet, list[Entry], bool, str]
"""A set while it is read: without entries, its entries, whether they may have timeouts, and the
range of a bitmap."""

# ipset(8), CREATE AND ADD OPTIONS and SET TYPES: how many words follow each.
_CREATE = dict.fromkeys(
    (
        *("family", "hashsize", "maxelem", "bucketsize", "initval", "timeout", "netmask"),
        *("bitmask", "markmask", "range", "size", "probes", "resize", "gc"),
    ),
    1,
) | dict.fromkeys(("counters", "comment", "skbinfo", "forceadd"), 0)
_ADD = dict.fromkeys(
    ("timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue"), 1
)
_ADD_TO = {
    "net": {"nomatch": 0},
    "iface": {"wildcard": 0},
    "set": {"before": 1, "after": 1},
}
"""Options of an element, by the part that only some types have."""
_NUMBERS = frozenset({"hashsize", "maxelem", "bucketsize", "timeout", "size"})
_FAMILIES: Final[dict[str, Family]] = {"inet": 4, "ipv4": 4, "inet6": 6, "ipv6": 6}
_PARTS = frozenset({"ip", "net", "port", "mac", "iface", "mark", "set"})
_BLANKS = Odd(r'"[^"\n]*"|^\s*#[^\n]*')
_WORD = re.compile(r'"([^"]*)"|(\S+)')


def parse_sets(source: Source) -> dict[str, NamedSet]:
    """The sets of the file by name; raises InputError."""
    _BLANKS.refuse(source)
    found: dict[str, Made] = {}
    places: dict[str, Span] = {}
    for number, line in enumerate(source.lines, 1):
        words = line.split()
        if not words or words[0][0] == "#":
            continue
        try:
            _line(found, words, line)
            if words[0] == "create":
                places[words[1]] = Span(source.path, number, 1, number, len(line))
        except values.HostnameError as error:
            _fail(source, number, f"`{error}` is no address", str(error))
        except values.UnknownNameError as error:
            _fail(source, number, f"`{error}` is no protocol or port that every machine knows", "")
        except MalformedError as error:
            _fail(source, number, error.message, error.fragment)
    return {
        name: replace(made, entries=tuple(entries), span=places[name])
        for name, (made, entries, *_) in found.items()
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
    options = _options(words[3:], _CREATE)
    family = options.get("family", "inet")
    if family not in _FAMILIES:
        raise MalformedError(f"`{family}` is no family: inet or inet6 is meant", family)
    for option in _NUMBERS & options.keys():
        values.number(options[option], 0xFFFFFFFF, f"number for `{option}`")
    bits = 32 if _FAMILIES[family] == 4 else 128
    made = NamedSet(
        name,
        kind,
        _FAMILIES[family],
        (),
        values.number(options["netmask"], bits, "prefix length") if "netmask" in options else -1,
        options.get("bitmask", ""),
        values.number(options.get("markmask", "0xffffffff"), 0xFFFFFFFF, "mask of a mark"),
    )
    bounds = options.get("range", "")
    if store == "bitmap" and not bounds:
        raise MalformedError(f"a set of type {kind} needs a range", kind)
    if bounds:
        _bounds(made, bounds)
    return made, [], "timeout" in options, bounds


def _bounds(made: NamedSet, text: str) -> tuple[int, int]:
    """The first and last value that a bitmap has a bit for."""
    (cell,) = _cells(made.parts[0], text, made, is_wildcard=False)
    if not isinstance(cell, Addresses | Ports):
        raise MalformedError(f"`{text}` is no range", text)
    return cell.first, cell.last


def _options(words: Sequence[str], known: Mapping[str, int]) -> dict[str, str]:
    """The options with their values; raises MalformedError for one that ipset does not know."""
    found: dict[str, str] = {}
    left = iter(words)
    for word in left:
        if word not in known:
            raise MalformedError(f"`{word}` is no option of ipset here", word)
        if word in found:
            raise MalformedError(f"`{word}` stands twice", word)
        found[word] = ""
        if known[word]:
            value = next(left, None)
            if value is None:
                raise MalformedError(f"`{word}` needs a value", word)
            found[word] = value
    return found


def _add(found: dict[str, Made], words: Sequence[str], line: str) -> None:
    """`add NAME ELEMENT timeout 60 nomatch comment "…"`."""
    if words[1] not in found:
        raise MalformedError(f"the set {words[1]} is not created above", words[1])
    made, entries, has_timeouts, bounds = found[words[1]]
    is_nomatch = is_wildcard = False
    lapses = has_timeouts
    if len(words) > 3:
        known = dict(_ADD)
        for part in made.parts:
            known |= _ADD_TO.get(part, {})
        written = [quoted or plain for quoted, plain in _WORD.findall(line)]
        options = _options(written[3:], known)
        is_nomatch, is_wildcard = "nomatch" in options, "wildcard" in options
        if "timeout" in options:
            lapses = values.number(options["timeout"], 0xFFFFFFFF, "number of seconds") != 0
    texts = words[2].split(",")
    parts = made.parts
    if bounds:
        _check_range(made, texts[0], bounds)
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


def _check_range(made: NamedSet, text: str, bounds: str) -> None:
    """Raise MalformedError for an element that a bitmap has no bit for: ipset refuses it."""
    low, high = _bounds(made, bounds)
    first, last = _bounds(made, text)
    if first < low or last > high:
        raise MalformedError(f"`{text}` is not in the range {bounds} of the set", text)


def _cells(part: str, text: str, made: NamedSet, *, is_wildcard: bool) -> Sequence[Cell]:
    """What one part of an element stands for."""
    match part:
        case "ip" | "net":
            return _addresses(text, part, made)
        case "port":
            return (_ports(text, made),)
        case "iface":
            name = text.removeprefix("physdev:")
            # lib/parse.c, ipset_parse_iface; IFNAMSIZ.
            if not text or len(name.encode()) > 15:
                raise MalformedError(f"`{name}` is no name of an interface", text)
            return (Interface(name, name != text, is_wildcard),)
        case "mac":
            return (Hardware(text.lower()),)
        case "mark":
            return (Mark(values.number(text, 0xFFFFFFFF, "mark") & made.markmask),)
        case _:
            return (Member(text),)


def _addresses(text: str, part: str, made: NamedSet) -> Sequence[Addresses]:
    bits = 32 if made.family == 4 else 128
    if "-" in text:
        first, last = values.address_range(text, made.family)
        if first > last:
            first, last = last, first
        if part == "ip" and made.netmask >= 0:
            # ip_set_hash_ip.c, hash_ip4_uadt: each address of the range is cut to its network.
            hosts = (1 << bits - made.netmask) - 1
            first, last = first & ~hosts, last | hosts
        # Networks that make up a range are only told apart where it matters: match_set.py.
        return (Addresses(first, last, bits if part == "ip" else RANGE),)
    value, mask = values.masked_address(text, made.family)
    if part == "ip" and made.netmask >= 0:
        mask &= (1 << bits) - (1 << bits - made.netmask)
        value &= mask
    holes = mask ^ ((1 << bits) - 1)
    if holes & (holes + 1):
        raise MalformedError(f"`{text}` is no prefix", text)
    return (Addresses(value, value | holes, bits - holes.bit_length()),)


def _ports(text: str, made: NamedSet) -> Ports:
    """`tcp:80`, `udp:1-9`, `icmp:echo-request`, `gre:0`; without a protocol it is TCP."""
    protocol_text, colon, range_text = text.partition(":")
    if not colon:
        range_text, protocol = text, 6
    else:
        if protocol_text.lower() == "icmp6":
            # /etc/protocols has no such name; iptables has it by itself (libxtables/xtables.c).
            raise MalformedError("ipset has `icmpv6` for ICMP over IPv6", text)
        protocol = values.protocol(protocol_text)
    if protocol in {ICMP, ICMPV6}:
        known = names.ICMP if protocol == ICMP else names.ICMPV6
        if range_text in known and range_text != "any":
            kind, code, _ = known[range_text]
        else:
            kind_text, _, code_text = range_text.partition("/")
            kind = values.number(kind_text, 255, "ICMP type")
            # lib/parse.c, ipset_parse_icmp: a number for the type needs one for the code.
            code = values.number(code_text, 255, "ICMP code")
        return Ports(protocol, kind * 256 + code, kind * 256 + code)
    first, dash, last = range_text.partition("-")
    low = values.port(first)
    high = values.port(last) if dash else low
    if made.kind != "bitmap:port" and protocol not in PORT_PROTOCOLS and (low or high):
        raise MalformedError(f"`{text}`: this protocol has no ports, so ipset has it as 0", text)
    return Ports(protocol, min(low, high), max(low, high))
