"""What a test of one property means, as conditions of the model."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from flowmodel import fields
from flowmodel.fields import Field
from flowmodel.match import (
    NEVER,
    All,
    Any,
    Condition,
    IsFamily,
    Masked,
    Name,
    Not,
    Test,
    Unread,
    Volatile,
)
from flowmodel.values import Values, complement, full, intersection, is_subset, single, union
from parsers.nftables.headers import EXTENSIONS
from parsers.nftables.lowering.times import last_day
from parsers.nftables.names import STATE_BITS
from parsers.nftables.selectors import (
    NAME_FIELDS,
    NUMBER_FIELDS,
    Selector,
    option_protocol,
)
from parsers.nftables.values import if_name

ALWAYS: Final = All(())
V4: Final = IsFamily(4)
V6: Final = IsFamily(6)
# What a rule itself asks for. nft 1.0.6 holds the protocols that it tests by itself against
# `meta nfproto`, and only against that: behind `meta protocol ip`, `ip6 saddr` never matches.
ASKED_V4: Final = IsFamily(4)
ASKED_V6: Final = IsFamily(6)
_LINK: Final = (IsFamily(4), IsFamily(6))
HAS_ENTRY: Final = Test("state", ((fields.NEW, fields.RELATED),))
"""Without an entry any `ct` key but `state` ends the rule (net/netfilter/nft_ct.c)."""


def _whether(field: fields.NumberField, protocols: Iterable[int]) -> tuple[Test, Test]:
    """That the protocol of the packet, or of its connection, is one of these, and is none."""
    values = union((number, number) for number in protocols)
    return Test(field, values), Test(field, complement(values, 8))


_HAS_PORTS: Final = _whether("proto", fields.PORT_PROTOCOLS)
_TRACKED_PORTS: Final = _whether("orig_proto", fields.TRACKED_PORTS)
PORTED: Final[dict[str, tuple[Test, Test]]] = {
    "th_sport": _HAS_PORTS,
    "th_dport": _HAS_PORTS,
    "ct_sport": _TRACKED_PORTS,
    "ct_dport": _TRACKED_PORTS,
}
"""Fields that are ports for some protocols, for which, and for which they are something else.

Connection tracking has an identifier there for ICMP, and a key for GRE.
"""
WITHOUT_PORTS: Final = " (of a protocol without ports)"
"""What stands behind the text of a test of a connection's ports, where it has none."""
_ERRORS: Final = union(((fields.ICMP, fields.ICMP), (fields.ICMPV6, fields.ICMPV6)))
_WHETHER_PORTS: Final = frozenset(test for both in PORTED.values() for test in both)
ABSENT_HEADERS: Final = frozenset(f"exthdr {name}" for name in ("hbh", "rt", "frag", "dst", "srh"))
# ipv6_ext_hdr (net/ipv6/exthdrs_core.c) without NONE, behind which nothing follows.
_EXTENSIONS: Final[Values] = union((number, number) for number in EXTENSIONS)

PROTOCOLS: Final[dict[str, Test]] = {
    name: Test("proto", single(number))
    for name, number in {
        "icmp": 1,
        "igmp": 2,
        "tcp": 6,
        "udp": 17,
        "dccp": 33,
        "gre": 47,
        "esp": 50,
        "ah": 51,
        "icmpv6": 58,
        "comp": 108,
        "sctp": 132,
        "udplite": 136,
    }.items()
}
# What the kernel asks for and nft does not: a rule about another protocol loads, and never matches.
ONLY: Final[dict[str, Test]] = {
    name: Test("proto", PROTOCOLS[name].values) for name in ("tcp", "sctp", "dccp")
}
DEPENDENCIES: Final[dict[str, Condition]] = {
    "ip": V4,
    "ip6": V6,
    "entry": HAS_ENTRY,
    "absent": NEVER,
    "syn": Masked("tcp_flags", fields.SYN, fields.SYN),
    **PROTOCOLS,
    **{f"only {name}": test for name, test in ONLY.items()},
    **{
        name: Test("icmp_type", union((number, number) for number in numbers))
        for name, numbers in {
            "echo": (0, 8),
            "redirect": (5,),
            "unreachable": (3,),
            "echo6": (128, 129),
            "too-big": (2,),
            "problem": (4,),
            "listener": (130,),
        }.items()
    },
}
_REVERSE: Final = re.compile(r"fib ((?:saddr|mark|iif)(?: \. (?:saddr|mark|iif))+) (?:oif|check)")


def within(selector: Selector, values: Values, text: str) -> Condition:
    """The property's value is in the set; `text` is the test as written, should it stay unread."""
    if not values:
        return NEVER
    match selector.field:
        case "":
            return unread(selector, text)
        case "state":
            return states(values)
        case "ct_status":
            return unread(selector, text)
        case "nfproto":
            return families(values, 2, 10, (ASKED_V4, ASKED_V6))
        case "ethertype":
            return families(values, 0x0800, 0x86DD, _LINK)
        case "nexthdr":
            # Of packets without extension headers, the first header behind IPv6's is the last.
            own = intersection(values, complement(_EXTENSIONS, 8))
            return Test("proto", own) if own else NEVER
        case field if field in PORTED:
            has_ports, has_none = PORTED[field]
            test = Test(NUMBER_FIELDS[field], values)
            # What another protocol has there is compared as well.
            without = f"{text}{WITHOUT_PORTS}" if has_ports.field == "orig_proto" else text
            other = All((has_none, unread(selector, without)))
            return Any((All((has_ports, test)), other))
        case field:
            return Test(NUMBER_FIELDS[field], values)


def settled(condition: Condition, known: Mapping[str, Values]) -> Condition:
    """The condition for packets of known protocols: if all have ports, `th dport` is no riddle."""
    if isinstance(condition, Not):
        inner = settled(condition.condition, known)
        return condition if inner is condition.condition else Not(inner)
    if not isinstance(condition, Any):
        return condition
    left: list[Condition] = []
    for each in condition.conditions:
        first, *rest = each.conditions if isinstance(each, All) and each.conditions else (each,)
        if first not in _WHETHER_PORTS or not isinstance(first, Test):
            left.append(each)
        elif first.field not in known or intersection(known[first.field], first.values):
            is_sure = first.field in known and is_subset(known[first.field], first.values)
            left += rest if is_sure else [each]
    return left[0] if len(left) == 1 else Any(tuple(left))


def has_protocol(condition: Condition) -> bool:
    """Whether only packets of some protocols fulfil the condition."""
    return isinstance(condition, Test) and condition.field == "proto"


def protocols_of(match: Iterable[Condition]) -> dict[str, Values]:
    """The protocols that packets have that fulfil all conditions, and that their connections have.

    Only an error of ICMP is of another protocol than its connection.
    """
    found: dict[str, Values] = {}
    for each in match:
        if isinstance(each, Test) and each.field in ("proto", "orig_proto"):
            names = (
                [each.field] if intersection(each.values, _ERRORS) else ["orig_proto", each.field]
            )
            for name in names:
                found[name] = intersection(found.get(name, full(8)), each.values)
    return found


def unread(selector: Selector, text: str) -> Condition:
    """The free condition for a test that the model does not have."""
    if selector.is_volatile:
        return Volatile(text)
    return Unread(text, until=last_day(text) if selector.key == "meta time" else "")


def states(values: Values) -> Condition:
    """The packet's state is one whose bit is a member of the set."""
    return Test("state", _codes(values))


def _codes(values: Values) -> Values:
    return union(
        (code, code) for bit, code in STATE_BITS.items() if intersection(values, single(bit))
    )


def families(
    values: Values, ipv4: int, ipv6: int, conditions: tuple[IsFamily, IsFamily]
) -> Condition:
    """The packet is of a family whose number is in the set; one of the conditions, or both."""
    found: list[Condition] = []
    if intersection(values, single(ipv4)):
        found.append(conditions[0])
    if intersection(values, single(ipv6)):
        found.append(conditions[1])
    return found[0] if len(found) == 1 else Any(tuple(found))


def presence(selector: Selector, word: str) -> Condition | None:
    """That a route back, a header or an option is there (`exists`) or is not; None for others.

    The way back is to the interface that the packet came by: nft(8), FIB EXPRESSIONS.
    """
    if word not in ("exists", "missing", "0"):
        return None
    exists = word == "exists"
    reverse = _REVERSE.fullmatch(selector.key)
    if reverse and "saddr" in reverse[1] and "iif" in reverse[1]:
        return Test("rp_filter", single(fields.WAY_BACK if exists else fields.NO_WAY_BACK))
    if selector.key in ABSENT_HEADERS:
        return NEVER if exists else ALWAYS
    if protocol := option_protocol(selector.key):
        # No packet of another protocol has it, and of those it is missing (nft_exthdr.c).
        found = All((ONLY[protocol], unread(selector, f"{selector.key} exists")))
        return found if exists else Not(found)
    return None


def interface(field: str, texts: list[str]) -> Condition:
    """The interface is one of those written; names may end in a star."""
    names: set[str] = set()
    prefixes: list[str] = []
    for text in texts:
        name, is_prefix = if_name(text)
        if is_prefix:
            prefixes.append(name)
        else:
            names.add(name)
    return Name(NAME_FIELDS[field], frozenset(names), tuple(prefixes))


def masked(field: Field, bits: int, mask: int, values: Values) -> Condition:
    """The field's bits under the mask, at their places, are a number in the set."""
    if mask == (1 << bits) - 1:
        return Test(NUMBER_FIELDS[field], values) if values else NEVER
    places = [place for place in range(bits) if mask >> place & 1]
    found: list[Condition] = []
    for first, last in values:
        if first == last:
            if not first & ~mask:
                found.append(Masked(NUMBER_FIELDS[field], mask, first))
            continue
        low, high = _rank(places, first - 1) + 1, _rank(places, last)
        while low <= high:
            # The largest aligned block of ranks that starts here and fits.
            size = (low & -low).bit_length() - 1 if low else len(places)
            while low + (1 << size) - 1 > high:
                size -= 1
            upper = sum(1 << place for place in places[size:])
            found.append(Masked(NUMBER_FIELDS[field], upper, _spread(places, low)))
            low += 1 << size
    return found[0] if len(found) == 1 else Any(tuple(found))


def _spread(places: list[int], rank: int) -> int:
    """The number under the mask that has this rank among all of them."""
    return sum(1 << place for index, place in enumerate(places) if rank >> index & 1)


def _rank(places: list[int], limit: int) -> int:
    """The rank of the largest number under the mask up to the limit; -1 where there is none."""
    if limit < 0:
        return -1
    low, high = 0, (1 << len(places)) - 1
    while low < high:
        middle = (low + high + 1) >> 1
        if _spread(places, middle) <= limit:
            low = middle
        else:
            high = middle - 1
    return low
