"""What pfSense's rules say in words, and what is remarked about them."""

import pytest

from tests.parsers.pf.reading import answer, read, rule, rules, said, titles, verdict

_ALIASES = """<aliases>
<alias><name>WEB</name><type>host</type><address>10.1.0.10</address></alias>
<alias><name>CDN</name><type>host</type><address>cdn.example.org 10.1.0.10</address></alias>
<alias><name>FEED</name><type>urltable</type><url>https://lists.example.org/a</url></alias>
<alias><name>BOTH</name><type>network</type><address>FEED 10.1.0.0/28 BOTH</address></alias>
<alias><name>HTTP</name><type>port</type><address>80 443 8000:8010</address></alias>
<alias><name>NONE</name><type>port</type><address></address></alias>
<alias><name>ODD</name><type>dynamic</type><address>10.1.0.10</address></alias>
</aliases>"""
_DHCP6 = "<ipaddrv6>dhcp6</ipaddrv6>"
_LEFT = "FW307: pfSense leaves the rule out: "
_DAY = """<schedules><schedule><name>DAY</name><timerange><hour>8:00-9:00</hour></timerange>
</schedule></schedules>"""


def _to(text: str, port: str = "") -> str:
    ports = f"<port>{port}</port>" if port else ""
    return f"<destination><address>{text}</address>{ports}</destination>"


TITLES = {
    "<type>pass</type>": "pass in quick on wan from any to any",
    "<type>block</type><protocol>tcp</protocol><descr><![CDATA[No <web>]]></descr>"
    + _to("WEB", "443"): 'block in quick on wan proto tcp from any to WEB port 443 "No <web>"',
    "<type>reject</type><ipprotocol>inet46</ipprotocol><protocol>icmp</protocol>"
    "<icmptype>echoreq</icmptype><tracker>17</tracker>": "reject in quick on wan inet46 proto icmp "
    "type echoreq from any to any (tracker 17)",
    "<floating>yes</floating><direction>out</direction><interface>wan,lan</interface>"
    "<source><network>lan</network><not/></source>": "pass out on wan, lan from !lan to any",
}


@pytest.mark.parametrize("what", TITLES)
def test_a_rule_has_a_title_as_the_web_interface_shows_it(what: str) -> None:
    found = read(_ALIASES + rules(what))
    chain = "filter out" if "floating" in what else "filter in"

    assert TITLES[what] in titles(found, chain)


REMARKS = {
    "<type>pass</type>" + _to("WEB", "HTTP"): [
        "FW313: it names no protocol: pfSense loads it for all of TCP, without the port HTTP"
    ],
    "<protocol>tcp</protocol>" + _to("WEB", "HTTP"): [],
    "<protocol>esp</protocol>" + _to("WEB", "80"): [
        "FW313: pfSense loads it without the port 80: it has ports for TCP and UDP only"
    ],
    _to("GONE"): [(_LEFT + "its destination means no address: there is no alias `GONE`")],
    "<disabled/>" + _to("GONE"): [],
    "<protocol>tcp</protocol>" + _to("WEB", "GONE"): [_LEFT + "there is no port alias `GONE`"],
    "<protocol>tcp</protocol>" + _to("WEB", "NONE"): [_LEFT + "the port alias NONE is empty"],
    _to("HTTP"): [
        (_LEFT + "its destination means no address: HTTP is an alias of ports, not of addresses")
    ],
    _to("CDN"): [
        "FW313: pfSense loads CDN empty and resolves its host names later: cdn.example.org",
        "FW902: only the device knows addresses of the alias CDN",
    ],
    _to("BOTH"): ["FW902: only the device knows addresses of the alias FEED"],
    "<interface>opt2</interface>": [_LEFT + "the interface opt2 does not exist or is disabled"],
    "<source><network>opt2</network></source>": [
        (_LEFT + "its source means no address: the interface opt2 does not exist or is disabled")
    ],
    "<source><network>openvpn</network></source>": [
        (_LEFT + "its source means no address: `openvpn` is no network that pfSense knows")
    ],
    "<ipprotocol>inet6</ipprotocol>" + _to("10.1.0.10"): [
        (_LEFT + "its destination means no address: 10.1.0.10 is no IPv6 address")
    ],
    "<sched>DAY</sched>": ["FW902: it holds at the times of the schedule DAY only"],
    "<sched>NIGHT</sched>": ["FW307: there is no schedule NIGHT: it holds at all times"],
    "<gateway>GONE</gateway>": ["FW307: there is no gateway GONE: routes as for other packets"],
    "<protocol>shim</protocol>": ["FW901: `shim` is no protocol that is known here"],
    "<protocol>icmp</protocol><icmptype>echoreq,odd</icmptype>": [
        "FW901: `odd` is no ICMP type that is known here"
    ],
    "<shiny>1</shiny>": ["FW901: <shiny> is not understood: the rule may mean less"],
    "<floating>yes</floating><direction>up</direction>": ["FW901: `up` is no direction"],
}


@pytest.mark.parametrize("what", REMARKS)
def test_what_is_not_as_written_is_remarked(what: str) -> None:
    found = said(read(_ALIASES + _DAY + rules(what)))

    assert REMARKS[what] == [each for each in found if "kind of alias" not in each]


UNCERTAIN = (
    "<sched>DAY</sched>",
    "<shiny>1</shiny>",
    "<protocol>shim</protocol>",
    "<os>Windows</os><protocol>tcp</protocol>",
    "<dscp>ef</dscp>",
    "<max>100</max>",
    _to("CDN"),
    _to("FEED"),
    _to("ODD"),
)


@pytest.mark.parametrize("what", UNCERTAIN)
def test_what_is_not_known_is_possible(what: str) -> None:
    assert verdict(read(_ALIASES + _DAY + rules(what))) == "unknown"


def test_a_rule_that_is_known_is_certain() -> None:
    assert verdict(read(_ALIASES + rules(_to("WEB")))) == "accept"
    assert verdict(read(_ALIASES + rules(_to("BOTH")))) == "accept"
    assert verdict(read(_ALIASES + rules(_to("WEB") + "<type>block</type>"))) == "drop"
    assert verdict(read(rules("<type>reject</type>"))) == "reject"


def test_a_schedule_and_its_negation_by_the_rule_behind_it_are_understood() -> None:
    found = read(_DAY + rules("<sched>DAY</sched>", "<sched>DAY</sched><type>block</type>"))

    assert verdict(found) == "unknown"
    assert (
        verdict(
            read(_DAY + rules("<sched>DAY</sched>", "<type>pass</type>")),
        )
        == "accept"
    )


def test_disabled_rules_are_kept_where_they_would_stand() -> None:
    found = read(rules("<descr>a</descr>", "<disabled/><descr>b</descr>", "<descr>c</descr>"))
    chain = found.tables[0].chains["filter in"]
    ((index, disabled),) = chain.disabled

    assert disabled.text == 'pass in quick on wan from any to any "b"'
    assert chain.rules[index].text == 'pass in quick on wan from any to any "c"'


def test_a_disabled_rule_without_quick_stands_among_those_behind() -> None:
    float_ = "<floating>yes</floating><direction>in</direction>"
    found = read(
        rules(
            float_ + "<descr>a</descr>",
            float_ + "<disabled/><descr>b</descr>",
            float_ + "<descr>c</descr>",
        )
    )
    chain = found.tables[0].chains["filter in"]
    ((index, disabled),) = chain.disabled

    assert disabled.text == 'pass in on wan from any to any "b"'
    assert [each.text for each in chain.rules[index - 1 : index + 1]] == [
        'pass in on wan from any to any "c"',
        'pass in on wan from any to any "a"',
    ]


def test_a_rule_has_the_place_of_its_element() -> None:
    text = rules("<descr>a</descr>", "<descr>b</descr>")
    found = read(text)
    last = found.tables[0].chains["filter in"].rules
    (span,) = [each.span for each in last if '"b"' in each.text]

    assert (
        rule("<descr>b</descr>")
        == found.sources[0].lines[span.line - 1][span.column - 1 : span.last_column]
    )


@pytest.mark.parametrize("name", ["bogons", "snort2c", "vpn_networks", "VIRUSPROT"])
def test_the_system_s_own_tables_can_be_named_and_only_the_device_knows_them(name: str) -> None:
    pieces = rules("<type>block</type>" + f"<source><address>{name}</address></source>", "")

    found = read(pieces)

    assert said(found) == [f"FW902: only the device knows addresses of the table {name}"]
    assert answer(found, src="192.0.2.7").possible == {"accept", "drop"}


def test_only_reserved_addresses_can_be_bogons() -> None:
    found = read(rules("<type>block</type><source><address>bogons</address></source>", ""))

    assert answer(found, src="8.8.8.8").possible == {"accept"}


def test_before_plus_24_a_table_of_the_system_is_no_alias() -> None:
    found = read(rules("<source><address>bogons</address></source>"), version="22.9")

    assert said(found) == [
        (
            "FW307: pfSense leaves the rule out: its source means no address: "
            "there is no alias `bogons`"
        )
    ]


def test_what_is_no_port_in_an_alias_of_ports_is_named() -> None:
    alias = "<aliases><alias><name>P</name><type>port</type><address>80 22-25</address></alias>"
    port = "<protocol>tcp</protocol><destination><any/><port>P</port></destination>"

    found = read(f"{alias}</aliases>" + rules(port))

    assert said(found) == ["FW902: only the device knows `22-25` in the alias P"]
    assert answer(found, dport=80).possible == {"accept"}
    assert answer(found, dport=81).possible == {"accept", "drop"}


def test_the_addresses_of_the_device_are_known_but_for_those_that_dhcp_gives() -> None:
    own = rules("<destination><network>(self)</network></destination>")

    assert said(read(own)) == []
    assert said(read(own, interface=_DHCP6)) == []
    assert said(
        read(own.replace("<rule>", "<rule><ipprotocol>inet6</ipprotocol>"), interface=_DHCP6)
    ) == ["FW902: only the device knows the address of wan (dhcp6)"]


_PLACES = [
    (_to("nosuch", "443"), "<address>nosuch</address>"),
    ("<source><not/><network>opt2</network></source>", "<network>opt2</network>"),
    ("<protocol>tcp</protocol>" + _to("WEB", "nosuch"), "<port>nosuch</port>"),
    (_to("WEB", "443"), "<port>443</port>"),
    (_to("CDN"), "<address>CDN</address>"),
    ("<interface>opt2</interface>", "<interface>opt2</interface>"),
    ("<sched>NIGHT</sched>", "<sched>NIGHT</sched>"),
    ("<gateway>NOGW</gateway>", "<gateway>NOGW</gateway>"),
]


@pytest.mark.parametrize(("what", "field"), _PLACES)
def test_a_remark_is_about_the_rule_and_names_the_part_that_matters(what: str, field: str) -> None:
    found = read(_ALIASES + _DAY + rules(what))

    gap = next(gap for gap in found.gaps if gap.check in ("FW307", "FW313"))
    assert gap.field is not None
    line = found.sources[0].lines[gap.field.line - 1]
    assert field == line[gap.field.column - 1 : gap.field.last_column]
    assert gap.span.column < gap.field.column


def test_a_rule_that_is_left_out_is_named_as_it_is_written() -> None:
    protocol = "<protocol>tcp</protocol><source><not/><address>NET</address></source>"
    found = read(rules(protocol + _to("nosuch", "443")))

    assert [gap.text for gap in found.gaps] == [
        "pass in quick on wan proto tcp from !NET to nosuch port 443"
    ]


# filter.inc, filter_generate_port: `a-b` is written as `a-1 >< b+1`, `a:b` as it stands.
RANGES = {
    "443": "accept",
    "https": "accept",
    "400-500": "accept",
    "400:500": "accept",
    "443:500": "accept",
    "400:443": "accept",
    "http:https": "accept",
    "80:https": "accept",
    "1-https": "accept",
    "https-65535": "accept",
    "443-443": "accept",
    "https-https": "accept",
    "444:500": "drop",
    "500-400": "drop",
    "500:400": "drop",
    "https:http": "drop",
    "https-500": "drop",
    "http-500": "accept",
    "http-https": "unknown",
    "80-https": "unknown",
}


@pytest.mark.parametrize("text", RANGES)
def test_a_range_of_ports_has_the_ends_that_pf_gets(text: str) -> None:
    side = f"<destination><any/><port>{text}</port></destination>"

    assert verdict(read(rules(f"<protocol>tcp</protocol>{side}")), dport=443) == RANGES[text]


# filter.inc takes the first letter of each; pfctl refuses flags that no packet can have.
FLAGS = {
    ("syn", "syn,ack"): "accept",
    ("s", "s,a"): "accept",
    ("SYN", "SYN,ACK"): "accept",
    ("ack", "syn,ack"): "drop",
    ("a", "s,a"): "drop",
    ("", "fin,cwr"): "accept",
    ("syn,fin", "syn,ack"): "unknown",
    ("syn", "syn,none"): "unknown",
    ("any", "syn"): "unknown",
    ("syn", ""): "accept",
    ("syn", "CWR,syn"): "unknown",
}


@pytest.mark.parametrize("case", FLAGS)
def test_flags_are_those_that_pf_gets(case: tuple[str, str]) -> None:
    of, among = case
    tested = f"<tcpflags1>{of}</tcpflags1><tcpflags2>{among}</tcpflags2>"

    found = read(rules(f"<protocol>tcp</protocol>{tested}"))
    assert verdict(found, tcp_flags=2) == FLAGS[case]
    assert bool(said(found)) is (FLAGS[case] == "unknown")


STATES = {
    "": "accept",
    "none": "accept",
    "sloppy state": "accept",
    "sloppy": "unknown",
    "keep": "unknown",
}


@pytest.mark.parametrize("text", STATES)
def test_a_word_for_states_that_pf_refuses_is_possible(text: str) -> None:
    assert verdict(read(rules(f"<statetype>{text}</statetype>"))) == STATES[text]


NAMES = {
    "opt1": "drop",
    "xopt1": "unknown",
    "lan,opt1": "unknown",
    "opt1ipx": "unknown",
    "opt9": "drop",
    "LAN": "drop",
}


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("version", ["19.1", "24.0"])
def test_a_name_in_which_pfsense_finds_another_is_possible(text: str, version: str) -> None:
    named = rules(f"<destination><network>{text}</network></destination>")

    assert verdict(read(named, version)) == NAMES[text]


# PHP's `empty` takes `0` for nothing, so that filter.inc does not ask for what it says.
ZEROS = {
    "<protocol>tcp</protocol><destination><any/><port>0</port></destination>": "accept",
    "<protocol>tcp</protocol><source><any/><port>0</port></source>": "accept",
    "<destination><any/><port>0</port></destination>": "accept",
    "<protocol>0</protocol>": "accept",
    "<tagged>0</tagged>": "accept",
    "<sched>0</sched>": "accept",
    "<destination><network>0</network></destination>": "drop",
    "<destination><network>0</network><address>10.1.0.10</address></destination>": "accept",
    "<interface>0</interface>": "drop",
    "<disabled>0</disabled>": "drop",
    "<floating>yes</floating><interface>0</interface>": "drop",
    "<floating>yes</floating><direction>0</direction>": "unknown",
}


@pytest.mark.parametrize("what", ZEROS)
def test_what_says_zero_says_nothing(what: str) -> None:
    assert verdict(read(rules(what))) == ZEROS[what]


def test_an_icmp_type_of_zero_is_every_one() -> None:
    echo = rules("<protocol>icmp</protocol><icmptype>{}</icmptype>")

    for text, expected in (
        ("0", "accept"),
        ("echorep", "drop"),
        ("0,8", "accept"),
        ("8", "accept"),
    ):
        found = read(echo.format(text))
        assert verdict(found, proto=1, icmp_type=8, sport=0, dport=0) == expected, text


def test_a_port_forward_to_port_zero_is_one_of_every_port() -> None:
    forward = (
        "<nat><rule><interface>wan</interface><protocol>tcp</protocol><source><any/></source>"
        "<destination><network>wanip</network><port>0</port></destination>"
        "<target>10.1.0.10</target><associated-rule-id>pass</associated-rule-id></rule></nat>"
    )

    assert verdict(read(forward), dst="198.51.100.2", dport=443) == "accept"
