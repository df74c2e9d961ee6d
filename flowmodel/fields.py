"""The fields of a packet and of what the firewall knows about it, with their widths and codes."""

from typing import Final, Literal

Family = Literal[4, 6]
FAMILIES: Final[tuple[Family, ...]] = (4, 6)

NumberField = Literal[
    "src",
    "dst",
    "proto",
    "sport",
    "dport",
    "icmp_type",
    "icmp_code",
    "tcp_flags",
    "state",
    "ct_dir",
    "ct_status",
    "mark",
    "ct_mark",
    "src_type",
    "dst_type",
    "pkt_type",
    "rp_filter",
    "stateless",
    "orig_src",
    "orig_dst",
    "orig_proto",
    "orig_sport",
    "orig_dport",
]
NameField = Literal["in", "out", "phys_in", "phys_out"]
Field = NumberField | NameField

ADDRESS_FIELDS: Final = frozenset({"src", "dst", "orig_src", "orig_dst"})
_BITS: Final[dict[str, int]] = {
    "proto": 8,
    "sport": 16,
    "dport": 16,
    "icmp_type": 8,
    "icmp_code": 8,
    "tcp_flags": 8,
    "state": 3,
    "ct_dir": 1,
    "ct_status": 6,
    "mark": 32,
    "ct_mark": 32,
    "src_type": 4,
    "dst_type": 4,
    "pkt_type": 2,
    "rp_filter": 1,
    "stateless": 2,
    "orig_proto": 8,
    "orig_sport": 16,
    "orig_dport": 16,
}


def bits(field: NumberField, family: Family) -> int:
    """The width of a number field in bits; addresses have 32 or 128."""
    if field in ADDRESS_FIELDS:
        return 32 if family == 4 else 128
    return _BITS[field]


ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17
ICMPV6: Final = 58
SCTP: Final = 132
DCCP: Final = 33
UDPLITE: Final = 136
PORT_PROTOCOLS: Final = frozenset({TCP, UDP, SCTP, DCCP, UDPLITE})
TRACKED_PORTS: Final = PORT_PROTOCOLS - {DCCP}
"""Protocols whose ports Linux' connection tracking knows; that of 6.18 knows none of DCCP."""

# The bits of `tcp_flags`, as in the TCP header's 14th byte (RFC 9293, section 3.1).
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << n for n in range(8))
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

# The values of `state`: one per packet (linux/netfilter/nf_conntrack_common.h, ip_conntrack_info).
NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED = range(5)
STATES: Final = {
    "new": NEW,
    "established": ESTABLISHED,
    "related": RELATED,
    "invalid": INVALID,
    "untracked": UNTRACKED,
}

# The values of `ct_dir` (enum ip_conntrack_dir).
ORIGINAL, REPLY = range(2)

# The bits of `ct_status`: those of enum ip_conntrack_status that a rule can ask for.
EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED, SNAT, DNAT = (1 << n for n in range(6))

# The values of `src_type` and `dst_type` (linux/rtnetlink.h, RTN_*).
ADDRESS_TYPES: Final = {
    "UNSPEC": 0,
    "UNICAST": 1,
    "LOCAL": 2,
    "BROADCAST": 3,
    "ANYCAST": 4,
    "MULTICAST": 5,
    "BLACKHOLE": 6,
    "UNREACHABLE": 7,
    "PROHIBIT": 8,
    "THROW": 9,
    "NAT": 10,
    "XRESOLVE": 11,
}

LOCAL: Final = ADDRESS_TYPES["LOCAL"]

# The addresses that are never one machine's own: multicast, and IPv4's broadcast (RFC 5771, 919;
# RFC 4291, section 2.7).
FOR_MANY: Final[dict[Family, tuple[tuple[int, int], ...]]] = {
    4: ((0xE0000000, 0xEFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF)),
    6: ((0xFF << 120, (1 << 128) - 1),),
}

# The values of `rp_filter`: whether the way back to the sender is by the interface of the packet.
NO_WAY_BACK, WAY_BACK = range(2)

# The bits of `stateless`: the sides of the device that keep no state for the connection, though it
# was let in (or out) there. Later packets need rules of their own at such a side (pf: `no state`).
# Rules set it for packets of state NEW only: what passes an answer takes no state away.
IN_STATELESS, OUT_STATELESS = 1, 2

# The values of `pkt_type` (linux/if_packet.h, PACKET_*).
UNICAST: Final = 0
PACKET_TYPES: Final = {"unicast": 0, "broadcast": 1, "multicast": 2}
