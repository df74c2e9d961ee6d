"""What older versions of pfSense make of the same configuration."""

import pytest

from tests.parsers.pf.reading import answer, read, rules, said, titles, verdict

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


def test_quick_at_a_match_rule_depends_on_the_version() -> None:
    text = rules("<floating>yes</floating><quick/><type>match</type>", "<type>pass</type>")

    assert verdict(read(text)) == "drop"
    assert verdict(read(text, version="21.7")) == "unknown"


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
