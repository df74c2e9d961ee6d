"""Boxes of packets as what rules ask for: prefixes, ranges of ports, names of protocols."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, summarize_address_range

from flowmodel.affected import PacketBox
from flowmodel.fields import ICMP, ICMPV6, PORT_PROTOCOLS, SCTP, TCP, UDP, Family
from flowmodel.record import replace
from flowmodel.ruleset import Traffic
from flowmodel.values import Values, full

MOST = 8
"""How many rules a fix may add: more are no small edit."""
ICMP_OF: Mapping[Family, Values] = {4: ((ICMP, ICMP),), 6: ((ICMPV6, ICMPV6),)}
"""The protocol of errors and pings that each family has."""
FEW = 4
"""How many rules may stand where one did."""
_PLAIN = re.compile(r"[A-Za-z0-9_.:@-]*")
_BACK: Mapping[Traffic, Traffic] = {"input": "output", "output": "input", "forward": "forward"}
NAMES = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}


def width(family: Family) -> int:
    """How many bits an address has."""
    return 32 if family == 4 else 128


def prefixes(values: Values, family: Family) -> tuple[str, ...]:
    """The addresses as prefixes; none if they are all that there are."""
    if values == full(width(family)):
        return ()
    return tuple(_prefixes(values, family))


def _prefixes(values: Values, family: Family) -> Iterator[str]:
    for first, last in values:
        if family == 4:
            for four in summarize_address_range(IPv4Address(first), IPv4Address(last)):
                yield str(four)
        else:
            for six in summarize_address_range(IPv6Address(first), IPv6Address(last)):
                yield str(six)


def bare(prefix: str) -> str:
    """The prefix; a single address without its length."""
    return prefix.removesuffix("/128" if ":" in prefix else "/32")


def networks(values: Values, family: Family) -> tuple[str, ...]:
    """The addresses as prefixes; one with all of them if they are all that there are."""
    return prefixes(values, family) or ("0.0.0.0/0" if family == 4 else "::/0",)


def ranges(values: Values, sign: str) -> tuple[str, ...]:
    """Ports, each as a number or as two with the sign between; none if they are all."""
    if values in ((), full(16)):
        return ()
    return tuple(str(a) if a == b else f"{a}{sign}{b}" for a, b in values)


def protocols(box: PacketBox) -> tuple[int, ...] | None:
    """The protocols of a box, none if they are all; None where they are too many to be named."""
    if box.protocols == full(8):
        return ()
    numbers = [n for first, last in box.protocols for n in range(first, last + 1)]
    return tuple(numbers) if len(numbers) <= MOST else None


def answer(box: PacketBox) -> PacketBox:
    """The packets that answer those of a box."""
    return replace(
        box,
        hook=_BACK[box.hook],
        in_name=box.out_name,
        out_name=box.in_name,
        sources=box.destinations,
        destinations=box.sources,
        source_ports=box.destination_ports,
        destination_ports=box.source_ports,
    )


def has_ports(proto: int) -> bool:
    """Whether packets of the protocol have ports."""
    return proto in PORT_PROTOCOLS


def is_icmp(proto: int) -> bool:
    """Whether packets of the protocol have types and codes."""
    return proto in (ICMP, ICMPV6)


def is_plain_name(name: str) -> bool:
    """Whether an interface's name, or none, can stand in a rule without quotation marks."""
    return _PLAIN.fullmatch(name) is not None
