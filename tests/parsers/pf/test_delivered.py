"""What is for the firewall itself, or for everyone in a network, is forwarded by no rule."""

import pytest

from tests.oracles.opnsense.facts import BASE
from tests.parsers.pf.reading import of_text, read, rules, said, verdict, whole

_ANY = "<interface>wan</interface>"
_TO = "<destination><address>{}</address></destination>"
_SELF = "<destination><network>{}</network></destination>"
_VIP = """<virtualip><vip><mode>{}</mode><interface>wan</interface><subnet>192.0.2.9</subnet>
<subnet_bits>32</subnet_bits></vip></virtualip>"""
_DYNAMIC = "198.51.100.2</ipaddr><subnet>24</subnet>\n<gateway>GW</gateway>"


@pytest.mark.parametrize("own", ["198.51.100.2", "10.1.0.1", "10.2.0.1", "127.0.0.1"])
def test_what_is_for_an_own_address_comes_in_and_does_not_leave(own: str) -> None:
    found = read(rules(_TO.format(own)))

    assert verdict(found, dst=own) == "drop"
    assert verdict(found, "input", dst=own) == "accept"
    # A network that is asked about has the device's address in it, too.
    assert verdict(read(rules(_ANY)), dst=own) == "accept"
    assert verdict(read(rules(_TO.format("10.0.0.0/8"))), dst="10.1.0.1") == "accept"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("ipalias", "drop"), ("carp", "drop"), ("proxyarp", "accept"), ("other", "accept")],
)
def test_a_virtual_address_is_an_own_one_if_an_interface_has_it(mode: str, expected: str) -> None:
    assert (
        verdict(read(_VIP.format(mode) + rules(_TO.format("192.0.2.9"))), dst="192.0.2.9")
        == expected
    )


def test_what_is_redirected_from_an_own_address_is_forwarded() -> None:
    forward = (
        "<nat><rule><interface>wan</interface><protocol>tcp</protocol><source><any/></source>"
        "<destination><network>wanip</network><port>443</port></destination>"
        "<target>10.1.0.10</target><local-port>443</local-port>"
        "<associated-rule-id>pass</associated-rule-id></rule></nat>"
    )

    assert verdict(read(forward), dst="198.51.100.2") == "accept"


def test_a_limited_broadcast_is_not_forwarded() -> None:
    found = read(rules(_TO.format("255.255.255.255")))

    assert verdict(found, dst="255.255.255.255") == "drop"
    assert verdict(found, "input", dst="255.255.255.255") == "accept"


@pytest.mark.parametrize("name", ["(self)", "wanip"])
def test_what_a_rule_passes_to_an_unknown_own_address_is_not_forwarded(name: str) -> None:
    text = whole(rules(_SELF.format(name))).replace(_DYNAMIC, "dhcp</ipaddr>")
    found = of_text(text)

    assert verdict(found, dst="203.0.113.5") == "drop"
    assert verdict(found, "input", dst="203.0.113.5") == "unknown"
    everything = of_text(whole(rules(_ANY)).replace(_DYNAMIC, "dhcp</ipaddr>"))
    assert verdict(everything, dst="203.0.113.5") == "accept"


def test_an_unknown_own_address_is_in_no_static_network_of_another_interface() -> None:
    text = whole(rules(_SELF.format("(self)"))).replace(_DYNAMIC, "dhcp</ipaddr>")

    assert verdict(of_text(text), "input", dst="10.1.0.10") == "drop"
    assert verdict(of_text(text), "input", dst="10.1.0.1") == "accept"


def test_opnsense_delivers_what_is_for_itself_too() -> None:
    rule = "<rule><type>pass</type><interface>wan</interface>{}</rule>"
    for end in (_SELF.format("(self)"), _SELF.format("lanip"), _TO.format("10.1.0.1")):
        found = of_text(BASE.format(model="", older=f"<filter>{rule.format(end)}</filter>"))
        assert verdict(found, dst="10.1.0.1") == "drop"
        assert verdict(found, "input", dst="10.1.0.1") == "accept"


_NONE = (
    "FW902: no interface has a gateway, wan neither: what comes from the internet is judged only "
    "where the site's `interfaces:` says where it is"
)


def test_an_export_without_a_gateway_says_that_the_internet_is_nowhere() -> None:
    gateway = "<gateway>GW</gateway>"

    assert said(of_text(whole().replace(gateway, ""))) == [_NONE]
    opnsense = BASE.format(model="", older="").replace(gateway, "")
    # The only gateway is the default one, whether the interface names it or not.
    assert said(of_text(opnsense)) == []
    assert said(
        of_text(opnsense.replace("<gateway_item><disabled>0", "<gateway_item><disabled>1"))
    ) == [_NONE]
    assert said(of_text(whole())) == []
