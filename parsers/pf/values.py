"""How pfSense and OPNsense write addresses, networks, ports, protocols and ICMP types."""

import re
from collections.abc import Iterable

from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.values import Interval, union
from parsers.shared.digits import is_decimal

_OCTET = {str(value): value for value in range(256)}
# util.inc, is_hostname: labels of letters, digits, hyphens and underscores.
_HOSTNAME = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.?", re.IGNORECASE
)
Network = tuple[Family, int, int]
"""A family, the address as written, and the length of the prefix."""


def ipv4(text: str) -> int | None:
    """The IPv4 address in its one usual spelling, as util.inc's is_ipaddrv4 wants it."""
    try:
        a, b, c, d = text.split(".")
        return _OCTET[a] << 24 | _OCTET[b] << 16 | _OCTET[c] << 8 | _OCTET[d]
    except (KeyError, ValueError):
        return None


def ipv6(text: str) -> int | None:
    """The IPv6 address, without its zone."""
    if ":" not in text:
        return None
    from socket import AF_INET6, inet_pton

    try:
        return int.from_bytes(inet_pton(AF_INET6, text.partition("%")[0]))
    except (OSError, ValueError):
        return None


def network(text: str) -> Network | None:
    """The address with its prefix; one without a prefix is a prefix of all its bits."""
    address, slash, length = text.partition("/")
    value = ipv4(address)
    family: Family = 4
    width = 32
    if value is None:
        value, family, width = ipv6(address), 6, 128
    if value is None:
        return None
    if not slash:
        return family, value, width
    if not (is_decimal(length) and len(length) < 4 and int(length) <= width):
        return None
    return family, value, int(length)


def interval(found: Network) -> Interval:
    """The first and the last address of a network."""
    family, value, length = found
    rest = (1 << (32 if family == 4 else 128) - length) - 1
    return value & ~rest, value | rest


def addresses(networks: Iterable[Network]) -> Addresses:
    """The addresses of networks of both families."""
    found: dict[Family, list[Interval]] = {4: [], 6: []}
    for each in networks:
        found[each[0]].append(interval(each))
    return Addresses(union(found[4]), union(found[6]))


def of_text(*texts: str) -> Addresses:
    """The addresses of networks that the program itself names."""
    found = [network(text) for text in texts]
    return addresses(each for each in found if each)


def is_hostname(text: str) -> bool:
    """Whether pfSense takes the text for a name that filterdns can resolve."""
    return bool(_HOSTNAME.fullmatch(text))


def port(text: str) -> int | None:
    """The port by number or by a well-known name (util.inc, is_port)."""
    if is_decimal(text):
        value = int(text) if len(text) < 6 else 65536
        return value if 1 <= value <= 65535 else None
    from parsers.shared.names import SERVICES

    return SERVICES.get(text)


def port_range(text: str) -> Interval | None:
    """Both ends of `port` or `first:last` (util.inc, is_port_or_range)."""
    first, colon, last = text.partition(":")
    low = port(first)
    high = port(last) if colon else low
    return None if low is None or high is None else (min(low, high), max(low, high))


PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "ipencap": 4,
    "tcp": 6,
    "udp": 17,
    "ipv6": 41,
    "rsvp": 46,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": 58,
    "icmp6": 58,
    "eigrp": 88,
    "ospf": 89,
    "etherip": 97,
    "pim": 103,
    "ipcomp": 108,
    "carp": 112,
    "vrrp": 112,
    "l2tp": 115,
    "sctp": 132,
    "pfsync": 240,
}
"""Protocols by the names of FreeBSD's /etc/protocols that the web interfaces offer."""


def protocol(text: str) -> int | None:
    """The protocol by number or name."""
    if is_decimal(text) and len(text) < 4:
        return int(text) if int(text) < 256 else None
    name = text.lower()
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    from parsers.shared.names import PROTOCOLS as MORE

    return MORE.get(name)


# sbin/pfctl/pfctl_parser.c, icmp_type and icmp6_type.
ICMP_TYPES = {
    "echorep": 0,
    "unreach": 3,
    "squench": 4,
    "redir": 5,
    "althost": 6,
    "echoreq": 8,
    "routeradv": 9,
    "routersol": 10,
    "timex": 11,
    "paramprob": 12,
    "timereq": 13,
    "timerep": 14,
    "inforeq": 15,
    "inforep": 16,
    "maskreq": 17,
    "maskrep": 18,
    "trace": 30,
    "dataconv": 31,
    "mobredir": 32,
    "ipv6-where": 33,
    "ipv6-here": 34,
    "mobregreq": 35,
    "mobregrep": 36,
    "skip": 39,
    "photuris": 40,
}
ICMP6_TYPES = {
    "unreach": 1,
    "toobig": 2,
    "timex": 3,
    "paramprob": 4,
    "echoreq": 128,
    "echorep": 129,
    "groupqry": 130,
    "listqry": 130,
    "grouprep": 131,
    "listenrep": 131,
    "groupterm": 132,
    "listendone": 132,
    "routersol": 133,
    "routeradv": 134,
    "neighbrsol": 135,
    "neighbradv": 136,
    "redir": 137,
    "routrrenum": 138,
    "wrureq": 139,
    "fqdnreq": 139,
    "niqry": 139,
    "wrurep": 140,
    "fqdnrep": 140,
    "nirep": 140,
    "mtraceresp": 200,
    "mtrace": 201,
}
_LARGEST = 255


def icmp_type(text: str, family: Family) -> int | None:
    """The ICMP type by number or by pf's name for it."""
    if is_decimal(text) and len(text) < 4:
        return int(text) if int(text) <= _LARGEST else None
    return (ICMP_TYPES if family == 4 else ICMP6_TYPES).get(text)
