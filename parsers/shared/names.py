"""The names that iptables has for protocols, ports, ICMP types, flags and packet types."""

import re
from typing import Final

# Those of /etc/protocols that are registered with IANA and that xtables knows itself
# (iptables/libxtables/xtables.c, xtables_chain_protos), in lower case.
PROTOCOLS: Final = {
    "all": 0,
    "icmp": 1,
    "igmp": 2,
    "ggp": 3,
    "ipencap": 4,
    "ipip": 4,
    "ipv4": 4,
    "st": 5,
    "tcp": 6,
    "egp": 8,
    "igp": 9,
    "pup": 12,
    "udp": 17,
    "hmp": 20,
    "xns-idp": 22,
    "rdp": 27,
    "iso-tp4": 29,
    "dccp": 33,
    "xtp": 36,
    "ddp": 37,
    "idpr-cmtp": 38,
    "ipv6": 41,
    "ipv6-route": 43,
    "ipv6-frag": 44,
    "idrp": 45,
    "rsvp": 46,
    "gre": 47,
    "esp": 50,
    "ipsec-esp": 50,
    "ah": 51,
    "ipsec-ah": 51,
    "skip": 57,
    "ipv6-icmp": 58,
    "icmpv6": 58,
    "icmp6": 58,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "rspf": 73,
    "vmtp": 81,
    "eigrp": 88,
    "ospf": 89,
    "ospfigp": 89,
    "ax.25": 93,
    "etherip": 97,
    "encap": 98,
    "pim": 103,
    "ipcomp": 108,
    "vrrp": 112,
    "l2tp": 115,
    "isis": 124,
    "sctp": 132,
    "fc": 133,
    "mobility-header": 135,
    "ipv6-mh": 135,
    "mh": 135,
    "udplite": 136,
    "mpls-in-ip": 137,
    "hip": 139,
    "shim6": 140,
    "wesp": 141,
    "rohc": 142,
    "ethernet": 143,
}

# Service names that every /etc/services has with the same port (IANA service name registry).
# A name outside this table depends on the machine, so it stays unread.
SERVICES: Final = {
    "ftp-data": 20,
    "ftp": 21,
    "ssh": 22,
    "telnet": 23,
    "smtp": 25,
    "domain": 53,
    "bootps": 67,
    "bootpc": 68,
    "tftp": 69,
    "http": 80,
    "www": 80,
    "kerberos": 88,
    "pop3": 110,
    "sunrpc": 111,
    "auth": 113,
    "ntp": 123,
    "netbios-ns": 137,
    "netbios-dgm": 138,
    "netbios-ssn": 139,
    "imap2": 143,
    "imap": 143,
    "snmp": 161,
    "snmp-trap": 162,
    "snmptrap": 162,
    "bgp": 179,
    "ldap": 389,
    "https": 443,
    "microsoft-ds": 445,
    "isakmp": 500,
    "syslog": 514,
    "submission": 587,
    "ldaps": 636,
    "imaps": 993,
    "pop3s": 995,
    "openvpn": 1194,
    "ms-sql-s": 1433,
    "radius": 1812,
    "nfs": 2049,
    "mysql": 3306,
    "postgresql": 5432,
    "mdns": 5353,
}

TCP_FLAGS: Final = {
    "FIN": 1,
    "SYN": 2,
    "RST": 4,
    "PSH": 8,
    "ACK": 16,
    "URG": 32,
    "ALL": 63,  # without ECE and CWR: libxt_tcp.c, tcp_flag_names
    "NONE": 0,
}

IcmpName = tuple[int, int, int]
"""Type, lowest code, highest code."""

# extensions/libxt_icmp.h, icmp_codes; `any` is type 255, which matches every type.
ICMP: Final[dict[str, IcmpName]] = {
    "echo-reply": (0, 0, 255),
    "pong": (0, 0, 255),
    "destination-unreachable": (3, 0, 255),
    "network-unreachable": (3, 0, 0),
    "host-unreachable": (3, 1, 1),
    "protocol-unreachable": (3, 2, 2),
    "port-unreachable": (3, 3, 3),
    "fragmentation-needed": (3, 4, 4),
    "source-route-failed": (3, 5, 5),
    "network-unknown": (3, 6, 6),
    "host-unknown": (3, 7, 7),
    "network-prohibited": (3, 9, 9),
    "host-prohibited": (3, 10, 10),
    "tos-network-unreachable": (3, 11, 11),
    "tos-host-unreachable": (3, 12, 12),
    "communication-prohibited": (3, 13, 13),
    "host-precedence-violation": (3, 14, 14),
    "precedence-cutoff": (3, 15, 15),
    "source-quench": (4, 0, 255),
    "redirect": (5, 0, 255),
    "network-redirect": (5, 0, 0),
    "host-redirect": (5, 1, 1),
    "tos-network-redirect": (5, 2, 2),
    "tos-host-redirect": (5, 3, 3),
    "echo-request": (8, 0, 255),
    "ping": (8, 0, 255),
    "router-advertisement": (9, 0, 255),
    "router-solicitation": (10, 0, 255),
    "time-exceeded": (11, 0, 255),
    "ttl-exceeded": (11, 0, 255),
    "ttl-zero-during-transit": (11, 0, 0),
    "ttl-zero-during-reassembly": (11, 1, 1),
    "parameter-problem": (12, 0, 255),
    "ip-header-bad": (12, 0, 0),
    "required-option-missing": (12, 1, 1),
    "timestamp-request": (13, 0, 255),
    "timestamp-reply": (14, 0, 255),
    "address-mask-request": (17, 0, 255),
    "address-mask-reply": (18, 0, 255),
    "any": (255, 0, 255),
}

# extensions/libxt_icmp.h, icmpv6_codes.
ICMPV6: Final[dict[str, IcmpName]] = {
    "destination-unreachable": (1, 0, 255),
    "no-route": (1, 0, 0),
    "communication-prohibited": (1, 1, 1),
    "beyond-scope": (1, 2, 2),
    "address-unreachable": (1, 3, 3),
    "port-unreachable": (1, 4, 4),
    "failed-policy": (1, 5, 5),
    "reject-route": (1, 6, 6),
    "packet-too-big": (2, 0, 255),
    "time-exceeded": (3, 0, 255),
    "ttl-exceeded": (3, 0, 255),
    "ttl-zero-during-transit": (3, 0, 0),
    "ttl-zero-during-reassembly": (3, 1, 1),
    "parameter-problem": (4, 0, 255),
    "bad-header": (4, 0, 0),
    "unknown-header-type": (4, 1, 1),
    "unknown-option": (4, 2, 2),
    "echo-request": (128, 0, 255),
    "ping": (128, 0, 255),
    "echo-reply": (129, 0, 255),
    "pong": (129, 0, 255),
    "router-solicitation": (133, 0, 255),
    "router-advertisement": (134, 0, 255),
    "neighbour-solicitation": (135, 0, 255),
    "neighbor-solicitation": (135, 0, 255),
    "neighbour-advertisement": (136, 0, 255),
    "neighbor-advertisement": (136, 0, 255),
    "redirect": (137, 0, 255),
}

# extensions/libxt_pkttype.c, supported_types; the other names there never reach a rule.
PACKET_TYPES: Final = {
    "unicast": 0,
    "host": 0,
    "broadcast": 1,
    "bcast": 1,
    "multicast": 2,
    "mcast": 2,
}

# net/netfilter/nf_conntrack_*.c: the helpers of connection tracking, by protocol.
_HELPERS: Final = {
    **dict.fromkeys(("ftp", "irc", "pptp", "sane", "Q.931"), frozenset({6})),
    **dict.fromkeys(("tftp", "amanda", "snmp", "snmp_trap", "netbios-ns", "RAS"), frozenset({17})),
    **dict.fromkeys(("sip", "H.245"), frozenset({6, 17})),
}


def helper_protocols(name: str) -> frozenset[int]:
    """The protocols that a helper of the kernel's own is for; none for another name.

    One that listens on another port than usual has the port's index behind its name
    (nf_conntrack_helper.c, nf_ct_helper_init).
    """
    return _HELPERS.get(re.sub(r"-[0-9]{1,5}$", "", name), frozenset())


# The first packet of an announced connection is RELATED instead of NEW, on whatever ports its
# announcer names (resolve_normal_ct and init_conntrack in net/netfilter/nf_conntrack_core.c;
# nf_conntrack_ftp.c, help; nft_ct.c, nft_ct_expect_obj_eval).
EXPECTED: Final = (
    "the connections that this rule is about may announce others, as FTP does: those come in as "
    "RELATED on any port, and no check counts what rules for RELATED packets let in"
)
