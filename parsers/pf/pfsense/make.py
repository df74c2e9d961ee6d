"""How rules that the system makes by itself are written down."""

from flowmodel.fields import Family
from flowmodel.values import single, union
from parsers.pf.pfsense.options import S_SA
from parsers.pf.rules import (
    ANY,
    ANY_PORT,
    ANY_PROTOCOL,
    BOTH,
    Action,
    Direction,
    Endpoint,
    Flags,
    PfRule,
    Ports,
    Protocol,
)
from parsers.pf.xml import Element

LOOPBACK = ("lo0", "lo")
DHCP_TAG = "dhcpin"
TAGS = (23.4, 24.0)
"""The versions from which answers of DHCP have a tag: it is in no filter.inc up to CE 2.7.2 (23.3),
came with 23.5, and is in that of 24.0."""
WAYS: tuple[Direction, Direction] = ("in", "out")
V4: frozenset[Family] = frozenset({4})
V6: frozenset[Family] = frozenset({6})
TCP = Protocol(single(6), single(6))
UDP = Protocol(single(17), single(17))


def port(*numbers: int) -> Ports:
    """Some ports."""
    return Ports(union((number, number) for number in numbers))


def rule(
    element: Element,
    title: str,
    action: Action,
    direction: Direction = "any",
    *,
    quick: bool = True,
    on: tuple[str, ...] = (),
    not_on: bool = False,
    families: frozenset[Family] = BOTH,
    protocol: Protocol = ANY_PROTOCOL,
    source: Endpoint = ANY,
    source_ports: Ports = ANY_PORT,
    destination: Endpoint = ANY,
    destination_ports: Ports = ANY_PORT,
    flags: Flags | None = S_SA,
    unread: tuple[str, ...] = (),
    is_given: bool = False,
) -> PfRule:
    """A rule that the system makes; pass rules keep state."""
    return PfRule(
        element,
        title,
        action,
        direction,
        quick,
        on,
        not_on,
        families,
        protocol,
        source,
        source_ports,
        destination,
        destination_ports,
        flags if action == "pass" else None,
        unread=unread,
        is_given=is_given,
    )
