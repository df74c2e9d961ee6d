"""The headers of Suricata's rules: protocols, ends and direction, as conditions of packets.

Suricata User Guide, "Rules Format"; for directions of a flow, "Flow Keywords".
"""

from typing import Final

from flowmodel import fields
from flowmodel.addresses import Addresses
from flowmodel.fields import ACK, FIN, ICMP, ICMPV6, RST, SCTP, SYN, TCP, UDP, Family
from flowmodel.match import Condition, Match
from flowmodel.record import NamedTuple
from flowmodel.values import Values, is_subset, union
from parsers.aws.network_firewall.match import (
    ANY_PORT,
    ANY_PROTOCOL,
    FIRST,
    PACKET,
    REPLY,
    Conditions,
    View,
)
from parsers.aws.suricata.options import Meaning
from parsers.aws.suricata.sets import Partly, Unresolved


def _numbers(*protocols: int) -> Values:
    return union((number, number) for number in protocols)


PORTED: Final = _numbers(TCP, UDP, SCTP)
FLOWS: Final = _numbers(ICMP, TCP, UDP, ICMPV6, SCTP)
"""Protocols of which Suricata surely keeps flows (decode-*.c, FlowSetupPacket)."""


class Protocol(NamedTuple):
    """What the word for a protocol stands for; `unread` is what it tests beyond the header."""

    numbers: Values = ANY_PROTOCOL
    families: tuple[Family, ...] = (4, 6)
    unread: str = ""
    is_application: bool = False


# detect-engine-proto.c, DetectProtoParse.
_PROTOCOLS: Final = {
    "ip": Protocol(),
    "ipv4": Protocol(families=(4,)),
    "ip4": Protocol(families=(4,)),
    "ipv6": Protocol(families=(6,)),
    "ip6": Protocol(families=(6,)),
    "tcp": Protocol(_numbers(TCP)),
    "tcp-pkt": Protocol(_numbers(TCP)),
    "tcp-stream": Protocol(_numbers(TCP), unread="tcp-stream"),
    "udp": Protocol(_numbers(UDP)),
    "sctp": Protocol(_numbers(SCTP)),
    "icmp": Protocol(_numbers(ICMP, ICMPV6)),
    "icmpv4": Protocol(_numbers(ICMP), (4,)),
    "icmpv6": Protocol(_numbers(ICMPV6), (6,)),
}
# What carries the application protocols that Network Firewall knows (StatefulRuleProtocol).
_CARRIERS: Final = {
    **dict.fromkeys(("http", "http1", "http2", "ftp", "tls", "ssl", "smb"), _numbers(TCP)),
    **dict.fromkeys(("ssh", "smtp", "imap", "msn"), _numbers(TCP)),
    **dict.fromkeys(("dns", "dcerpc", "krb5"), _numbers(TCP, UDP)),
    **dict.fromkeys(("tftp", "ntp", "dhcp", "ikev2", "quic"), _numbers(UDP)),
}


def protocol(word: str) -> Protocol:
    """What a word in the place of the protocol stands for; of other words nothing is known."""
    found = _PROTOCOLS.get(word)
    if found is None:
        numbers = _CARRIERS.get(word, ANY_PROTOCOL)
        found = Protocol(numbers, unread=f"protocol {word}", is_application=word in _CARRIERS)
    return found


class End(NamedTuple):
    """One end of a header: the sets, and the words for them where they are not known."""

    addresses: Addresses | Partly | Unresolved
    ports: Values | Unresolved
    address_text: str
    port_text: str


class Header(NamedTuple):
    """Which packets a rule is about, before its options."""

    protocol: Protocol
    source: End
    destination: End
    is_both: bool


def header_match(header: Header, view: View, conditions: Conditions) -> Match:
    """The conditions for packets of the header."""
    forth = _one_way(header, view, conditions)
    if not header.is_both:
        return forth
    turned = header._replace(source=header.destination, destination=header.source)
    return conditions.any(forth, _one_way(turned, view, conditions))


def _one_way(header: Header, view: View, conditions: Conditions) -> Match:
    carrier, source, destination = header.protocol, header.source, header.destination
    match: list[Condition] = []
    if len(carrier.families) == 1:
        match.append(conditions.family(carrier.families[0]))
    unread: list[Condition] = []
    for end, field, name in (
        (source, view.src, "source"),
        (destination, view.dst, "destination"),
    ):
        if isinstance(end.addresses, Unresolved):
            text = f"{name} {end.address_text}: {end.addresses.reason}{view.suffix}"
            unread.append(conditions.unread(text))
        elif isinstance(end.addresses, Partly):
            surely, perhaps, reason = end.addresses
            doubt = conditions.unread(f"{name} {end.address_text}: {reason}{view.suffix}")
            others = (*conditions.addresses(field, perhaps), doubt)
            ways = [conditions.addresses(field, surely)] if surely else []
            match += conditions.any(*ways, others)
        else:
            match += conditions.addresses(field, end.addresses)
    known: list[Values] = []
    for end, name in ((source, "source"), (destination, "destination")):
        if isinstance(end.ports, Unresolved):
            text = f"{name} port {end.port_text}: {end.ports.reason}{view.suffix}"
            unread.append(conditions.unread(text))
            known.append(ANY_PORT)
        else:
            known.append(end.ports)
    why = f"ports of a protocol without ports ({source.port_text} -> {destination.port_text})"
    match += conditions.ports(view, carrier.numbers, PORTED, (known[0], known[1]), why)
    if carrier.unread:
        unread.append(conditions.unread(carrier.unread + view.suffix))
    return (*match, *unread)


def flow_match(
    meaning: Meaning, carrier: Protocol, view: View, conditions: Conditions
) -> Match | None:
    """The conditions of `flow`; None where no packet of that view can meet them."""
    match: Match = ()
    if meaning.has_flow and not is_subset(carrier.numbers, FLOWS):
        why = f"whether the stateful engine has flows of this protocol{view.suffix}"
        match += conditions.only_for(carrier.numbers, FLOWS, (), why)
    if view is FIRST or view is REPLY:
        never = "to_client" if view is FIRST else "to_server"
        # Whether one of the earlier packets was of an established connection is open, as is what
        # a rule that asks for it means for the connection.
        return None if meaning.direction == never else match
    assert view is PACKET
    if meaning.direction:
        is_reply = meaning.direction == "to_client"
        match += (direction(conditions, fields.REPLY if is_reply else fields.ORIGINAL),)
    if meaning.established is not None:
        established = conditions.all(is_established(conditions))
        match += (established if meaning.established else conditions.no(established),)
    return match


def direction(conditions: Conditions, wanted: int) -> Condition:
    """The packet goes to the server or to the client, as far as the stateful engine can tell.

    Of a connection whose first packet it did not see, the first that it sees is the reply.
    """
    way = conditions.test("ct_dir", ((wanted, wanted),))
    if not conditions.is_mixed:
        return way
    other = fields.ORIGINAL if wanted == fields.REPLY else fields.REPLY
    back = conditions.test("ct_dir", ((other, other),))
    (found,) = conditions.any((*conditions.inspected(), way), (conditions.past_the_engine(), back))
    return found


def is_established(conditions: Conditions) -> Match:
    """The packet is of an established connection.

    Of TCP it is one behind the handshake, of other protocols one with packets from both sides
    (Suricata User Guide, "Flow Keywords", flow).
    """
    return (
        conditions.state(fields.ESTABLISHED),
        *conditions.inspected(),
        *conditions.any(
            (conditions.no(conditions.is_protocol(TCP)),), (conditions.masked("tcp_flags", SYN, 0),)
        ),
    )


def is_opening(conditions: Conditions) -> Condition:
    """The flags are those of a packet that begins a TCP connection."""
    return conditions.masked("tcp_flags", SYN | ACK | RST | FIN, SYN)
