"""What connection tracking makes of a packet that belongs to no connection it knows."""

from typing import Final

from flowmodel.fields import (
    ACK,
    FIN,
    ICMP,
    ICMPV6,
    INVALID,
    NEW,
    RST,
    SYN,
    TCP,
    UNTRACKED,
    URG,
    Family,
)
from flowmodel.values import Values, complement, union
from linter.engine.sets.space import Bits, PacketSet, Space, minus

# RFC 9293 flags that decide; PSH, ECE and CWR are ignored. A lone SYN, or an ACK in mid-stream
# (nf_conntrack_tcp_loose is 1 by default), opens an entry; all else is invalid: tcp_new and
# tcp_valid_flags in net/netfilter/nf_conntrack_proto_tcp.c.
_TCP_DECIDES = FIN | SYN | RST | ACK | URG
_TCP_NEW = (SYN, SYN | URG, ACK, ACK | URG)

# net/netfilter/nf_conntrack_proto_icmp.c, valid_new: echo, timestamp, information, address mask.
_ICMP_NEW = ((8, 8), (13, 13), (15, 15), (17, 17))
# net/netfilter/nf_conntrack_proto_icmpv6.c, valid_new and noct_valid_new (neighbour, multicast
# listener and multicast router discovery are never tracked).
_ICMPV6_NEW = ((128, 128), (139, 139))
_ICMPV6_UNTRACKED = ((130, 136), (143, 143), (151, 152))


# What answers have instead: invmap in net/netfilter/nf_conntrack_proto_icmp.c and _icmpv6.c.
_ANSWERS: Final[dict[Family, dict[int, int]]] = {
    4: {8: 0, 13: 14, 15: 16, 17: 18},
    6: {128: 129, 139: 140},
}


def answer_type(family: Family, icmp_type: int | None) -> int | None:
    """The type of the ICMP packet that answers one of a type; all others have none that differs."""
    return icmp_type if icmp_type is None else _ANSWERS[family].get(icmp_type, icmp_type)


def answer_type_bits(space: Space) -> Bits:
    """The type of the answer to every packet, as a function of the packet."""
    asked = found = space.fields["icmp_type"]
    for kind, answer in _ANSWERS[space.family].items():
        its = space.constant(answer, len(asked))
        found = space.choose(space.within(asked, ((kind, kind),)), its, found)
    return found


def fresh_state(family: Family, proto: int, icmp_type: int, tcp_flags: int) -> int:
    """The state of one packet without an entry: NEW, INVALID or UNTRACKED."""
    if proto == TCP:
        return NEW if tcp_flags & _TCP_DECIDES in _TCP_NEW else INVALID
    if family == 4 and proto == ICMP:
        return NEW if (icmp_type, icmp_type) in _ICMP_NEW else INVALID
    if family == 6 and proto == ICMPV6:
        if any(first <= icmp_type <= last for first, last in _ICMPV6_UNTRACKED):
            return UNTRACKED
        return NEW if (icmp_type, icmp_type) in _ICMPV6_NEW else INVALID
    return NEW


def fresh_state_bits(space: Space, tcp_flags: Bits, icmp_type: Bits) -> Bits:
    """The state of every packet without an entry, as a function of the packet."""
    proto = space.fields["proto"]
    new_tcp = space.union(space.masked(tcp_flags, _TCP_DECIDES, wanted) for wanted in _TCP_NEW)
    invalid = minus(_is(space, proto, TCP), new_tcp)
    untracked = space.false
    if space.family == 4:
        invalid = invalid | (_is(space, proto, ICMP) & _outside(space, icmp_type, _ICMP_NEW))
    else:
        is_icmp = _is(space, proto, ICMPV6)
        untracked = is_icmp & space.within(icmp_type, _ICMPV6_UNTRACKED)
        known = union(_ICMPV6_NEW + _ICMPV6_UNTRACKED)
        invalid = invalid | (is_icmp & _outside(space, icmp_type, known))
    new = space.constant(NEW, 3)
    tracked = space.choose(invalid, space.constant(INVALID, 3), new)
    return space.choose(untracked, space.constant(UNTRACKED, 3), tracked)


def _is(space: Space, value: Bits, number: int) -> PacketSet:
    return space.within(value, ((number, number),))


def _outside(space: Space, value: Bits, values: Values) -> PacketSet:
    return space.within(value, complement(values, len(value)))
