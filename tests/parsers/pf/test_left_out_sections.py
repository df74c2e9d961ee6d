"""What pfSense makes of sections that are not there, and of values that are none."""

import pytest

from tests.parsers.pf.reading import of_text, read, said, whole

_WEB = "<webgui><protocol>https</protocol></webgui>"
_LOCKOUT = "pass in quick on lan proto tcp to (lan) port {}: anti-lockout"


def titles(text: str) -> list[str]:
    found = of_text(text)
    chains = [chain for table in found.tables for chain in table.chains.values()]
    return [rule.title for chain in chains for rule in chain.rules]


def test_without_a_web_section_the_anti_lockout_rule_is_there_all_the_same() -> None:
    assert _LOCKOUT.format("80") in titles(whole().replace(_WEB, ""))
    assert _LOCKOUT.format("443, 80") in titles(whole())


def test_what_switches_the_anti_lockout_rule_off_does_so() -> None:
    off = whole().replace(_WEB, "<webgui><noantilockout/></webgui>")

    assert not any("anti-lockout" in title for title in titles(off))


_FRAMES = "FW902: rules for Ethernet frames can drop packets before the rules that are read"


@pytest.mark.parametrize("tag", ["ethernet", "ethernetrules", "ether_rules", "layer2rules"])
def test_rules_for_ethernet_frames_are_said(tag: str) -> None:
    rules = f"<{tag}><rule><type>block</type></rule></{tag}>"

    assert said(read(rules)) == said(read(system=f"<{tag}/>")) == [_FRAMES]
    assert any(f"<{tag}>" in each for each in said(read(f"<filter>{rules}</filter>")))
    assert said(read("<l2tp/><dhcpd/>")) == []


_VIP = (
    "<virtualip><vip><mode>ipalias</mode><interface>wan</interface><subnet>198.51.100.9</subnet>"
    "<subnet_bits>{}</subnet_bits></vip></virtualip>"
)
_ALIAS = "<aliases><alias>{}<type>host</type><address>10.1.0.9</address></alias></aliases>"
ODD = {
    "a length": (_VIP.format("32x9"), "<subnet_bits> is no length of a network that is known here"),
    "a name": (_ALIAS.format(""), "<name> is no name of an alias that is known here"),
}
NO_OPS = {
    "a length": (_VIP.format("32"), "length of a network"),
    "a name": (_ALIAS.format("<name>web</name>"), "name of an alias"),
}


@pytest.mark.parametrize(("pieces", "message"), ODD.values(), ids=ODD)
def test_a_value_that_is_none_is_said(pieces: str, message: str) -> None:
    assert f"FW901: {message}" in said(read(pieces))


@pytest.mark.parametrize(("pieces", "words"), NO_OPS.values(), ids=NO_OPS)
def test_a_value_that_is_one_is_not_remarked(pieces: str, words: str) -> None:
    assert not any(words in each for each in said(read(pieces)))


def test_a_port_of_the_device_that_is_none_is_said() -> None:
    odd = whole().replace(_WEB, "<webgui><port>80x9</port></webgui>")

    assert "FW901: <port> is no port that is known here" in said(of_text(odd))
    assert not any("is no port" in each for each in said(of_text(whole())))
