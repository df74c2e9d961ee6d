"""The names that nft has for values, hooks and priorities (`nft describe`, nft(8))."""

from typing import Final

from flowmodel import fields
from flowmodel.ruleset import FILTER, MANGLE, NAT_DST, NAT_SRC, RAW, SECURITY
from parsers.shared.names import PROTOCOLS, SERVICES

# nft(8), DATA TYPES; where nft asks the system (services, protocols) only names that have the same
# number everywhere are known, any other depends on the machine.
SYMBOLS: Final[dict[str, dict[str, int]]] = {
    "port": SERVICES,
    "proto": {name: number for name, number in PROTOCOLS.items() if name != "all"},
    "icmp_type": {
        "echo-reply": 0,
        "destination-unreachable": 3,
        "source-quench": 4,
        "redirect": 5,
        "echo-request": 8,
        "router-advertisement": 9,
        "router-solicitation": 10,
        "time-exceeded": 11,
        "parameter-problem": 12,
        "timestamp-request": 13,
        "timestamp-reply": 14,
        "info-request": 15,
        "info-reply": 16,
        "address-mask-request": 17,
        "address-mask-reply": 18,
    },
    "icmp_code": {
        "net-unreachable": 0,
        "host-unreachable": 1,
        "prot-unreachable": 2,
        "port-unreachable": 3,
        "frag-needed": 4,
        "net-prohibited": 9,
        "host-prohibited": 10,
        "admin-prohibited": 13,
    },
    "icmpv6_type": {
        "destination-unreachable": 1,
        "packet-too-big": 2,
        "time-exceeded": 3,
        "parameter-problem": 4,
        "echo-request": 128,
        "echo-reply": 129,
        "mld-listener-query": 130,
        "mld-listener-report": 131,
        "mld-listener-done": 132,
        "mld-listener-reduction": 132,
        "nd-router-solicit": 133,
        "nd-router-advert": 134,
        "nd-neighbor-solicit": 135,
        "nd-neighbor-advert": 136,
        "nd-redirect": 137,
        "router-renumbering": 138,
        "ind-neighbor-solicit": 141,
        "ind-neighbor-advert": 142,
        "mld2-listener-report": 143,
    },
    "icmpv6_code": {
        "no-route": 0,
        "admin-prohibited": 1,
        "addr-unreachable": 3,
        "port-unreachable": 4,
        "policy-fail": 5,
        "reject-route": 6,
    },
    "ct_state": {"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64},
    "ct_status": {
        "expected": fields.EXPECTED,
        "seen-reply": fields.SEEN_REPLY,
        "assured": fields.ASSURED,
        "confirmed": fields.CONFIRMED,
        "snat": fields.SNAT,
        "dnat": fields.DNAT,
        "dying": 0x200,
    },
    "ct_dir": {"original": fields.ORIGINAL, "reply": fields.REPLY},
    "tcp_flags": {
        "fin": fields.FIN,
        "syn": fields.SYN,
        "rst": fields.RST,
        "psh": fields.PSH,
        "ack": fields.ACK,
        "urg": fields.URG,
        "ecn": fields.ECE,
        "cwr": fields.CWR,
    },
    "pkttype": {"host": 0, "unicast": 0, "broadcast": 1, "multicast": 2, "other": 3},
    "addrtype": {name.lower(): value for name, value in fields.ADDRESS_TYPES.items()},
    "nfproto": {"ipv4": 2, "ipv6": 10},
    "ethertype": {
        "ip": 0x0800,
        "arp": 0x0806,
        "ip6": 0x86DD,
        "vlan": 0x8100,
        "8021q": 0x8100,
        "8021ad": 0x88A8,
    },
}

# The bits of `ct state` (enum nf_conntrack_statebit) and the state that each stands for.
STATE_BITS: Final = {
    1: fields.INVALID,
    2: fields.ESTABLISHED,
    4: fields.RELATED,
    8: fields.NEW,
    64: fields.UNTRACKED,
}

HOOKS: Final = {
    "ip": ("prerouting", "input", "forward", "output", "postrouting"),
    "ip6": ("prerouting", "input", "forward", "output", "postrouting"),
    "inet": ("prerouting", "input", "forward", "output", "postrouting", "ingress"),
    "arp": ("input", "output"),
    "bridge": ("prerouting", "input", "forward", "output", "postrouting"),
    "netdev": ("ingress", "egress"),
}

# nft(8), CHAINS, table "Standard priority names".
PRIORITIES: Final = {
    "raw": RAW,
    "mangle": MANGLE,
    "dstnat": NAT_DST,
    "filter": FILTER,
    "security": SECURITY,
    "srcnat": NAT_SRC,
}
BRIDGE_PRIORITIES: Final = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}

TYPES: Final = {
    "ipv4_addr": "ipv4",
    "ipv6_addr": "ipv6",
    "inet_service": "port",
    "inet_proto": "proto",
    "mark": "mark",
    "ifname": "ifname",
    "iface_index": "ifname",
    "icmp_type": "icmp_type",
    "icmpv6_type": "icmpv6_type",
    "icmp_code": "icmp_code",
    "icmpv6_code": "icmpv6_code",
    "ct_state": "ct_state",
    "ct_status": "ct_status",
    "ct_dir": "ct_dir",
    "pkt_type": "pkttype",
    "fib_addrtype": "addrtype",
    "nf_proto": "nfproto",
    "ether_type": "ethertype",
    "tcp_flag": "tcp_flags",
    **dict.fromkeys(
        (
            *("integer", "string", "ll_addr", "ether_addr", "arp_op", "dccp_pkttype", "mh_type"),
            *("time", "hour", "day", "iface_type", "realm", "classid", "uid", "gid", "ct_label"),
            *("icmpx_code", "devgroup", "dscp", "ecn", "boolean", "ct_event", "igmp_type"),
            *("cgroupsv2", "ct_id", "ct_zone", "bitmask", "xinteger", "lladdr"),
        ),
        "text",
    ),
}
"""The kind of value (see values.py) of each data type that a set can be declared with."""
