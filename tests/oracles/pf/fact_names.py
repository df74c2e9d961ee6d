"""Facts about aliases, special networks and translations."""

from tests.oracles.pf.facts import Fact, alias, network, rules, to

_BLOCK = "<type>block</type>"
_PASS = "<protocol>any</protocol>"


def forward(*insides: str) -> str:
    """Port forwards from wan's address port 80 to 10.1.0.10 port 443."""
    start = (
        "<rule><interface>wan</interface><protocol>tcp</protocol><source><any/></source>"
        "<destination><network>wanip</network><port>80</port></destination>"
        "<target>10.1.0.10</target><local-port>443</local-port>"
    )
    return "<nat>" + "".join(f"{start}{inside}</rule>" for inside in insides) + "</nat>"


_AT_WAN = {"dst": "198.51.100.2", "dport": 80}

NAME_FACTS = (
    Fact(
        "a rule with a missing alias is not loaded, a block rule neither",
        rules(_BLOCK + to("GONE"), to("", "443"), to("GONE", "80")),
        passes=({},),
        drops=({"dport": 80},),
    ),
    Fact(
        "a missing alias of ports, too, takes the rule away",
        rules(to("", "GONE")),
        drops=({}, {"dport": 80}),
    ),
    Fact(
        "an alias that is empty matches nothing, and its negation everything",
        alias("EMPTY", "host", "") + rules(to("EMPTY", "443"), to("EMPTY", "80", "<not/>")),
        passes=({"dport": 80},),
        drops=({},),
    ),
    Fact(
        "an alias with a name in it is filled later: nothing of it is known",
        alias("WEB", "host", "10.1.0.10 www.example.com") + rules(to("WEB")),
        either=({}, {"dst": "10.1.0.11"}),
    ),
    Fact(
        "a word that is no alias and no address is a name too",
        alias("WEB", "network", "10.1.0.0/24 MISTYPED") + rules(to("WEB")),
        either=({}, {"dst": "10.2.0.11"}),
    ),
    Fact(
        "aliases stand in others, ports too",
        "<aliases><alias><name>A</name><type>host</type><address>10.1.0.10</address></alias>"
        "<alias><name>B</name><type>network</type><address>A 10.2.0.0/28</address></alias>"
        "<alias><name>P</name><type>port</type><address>443 8000:8010</address></alias>"
        "<alias><name>Q</name><type>port</type><address>P 22</address></alias></aliases>"
        + rules(to("B", "Q")),
        passes=({}, {"dst": "10.2.0.15", "dport": 8010}, {"dport": 22}),
        drops=({"dst": "10.2.0.16"}, {"dport": 8011}, {"dst": "10.1.0.11"}),
    ),
    Fact(
        "a table from a URL may hold anything",
        alias("LIST", "urltable", "https://lists.example.com/x.txt") + rules(to("LIST")),
        drops=({"proto": 17},),
        either=({},),
    ),
    Fact(
        "lan is the network, lanip the address",
        rules(network("lan", "<port>443</port>"), network("lanip", "<port>80</port>")),
        passes=({}, {"dst": "10.1.0.1", "dport": 80}),
        drops=({"dst": "10.2.0.10"}, {"dport": 80}),
        traffic="input",
    ),
    Fact(
        "a network's virtual addresses bring theirs",
        "<virtualip><vip><mode>ipalias</mode><interface>lan</interface>"
        "<subnet>192.0.2.17</subnet><subnet_bits>28</subnet_bits></vip></virtualip>"
        + rules(network("lan")),
        passes=({}, {"dst": "192.0.2.30"}),
        drops=({"dst": "192.0.2.33"},),
    ),
    Fact(
        "a group as a network is those of its members",
        "<ifgroups><ifgroupentry><ifname>IN</ifname><members>lan opt1</members></ifgroupentry>"
        "</ifgroups>" + rules(network("IN")),
        passes=({}, {"dst": "10.2.0.9"}),
        drops=({"dst": "10.3.0.9"},),
    ),
    Fact(
        "an unknown network takes the rule away, and so does one that is switched off",
        rules(_BLOCK + network("openvpn"), _BLOCK + network("opt2ip"), to("", "443")),
        passes=({},),
    ),
    Fact(
        "(self) is every address of the firewall",
        rules(network("(self)", "<not/>")),
        passes=({},),
        drops=({"dst": "198.51.100.2"}, {"dst": "10.2.0.1"}),
    ),
    Fact(
        "a port forward comes before the filter: the rule names the inner address and port",
        forward("") + rules(to("10.1.0.10", "443")),
        passes=(_AT_WAN, {}),
        drops=({**_AT_WAN, "dport": 443}, {"dport": 80}),
    ),
    Fact(
        "one that passes asks no rule",
        forward("<associated-rule-id>pass</associated-rule-id>") + rules(_BLOCK),
        passes=(_AT_WAN,),
        drops=({},),
    ),
    Fact(
        "`no rdr` keeps the port forwards behind it off",
        forward("<nordr/>", "") + rules(to("10.1.0.10", "443")),
        drops=(_AT_WAN,),
    ),
    Fact(
        "1:1 translates before the filter, on the way in",
        "<nat><onetoone><interface>wan</interface><external>203.0.113.200</external>"
        "<source><address>10.1.0.10</address></source><destination><any/></destination>"
        "</onetoone></nat>" + rules(to("10.1.0.10")),
        passes=({"dst": "203.0.113.200"}, {}),
        drops=({"dst": "203.0.113.201"},),
    ),
    Fact(
        "outbound NAT comes before the rules for what leaves",
        rules(
            "<interface>lan</interface>" + _PASS,
            "<floating>yes</floating><interface>wan</interface><direction>out</direction>"
            + _BLOCK
            + "<protocol>any</protocol><source><network>wanip</network></source>",
        ),
        drops=({"src": "10.1.0.9", "dst": "8.8.8.8", "in_name": "em1", "out_name": "em0"},),
    ),
    Fact(
        "with outbound NAT switched off the address stays",
        "<nat><outbound><mode>disabled</mode></outbound></nat>"
        + rules(
            "<interface>lan</interface>" + _PASS,
            "<floating>yes</floating><interface>wan</interface><direction>out</direction>"
            + _BLOCK
            + "<protocol>any</protocol><source><network>wanip</network></source>",
        ),
        passes=({"src": "10.1.0.9", "dst": "8.8.8.8", "in_name": "em1", "out_name": "em0"},),
    ),
    Fact(
        "a forward of any destination also translates who sends back into the own network",
        "<nat><rule><interface>lan</interface><protocol>tcp</protocol><source><any/></source>"
        "<destination><any/><port>80</port></destination><target>10.1.0.10</target>"
        "<local-port>80</local-port><associated-rule-id>pass</associated-rule-id></rule></nat>"
        + rules(
            "<floating>yes</floating><interface>lan</interface><direction>out</direction>"
            + _BLOCK
            + "<protocol>any</protocol>"
            + network("lanip", end="source")
        ),
        passes=({"in_name": "em1", "src": "10.2.0.9", "dst": "8.8.8.8", "dport": 80},),
        drops=({"in_name": "em1", "src": "10.1.0.9", "dst": "8.8.8.8", "dport": 80},),
    ),
)
