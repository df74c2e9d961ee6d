"""Packets as people and scripts write them: an expression, or one JSON object a line."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from linter.engine.conntrack import fresh_state
from linter.model import fields
from linter.model.fields import Family
from linter.model.packet import Packet
from linter.model.source import InputError, Span

PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "dccp": 33,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "sctp": 132,
    "udplite": 136,
}
FLAGS = {
    "fin": fields.FIN,
    "syn": fields.SYN,
    "rst": fields.RST,
    "psh": fields.PSH,
    "ack": fields.ACK,
    "urg": fields.URG,
    "ece": fields.ECE,
    "cwr": fields.CWR,
}
_KEYS = frozenset(
    {"family", "src", "dst", "proto", "sport", "dport", "in", "out", "state", "ct_dir"}
    | {"icmp_type", "icmp_code", "tcp_flags", "mark", "pkt_type"}
)
# Echo requests stand for ICMP where no type is given.
_ECHO = {fields.ICMP: 8, fields.ICMPV6: 128}
_DEFAULT_PORTS = {"sport": 40000, "dport": 0}
_LINE_LIMIT = 10_000


class PacketError(Exception):
    """What is wrong with a packet, for people."""


def read_packets(stream: TextIO, path: str) -> Iterator[Packet]:
    """The packets of a file of JSON lines; raises InputError at the first bad line."""
    for number, line in enumerate(stream, 1):
        text = line.rstrip("\n")
        if not text.strip():
            continue
        try:
            yield from_object(_object(text))
        except json.JSONDecodeError as error:
            span = Span(path, number, error.colno, number, error.colno)
            raise InputError(f"not a JSON object: {error.msg}", span, text) from None
        except (PacketError, RecursionError) as error:
            span = Span(path, number, 1, number, max(1, len(text)))
            raise InputError(str(error) or "nested too deeply", span, text) from None


def _object(text: str) -> Any:
    if len(text) > _LINE_LIMIT:
        raise PacketError(f"a packet of more than {_LINE_LIMIT} characters")
    return json.loads(text)


def from_object(value: Any) -> Packet:
    """The packet of a JSON object; raises PacketError."""
    if not isinstance(value, dict):
        raise PacketError("a packet is a JSON object")
    unknown = sorted(set(value) - _KEYS)
    if unknown:
        raise PacketError(f"no field {unknown[0]!r}: there are {', '.join(sorted(_KEYS))}")
    family = _family(value)
    src, dst = (_address(value, key, family) for key in ("src", "dst"))
    proto = _protocol(value.get("proto", "tcp"), family)
    icmp_type = _number(value, "icmp_type", 255, _ECHO.get(proto, 0))
    is_established = value.get("state") in ("established", "related")
    flags = _flags(value.get("tcp_flags", "ack" if is_established else "syn"))
    flags = flags if proto == fields.TCP else 0
    has_ports = proto in fields.PORT_PROTOCOLS
    return Packet(
        family=family,
        src=src,
        dst=dst,
        proto=proto,
        sport=_number(value, "sport", 65535, 40000 if has_ports else 0),
        dport=_number(value, "dport", 65535, 0),
        icmp_type=icmp_type,
        icmp_code=_number(value, "icmp_code", 255, 0),
        tcp_flags=flags,
        in_name=_name(value, "in"),
        out_name=_name(value, "out"),
        state=_state(value, family, proto, icmp_type, flags),
        ct_dir={"original": 0, "reply": 1}[
            _choice(value, "ct_dir", "original", ("original", "reply"))
        ],
        pkt_type=fields.PACKET_TYPES[
            _choice(value, "pkt_type", "unicast", tuple(fields.PACKET_TYPES))
        ],
        mark=_number(value, "mark", 0xFFFFFFFF, 0),
    )


def _family(value: Mapping[str, Any]) -> Family:
    family = value.get("family", 6 if ":" in str(value.get("src", "")) else 4)
    if family not in (4, 6) or isinstance(family, bool):
        raise PacketError("family is 4 or 6")
    return 4 if family == 4 else 6


def _address(value: Mapping[str, Any], key: str, family: Family) -> int:
    from ipaddress import IPv4Address, IPv6Address

    text = value.get(key)
    if not isinstance(text, str):
        raise PacketError(f"{key} is missing, or no text")
    try:
        return int(IPv4Address(text) if family == 4 else IPv6Address(text))
    except ValueError:
        raise PacketError(f"{key}: {text!r} is no IPv{family} address") from None


def _protocol(value: Any, family: Family) -> int:
    if isinstance(value, str):
        if value.lower() == "icmp" and family == 6:
            return fields.ICMPV6
        if value.lower() in PROTOCOLS:
            return PROTOCOLS[value.lower()]
        value = int(value) if value.isascii() and value.isdigit() else value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
        return value
    raise PacketError(f"proto: {value!r} is no protocol name or number")


def _number(value: Mapping[str, Any], key: str, limit: int, default: int) -> int:
    number = value.get(key, default)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= limit:
        raise PacketError(f"{key}: {number!r} is no number from 0 to {limit}")
    return number


def _name(value: Mapping[str, Any], key: str) -> str | None:
    name = value.get(key)
    if name is not None and not isinstance(name, str):
        raise PacketError(f"{key}: an interface's name is a text")
    return name


def _choice(value: Mapping[str, Any], key: str, default: str, known: tuple[str, ...]) -> str:
    chosen = value.get(key, default)
    if chosen not in known:
        raise PacketError(f"{key}: {chosen!r} is none of {', '.join(known)}")
    return str(chosen)


def _flags(value: Any) -> int:
    """Flags by name, with commas or spaces between, or as the number of the header's byte."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255:
        return value
    if not isinstance(value, str):
        raise PacketError("tcp_flags: names such as `syn,ack`, or a number")
    flags = 0
    for name in value.lower().replace(",", " ").replace("|", " ").split():
        if name not in FLAGS and name != "none":
            raise PacketError(f"tcp_flags: {name!r} is none of {', '.join(FLAGS)}, none")
        flags |= FLAGS.get(name, 0)
    return flags


def _state(value: Mapping[str, Any], family: Family, proto: int, icmp_type: int, flags: int) -> int:
    """The state that is given, else what the packet is without a connection."""
    if "state" not in value:
        return fresh_state(family, proto, icmp_type, flags)
    return fields.STATES[_choice(value, "state", "new", tuple(fields.STATES))]


def parse_expression(text: str) -> Packet:
    """The packet of an expression such as `tcp 198.51.100.7:40000 > 192.0.2.10:443 in eth0`.

    Raises InputError with the column at which the expression is not understood.
    """
    from linter.commands.expression import read

    try:
        return from_object(read(text))
    except PacketError as error:
        span = Span("packet", 1, 1, 1, max(1, len(text)))
        raise InputError(str(error), span, text) from None
