"""An interface with a virtual address and no other one: pfSense finds that one on its device."""

import pytest

from flowmodel.ruleset import RuleSet
from tests.parsers.pf.reading import of_text, rules, said, verdict, whole

_VIP = (
    "<virtualip><vip><mode>{}</mode><interface>opt5</interface><subnet>{}</subnet>"
    "<subnet_bits>{}</subnet_bits><uniqid>a</uniqid></vip></virtualip>"
)
_FOUR = ("10.5.0.1", "24")
_SIX = ("2001:db8:5::1", "64")
_TOLD = "FW902: only the device knows the address of opt5 (a virtual address)"


def _read(end: str, vip: str, inside: str = "") -> RuleSet:
    destination = f"<destination><network>{end}</network></destination>"
    port = f"<opt5><enable/><if>em5</if><descr>V</descr>{inside}</opt5></interfaces>"
    return of_text(whole(vip + rules(destination)).replace("</interfaces>", port))


@pytest.mark.parametrize("mode", ["ipalias", "carp"])
def test_what_is_about_its_address_is_possible(mode: str) -> None:
    found = _read("opt5ip", _VIP.format(mode, *_FOUR))

    assert said(found) == [_TOLD]
    assert verdict(found, "input", dst="10.5.0.1") == "unknown"
    assert verdict(found, "input", dst="10.5.0.2") == "drop"


def test_what_is_about_its_network_or_the_device_is_known() -> None:
    vip = _VIP.format("ipalias", *_FOUR)

    assert verdict(_read("opt5", vip), dst="10.5.0.9", out_name="em5") == "accept"
    assert verdict(_read("(self)", vip), "input", dst="10.5.0.1") == "accept"
    assert said(_read("(self)", vip)) == said(_read("opt5", vip)) == []


@pytest.mark.parametrize(
    "vip",
    # The last two are on no interface.
    ["", _VIP.format("proxyarp", *_FOUR), _VIP.format("other", *_FOUR)],
)
def test_without_one_there_is_no_address(vip: str) -> None:
    found = _read("opt5ip", vip)

    assert any("opt5 has no address" in each for each in said(found))
    assert verdict(found, "input", dst="10.5.0.1") == "drop"


@pytest.mark.parametrize("vip", [_VIP.format("ipalias", "10.6.0.1", "24"), ""])
def test_one_beside_an_own_address_is_not_the_interface_s(vip: str) -> None:
    found = _read("opt5ip", vip, "<ipaddr>10.5.0.1</ipaddr><subnet>24</subnet>")

    assert said(found) == []
    assert verdict(found, "input", dst="10.5.0.1") == "accept"
    assert verdict(found, "input", dst="10.6.0.1") == "drop"


def test_each_family_has_its_own() -> None:
    own = "<ipaddr>10.5.0.1</ipaddr><subnet>24</subnet>"
    vip = _VIP.format("ipalias", *_SIX)

    assert verdict(_read("opt5ip", vip, own), "input", dst="10.5.0.1") == "accept"
    assert verdict(_read("opt5ip", vip), "input", dst="10.5.0.1") == "drop"
