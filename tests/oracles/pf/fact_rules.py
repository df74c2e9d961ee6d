"""Facts about rules, their order and what pfSense makes of each."""

from flowmodel.fields import ACK, FIN, SYN
from tests.oracles.pf.facts import Fact, network, rules, to

UDP, ICMP = 17, 1
FLOAT = "<floating>yes</floating>"
_ANY = "<interface></interface>"
_BLOCK = "<type>block</type>"
_AT_LAN = {"in_name": "em1", "dst": "10.1.0.1"}

RULE_FACTS = (
    Fact("without rules everything that comes in is dropped", "", drops=({}, {"proto": UDP})),
    Fact(
        "what the firewall itself sends may leave",
        "",
        passes=({"src": "198.51.100.2", "dst": "8.8.8.8"},),
        traffic="output",
    ),
    Fact(
        "interface rules are quick: the first one that matches decides",
        rules(to("", "443"), _BLOCK),
        passes=({},),
        drops=({"dport": 80},),
    ),
    Fact(
        "floating rules without quick: the last one decides, and interface rules are behind them",
        rules(FLOAT + to("", "443"), FLOAT + _BLOCK + to("10.1.0.10")),
        passes=({"dst": "10.1.0.11"},),
        drops=({}, {"dport": 80, "dst": "10.1.0.11"}),
    ),
    Fact(
        "an interface rule ends what a floating rule without quick has left open",
        rules(FLOAT + _BLOCK, "<interface>wan</interface>" + to("", "443")),
        passes=({},),
        drops=({"dport": 80},),
    ),
    Fact(
        "a quick floating rule comes before interface rules, wherever it stands in the file",
        rules(to("", "443"), FLOAT + "<quick>yes</quick>" + _BLOCK + to("10.1.0.10")),
        passes=({"dst": "10.1.0.11"},),
        drops=({},),
    ),
    Fact(
        "a floating rule out of lan drops what wan has let in",
        rules(
            "<protocol>any</protocol>",
            FLOAT
            + _BLOCK
            + "<direction>out</direction><interface>lan</interface>"
            + to("10.1.0.10"),
        ),
        passes=({"dst": "10.1.0.11"},),
        drops=({},),
    ),
    Fact(
        "a floating rule without direction is about both",
        rules("<protocol>any</protocol>", FLOAT + _BLOCK + "<interface>lan</interface>"),
        passes=({"proto": UDP},),
        drops=({},),
    ),
    Fact(
        "a floating rule without interface is about all of them",
        rules(FLOAT + _ANY + "<direction>in</direction>"),
        passes=({}, {"in_name": "em2"}),
        drops=({"proto": UDP},),
    ),
    Fact(
        "rules of groups come before those of interfaces",
        "<ifgroups><ifgroupentry><ifname>EDGE</ifname><members>wan opt1</members></ifgroupentry>"
        "</ifgroups>"
        + rules(to("", "443"), _BLOCK + "<interface>EDGE</interface>" + to("10.1.0.10")),
        passes=({"dst": "10.1.0.11"},),
        drops=({}, {"in_name": "em2", "dst": "10.1.0.11"}),
    ),
    Fact(
        "a block rule for TCP, too, is about packets that open a connection",
        rules(_BLOCK + to("", "443"), "<protocol>any</protocol><statetype>none</statetype>"),
        passes=({"tcp_flags": ACK}, {"dport": 80}),
        drops=({},),
        traffic="input",
    ),
    Fact(
        "a pass rule that keeps state lets only a SYN open a connection",
        rules("<protocol>any</protocol>"),
        passes=({}, {"proto": UDP}),
        drops=({"tcp_flags": ACK}, {"tcp_flags": SYN | ACK}, {"tcp_flags": FIN}),
    ),
    Fact(
        "a rule without state takes any flags, but S/SA if it is for TCP alone",
        rules(
            "<statetype>none</statetype>" + to("10.1.0.10"),
            "<statetype>none</statetype><protocol>tcp/udp</protocol>" + to("10.1.0.11"),
        ),
        passes=({}, {"dst": "10.1.0.11", "tcp_flags": ACK}),
        drops=({"tcp_flags": ACK},),
        traffic="input",
    ),
    Fact(
        "what was let in without state needs a state, or a SYN, to leave",
        rules("<statetype>none</statetype><protocol>any</protocol>"),
        passes=({},),
        drops=({"tcp_flags": ACK},),
    ),
    Fact(
        "flags that a rule asks for replace S/SA",
        rules("<tcpflags1>syn,ack</tcpflags1><tcpflags2>syn,ack,fin</tcpflags2>"),
        passes=({"tcp_flags": SYN | ACK},),
        drops=({}, {"tcp_flags": SYN | ACK | FIN}),
        traffic="input",
    ),
    Fact(
        "an unknown type passes",
        rules("<type>odd</type>"),
        passes=({},),
    ),
    Fact(
        "match has no verdict",
        rules(to("", "443"), FLOAT + "<type>match</type>" + to("", "80")),
        passes=({},),
        drops=({"dport": 80},),
    ),
    Fact(
        "without a protocol, a port makes it TCP and is lost",
        rules("<noprotocol/>" + to("", "443")),
        passes=({}, {"dport": 22}),
        drops=({"proto": UDP},),
    ),
    Fact(
        "without ipprotocol it is IPv4 only",
        rules("<noipprotocol/>"),
        passes=({},),
        drops=({"dst": "2001:db8:1::10"},),
    ),
    Fact(
        "inet46 is both",
        rules("<ipprotocol>inet46</ipprotocol>"),
        passes=({}, {"dst": "2001:db8:1::10"}),
    ),
    Fact(
        "ranges from 1 have 0 too (dropped before), ranges to the end, and ranges between",
        rules(to("", "1-1024"), to("", "2000-2010"), to("", "65000-65535")),
        passes=({"dport": 1}, {"dport": 1024}, {"dport": 2000}, {"dport": 2010}, {"dport": 65535}),
        drops=({"dport": 0}, {"dport": 1025}, {"dport": 1999}, {"dport": 2011}, {"dport": 64999}),
    ),
    Fact(
        "ICMP types are told apart, and skip is 39",
        rules("<protocol>icmp</protocol><icmptype>echoreq,skip</icmptype>"),
        passes=({"proto": ICMP, "icmp_type": 8}, {"proto": ICMP, "icmp_type": 39}),
        drops=({"proto": ICMP, "icmp_type": 0}, {}),
    ),
    Fact(
        "an interface that is switched off has no rules",
        rules("<interface>opt2</interface>", FLOAT + "<interface>opt2,opt9</interface>"),
        drops=({"in_name": "em3"}, {}),
    ),
    Fact(
        "a disabled rule is none, and a schedule may be over",
        "<schedules><schedule><name>DAY</name><timerange><position>1</position>"
        "<hour>8:00-9:00</hour></timerange></schedule></schedules>"
        + rules(
            "<disabled/>" + to("", "443"),
            "<sched>DAY</sched>" + to("", "80"),
            "<sched>GONE</sched>" + to("", "81"),
        ),
        passes=({"dport": 81},),
        drops=({},),
        either=({"dport": 80},),
    ),
    Fact(
        "a rule of a floating kind that tags, and one that asks for the tag on the way out",
        rules(
            to("", "443") + "<tag>RED</tag>",
            to("", "80"),
            FLOAT + _BLOCK + "<direction>out</direction><interface>lan</interface>"
            "<tagged>RED</tagged>",
        ),
        passes=({"dport": 80},),
        drops=({},),
    ),
    Fact(
        "a rule without quick that asks for a tag and sets one asks before it sets",
        rules(
            FLOAT + "<direction>in</direction>" + to("", "443") + "<tag>RED</tag>"
            "<tagged>RED</tagged><nottagged/>",
        ),
        passes=({},),
        drops=({"dport": 80},),
    ),
    Fact(
        "anti-lockout comes before the user's rules",
        rules("<interface>lan</interface><protocol>any</protocol>" + _BLOCK),
        passes=(
            {"in_name": "em1", "dst": "10.1.0.1"},
            {"in_name": "em1", "dst": "10.1.0.1", "dport": 80},
        ),
        drops=({"in_name": "em1", "dst": "10.1.0.1", "dport": 22}, {"dst": "198.51.100.2"}),
        traffic="input",
    ),
    Fact(
        "link-local IPv4 addresses never pass",
        rules("<protocol>any</protocol>"),
        drops=({"src": "169.254.3.4"}, {"dst": "169.254.3.4"}),
    ),
    Fact(
        "private networks are let in unless the interface blocks them",
        rules(network("lan", end="source")),
        passes=({"src": "10.1.0.9"},),
        drops=({},),
    ),
)
