"""How OPNsense writes what pfSense does not: wildcard masks, lists of ICMP types, TCP flags."""

from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import ACK, FLAGS, SYN, Family
from flowmodel.values import Interval, Values, union
from parsers.pf.rules import Flags
from parsers.pf.values import Network, addresses, icmp_type, ipv4, ipv6, network, port
from parsers.pf.xml import BLANKS
from parsers.shared.digits import is_decimal

# pf.conf(5), "flags": what a rule that keeps state asks for unless it says otherwise.
OPENS: Final = Flags(SYN | ACK, SYN)
_MOST = 4096
"""Networks that one wildcard mask may stand for; more of them stay unread."""


def known(text: str) -> Addresses:
    """The addresses of a network; none for other text."""
    found = network(text)
    return addresses([found]) if found else Addresses()


def _address(text: str) -> tuple[Family, int] | None:
    value = ipv4(text)
    if value is not None:
        return 4, value
    value = ipv6(text)
    return None if value is None else (6, value)


def summarized(text: str) -> list[Network]:
    """The networks that together are `first-last`; none for other text."""
    first, dash, last = text.partition("-")
    begin, end = _address(first.strip(BLANKS)), _address(last.strip(BLANKS))
    if not dash or begin is None or end is None or begin[0] != end[0]:
        return []
    family, low = begin
    high = end[1]
    bits = 32 if family == 4 else 128
    found: list[Network] = []
    while low <= high:
        free = min((low & -low).bit_length() - 1 if low else bits, bits)
        free = min(free, (high - low + 1).bit_length() - 1)
        found.append((family, low, bits - free))
        low += 1 << free
    return found


def wildcard(text: str) -> list[Network] | None:
    """The networks of `address/mask`, whose set bits are free; None for other text.

    An empty list stands for more networks than are read (lib/alias/base.py: 65 536 there).
    """
    base, _, mask = text.partition("/")
    start, free = _address(base), _address(mask)
    if start is None or free is None or start[0] != free[0]:
        return None
    family, bits = start[0], 32 if start[0] == 4 else 128
    tail = (free[1] + 1 & -(free[1] + 1)).bit_length() - 1
    rest = free[1] >> tail << tail
    if 1 << rest.bit_count() > _MOST:
        return []
    fixed = start[1] & ~free[1]
    found: list[Network] = []
    part = rest
    while True:
        found.append((family, fixed | part, bits - tail))
        if not part:
            return found
        part = part - 1 & rest


def port_range(text: str) -> Interval | None:
    """Both ends of `port`, `first-last` or `first:last`; None for other text."""
    first, _, last = text.replace(":", "-").partition("-")
    low, high = (0 if each == "0" else port(each) for each in (first, last or first))
    return None if low is None or high is None else (low, high)


def number(text: str, otherwise: int) -> int:
    """The number of at most seven digits that the text is."""
    return int(text) if is_decimal(text) and len(text) < 8 else otherwise


def icmp_types(text: str, family: Family) -> Values | None:
    """The types of a list with commas, by number or pf's names; None if one is neither."""
    found = [icmp_type(each.strip(BLANKS).lower(), family) for each in text.split(",")]
    known_types = [(each, each) for each in found if each is not None]
    return union(known_types) if len(known_types) == len(found) else None


def flags(text: str) -> int | None:
    """The bits of a list of flags with commas; None if one is no flag."""
    bits = 0
    for each in filter(None, (word.strip(BLANKS).lower() for word in text.split(","))):
        if each not in FLAGS:
            return None
        bits |= FLAGS[each]
    return bits
