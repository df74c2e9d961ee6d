"""Packets that connection tracking never follows, such as neighbour discovery, by themselves."""

from flowmodel import fields
from flowmodel.fields import ADDRESS_TYPES, FOR_MANY, PACKET_TYPES
from flowmodel.record import replace
from flowmodel.values import Values, is_subset
from linter.engine.device.ask import Answer
from linter.engine.device.connection import Connections, Outcome
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import Place, arriving
from linter.engine.device.passage import Strand, cross
from linter.engine.device.program import everything, program
from linter.engine.sets.header import Header, constant, wire
from linter.engine.sets.space import Box, Space


def message(firewall: Firewall, place: Place, kind: int, source: Values, to: Values) -> Answer:
    """What becomes of ICMPv6 messages of a type that is never tracked (code 0), at one hook.

    `reply` and `later` in the answer are the same as `opening`: nothing follows such a message.
    Their state is UNTRACKED, so that no rule about known connections or invalid packets is about
    them (icmpv6_error in net/netfilter/nf_conntrack_proto_icmpv6.c).
    """
    # They go to addresses of no flow, so no rule may be left out for its addresses.
    firewall = replace(firewall, program=firewall.once(program, everything))
    space = firewall.space
    box: Box = {"src": source, "dst": to, "proto": ((fields.ICMPV6, fields.ICMPV6),)}
    packets = space.within(space.fields["icmp_type"], ((kind, kind),))
    packets &= space.within(space.fields["icmp_code"], ((0, 0),))
    packets &= space.within(space.fields["tcp_flags"], ((0, 0),))
    for field, values in box.items():
        packets &= space.within(space.fields[field], values)
    header = _header(firewall, place, is_for_many=is_subset(to, FOR_MANY[space.family]))
    strand = Strand(packets, header, box)
    with firewall.budget.question():
        passage = cross(firewall, place.traffic, strand)
    accepted = space.union(each.packets for each in passage.passed)
    outcome = Outcome(space.always(accepted), space.some(accepted))
    connections = Connections(outcome, outcome, outcome, passage, space.true)
    return Answer(firewall, place, (strand,), connections)


def _header(firewall: Firewall, place: Place, *, is_for_many: bool) -> Header:
    space: Space = firewall.space
    header = arriving(firewall, place, wire(space))
    numbers = {
        **header.numbers,
        "state": constant(space, "state", fields.UNTRACKED),
        "ct_dir": constant(space, "ct_dir", fields.ORIGINAL),
        "ct_status": constant(space, "ct_status", 0),
        "stateless": constant(space, "stateless", 0),
    }
    if is_for_many:
        numbers["dst_type"] = constant(space, "dst_type", ADDRESS_TYPES["MULTICAST"])
    if place.traffic == "input":
        sent_to = "multicast" if is_for_many else "unicast"
        numbers["pkt_type"] = constant(space, "pkt_type", PACKET_TYPES[sent_to])
    return Header(numbers, header.names, f"{header.context}/alone")
