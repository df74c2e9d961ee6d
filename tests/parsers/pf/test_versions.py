"""What older versions of pfSense make of the same configuration."""

from typing import Any

import pytest

from tests.parsers.pf.reading import answer, of_text, read, rules, said, titles, verdict, whole

_VIP = """<virtualip><vip><mode>ipalias</mode><interface>lan</interface><subnet>10.9.0.1</subnet>
<subnet_bits>24</subnet_bits><uniqid>1</uniqid></vip></virtualip>"""
_GROUPS = """<ifgroups><ifgroupentry><ifname>ALPHA</ifname><members>wan lan</members></ifgroupentry>
<ifgroupentry><ifname>BETA</ifname><members>wan</members></ifgroupentry></ifgroups>"""
_NOT_LAN = "<destination><network>lan</network><not/></destination>"


def test_all_but_several_networks_is_a_table_from_ce_2_8_on() -> None:
    found = read(_VIP + rules(_NOT_LAN))

    assert verdict(found, dst="10.1.0.10") == "drop"
    assert verdict(found, dst="10.9.0.10") == "drop"
    assert verdict(found, dst="8.8.8.8") == "accept"


def test_all_but_several_networks_was_two_rules_before() -> None:
    found = read(_VIP + rules(_NOT_LAN), version="22.9")

    assert verdict(found, dst="10.1.0.10") == "unknown"
    assert verdict(found, dst="8.8.8.8") == "accept"
    assert verdict(read(rules(_NOT_LAN), version="22.9"), dst="10.1.0.10") == "drop"


def test_an_interface_without_an_address_of_the_family_took_the_rule_away() -> None:
    what = "<ipprotocol>inet6</ipprotocol><source><network>lan</network></source>"

    assert said(read(rules(what))) == []
    assert said(read(rules(what), version="22.9")) == [
        "FW307: pfSense leaves the rule out: its source means no address: lan has no network"
    ]


def test_rules_of_groups_are_in_the_order_of_the_groups_from_ce_2_7_on() -> None:
    text = _GROUPS + rules(
        "<interface>BETA</interface><type>block</type>", "<interface>ALPHA</interface>"
    )

    assert answer(read(text)).text == "pass in quick on ALPHA from any to any"
    assert answer(read(text, version="21.7")).text == "block in quick on BETA from any to any"


def test_a_floating_rule_without_an_interface_that_exists_depends_on_the_version() -> None:
    text = rules("<floating>yes</floating><quick/><interface>opt2</interface>")

    assert verdict(read(text)) == "drop"
    assert verdict(read(text, version="21.7")) == "unknown"
    assert said(read(text, version="21.7")) == [
        "FW307: none of its interfaces exists or is enabled: opt2"
    ]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("", "unknown"),
        ("21.7", "unknown"),
        ("22.8", "unknown"),
        ("22.9", "accept"),
        ("23.3", "accept"),
        ("23.4", "unknown"),
        ("24.0", "unknown"),
    ],
)
def test_quick_at_a_match_rule_depends_on_the_version(version: str, expected: str) -> None:
    text = rules("<floating>yes</floating><quick/><type>match</type>", "<type>pass</type>")
    found = read(text, version=version)

    assert verdict(found) == expected
    remarks = ["FW902: whether `quick` ends at a match rule depends on the version"]
    assert said(found) == (remarks if expected == "unknown" else [])


def test_a_match_rule_tags_whatever_its_quick_means() -> None:
    match = "<floating>yes</floating><quick/><type>match</type><tag>A</tag>"
    text = rules(match, "<tagged>A</tagged>")

    assert verdict(read(text, version="23.3")) == "accept"
    assert verdict(read(text, version="24.0")) == "unknown"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("", "unknown"),
        ("22.9", "accept"),
        ("23.3", "accept"),
        ("23.5", "unknown"),
        ("24.0", "drop"),
        ("24.2", "drop"),
    ],
)
def test_answers_of_dhcp_have_a_tag_from_a_version_on(version: str, expected: str) -> None:
    text = whole("", version).replace("198.51.100.2</ipaddr><subnet>24</subnet>", "dhcp</ipaddr>")
    found = of_text(text.replace("<gateway>GW</gateway>", ""))

    assert verdict(found, proto=17, sport=67, dport=68) == expected


_POOL = """<nat><outbound><mode>advanced</mode><rule><interface>wan</interface>
<source><network>any</network></source><destination><any/></destination>{}</rule></outbound></nat>"""
_NEW = "<target>192.0.2.8</target><target_subnet>29</target_subnet>"
_OLD = (
    "<target>other-subnet</target><targetip>192.0.2.8</targetip>"
    "<targetip_subnet>29</targetip_subnet>"
)
_ONE = "<target>192.0.2.8</target><target_subnet>{}</target_subnet>"
_NINE = (
    "<type>block</type><interface>wan</interface><floating>yes</floating><quick/>"
    "<direction>out</direction><source><address>{}</address></source>"
)


@pytest.mark.parametrize(
    ("target", "version", "address", "expected"),
    [
        (_NEW, "24.0", "192.0.2.9", "unknown"),
        (_NEW, "24.0", "192.0.2.8/29", "drop"),
        (_NEW, "24.0", "192.0.2.16", "accept"),
        (_NEW, "23.1", "192.0.2.9", "unknown"),
        (_NEW, "22.9", "192.0.2.9", "accept"),
        (_NEW, "22.9", "192.0.2.8", "drop"),
        (_NEW, "23.0", "192.0.2.9", "unknown"),
        (_NEW, "", "192.0.2.8", "unknown"),
        (_OLD, "22.9", "192.0.2.9", "unknown"),
        (_OLD, "22.9", "192.0.2.8/29", "drop"),
        (_OLD, "24.0", "192.0.2.8/29", "unknown"),
        (_OLD, "", "192.0.2.8/29", "unknown"),
        (_ONE.format(32), "", "192.0.2.8", "drop"),
        (_ONE.format(""), "24.0", "192.0.2.8", "drop"),
        (_ONE.format("x"), "24.0", "192.0.2.8", "unknown"),
    ],
)  # fmt: skip
def test_the_pool_of_an_outbound_rule_is_written_by_version(
    target: str, version: str, address: str, expected: str
) -> None:
    inside = "<interface>lan</interface>"
    found = read(_POOL.format(target) + rules(_NINE.format(address), inside), version=version)
    asked: dict[str, Any] = {
        "in_name": "em1",
        "out_name": "em0",
        "src": "10.1.0.7",
        "dst": "8.8.8.8",
    }

    assert verdict(found, **asked) == expected


def test_without_a_version_what_depends_on_it_is_possible() -> None:
    both = "<ipprotocol>inet46</ipprotocol>"
    groups = _GROUPS + rules(
        "<interface>BETA</interface><type>block</type>", "<interface>ALPHA</interface>"
    )
    to_lan = "<destination><network>lan</network></destination>"

    assert verdict(read(groups, version="")) == "unknown"
    assert verdict(read(_VIP + rules(_NOT_LAN), version=""), dst="10.1.0.10") == "unknown"
    assert verdict(read(_VIP + rules(_NOT_LAN), version=""), dst="8.8.8.8") == "accept"
    assert verdict(read(_VIP + rules(to_lan), version=""), dst="10.9.0.10") == "accept"
    assert verdict(read(_GROUPS + rules(to_lan.replace("lan", "BETA")), version="")) == "drop"
    six: dict[str, Any] = {"family": 6, "src": "2001:db8:5::9", "dst": "2001:db8:1::10"}
    assert verdict(read(rules(both + _NOT_LAN), version=""), **six) == "unknown"
    assert verdict(read(rules(both + _NOT_LAN), version="24.0"), **six) == "accept"
    assert verdict(read(rules(both + _NOT_LAN), version="22.9"), **six) == "drop"


_OF_ESP = "<protocol>esp</protocol><destination><any/><port>GONE</port></destination>"


def test_a_port_alias_that_is_not_there_leaves_a_rule_without_ports_to_the_version() -> None:
    found = read(rules(_OF_ESP))

    assert verdict(found, proto=50, sport=0, dport=0) == "unknown"
    assert said(found) == [
        "FW307: there is no port alias `GONE`: whether it is loaded depends on the version"
    ]


def test_a_port_of_sctp_depends_on_the_version() -> None:
    found = read(
        rules("<protocol>sctp</protocol><destination><any/><port>36412</port></destination>")
    )

    assert verdict(found, proto=132, dport=0, sport=0) == "unknown"


def test_an_address_without_a_prefix_is_a_host_of_the_interface() -> None:
    text = rules("<ipprotocol>inet6</ipprotocol><destination><address>::5</address></destination>")
    asked: dict[str, Any] = {"family": 6, "src": "2001:db8:5::9", "dst": "2001:db8:1::5"}

    assert verdict(read(text), **asked) == "unknown"
    assert verdict(read(text, version="19.1"), **asked) == "drop"


@pytest.mark.parametrize("version", ["", "24.0", "23.3", "19.1", "17.9"])
def test_a_plain_rule_means_the_same_in_every_version(version: str) -> None:
    found = read(rules("<protocol>tcp</protocol>"), version=version)

    assert said(found) == []
    assert verdict(found) == "accept"
    assert "pass in quick on wan proto tcp from any to any" in titles(found)


@pytest.mark.parametrize("version", ["11.9", "16.9", "nan", "x"])
def test_what_is_no_version_that_is_read_is_remarked(version: str) -> None:
    assert said(read(version=version)) == [
        f"FW901: `{version}` is no version of CE 2.4 or later: what differs there is not read"
    ]


@pytest.mark.parametrize("version", ["24.1", "25.0", "199.9"])
def test_a_version_above_those_that_are_read_is_remarked(version: str) -> None:
    assert said(read(version=version)) == [
        f"FW902: `{version}` is newer than CE 2.8 (24.0): what differs there is not read"
    ]


_SOURCE = "<source><network>any</network></source>"
_OUTBOUND = (
    "<nat><outbound><mode>advanced</mode><rule><interface>wan</interface>{}</rule></outbound></nat>"
)
_LEFT = "FW307: pfSense leaves the translation out: it names no addresses"


@pytest.mark.parametrize(
    "ends",
    [_SOURCE, _SOURCE + "<destination></destination>", "<destination><any/></destination>"],
    ids=["no destination", "an empty destination", "no source"],
)
@pytest.mark.parametrize(("version", "expected"), [("24.0", [_LEFT]), ("22.9", [])])
def test_an_outbound_rule_without_an_end_is_none_from_ce_2_8_on(
    ends: str, version: str, expected: list[str]
) -> None:
    found = read(_OUTBOUND.format(ends), version=version)

    assert said(found) == expected


def test_an_outbound_rule_with_both_ends_is_one_in_every_version() -> None:
    text = _OUTBOUND.format(_SOURCE + "<destination><any/></destination>")

    for version in ("24.0", "22.9"):
        assert said(read(text, version=version)) == []
