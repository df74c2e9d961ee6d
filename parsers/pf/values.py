"""How config.xml writes addresses, ports, protocols, ICMP types and TCP flags."""

import re
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

from linter.model.addresses import Addresses
from linter.model.fields import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, Family
from linter.model.values import EMPTY, Interval, Values, union
from parsers.iptables.names import PROTOCOLS, SERVICES
from parsers.pf.rules import Flags

_MORE_PROTOCOLS: Final = {"carp": 112, "pfsync": 240, "divert": 258, "a/n": 107, "3pc": 34}

# pfctl(8), pfctl_parser.c: icmp_type and icmp6_type; a name without a code means every code.
ICMP_TYPES: Final = {
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
ICMP6_TYPES: Final = {
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
FLAGS: Final = {
    "fin": FIN,
    "syn": SYN,
    "rst": RST,
    "psh": PSH,
    "ack": ACK,
    "urg": URG,
    "ece": ECE,
    "cwr": CWR,
}
# pf.conf(5), "flags": what a rule that keeps state asks for unless it says otherwise.
OPENS: Final = Flags(SYN | ACK, SYN)


def address(text: str) -> tuple[Family, int] | None:
    """The family and number of an address; None for what is no address."""
    family: Family
    kind, family = (AF_INET6, 6) if ":" in text else (AF_INET, 4)
    try:
        return family, int.from_bytes(inet_pton(kind, text))
    except (OSError, ValueError):
        return None


def prefix(text: str) -> tuple[Family, int, int] | None:
    """Family, network (host bits cleared) and mask of `address[/length]`; None for other text."""
    base, slash, length = text.partition("/")
    found = address(base)
    if found is None:
        return None
    family, number = found
    bits = 32 if family == 4 else 128
    if not slash:
        return family, number, (1 << bits) - 1
    if not re.fullmatch(r"[0-9]{1,3}", length) or int(length) > bits:
        return None
    mask = (1 << bits) - (1 << bits - int(length))
    return family, number & mask, mask


def network(text: str) -> Addresses | None:
    """The addresses of `address[/length]`; None for other text."""
    found = prefix(text)
    if found is None:
        return None
    family, base, mask = found
    return of_family(family, ((base, base | ~mask & (1 << (32 if family == 4 else 128)) - 1),))


def address_range(text: str) -> Addresses | None:
    """The addresses of `first-last`; None for other text."""
    first, dash, last = text.partition("-")
    ends = address(first.strip()), address(last.strip())
    if not dash or ends[0] is None or ends[1] is None:
        return None
    (family, low), (other, high) = ends
    return of_family(family, ((low, high),)) if family == other and low <= high else None


def of_family(family: Family, values: Values) -> Addresses:
    """Addresses of one family only."""
    return Addresses(values, EMPTY) if family == 4 else Addresses(EMPTY, values)


def port(text: str) -> int | None:
    """A port's number, by number or well-known name; None for other text."""
    if re.fullmatch(r"[0-9]{1,5}", text):
        return int(text) if int(text) <= 65535 else None
    return SERVICES.get(text)


def port_range(text: str) -> Interval | None:
    """Both ends of `port`, `first-last` or `first:last`; None for other text."""
    first, _, last = text.replace(":", "-").partition("-")
    low, high = port(first), port(last or first)
    if low is None or high is None or low > high:
        return None
    return low, high


def protocol(text: str) -> int | None:
    """A protocol's number, by number or name in letters of any size; None for other text."""
    if re.fullmatch(r"[0-9]{1,3}", text):
        return int(text) if int(text) <= 255 else None
    name = text.lower()
    number = _MORE_PROTOCOLS.get(name, PROTOCOLS.get(name))
    return number if number is not None and 0 < number <= 255 else None


def icmp_types(text: str, family: Family) -> Values | None:
    """The types of a list with commas, by number or pf's names; None if one is neither."""
    names = ICMP_TYPES if family == 4 else ICMP6_TYPES
    found = []
    for each in text.split(","):
        word = each.strip().lower()
        number = int(word) if re.fullmatch(r"[0-9]{1,3}", word) else names.get(word)
        if number is None or number > 255:
            return None
        found.append((number, number))
    return union(found)


def flags(text: str) -> int | None:
    """The bits of a list of flags with commas; None if one is no flag."""
    bits = 0
    for each in filter(None, (word.strip().lower() for word in text.split(","))):
        if each not in FLAGS:
            return None
        bits |= FLAGS[each]
    return bits
