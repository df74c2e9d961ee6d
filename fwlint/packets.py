"""Packets as people and scripts write them: an expression, or one JSON object a line."""

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any, BinaryIO, NoReturn

from flowmodel import fields
from flowmodel.fields import Family
from flowmodel.packet import Packet
from flowmodel.source import InputError, Span
from linter.engine.device.conntrack import fresh_state
from parsers.shared import names
from parsers.shared.reading import start_of

PROTOCOLS = {
    name: names.PROTOCOLS[name]
    for name in (
        *("icmp", "igmp", "tcp", "udp", "dccp", "gre", "esp", "ah", "icmpv6", "ipv6-icmp"),
        *("sctp", "udplite"),
    )
}
_KEYS = frozenset(
    {"family", "src", "dst", "proto", "sport", "dport", "in", "out", "state", "ct_dir"}
    | {"icmp_type", "icmp_code", "tcp_flags", "mark", "pkt_type"}
)
# Echo requests stand for ICMP where no type is given.
_ECHO = {fields.ICMP: 8, fields.ICMPV6: 128}
_DIRECTIONS = {"original": fields.ORIGINAL, "reply": fields.REPLY}
_LINE_LIMIT = 10_000
_DIGITS = 20


_NO_PACKET = "not a packet; a packet is a JSON object with `src` and `dst`"


class PacketError(Exception):
    """What is wrong with a packet, for people."""


class NamingError(PacketError):
    """One that names a part of the line, which need not be a packet."""


# Any other line can be of somebody's configuration, named by mistake: nothing of it is shown.
_PACKET = re.compile(
    r'\s*\{.*"(?:src|dst|sport|dport|proto|mark|icmp_\w+|tcp_flags|ct_dir|pkt_type)"\s*:'
)
_FIELD = re.compile(r"[a-z][a-z_-]{0,19}")


def read_packets(stream: BinaryIO, path: str) -> Iterator[Packet]:
    """The packets of a file of JSON lines; raises InputError at the first bad line, or for none."""
    number, has_packets = 0, False
    while line := stream.readline(_LINE_LIMIT + 1):
        number += 1
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text.strip():
            continue
        try:
            yield from_object(_object(line))
        except json.JSONDecodeError as error:
            span = Span(path, number, error.colno, number, error.colno)
            message = f"not a JSON object: {error.msg}"
            raise InputError(message, span, text if _PACKET.match(text) else "") from None
        except PacketError as error:
            span = Span(path, number, 1, number, max(1, len(text)))
            if _PACKET.match(text):
                raise InputError(str(error), span, text) from None
            is_safe = not isinstance(error, NamingError)
            raise InputError(str(error) if is_safe else _NO_PACKET, span) from None
        has_packets = True
    if not has_packets:
        raise InputError(
            "has no packets: the command that was to write them may have failed", start_of(path)
        )


def _object(line: bytes) -> Any:
    if len(line) > _LINE_LIMIT:
        raise PacketError(f"the line is longer than {_LINE_LIMIT:,} bytes")
    try:
        return _DECODER.decode(line.decode("utf-8-sig").rstrip())
    except UnicodeDecodeError:
        raise PacketError("the line is not UTF-8") from None
    except RecursionError:
        raise PacketError("too deeply nested") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _naming(twice, f"duplicate field {twice!r}")
    return found


def _naming(field: str, message: str) -> PacketError:
    """The error that names a field; a word says nothing of what is in a file."""
    return PacketError(message) if _FIELD.fullmatch(field) else NamingError(message)


def _no_number(text: str) -> NoReturn:
    raise NamingError(f"{text[:20]} is not a valid number for a packet field")


def _integer(text: str) -> int:
    return int(text) if len(text) <= _DIGITS else _no_number(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_repeats,
    parse_int=_integer,
    parse_float=_no_number,
    parse_constant=_no_number,
)


def from_object(value: Any) -> Packet:
    """The packet of a JSON object; raises PacketError.

    Fields that are absent or null get what docs/trace.md says; those that the protocol does not
    have are ignored.
    """
    if not isinstance(value, dict):
        raise PacketError("a packet must be a JSON object")
    if not value.keys() <= _KEYS:
        unknown = min(value.keys() - _KEYS)
        message = f"unknown field {unknown[:20]!r}; expected one of {', '.join(sorted(_KEYS))}"
        raise _naming(unknown, message)
    value = {key: each for key, each in value.items() if each is not None}
    family = _family(value)
    src, dst = (_address(value, key, family) for key in ("src", "dst"))
    proto = _protocol(value.get("proto", "tcp"), family)
    is_open = value.get("state") in ("established", "related")
    flags = _flags(value.get("tcp_flags", "ack" if is_open else "syn"))
    if proto in fields.PORT_PROTOCOLS and "dport" not in value:
        raise PacketError("dport: the port that the packet goes to is required")
    sport, dport = _number(value, "sport", 65535, 40000), _number(value, "dport", 65535, 0)
    icmp_type = _number(value, "icmp_type", 255, _ECHO.get(proto, 0))
    icmp_code = _number(value, "icmp_code", 255, 0)
    if proto != fields.TCP:
        flags = 0
    if proto not in fields.PORT_PROTOCOLS:
        sport = dport = 0
    if proto not in _ECHO:
        icmp_type = icmp_code = 0
    return Packet(
        family=family,
        src=src,
        dst=dst,
        proto=proto,
        sport=sport,
        dport=dport,
        icmp_type=icmp_type,
        icmp_code=icmp_code,
        tcp_flags=flags,
        in_name=_name(value, "in"),
        out_name=_name(value, "out"),
        state=_state(value, family, proto, icmp_type, flags),
        ct_dir=_DIRECTIONS[_choice(value, "ct_dir", "original", _DIRECTIONS)],
        pkt_type=fields.PACKET_TYPES[_choice(value, "pkt_type", "unicast", fields.PACKET_TYPES)],
        mark=_number(value, "mark", 0xFFFFFFFF, 0),
    )


def _family(value: Mapping[str, Any]) -> Family:
    family = value.get("family", 6 if ":" in str(value.get("src", "")) else 4)
    if family not in (4, 6) or isinstance(family, bool):
        raise PacketError("family: must be 4 or 6")
    return 4 if family == 4 else 6


def _address(value: Mapping[str, Any], key: str, family: Family) -> int:
    text = value.get(key)
    if not isinstance(text, str):
        raise PacketError(f"{key}: an address is required")
    try:
        return int(IPv4Address(text) if family == 4 else IPv6Address(text))
    except ValueError:
        raise PacketError(f"{key}: {text[:50]!r} is not an IPv{family} address") from None


def _protocol(value: Any, family: Family) -> int:
    if isinstance(value, str):
        if value.lower() == "icmp" and family == 6:
            return fields.ICMPV6
        if value.lower() in PROTOCOLS:
            return PROTOCOLS[value.lower()]
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= 3 else value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
        return value
    raise PacketError(
        f"proto: {_shown(value)} is not a known protocol name or a number from 0 to 255"
    )


def _number(value: Mapping[str, Any], key: str, limit: int, default: int) -> int:
    number = value.get(key, default)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= limit:
        raise PacketError(f"{key}: {_shown(number)} is not a whole number from 0 to {limit}")
    return number


def _shown(value: object) -> str:
    """The value as JSON has it, shortened."""
    return json.dumps(value)[:50]


def _name(value: Mapping[str, Any], key: str) -> str | None:
    name = value.get(key)
    if name is not None and not isinstance(name, str):
        raise PacketError(f"{key}: an interface name must be a string")
    return name


def _choice(value: Mapping[str, Any], key: str, default: str, known: Mapping[str, int]) -> str:
    chosen = value.get(key, default)
    if not isinstance(chosen, str) or chosen not in known:
        raise PacketError(f"{key}: {_shown(chosen)} is not one of {', '.join(known)}")
    return str(chosen)


def _flags(value: Any) -> int:
    """Flags by name, with commas or spaces between, or as the number of the header's byte."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
        return value
    if not isinstance(value, str):
        raise PacketError("tcp_flags: must be names such as `syn,ack`, or a number from 0 to 255")
    flags = 0
    for name in value.lower().replace(",", " ").replace("|", " ").split():
        if name not in fields.FLAGS and name != "none":
            raise PacketError(
                f"tcp_flags: {name[:20]!r} is not one of {', '.join(fields.FLAGS)}, none"
            )
        flags |= fields.FLAGS.get(name, 0)
    return flags


def _state(value: Mapping[str, Any], family: Family, proto: int, icmp_type: int, flags: int) -> int:
    """The state that is given, else what the packet is without a connection."""
    if "state" not in value:
        return fresh_state(family, proto, icmp_type, flags)
    return fields.STATES[_choice(value, "state", "new", fields.STATES)]


def parse_expression(text: str) -> Packet:
    """The packet of an expression such as `tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0`.

    Raises InputError with the column at which the expression is not understood.
    """
    from fwlint.expression import quotable, read

    try:
        told = read(text)
        packet = from_object({"dport": 0, **told})
        _check_fit(told, packet)
    except PacketError as error:
        span = Span("packet", 1, 1, 1, max(1, len(text)))
        raise InputError(str(error), span, quotable(text)) from None
    return packet


def _check_fit(told: Mapping[str, Any], packet: Packet) -> None:
    """Raises PacketError for a port that is missing, and for what the protocol does not have.

    Scripts write every field of a JSON packet; whoever types one means it, and port 0 by no means.
    """
    proto = packet.proto
    if proto in fields.PORT_PROTOCOLS and "dport" not in told:
        place = f"[{told['dst']}]" if packet.family == 6 else told["dst"]
        raise PacketError(f"the port that the packet goes to is missing: write `{place}:PORT`")
    for keys, what, protocols in (
        (("sport", "dport"), "ports", fields.PORT_PROTOCOLS),
        (("icmp_type", "icmp_code"), "types and codes", _ECHO),
        (("tcp_flags",), "flags", (fields.TCP,)),
    ):
        if proto not in protocols and told.keys() & {*keys}:
            raise PacketError(f"the protocol {told['proto']} has no {what}")
