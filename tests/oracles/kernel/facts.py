"""Facts about iptables that are easy to get wrong, each as a rule set with packets.

Packets are named by what differs from a TCP SYN of 10.0.0.9 to 192.0.2.1 port 80 that comes in on
eth0.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from flowmodel.fields import ICMP, ICMPV6, TCP, UDP, Family
from flowmodel.packet import Packet
from flowmodel.record import replace
from tests.oracles.kernel.oracle import JudgedHook
from tests.oracles.kernel.packets import natural_state

BASES: dict[Family, tuple[str, str]] = {4: ("10.0.0.9", "192.0.2.1"), 6: ("2001:db8::9", "fd00::1")}


@dataclass(frozen=True, slots=True)
class Fact:
    """Rules for one family and hook, and which packets pass."""

    name: str
    rules: str
    passes: tuple[dict[str, Any], ...] = ()
    is_dropped: tuple[dict[str, Any], ...] = ()
    sets: str = ""
    hook: JudgedHook = "input"
    family: Family = 4


def packet(fact: Fact, **given: object) -> Packet:
    source, target = BASES[fact.family]
    numbers = {
        field: int(ip_address(value)) if field in ("src", "dst") else value
        for field, value in given.items()
        if isinstance(value, str | int)
    }
    base = Packet(
        fact.family,
        int(ip_address(source)),
        int(ip_address(target)),
        TCP,
        40000,
        80,
        in_name="" if fact.hook == "output" else "eth0",
        out_name="" if fact.hook == "input" else "eth1",
    )
    made = replace(base, **numbers)
    if made.proto in (ICMP, ICMPV6):
        made = replace(made, sport=0, dport=0)
    return replace(made, state=natural_state(made))


def filter_input(*rules: str, policy: str = "DROP", chains: tuple[str, ...] = ()) -> str:
    """A table filter whose INPUT has the default policy."""
    declared = [f":INPUT {policy} [0:0]", *(f":{chain} - [0:0]" for chain in chains)]
    return "\n".join(["*filter", *declared, *(f"-A {rule}" for rule in rules), "COMMIT", ""])


def port(number: int, proto: int = TCP) -> dict[str, int]:
    return {"dport": number, "proto": proto}


FACTS = (
    Fact(
        "a drop in mangle beats an accept in filter",
        "*mangle\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n"
        "-A INPUT -p tcp --dport 80 -j DROP\nCOMMIT\n" + filter_input("INPUT -j ACCEPT"),
        (port(81),),
        (port(80),),
    ),
    Fact(
        "security judges after filter",
        filter_input("INPUT -j ACCEPT")
        + "*security\n:INPUT ACCEPT\n-A INPUT -p tcp --dport 80 -j DROP\nCOMMIT\n",
        (port(81),),
        (port(80),),
    ),
    Fact(
        "filter sees the translated port, and conntrack the original one",
        "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp --dport 80 -j DNAT"
        " --to-destination 192.0.2.9:8080\nCOMMIT\n"
        + filter_input(
            "INPUT -p tcp --dport 80 -j DROP",
            "INPUT -p tcp -m conntrack --ctproto tcp --ctorigdstport 80 -j ACCEPT",
        ),
        (port(80),),
        (port(81), port(8080)),
    ),
    Fact(
        "what conntrack knows of a connection's ends can be negated",
        filter_input(
            "INPUT -p tcp --dport 80 -m conntrack ! --ctorigsrc 10.0.0.0/8 -j ACCEPT",
            "INPUT -p tcp --dport 81 -m conntrack ! --ctorigdst 192.0.2.1/32 -j ACCEPT",
            "INPUT -m conntrack ! --ctproto tcp -j ACCEPT",
        ),
        (
            {"src": "198.51.100.7", "dport": 80},
            {"dst": "192.0.2.9", "dport": 81},
            port(80, UDP),
        ),
        (port(80), port(81), {"src": "198.51.100.7", "dport": 82}),
    ),
    Fact(
        "the state DNAT is that of a translated destination",
        "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp --dport 80 -j DNAT"
        " --to-destination 192.0.2.9\nCOMMIT\n"
        + filter_input("INPUT -m conntrack --ctstate DNAT -j ACCEPT"),
        (port(80),),
        (port(81), {"dst": "192.0.2.9", "dport": 80}),
    ),
    Fact(
        "accept ends the table, not the packet",
        "*raw\n:PREROUTING ACCEPT\n-A PREROUTING -j ACCEPT\nCOMMIT\n"
        + filter_input("INPUT -p tcp --dport 80 -j ACCEPT"),
        (port(80),),
        (port(81),),
    ),
    Fact(
        "a return in a built-in chain is its policy, the end of another is a return",
        filter_input(
            "INPUT -p tcp --dport 80 -j RETURN",
            "INPUT -j USER",
            "INPUT -p tcp --dport 82 -j ACCEPT",
            "USER -p tcp --dport 81 -j ACCEPT",
            chains=("USER",),
        ),
        (port(81), port(82)),
        (port(80), port(83)),
    ),
    Fact(
        "the end of a chain that was gone to is the end of the chain that went",
        filter_input(
            "INPUT -j FIRST",
            "INPUT -p tcp --dport 82 -j ACCEPT",
            "FIRST -p tcp --dport 80:82 -g SECOND",
            "FIRST -j ACCEPT",
            "SECOND -p tcp --dport 80 -j ACCEPT",
            "SECOND -p tcp --dport 81 -j RETURN",
            chains=("FIRST", "SECOND"),
        ),
        (port(80), port(82), port(83)),
        (port(81),),
    ),
    Fact(
        "of two default policies the one below counts",
        "*filter\n-P INPUT ACCEPT\n:INPUT DROP\n-A INPUT -p tcp --dport 80 -j ACCEPT\nCOMMIT\n",
        (port(80),),
        (port(81),),
    ),
    Fact(
        "a goto from a built-in chain ends in its policy",
        filter_input("INPUT -g USER", "INPUT -j ACCEPT", chains=("USER",)),
        (),
        (port(80),),
    ),
    Fact(
        "a type without a code is any code",
        filter_input("INPUT -p icmp -m icmp --icmp-type 3 -j ACCEPT"),
        (
            {"proto": ICMP, "icmp_type": 3, "icmp_code": 0},
            {"proto": ICMP, "icmp_type": 3, "icmp_code": 13},
        ),
        ({"proto": ICMP, "icmp_type": 4}, port(3), port(3, UDP)),
    ),
    Fact(
        "open port ranges reach to 0 and to 65535",
        filter_input(
            "INPUT -p tcp --dport :100 -j ACCEPT", "INPUT -p tcp --dport 60000: -j ACCEPT"
        ),
        (port(0), port(100), port(60000), port(65535)),
        (port(101), port(59999), port(80, UDP)),
    ),
    Fact(
        "multiport's ports is either port, and its negation neither",
        filter_input("INPUT -p udp -m multiport ! --ports 53,67:68 -j ACCEPT"),
        ({"proto": UDP, "sport": 54, "dport": 66},),
        (
            {"proto": UDP, "sport": 53, "dport": 66},
            {"proto": UDP, "sport": 54, "dport": 68},
            {"sport": 54, "dport": 66},
        ),
    ),
    Fact(
        "syn looks at four flags only",
        filter_input("INPUT -p tcp --syn -j ACCEPT"),
        ({"tcp_flags": 0x02}, {"tcp_flags": 0xC2}, {"tcp_flags": 0x22}),
        ({"tcp_flags": 0x03}, {"tcp_flags": 0x12}, {"tcp_flags": 0x10}, {"proto": UDP}),
    ),
    Fact(
        "all flags are the six old ones",
        filter_input("INPUT -p tcp --tcp-flags ALL NONE -j ACCEPT"),
        ({"tcp_flags": 0x00}, {"tcp_flags": 0x40}, {"tcp_flags": 0xC0}),
        ({"tcp_flags": 0x20},),
    ),
    Fact(
        "a plus ends a name that others begin with",
        filter_input("INPUT -i eth1+ -j ACCEPT"),
        ({"in_name": "eth1"}, {"in_name": "eth10"}),
        ({"in_name": "eth0"}, {"in_name": "wan"}),
    ),
    Fact(
        "a plus alone is every interface",
        filter_input("INPUT -i + -j ACCEPT"),
        ({"in_name": "eth1"}, {"in_name": "lo"}),
    ),
    Fact(
        "no interface is other than a plus",
        filter_input("INPUT ! -i + -j ACCEPT"),
        (),
        ({"in_name": "eth1"}, {"in_name": "lo"}),
    ),
    Fact(
        "masks may have holes",
        filter_input("INPUT -s 10.0.0.9/255.0.0.255 -j ACCEPT"),
        ({"src": "10.0.0.9"}, {"src": "10.77.88.9"}),
        ({"src": "10.0.0.8"}, {"src": "11.0.0.9"}),
    ),
    Fact(
        "masks of IPv6 may have holes",
        filter_input("INPUT -s 2001:db8::9/ffff:ffff::ffff -j ACCEPT"),
        ({"src": "2001:db8::9"}, {"src": "2001:db8:7:7::9"}),
        ({"src": "2001:db8::8"}, {"src": "2001:db9::9"}),
        family=6,
    ),
    Fact(
        "a machine's own address is UNICAST in IPv6, as ip6tables asks what it looks like",
        filter_input(
            "INPUT -p tcp --dport 80 -m addrtype --dst-type UNICAST -j ACCEPT",
            "INPUT -p tcp --dport 81 -m addrtype --src-type UNICAST -j ACCEPT",
            "INPUT -p tcp --dport 82 -m addrtype ! --dst-type UNICAST -j ACCEPT",
            "INPUT -p tcp --dport 83 -m addrtype ! --dst-type MULTICAST -j ACCEPT",
            "INPUT -p tcp --dport 84 -m addrtype --dst-type MULTICAST,UNICAST -j ACCEPT",
        ),
        (port(80), port(81), port(83)),
        (port(82), port(84)),
        family=6,
    ),
    Fact(
        "without an entry, a SYN and a lone ACK are new, the rest invalid",
        filter_input("INPUT -m conntrack --ctstate NEW -j ACCEPT"),
        (
            {"tcp_flags": 0x02},
            {"tcp_flags": 0x10},
            {"tcp_flags": 0x18},
            {"proto": UDP},
            {"proto": ICMP, "icmp_type": 8},
        ),
        (
            {"tcp_flags": 0x12},
            {"tcp_flags": 0x04},
            {"tcp_flags": 0},
            {"tcp_flags": 0x29},
            {"tcp_flags": 0x11},
            {"proto": ICMP, "icmp_type": 0},
            {"proto": ICMP, "icmp_type": 3},
        ),
    ),
    Fact(
        "what is not tracked is not new",
        "*raw\n:PREROUTING ACCEPT\n-A PREROUTING -p udp -j CT --notrack\nCOMMIT\n"
        + filter_input(
            "INPUT -p udp -m conntrack --ctstate NEW,INVALID,ESTABLISHED,RELATED -j DROP",
            "INPUT -p udp -m conntrack --ctstate UNTRACKED -j ACCEPT",
        ),
        ({"proto": UDP},),
        ({},),
    ),
    Fact(
        "neighbour and listener discovery is untracked",
        filter_input("INPUT -m conntrack --ctstate UNTRACKED -j ACCEPT"),
        tuple(
            {"proto": ICMPV6, "icmp_type": kind}
            for kind in (130, 131, 132, 133, 134, 135, 136, 143, 151, 152)
        ),
        tuple({"proto": ICMPV6, "icmp_type": kind} for kind in (1, 128, 129, 137, 139, 142, 144)),
        family=6,
    ),
    Fact(
        "invalid packets pass by nat",
        "*nat\n:PREROUTING ACCEPT\n-A PREROUTING -p tcp -j DNAT --to-destination 192.0.2.9:81\n"
        "COMMIT\n" + filter_input("INPUT -p tcp --dport 81 -j ACCEPT"),
        ({"tcp_flags": 0x02},),
        ({"tcp_flags": 0x12},),
    ),
    Fact(
        "a direction for each dimension, and the protocol is part of the port",
        filter_input("INPUT -m set --match-set s src,dst -j ACCEPT"),
        (port(22),),
        (port(22, UDP), port(23), {"src": "10.0.0.8", "dport": 22}),
        sets="create s hash:ip,port family inet\nadd s 10.0.0.9,22\n",
    ),
    Fact(
        "with too few directions a set never matches",
        filter_input("INPUT -m set --match-set s src -j ACCEPT"),
        (),
        (port(22),),
        sets="create s hash:ip,port family inet\nadd s 10.0.0.9,tcp:22\n",
    ),
    Fact(
        "an element may be an ICMP type",
        filter_input("INPUT -m set --match-set s src,dst -j ACCEPT"),
        ({"proto": ICMP, "icmp_type": 8},),
        ({"proto": ICMP, "icmp_type": 0}, port(8), {"proto": ICMP, "icmp_type": 8, "icmp_code": 1}),
        sets="create s hash:ip,port family inet\nadd s 10.0.0.9,icmp:echo-request\n",
    ),
    Fact(
        "a bitmap of ports is of tcp and udp",
        filter_input("INPUT -m set --match-set s dst -j ACCEPT"),
        (port(22), port(22, UDP)),
        (port(23), {"proto": ICMP, "icmp_type": 0, "icmp_code": 22}),
        sets="create s bitmap:port range 0-1024\nadd s 22\n",
    ),
    Fact(
        "of nested networks the narrowest decides",
        filter_input("INPUT -m set --match-set s src -j ACCEPT"),
        ({"src": "10.0.0.1"}, {"src": "10.0.0.9"}),
        ({"src": "10.0.0.8"}, {"src": "10.0.0.15"}, {"src": "10.1.0.1"}, {"src": "11.0.0.1"}),
        sets="create s hash:net family inet\nadd s 10.0.0.0/8 nomatch\nadd s 10.0.0.0/24\n"
        "add s 10.0.0.8/29 nomatch\nadd s 10.0.0.9\n",
    ),
    Fact(
        "return-nomatch asks for the holes",
        filter_input("INPUT -m set --match-set s src --return-nomatch -j ACCEPT"),
        ({"src": "10.0.0.8"},),
        ({"src": "10.0.0.1"}, {"src": "11.0.0.1"}),
        sets="create s hash:net family inet\nadd s 10.0.0.0/24\nadd s 10.0.0.8/29 nomatch\n",
    ),
    Fact(
        "a list of sets is their union",
        filter_input("INPUT -m set --match-set both src -j ACCEPT"),
        ({"src": "10.0.0.9"}, {"src": "10.9.0.1"}),
        ({"src": "11.0.0.1"},),
        sets="create a hash:ip family inet\nadd a 10.0.0.9\ncreate b hash:net family inet\n"
        "add b 10.9.0.0/16\ncreate both list:set size 8\nadd both a\nadd both b\n",
    ),
    Fact(
        "a plus in a set is part of a name",
        filter_input("INPUT -m set --match-set s src,src -j ACCEPT"),
        ({"in_name": "eth1"},),
        ({"in_name": "eth0"},),
        sets="create s hash:net,iface family inet\nadd s 10.0.0.0/8,eth+\nadd s 10.0.0.0/8,eth1\n",
    ),
    Fact(
        "the longest prefix decides the interface, also for others",
        filter_input("INPUT -m set --match-set s src,src -j ACCEPT"),
        ({"src": "10.0.0.9", "in_name": "eth0"}, {"src": "10.9.0.1", "in_name": "eth1"}),
        ({"src": "10.0.0.9", "in_name": "eth1"}, {"src": "10.9.0.1", "in_name": "eth0"}),
        sets="create s hash:net,iface family inet\nadd s 10.0.0.0/8,eth1\nadd s 10.0.0.8/29,eth0\n",
    ),
    Fact(
        "nothing is in an empty set",
        filter_input("INPUT -m set ! --match-set s src -j ACCEPT"),
        ({}, {"src": "11.0.0.1"}),
        sets="create s hash:ip family inet\n",
    ),
    Fact(
        "a mark is what the rules before have made of it",
        "*mangle\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n"
        "-A PREROUTING -p tcp --dport 80 -j MARK --set-xmark 0x12/0xff\n"
        "-A PREROUTING -p tcp --dport 81 -j MARK --set-xmark 0x2/0x2\nCOMMIT\n"
        + filter_input("INPUT -m mark --mark 0x10/0xf0 -j ACCEPT"),
        (port(80),),
        (port(81), port(82)),
    ),
    Fact(
        "a chain may be used before it is declared in the file's order of rules",
        filter_input("LATER -p tcp --dport 80 -j ACCEPT", "INPUT -j LATER", chains=("LATER",)),
        (port(80),),
        (port(81),),
    ),
)
