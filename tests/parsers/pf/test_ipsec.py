"""On which interface pf asks its rules about what comes through a routed IPsec tunnel."""

import pytest

from flowmodel.source import Source
from parsers.pf.read import parse
from parsers.shared.context import Context
from tests.parsers.pf.reading import read, rules, said, verdict

_PFSENSE = """<ipsec>{mode}<phase1><ikeid>1</ikeid><interface>wan</interface>
<remote-gateway>203.0.113.9</remote-gateway></phase1>
<phase2><ikeid>1</ikeid><mode>vti</mode><protocol>esp</protocol></phase2></ipsec>{more}"""
_VTI = "<opt3><enable/><if>ipsec1</if><descr>VTI</descr></opt3></interfaces>"
_ENC0 = "<interface>enc0</interface><type>{}</type>"
_VTI_RULE = "<interface>opt3</interface><type>{}</type>"
_DEVICES = "<filtermode>if_ipsec</filtermode>"


def _tunable(**values: str) -> str:
    names = {
        "tunnel": "net.inet.ipsec.filtertunnel",
        "tunnel6": "net.inet6.ipsec6.filtertunnel",
        "into": "net.enc.in.ipsec_filter_mask",
        "out": "net.enc.out.ipsec_filter_mask",
        "other": "net.inet.ip.ttl",
    }
    items = "".join(
        f"<item><tunable>{names[name]}</tunable><value>{value}</value></item>"
        for name, value in values.items()
    )
    return f"<sysctl>{items}</sysctl>"


_ALL_SET = _tunable(tunnel="1", tunnel6="0x0001", into="0", out="0")


def _read(*given: str, mode: str = "", more: str = "", product: str = "pfsense") -> str:
    """The verdict on a packet that comes out of the tunnel, forwarded to lan."""
    pieces = rules(*given) + _PFSENSE.format(mode=mode, more=more)
    if product == "pfsense":
        from tests.parsers.pf.reading import of_text, whole

        found = of_text(whole(pieces).replace("</interfaces>", _VTI))
    else:
        text = _OPNSENSE.format(rules=rules(*given), more=more)
        found = parse(Source("config.xml", text.split("\n")), Context())
    return verdict(found, in_name="ipsec1", out_name="em1", src="10.7.0.9", dst="10.1.0.10")


_OPNSENSE = """<opnsense><system><webgui><noantilockout>1</noantilockout></webgui></system>
<interfaces>
<wan><enable>1</enable><if>em0</if><ipaddr>198.51.100.2</ipaddr><subnet>24</subnet></wan>
<lan><enable>1</enable><if>em1</if><ipaddr>10.1.0.1</ipaddr><subnet>24</subnet></lan>
<opt3><enable>1</enable><if>ipsec1</if><descr>VTI</descr></opt3>
<enc0><enable>1</enable><if>enc0</if><descr>IPsec</descr><type>none</type><virtual>1</virtual>
</enc0></interfaces>
{rules}{more}
</opnsense>"""


@pytest.mark.parametrize("product", ["pfsense", "opnsense"])
@pytest.mark.parametrize(
    ("enc0", "device", "more", "verdict_"),
    [
        # FreeBSD asks on enc0 and never on the device.
        ("pass", "block", "", "accept"),
        ("block", "pass", "", "drop"),
        # Tunables that say the same, or that have nothing to do with it.
        ("pass", "block", _tunable(into="2"), "accept"),
        ("pass", "block", _tunable(tunnel="default", other="64"), "accept"),
        # With all four it asks on the devices.
        ("pass", "block", _ALL_SET, "drop"),
        ("block", "pass", _ALL_SET, "accept"),
        # Some of them: nobody knows.
        ("pass", "block", _tunable(tunnel="1"), "unknown"),
        ("block", "pass", _tunable(into="0"), "unknown"),
        ("pass", "block", _tunable(into="zero"), "unknown"),
        ("pass", "pass", _tunable(tunnel="1"), "unknown"),
        ("block", "block", _tunable(tunnel="1"), "drop"),
    ],
)
def test_rules_for_a_routed_tunnel_count_where_pf_is_asked(
    product: str, enc0: str, device: str, more: str, verdict_: str
) -> None:
    given = (_ENC0.format(enc0), _VTI_RULE.format(device))

    assert _read(*given, more=more, product=product) == verdict_


@pytest.mark.parametrize(
    ("mode", "enc0", "device", "verdict_"),
    [
        ("<filtermode>enc</filtermode>", "pass", "block", "accept"),
        ("<filtermode/>", "block", "pass", "drop"),
        (_DEVICES, "pass", "block", "drop"),
        (_DEVICES, "block", "pass", "accept"),
        ("<filtermode>new</filtermode>", "block", "pass", "unknown"),
    ],
)
def test_pfsense_has_a_setting_for_it(mode: str, enc0: str, device: str, verdict_: str) -> None:
    assert _read(_ENC0.format(enc0), _VTI_RULE.format(device), mode=mode) == verdict_


@pytest.mark.parametrize(
    ("floating", "verdict_"),
    [
        # A floating rule for all interfaces, and one for others beside the tunnel's.
        ("<type>pass</type>", "accept"),
        ("<type>pass</type><interface>lan,opt3</interface>", "drop"),
        ("<type>pass</type><interface>lan,enc0</interface>", "accept"),
        ("<type>pass</type><interface>opt3</interface><direction>any</direction>", "drop"),
    ],
)
def test_floating_rules_count_by_their_interfaces(floating: str, verdict_: str) -> None:
    where = "" if "<interface>" in floating else "<interface></interface>"
    way = "" if "<direction>" in floating else "<direction>in</direction>"

    assert _read(f"<floating>yes</floating><quick/>{where}{way}{floating}") == verdict_


def test_tunnels_with_policies_are_uncertain_where_pf_is_asked_on_the_devices() -> None:
    pieces = rules(_ENC0.format("pass")) + _PFSENSE.format(mode=_DEVICES, more="")

    assert verdict(read(pieces), in_name="enc0", out_name="em1", src="10.7.0.9") == "unknown"


def test_a_rule_that_is_never_asked_is_said() -> None:
    from tests.parsers.pf.reading import of_text, whole

    pieces = rules(_VTI_RULE.format("pass")) + _PFSENSE.format(mode="", more="")
    found = said(of_text(whole(pieces).replace("</interfaces>", _VTI)))

    assert (
        "FW307: pf asks no rule of this interface about what comes in: "
        "IPsec is filtered on enc0" in found
    )
