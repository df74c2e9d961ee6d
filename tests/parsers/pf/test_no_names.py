"""What `<network>` and `<address>` hold that is no name: filter.inc, filter_generate_address."""

from typing import Any

import pytest

from tests.parsers.pf.reading import read, rules, said, verdict

NO_NAMES = [
    "10.1.0.0/24",
    "10.1.0.10",
    "10.1.0.1-10.1.0.20",
    "0.0.0.0/0",
    "2001:db8:1::/64",
    "any",
    "WEB",
    "lan net",
    "LAN",
    "443",
]
_WEB = """<aliases><alias><name>WEB</name><type>host</type><address>10.1.0.10</address></alias>
</aliases>"""
_LEFT = "FW307: pfSense leaves the rule out: its {} means no address: `{}` is no network"


@pytest.mark.parametrize("version", ["24.0", "23.3", "22.9", "19.1", ""])
@pytest.mark.parametrize("side", ["source", "destination"])
@pytest.mark.parametrize("negated", ["", "<not/>"])
@pytest.mark.parametrize("text", NO_NAMES)
def test_a_rule_whose_network_is_no_name_is_left_out(
    text: str, negated: str, side: str, version: str
) -> None:
    what = f"<{side}><network>{text}</network>{negated}</{side}>"
    for kind, ipprotocol in (("block", "inet"), ("block", "inet46")):
        rule = f"<type>{kind}</type><ipprotocol>{ipprotocol}</ipprotocol>{what}"
        found = read(_WEB + rules(rule, "<type>pass</type>"), version=version)

        assert verdict(found) == "accept"
        assert said(found)[0].startswith(_LEFT.format(side, text))


_FORWARD = """<nat><rule><interface>wan</interface><protocol>tcp</protocol>{}
<target>10.1.0.10</target><local-port>443</local-port><associated-rule-id>pass</associated-rule-id></rule></nat>"""
_ENDS = {
    "source": "<source><network>{}</network>{}</source>"
    "<destination><any/><port>443</port></destination>",
    "destination": "<source><any/></source>"
    "<destination><network>{}</network>{}<port>443</port></destination>",
}


@pytest.mark.parametrize("side", ["source", "destination"])
@pytest.mark.parametrize("negated", ["", "<not/>"])
@pytest.mark.parametrize("text", NO_NAMES)
def test_a_port_forward_whose_network_is_no_name_is_left_out(
    text: str, negated: str, side: str
) -> None:
    found = read(_WEB + _FORWARD.format(_ENDS[side].format(text, negated)))

    assert verdict(found, dst="198.51.100.2") == "drop"
    assert said(found)[0].startswith("FW307: pfSense leaves the translation out: its " + side)


def test_a_name_of_an_interface_is_one() -> None:
    lan = _ENDS["destination"].format("wanip", "")

    assert verdict(read(_FORWARD.format(lan)), dst="198.51.100.2") == "accept"


RANGES = ["10.1.0.1-10.1.0.20", "10.1.0.0-24", "10.1.0.0/33", "10.1.0.0/255.255.255.0", "443"]


@pytest.mark.parametrize("negated", ["", "<not/>"])
@pytest.mark.parametrize("text", RANGES)
def test_an_address_that_is_none_is_an_alias_that_is_not_there(text: str, negated: str) -> None:
    what = f"<type>block</type><source><address>{text}</address>{negated}</source>"
    found = read(rules(what, "<type>pass</type>"))

    assert verdict(found) == "accept"
    why = f"its source means no address: there is no alias `{text}`"
    assert said(found) == [f"FW307: pfSense leaves the rule out: {why}"]


def test_the_network_of_an_outbound_rule_may_be_a_prefix() -> None:
    rule = (
        "<nat><outbound><mode>advanced</mode><rule><interface>wan</interface><source>"
        "<network>{}</network></source><destination><any/></destination><target>192.0.2.9</target>"
        "</rule></outbound></nat>"
    )
    block = (
        "<type>block</type><floating>yes</floating><quick/><direction>out</direction>"
        "<interface>wan</interface><source><address>192.0.2.9</address></source>"
    )
    asked: dict[str, Any] = {
        "in_name": "em1",
        "out_name": "em0",
        "src": "10.1.0.7",
        "dst": "8.8.8.8",
    }
    filters = rules(block, "<interface>lan</interface>")

    assert verdict(read(rule.format("10.1.0.0/24") + filters), **asked) == "drop"
    assert verdict(read(rule.format("10.9.0.0/24") + filters), **asked) == "accept"
