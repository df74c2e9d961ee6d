"""Packets that tell rule sets apart: from the boundaries of each rule, and of its way there.

What would give false answers: addresses that the kernel handles before or beside the hooks
(multicast, broadcast, loopback, link-local, the router's own), and a connection state that no real
packet of that form has; `believable` and `natural_state` keep them out.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from ipaddress import ip_network
from random import Random
from typing import Final

from flowmodel.fields import (
    ACK,
    ESTABLISHED,
    FIN,
    ICMP,
    ICMPV6,
    INVALID,
    NEW,
    ORIGINAL,
    PORT_PROTOCOLS,
    PSH,
    RELATED,
    REPLY,
    RST,
    SYN,
    TCP,
    UDP,
    UNTRACKED,
    URG,
    Family,
)
from flowmodel.packet import Packet
from flowmodel.record import replace
from tests.oracles.kernel.cases import Assignment, Case, Hint, RuleText
from tests.oracles.kernel.namespace import INTERFACES

REFUSED: Final = [
    (network.version, int(network.network_address), int(network.broadcast_address))
    for network in map(
        ip_network,
        (
            "0.0.0.0/8",
            "127.0.0.0/8",
            "172.31.0.0/16",
            "224.0.0.0/3",
            "::/16",
            "fd31::/16",
            "fe80::/9",
            "ff00::/8",
        ),
    )
]
_FLAGS: Final = (SYN, ACK, SYN | ACK, FIN | ACK, RST, RST | ACK, PSH | ACK, 0, 0x29, 0x3F, 0xC2, 3)
_ESTABLISHED_FLAGS: Final = (ACK, PSH | ACK, URG | ACK)
_ERRORS: Final = {4: (3, 11, 12), 6: (1, 2, 3, 4)}

Values = dict[str, int | str]
Pools = dict[str, tuple[int | str, ...]]


def natural_state(packet: Packet) -> int:
    """The state that connection tracking gives to a packet that belongs to no connection.

    `test_oracle` holds this against the kernel for every ICMP type and every set of TCP flags.
    """
    if packet.proto == TCP:
        flags = packet.tcp_flags & (FIN | SYN | RST | ACK | URG)
        return NEW if flags & ~URG in (SYN, ACK) else INVALID
    if packet.proto == ICMP and packet.family == 4:
        return NEW if packet.icmp_type in (8, 13, 15, 17) else INVALID
    if packet.proto == ICMPV6 and packet.family == 6:
        if 130 <= packet.icmp_type <= 136 or packet.icmp_type in (143, 151, 152):
            return UNTRACKED
        return NEW if packet.icmp_type in (128, 139) else INVALID
    return NEW


_EXTENSION_HEADERS = frozenset({0, 43, 44, 51, 59, 60, 135, 139, 140})
"""IANA's registry of IPv6 extension header types, without ESP, and 59, no next header."""


def is_believable(packet: Packet) -> bool:
    """Whether the kernel lets the packet come to its hooks at all, on the way that is asked for.

    The number of an IPv6 extension header, with nothing behind it that is one, is no protocol.
    """
    if packet.family == 6 and packet.proto in _EXTENSION_HEADERS:
        return False
    return not any(
        version == packet.family and (first <= packet.src <= last or first <= packet.dst <= last)
        for version, first, last in REFUSED
    )


def boundary_packets(case: Case, count: int, random: Random) -> list[Packet]:
    """About so many different packets, shared out among the case's rules."""
    pools = _pools(case)
    callers: dict[tuple[str, str], list[RuleText]] = {}
    for rule in case.rules:
        if rule.calls:
            callers.setdefault((rule.table, rule.calls), []).append(rule)
    changing = [rule for rule in case.rules if rule.changes]
    share = max(8, count // max(1, len(case.rules)))
    found: dict[Packet, None] = {}
    for rule in case.rules:
        for turn in range(share):
            values = _default(pools, random)
            if changing and random.random() < 0.4:
                _apply(values, random.choice(changing).hints, random)
            way = _way(rule, callers, random)
            _apply(values, [hint for caller in way for hint in caller.hints], random)
            missed = random.randrange(len(rule.hints)) if rule.hints and turn % 2 else -1
            for number, hint in enumerate(rule.hints):
                _apply(values, [hint.negated() if number == missed else hint], random)
            found[_packet(case, values, pools)] = None
    return [packet for packet in found if is_believable(packet)]


def interface_pairs(case: Case) -> list[tuple[str, str]]:
    """The pairs of interfaces that the case's packets use, as the hook has them."""
    pools = _pools(case)
    ins = pools["in_name"] if case.hook != "output" else ("",)
    outs = pools["out_name"] if case.hook != "input" else ("",)
    pairs = [(str(arriving), str(leaving)) for arriving in ins for leaving in outs]
    return [pair for pair in pairs if _may_use_loopback(case) or "lo" not in pair]


def _may_use_loopback(case: Case) -> bool:
    """Whether packets come or leave there: IPv6 has no route by it but to a machine's own."""
    return case.hook == "input" or (case.hook == "output" and case.family == 4)


def scattered_packets(case: Case, count: int, random: Random) -> list[Packet]:
    """Packets from all constants of the case in any combination: another, cruder source."""
    pools = _pools(case)
    found = {_packet(case, _default(pools, random), pools) for _ in range(count)}
    return [packet for packet in sorted(found, key=repr) if is_believable(packet)]


def connected(packets: Iterable[Packet], random: Random) -> list[Packet]:
    """Packets of connections that are known: later ones, replies, and errors about them."""
    later: list[Packet] = []
    for packet in packets:
        direction = random.choice((ORIGINAL, REPLY))
        if packet.proto in (ICMP, ICMPV6):
            if packet.proto != (ICMP if packet.family == 4 else ICMPV6):
                continue
            if random.random() < 0.5:
                kind = random.choice(_ERRORS[packet.family])
                packet = replace(packet, state=RELATED, icmp_type=kind)  # noqa: PLW2901
            else:
                echo = (8, 0) if packet.family == 4 else (128, 129)
                packet = replace(  # noqa: PLW2901
                    packet, state=ESTABLISHED, icmp_type=echo[direction], icmp_code=0
                )
        elif packet.proto in (TCP, UDP, 50):
            flags = random.choice(_ESTABLISHED_FLAGS) if packet.proto == TCP else packet.tcp_flags
            packet = replace(packet, state=ESTABLISHED, tcp_flags=flags)  # noqa: PLW2901
        else:
            continue
        if "lo" not in (packet.in_name, packet.out_name) and packet.pkt_type == 0:
            later.append(replace(packet, ct_dir=direction))
    return apart(later)


def apart(packets: Iterable[Packet]) -> list[Packet]:
    """Those with different endpoints: a connection is judged by one packet, or they would meet."""
    seen: dict[object, Packet] = {}
    for packet in packets:
        ends = frozenset({(packet.src, packet.sport), (packet.dst, packet.dport)})
        if packet.src != packet.dst:
            seen.setdefault((packet.family, packet.proto, ends), packet)
    return list(seen.values())


def _pools(case: Case) -> Pools:
    pools: dict[str, list[int | str]] = {
        "proto": [TCP, TCP, UDP, ICMP if case.family == 4 else ICMPV6],
        "tcp_flags": [SYN, SYN, SYN, *_FLAGS],
        "sport": [1024, 40000],
        "dport": [22, 443],
        "icmp_type": [8, 0, 3] if case.family == 4 else [128, 129, 1, 135],
        "icmp_code": [0, 0, 1],
        "pkt_type": [0],
        "in_name": [],
        "out_name": [],
        "src": [_some_address(case.family, 7)],
        "dst": [_some_address(case.family, 9)],
    }
    for rule in case.rules:
        for hint in rule.hints:
            for assignment in (*hint.inside, *hint.outside):
                for field, value in assignment:
                    pools.setdefault(field, []).append(value)
    # Each pair of interfaces costs fwlint a space of its own.
    for field in ("in_name", "out_name"):
        names = sorted(pools[field], key=pools[field].count, reverse=True)
        pools[field] = list(dict.fromkeys([*names, "eth0", "wan"]))[:3]
    return {field: tuple(values) for field, values in pools.items()}


def _some_address(family: Family, number: int) -> int:
    return 0x08080800 + number if family == 4 else (0x2A00 << 112) + number


def _default(pools: Pools, random: Random) -> Values:
    return {field: random.choice(values) for field, values in pools.items()}


def _way(
    rule: RuleText, callers: dict[tuple[str, str], list[RuleText]], random: Random
) -> Sequence[RuleText]:
    """The jumps from a base chain to the rule's chain, the outermost first."""
    way: list[RuleText] = []
    chain = rule.chain
    while (rule.table, chain) in callers:
        caller = random.choice(callers[rule.table, chain])
        way.insert(0, caller)
        chain = caller.chain
    return way


def _apply(values: Values, hints: Iterable[Hint], random: Random) -> None:
    """Set the fields so that the hints' tests hold; of a few tries, that which disturbs least."""
    for hint in hints:
        if not hint.inside:
            continue
        tries = [random.choice(hint.inside) for _ in range(4)]
        values.update(max(tries, key=partial(_agreement, values)))


def _agreement(values: Values, assignment: Assignment) -> int:
    return sum(values.get(field) == value for field, value in assignment)


def _packet(case: Case, values: Values, pools: Pools) -> Packet:
    """A packet of these values, without those that its protocol or hook does not have."""
    numbers = {field: value for field, value in values.items() if isinstance(value, int)}
    names = {
        field: str(values[field]) if values[field] in pools[field] else str(pools[field][0])
        for field in ("in_name", "out_name")
    }
    has_in, has_out = case.hook != "output", case.hook != "input"
    if not _may_use_loopback(case):
        names = {field: INTERFACES[0] if name == "lo" else name for field, name in names.items()}
    is_labelled = case.hook == "input" and names["in_name"] != "lo"
    return tidied(
        Packet(
            case.family,
            numbers["src"],
            numbers["dst"],
            numbers["proto"],
            numbers["sport"],
            numbers["dport"],
            numbers["icmp_type"],
            numbers["icmp_code"],
            numbers["tcp_flags"],
            names["in_name"] if has_in else "",
            names["out_name"] if has_out else "",
            pkt_type=numbers["pkt_type"] if is_labelled else 0,
        )
    )


def tidied(packet: Packet) -> Packet:
    """The packet without what its protocol does not have, in the state that it will have."""
    if packet.proto not in PORT_PROTOCOLS:
        packet = replace(packet, sport=0, dport=0)
    if packet.proto != (ICMP if packet.family == 4 else ICMPV6):
        packet = replace(packet, icmp_type=0, icmp_code=0)
    if packet.proto != TCP:
        packet = replace(packet, tcp_flags=SYN)
    return replace(packet, state=natural_state(packet))
