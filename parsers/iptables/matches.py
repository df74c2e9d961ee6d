"""The options of iptables' own matches and of its match extensions, one line each.

What a table does not have stays in the rule as its text: `Unread` where the answer depends on the
packet and its surroundings alone, `Volatile` where it may differ from visit to visit.
"""

from typing import Final

from flowmodel import fields
from flowmodel.match import Match
from parsers.iptables import converters as to
from parsers.iptables.address_types import address_type, addrtype
from parsers.iptables.options import Answer, Module, Option
from parsers.shared import names

# iptables(8), PARAMETERS.
CORE: Final = {
    "-s": Option(1, to.prefix("src")),
    "-d": Option(1, to.prefix("dst")),
    "-p": Option(1, to.protocol),
    "-i": Option(1, to.interface("in")),
    "-o": Option(1, to.interface("out")),
    "-f": Option(0, to.never),
    "-c": Option(2, to.nothing),
    "-4": Option(0, to.only_family(4)),
    "-6": Option(0, to.only_family(6)),
}

_PORTS: Final = {
    "--sport": Option(1, to.one_port("sport")),
    "--dport": Option(1, to.one_port("dport")),
}


def _match_set(answers: list[Answer]) -> Match:
    from parsers.iptables.match_set import match_set

    return match_set(answers)


# iptables-extensions(8), MATCH EXTENSIONS.
MODULES: Final = {
    "tcp": Module(
        {
            **_PORTS,
            "--tcp-flags": Option(2, to.tcp_flags),
            "--syn": Option(0, to.syn),
            "--tcp-option": Option(1, to.unread),
        },
        protocols=frozenset({fields.TCP}),
    ),
    "udp": Module(_PORTS, protocols=frozenset({fields.UDP})),
    "udplite": Module(_PORTS, protocols=frozenset({fields.UDPLITE})),
    "sctp": Module(
        {**_PORTS, "--chunk-types": Option(2, to.unread)}, protocols=frozenset({fields.SCTP})
    ),
    "dccp": Module(
        {**_PORTS, "--dccp-types": Option(1, to.unread), "--dccp-option": Option(1, to.unread)},
        protocols=frozenset({fields.DCCP}),
    ),
    "multiport": Module(
        {
            "--sports": Option(1, to.port_list("sport")),
            "--dports": Option(1, to.port_list("dport")),
            "--ports": Option(1, to.port_list("sport", "dport")),
        },
        protocols=fields.PORT_PROTOCOLS,
        needs_option=True,
    ),
    "icmp": Module(
        {"--icmp-type": Option(1, to.icmp(names.ICMP))},
        protocols=frozenset({fields.ICMP}),
        needs_option=True,
    ),
    "icmp6": Module(
        {"--icmpv6-type": Option(1, to.icmp(names.ICMPV6))},
        protocols=frozenset({fields.ICMPV6}),
        needs_option=True,
    ),
    "iprange": Module(
        {
            "--src-range": Option(1, to.address_range("src")),
            "--dst-range": Option(1, to.address_range("dst")),
        },
        needs_option=True,
    ),
    "state": Module({"--state": Option(1, to.state)}, needs_option=True),
    "conntrack": Module(
        {
            "--ctstate": Option(1, to.state),
            "--ctproto": Option(1, to.original_protocol),
            "--ctorigsrc": Option(1, to.prefix("orig_src")),
            "--ctorigdst": Option(1, to.prefix("orig_dst")),
            "--ctreplsrc": Option(1, to.unread),
            "--ctrepldst": Option(1, to.unread),
            "--ctorigsrcport": Option(1, to.original_port("orig_sport")),
            "--ctorigdstport": Option(1, to.original_port("orig_dport")),
            "--ctreplsrcport": Option(1, to.unread),
            "--ctrepldstport": Option(1, to.unread),
            "--ctstatus": Option(1, to.conntrack_status),
            "--ctexpire": Option(1, to.volatile),
            "--ctdir": Option(1, to.conntrack_direction),
        },
        combine=to.conntrack,
        needs_option=True,
    ),
    "mark": Module({"--mark": Option(1, to.mark)}, needs_option=True),
    "connmark": Module(
        {"--mark": Option(1, to.connection_mark)}, combine=to.connmark, needs_option=True
    ),
    "addrtype": Module(
        {
            "--src-type": Option(1, address_type("src")),
            "--dst-type": Option(1, address_type("dst")),
            "--limit-iface-in": Option(0, to.nothing),
            "--limit-iface-out": Option(0, to.nothing),
        },
        combine=addrtype,
        needs_option=True,
    ),
    "pkttype": Module({"--pkt-type": Option(1, to.packet_type)}, needs_option=True),
    "physdev": Module(
        {
            "--physdev-in": Option(1, to.bridge_port("phys_in")),
            "--physdev-out": Option(1, to.bridge_port("phys_out")),
            "--physdev-is-in": Option(0, to.is_bridged("phys_in")),
            "--physdev-is-out": Option(0, to.is_bridged("phys_out")),
            "--physdev-is-bridged": Option(0, to.is_bridged("phys_out")),
        },
        needs_option=True,
    ),
    "set": Module(
        {
            "--match-set": Option(2, to.nothing),
            "--return-nomatch": Option(0, to.nothing),
            "--update-counters": Option(0, to.nothing),
            "--update-subcounters": Option(0, to.nothing),
            "--packets-eq": Option(1, to.nothing),
            "--packets-lt": Option(1, to.nothing),
            "--packets-gt": Option(1, to.nothing),
            "--bytes-eq": Option(1, to.nothing),
            "--bytes-lt": Option(1, to.nothing),
            "--bytes-gt": Option(1, to.nothing),
        },
        combine=_match_set,
        needs_option=True,
    ),
    "mac": Module({"--mac-source": Option(1, to.hardware_address)}, needs_option=True),
    "comment": Module({"--comment": Option(1, to.nothing)}),
}

# The extension that `-p` brings along: `-p tcp --dport 22` (iptables(8), MATCH EXTENSIONS).
PROTOCOL_MODULES: Final = {
    fields.TCP: "tcp",
    fields.UDP: "udp",
    fields.ICMP: "icmp",
    fields.ICMPV6: "icmp6",
    fields.SCTP: "sctp",
    fields.DCCP: "dccp",
    fields.UDPLITE: "udplite",
}

# Every option is a condition of its own, and-ed with the others and negated alone.
INDEPENDENT: Final = frozenset(
    {"owner", "length", "ttl", "hl", "tos", "dscp", "realm", "cgroup", "cpu", "devgroup"}
    | {"helper", "esp", "ah", "u32", "bpf", "tcpmss"}
)
# Their options qualify each other, so only the whole text of one is a condition.
WHOLE: Final = frozenset(
    {"time", "policy", "socket", "rpfilter", "ecn", "ipvs", "mh", "ipv6header", "eui64"}
)
# The same, and the one negation they can have negates the whole (xt_string.c, xt_osf.c …).
NEGATED_AS_ONE: Final = frozenset({"string", "osf", "cluster", "geoip"})
# What they look at changes on the packet's way: by routing, by NAT, by targets of the mangle table.
# One packet passes the table filter once, and nothing there changes it; elsewhere no two visits
# can be relied on to agree.
CHANGING: Final = frozenset(
    {"ttl", "hl", "tos", "dscp", "ecn", "tcpmss", "length", "u32", "bpf", "string", "socket"}
    | {"rpfilter", "realm", "ipv6header", "helper"}
)
