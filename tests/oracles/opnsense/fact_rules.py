"""Facts about OPNsense's rules: their order, `quick`, interfaces, protocols and flags."""

from flowmodel.fields import ACK, FIN, SYN
from tests.oracles.opnsense.facts import Fact, aliases, older, rules

UDP, ICMP, GRE, ICMP6 = 17, 1, 47, 58
_WEB = {"destination_port": "443"}
_BLOCK = {"action": "block"}
_ALL = {"protocol": "any"}
_FLOATING = {"interface": ""}
_LATE = {"quick": "0"}
_OTHER = {"dport": 80}
_V6 = {"src": "2001:db8:5::9", "dst": "2001:db8:1::10"}

RULE_FACTS = (
    Fact("without rules everything that comes in is dropped", drops=({}, {"proto": UDP}, _V6)),
    Fact(
        "what the firewall itself sends may leave",
        passes=({"src": "198.51.100.2", "dst": "8.8.8.8"},),
        traffic="output",
    ),
    Fact(
        "rules are asked in the order of their numbers, not of the file",
        rules({**_BLOCK, "sequence": "9"}, {**_WEB, "sequence": "2"}),
        passes=({},),
        drops=(_OTHER,),
    ),
    Fact(
        "equal numbers are ordered by uuid",
        rules({**_WEB, "sequence": "5"}, {**_BLOCK, "sequence": "5"}),
        passes=({},),
        drops=(_OTHER,),
    ),
    Fact(
        "a rule of no interface is floating: it comes before those of one interface",
        rules({**_WEB}, {**_BLOCK, **_FLOATING, "destination_net": "10.1.0.10"}),
        passes=({"dst": "10.1.0.11"},),
        drops=({},),
    ),
    Fact(
        "so is a rule of two interfaces",
        rules({**_WEB}, {**_BLOCK, "interface": "wan,opt1", "destination_net": "10.1.0.10"}),
        passes=({"dst": "10.1.0.11"},),
        drops=({},),
    ),
    Fact(
        "a single interface is never floating in the model",
        rules({**_WEB}, {**_BLOCK, "destination_net": "10.1.0.10"}),
        passes=({}, {"dst": "10.1.0.11"}),
    ),
    Fact(
        "an older rule may float on one interface",
        rules(_WEB),
        older("<type>block</type><floating>yes</floating><quick>1</quick>"),
        drops=({},),
    ),
    Fact(
        "older floating rules are not quick unless they say so: the interface's rule decides",
        rules(_WEB),
        older("<type>block</type><floating>yes</floating>"),
        passes=({},),
        drops=(_OTHER,),
    ),
    Fact(
        "of one priority the model's rules come first",
        rules(_WEB),
        older("<type>block</type>"),
        passes=({},),
        drops=(_OTHER,),
    ),
    Fact(
        "rules of groups come before those of interfaces",
        rules({**_WEB, "interface": "lan"}, {**_BLOCK, "interface": "inner"}),
        drops=({"in_name": "em1", "out_name": "em0"}, {"in_name": "em2"}),
    ),
    Fact(
        "quick is honoured on interface rules: without it the last one decides",
        rules({**_WEB, **_LATE}, {**_BLOCK, **_LATE, "destination_net": "10.1.0.10"}),
        passes=({"dst": "10.1.0.11"},),
        drops=({},),
    ),
    Fact(
        "an older interface rule with <quick>0</quick> is not quick",
        "",
        older("<quick>0</quick>", "<type>block</type>"),
        drops=({},),
    ),
    Fact(
        "without a direction a rule is about what comes in",
        rules({**_WEB, "direction": ""}, {**_BLOCK, "direction": "", "interface": "lan"}),
        passes=({},),
    ),
    Fact(
        "a rule out of lan drops what wan has let in",
        rules(_WEB, {**_BLOCK, "direction": "out", "interface": "lan"}),
        drops=({},),
    ),
    Fact(
        "a rule of both directions is asked on both sides",
        rules(_WEB, {**_BLOCK, "direction": "any", "interface": "lan"}),
        drops=({},),
    ),
    Fact(
        "all but an interface",
        rules({**_WEB, "interface": "opt1", "interfacenot": "1"}),
        passes=({}, {"in_name": "em1", "out_name": "em0"}),
        drops=({"in_name": "em2"},),
    ),
    Fact("a disabled rule of the model", rules({**_WEB, "enabled": "0"}), drops=({},)),
    Fact("a disabled older rule", "", older("<disabled>1</disabled>"), drops=({},)),
    Fact(
        "an empty <disabled/> switches nothing off: PHP asks for its text",
        "",
        older("<disabled/>"),
        passes=({},),
    ),
    Fact(
        "a rule of an interface that is disabled is not loaded, a block rule neither",
        rules({**_BLOCK, "interface": "opt2"}, {**_BLOCK, "interface": "opt2,opt1"}, _WEB),
        passes=({},),
        drops=({"in_name": "em2"},),
    ),
    Fact("reject answers, and drops", rules({"action": "reject"}, _WEB), drops=({},)),
    Fact(
        "match decides nothing",
        rules({"action": "match", **_LATE}, _WEB),
        passes=({},),
        drops=(_OTHER,),
    ),
    Fact(
        "whether a quick match rule ends the search depends on the version",
        rules({**_WEB, **_FLOATING, **_LATE}, {"action": "match"}, _BLOCK),
        either=({},),
    ),
    Fact(
        "inet46 is both families, inet is one",
        rules({**_WEB, "ipprotocol": "inet46", "destination_port": "443"}),
        passes=({}, _V6),
    ),
    Fact("inet6 alone", rules({**_WEB, "ipprotocol": "inet6"}), passes=(_V6,), drops=({},)),
    Fact(
        "an older rule without a family is about both",
        "",
        older("<ipprotocol></ipprotocol>"),
        passes=({}, _V6),
    ),
    Fact(
        "protocols have large letters in the model",
        rules({"protocol": "TCP/UDP", "destination_port": "443"}),
        passes=({}, {"proto": UDP}),
        drops=({"proto": GRE},),
    ),
    Fact("any protocol", rules(_ALL), passes=({}, {"proto": UDP}, {"proto": GRE}), drops=(_V6,)),
    Fact(
        "icmp is ICMPv6 in a rule about IPv6; each family has types of its own",
        rules(
            {"protocol": "ICMP", "ipprotocol": "inet46", "icmptype": "echoreq", "icmp6type": "128"}
        ),
        passes=({"proto": ICMP, "icmp_type": 8}, {**_V6, "proto": ICMP6, "icmp_type": 128}),
        drops=({"proto": ICMP, "icmp_type": 13}, {**_V6, "proto": ICMP6, "icmp_type": 129}),
    ),
    Fact(
        "types of ICMP alone leave those of ICMPv6 open",
        rules({"protocol": "ICMP", "ipprotocol": "inet46", "icmptype": "echoreq"}),
        passes=({**_V6, "proto": ICMP6, "icmp_type": 129},),
        drops=({"proto": ICMP, "icmp_type": 13},),
    ),
    Fact(
        "a rule that keeps state lets connections begin, with S/SA",
        rules(_WEB),
        passes=({"tcp_flags": SYN},),
        drops=({"tcp_flags": ACK}, {"tcp_flags": SYN | ACK}),
    ),
    Fact(
        "any flags",
        rules({**_WEB, "tcpflags_any": "1"}),
        passes=({"tcp_flags": ACK}, {"tcp_flags": SYN | ACK}),
    ),
    Fact(
        "tcpflags_any of 0 says nothing",
        rules({**_WEB, "tcpflags_any": "0"}),
        drops=({"tcp_flags": ACK},),
    ),
    Fact(
        "flags of its own",
        rules({**_WEB, "tcpflags1": "syn,fin", "tcpflags2": "syn,fin,ack"}),
        passes=({"tcp_flags": SYN | FIN},),
        drops=({"tcp_flags": SYN},),
    ),
    Fact(
        "without state flags are not looked at",
        rules({**_WEB, "statetype": "none"}),
        passes=({"tcp_flags": ACK},),
    ),
    Fact(
        "a limit on states: beyond it packets are dropped",
        rules({**_WEB, "statetype": "keep", "max": "10"}),
        either=({},),
        drops=(_OTHER,),
    ),
    Fact(
        "an older limit without a state is not loaded",
        "",
        older("<max>10</max>"),
        passes=({},),
    ),
    Fact(
        "a schedule",
        rules({**_WEB, "sched": "DAY"}),
        "<schedules><schedule><name>DAY</name></schedule></schedules>",
        either=({},),
        drops=(_OTHER,),
    ),
    Fact("a schedule that is not there", rules({**_WEB, "sched": "DAY"}), passes=({},)),
    Fact(
        "tags",
        rules({**_ALL, **_LATE, "tag": "seen"}, {**_BLOCK, "tagged": "seen", **_LATE}),
        drops=({},),
    ),
    Fact(
        "an older rule with a port but without a protocol loses the port: it is about everything",
        "",
        older("<protocol/><destination><any/><port>443</port></destination>").replace(
            "<protocol>tcp</protocol>", ""
        ),
        passes=({}, _OTHER, {"proto": UDP}),
    ),
    Fact(
        "a rule without an answer to a name is not loaded, a block rule neither",
        rules({**_BLOCK, "source_net": "nosuch"}, _WEB),
        passes=({},),
    ),
    Fact(
        "of several names the others stay",
        rules({**_BLOCK, "source_net": "nosuch,203.0.113.9"}, _WEB),
        passes=({"src": "203.0.113.8"},),
        drops=({},),
    ),
    Fact(
        "a port that is not there takes the rule away",
        rules({**_BLOCK, "destination_port": "no_such"}, _WEB),
        passes=({},),
    ),
    Fact(
        "an empty port alias takes the rule away; one without valid ports matches nothing",
        aliases(("none", "port", ""), ("odd", "port", "70000"))
        + rules(
            {**_BLOCK, "destination_port": "none"}, {**_BLOCK, "destination_port": "odd"}, _WEB
        ),
        passes=({},),
    ),
    Fact(
        "a gateway of IPv4 makes a rule about both families one about IPv4",
        rules({"ipprotocol": "inet46", "gateway": "GW"}),
        passes=({},),
        drops=(_V6,),
    ),
    Fact("a gateway does not change the verdict", rules({**_WEB, "gateway": "GW"}), passes=({},)),
    Fact(
        "an operating system, a type of service: unknown",
        rules({**_WEB, "tos": "lowdelay"}),
        either=({},),
        drops=(_OTHER,),
    ),
    Fact("what is not understood makes a rule possible", rules({**_WEB, "new": "1"}), either=({},)),
)
