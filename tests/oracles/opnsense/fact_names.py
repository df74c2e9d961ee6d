"""Facts about OPNsense's names: interfaces, aliases, negations, and the rules of the system."""

from tests.oracles.opnsense.facts import Fact, aliases, forward, older, rules

_V6 = {"src": "2001:db8:5::9", "dst": "2001:db8:1::10"}
_LOCAL = {"src": "fe80::9", "dst": "fe80::1", "in_name": "em1", "out_name": "em2"}
_AT_LAN = {"in_name": "em1", "dst": "10.1.0.1"}
_FROM_LAN = {"src": "10.1.0.10", "dst": "203.0.113.9", "in_name": "em1", "out_name": "em0"}
_WEB = {"destination_net": "web"}
_NO_LOCKOUT = "<settings><filter><no_antilockout>1</no_antilockout></filter></settings>"


def _alias(content: str, kind: str = "host") -> str:
    return aliases(("web", kind, content)) + rules(_WEB)


NAME_FACTS = (
    Fact(
        "the network of an interface",
        rules({"destination_net": "lan"}),
        passes=({}, {"dst": "10.1.0.2"}),
        drops=({"dst": "10.2.0.5"},),
    ),
    Fact(
        "an interface's own address",
        rules({"destination_net": "lanip"}),
        passes=({"dst": "10.1.0.1"},),
        drops=({},),
        traffic="input",
    ),
    Fact(
        "in rules about IPv6 an interface's network has link-local addresses in it",
        rules({"source_net": "lan", "interface": "lan", "ipprotocol": "inet6"}),
        passes=(
            {**_LOCAL, "dst": "2001:db8:7::1"},
            {**_V6, "src": "2001:db8:1::5", "in_name": "em1", "out_name": "em2"},
        ),
        drops=({**_V6, "src": "2001:db8:2::5", "in_name": "em1", "out_name": "em2"},),
    ),
    Fact(
        "all but a network still has link-local addresses in it, as pf reads the list",
        rules({"source_net": "lan", "source_not": "1", "ipprotocol": "inet6"}),
        passes=({**_LOCAL, "in_name": "em0"}, _V6),
        drops=({**_V6, "src": "2001:db8:1::5"},),
    ),
    Fact(
        "the network of a group is that of its members",
        rules({"destination_net": "inner"}),
        passes=({}, {"dst": "10.2.0.5"}),
        drops=({"dst": "203.0.113.5"},),
    ),
    Fact(
        "a disabled interface has no network: the rule is not loaded",
        rules({"destination_net": "opt2"}),
        drops=({"dst": "10.3.0.5"},),
    ),
    Fact(
        "virtual addresses are addresses of the firewall, their networks are the interface's",
        rules({"destination_net": "wanip,wan"}),
        "<virtualip><vip><interface>wan</interface><mode>ipalias</mode>"
        "<subnet>192.0.2.9</subnet><subnet_bits>29</subnet_bits></vip></virtualip>",
        passes=({"dst": "192.0.2.9"}, {"dst": "192.0.2.14"}),
        drops=({"dst": "192.0.2.16"},),
        traffic="input",
    ),
    Fact(
        "an address of the kind proxyarp is on no interface",
        rules({"destination_net": "wan"}),
        "<virtualip><vip><interface>wan</interface><mode>proxyarp</mode>"
        "<subnet>192.0.2.9</subnet><subnet_bits>29</subnet_bits></vip></virtualip>",
        drops=({"dst": "192.0.2.9"},),
    ),
    Fact(
        "negation",
        rules({"destination_net": "lan", "destination_not": "1"}),
        passes=({"dst": "10.2.0.5"},),
        drops=({},),
    ),
    Fact(
        "negated names of a list are alternatives: together they are everything",
        rules({"destination_net": "lan,opt1", "destination_not": "1"}),
        passes=({}, {"dst": "10.2.0.5"}),
    ),
    Fact(
        "an older negation",
        "",
        older("<destination><network>lan</network><not>1</not></destination>"),
        passes=({"dst": "10.2.0.5"},),
        drops=({},),
    ),
    Fact(
        "an older negation without a text counts in some versions only",
        "",
        older("<destination><network>lan</network><not/></destination>"),
        either=({}, {"dst": "10.2.0.5"}),
    ),
    Fact("a host", _alias("10.1.0.10"), passes=({},), drops=({"dst": "10.1.0.11"},)),
    Fact(
        "networks, ranges and IPv6",
        _alias("10.2.0.0/28 10.1.0.8-10.1.0.11 2001:db8:1::/64", "network"),
        passes=({}, {"dst": "10.2.0.15"}, {"dst": "10.1.0.8"}),
        drops=({"dst": "10.1.0.12"}, {"dst": "10.2.0.16"}),
    ),
    Fact(
        "of the entries of an alias the most exact one decides",
        _alias("10.0.0.0/8 !10.1.0.0/24 10.1.0.10", "network"),
        passes=({}, {"dst": "10.2.0.5"}),
        drops=({"dst": "10.1.0.11"},),
    ),
    Fact(
        "a wildcard mask",
        _alias("10.0.0.10/0.255.0.0", "network"),
        passes=({}, {"dst": "10.77.0.10"}),
        drops=({"dst": "10.1.0.11"}, {"dst": "11.1.0.10"}),
    ),
    Fact(
        "nested aliases",
        aliases(("web", "networkgroup", "a b"), ("a", "host", "10.1.0.10"), ("b", "host", "a web"))
        + rules(_WEB),
        passes=({},),
        drops=({"dst": "10.1.0.11"},),
    ),
    Fact(
        "the networks of an interface as a table",
        aliases(("web", "networkgroup", "__lan_network")) + rules(_WEB),
        passes=({},),
        drops=({"dst": "10.2.0.5"},),
    ),
    Fact(
        "a disabled alias is empty, also in others",
        aliases(("-a", "host", "10.1.0.10"), ("web", "host", "a 10.1.0.11")) + rules(_WEB),
        passes=({"dst": "10.1.0.11"},),
        drops=({},),
    ),
    Fact("an empty alias", _alias(""), drops=({},)),
    Fact(
        "host names are possible, addresses beside them certain",
        _alias("www.example.org 10.1.0.10"),
        passes=({},),
        either=({"dst": "10.1.0.11"},),
    ),
    Fact("a list from an URL is possible", _alias("https://x.example/", "urltable"), either=({},)),
    Fact("countries are possible", _alias("DE", "geoip"), either=({},)),
    Fact(
        "an alias of ports is no address: the rule is not loaded",
        aliases(("web", "port", "443")) + rules(_WEB),
        drops=({},),
    ),
    Fact(
        "ports and ranges, nested",
        aliases(("more", "port", "440:444 ports"), ("ports", "port", "80"))
        + rules({"destination_port": "more"}),
        passes=({}, {"dport": 80}, {"dport": 444}),
        drops=({"dport": 445},),
    ),
    Fact(
        "a range of ports with any",
        rules({"destination_port": "440-any"}),
        passes=({}, {"dport": 65535}),
        drops=({"dport": 439},),
    ),
    Fact(
        "without the model's aliases the older ones count",
        rules(_WEB),
        "<aliases><alias><name>web</name><type>host</type><address>10.1.0.10 10.1.0.11</address>"
        "</alias></aliases>",
        passes=({}, {"dst": "10.1.0.11"}),
    ),
    Fact(
        "with aliases in the model the older ones do not count",
        aliases(("other", "host", "10.1.0.99")) + rules(_WEB),
        "<aliases><alias><name>web</name><type>host</type><address>10.1.0.10</address>"
        "</alias></aliases>",
        drops=({},),
    ),
    Fact(
        "the web interface can be reached from lan, with its redirection",
        passes=({**_AT_LAN, "dport": 443}, {**_AT_LAN, "dport": 80}),
        drops=({**_AT_LAN, "dport": 22}, {"dst": "198.51.100.2"}),
        traffic="input",
    ),
    Fact(
        "unless that is switched off",
        f"<Filter>{_NO_LOCKOUT}</Filter>",
        drops=({**_AT_LAN, "dport": 443},),
        traffic="input",
    ),
    Fact(
        "port 0 is dropped before the user's rules",
        rules({"protocol": "any"}),
        passes=({},),
        drops=({"dport": 0}, {"sport": 0}),
    ),
    Fact(
        "ICMPv6 that IPv6 needs comes in",
        passes=({**_V6, "proto": 58, "icmp_type": 2}, {**_LOCAL, "proto": 58, "icmp_type": 135}),
        drops=({**_V6, "proto": 58, "icmp_type": 128},),
    ),
    Fact(
        "a port forward alone opens nothing",
        "",
        forward({}),
        drops=({"dst": "198.51.100.2"},),
    ),
    Fact(
        "a port forward with a rule of its own",
        "",
        forward({"pass": "rule", "local-port": "8443"}),
        passes=({"dst": "198.51.100.2"},),
        drops=({"dst": "10.1.0.20"}, {"dst": "198.51.100.3"}),
    ),
    Fact(
        "that rule lets in what nothing has redirected as well",
        "",
        forward({"pass": "rule", "local-port": "8443"}),
        passes=({"dst": "10.1.0.20", "dport": 8443},),
    ),
    Fact(
        "a port forward that passes",
        "",
        forward({"pass": "pass"}),
        passes=({"dst": "198.51.100.2"},),
        drops=({"dst": "10.1.0.20"},),
    ),
    Fact(
        "an older one that passes",
        "",
        forward({"associated-rule-id": "pass"}),
        passes=({"dst": "198.51.100.2"},),
    ),
    Fact(
        "a disabled port forward",
        "",
        forward({"pass": "pass", "disabled": "1"}),
        drops=({"dst": "198.51.100.2"},),
    ),
    Fact(
        "filter rules see the translated address",
        rules({"destination_net": "10.1.0.20", "destination_port": "443"}),
        forward({}),
        passes=({"dst": "198.51.100.2"},),
    ),
    Fact(
        "reflection: the inside is redirected too",
        rules({"interface": "lan", "destination_net": "10.2.0.7"}, inside=_NO_LOCKOUT),
        forward({"target": "10.2.0.7", "natreflection": "purenat"}),
        passes=({**_FROM_LAN, "dst": "198.51.100.2", "out_name": "em2"},),
    ),
    Fact(
        "without reflection it is not",
        rules({"interface": "lan", "destination_net": "10.2.0.7"}, inside=_NO_LOCKOUT),
        forward({"target": "10.2.0.7"}),
        drops=({**_FROM_LAN, "dst": "198.51.100.2", "out_name": "em2"},),
    ),
    Fact(
        "the ports of the web interface are never redirected on lan",
        rules({"interface": "lan", "destination_net": "10.2.0.7"}),
        forward({"interface": "lan", "target": "10.2.0.7"}, "<network>lanip</network>"),
        drops=({**_FROM_LAN, "dst": "10.1.0.1", "out_name": "em2", "dport": 444},),
    ),
    Fact(
        "automatic outbound rules translate before the filter of the way out",
        rules(
            {"interface": "lan"},
            {"interface": "wan", "direction": "out", "action": "block", "source_net": "lan"},
        ),
        passes=(_FROM_LAN,),
    ),
    Fact(
        "without outbound rules the way out sees the source as it is",
        rules(
            {"interface": "lan"},
            {"interface": "wan", "direction": "out", "action": "block", "source_net": "lan"},
        ),
        "<nat><outbound><mode>disabled</mode></outbound></nat>",
        drops=(_FROM_LAN,),
    ),
    Fact(
        "everything passes if packet filtering is switched off",
        "<Filter><settings><filter><disable_filter>1</disable_filter></filter></settings></Filter>",
        passes=({}, {"dport": 0}),
    ),
    Fact(
        "private networks are blocked where the interface says so",
        rules({"protocol": "any"}),
        passes=({"src": "10.9.9.9"}, {"src": "169.254.1.1"}),
    ),
)
