"""Interfaces as links, the system's own rules, and what changes the filter at run time."""

from typing import Any

import pytest

from flowmodel.ruleset import RuleSet
from parsers.pf.values import of_text
from tests.parsers.pf.reading import (
    answer,
    read,
    rules,
    said,
    titles,
    verdict,
    whole,
)
from tests.parsers.pf.reading import (
    of_text as read_text,
)

_ROUTES = """<gateways><gateway_item><interface>wan</interface><gateway>198.51.100.1</gateway>
<name>GW</name></gateway_item><gateway_item><interface>lan</interface><gateway>10.1.0.254</gateway>
<name>BRANCH</name></gateway_item></gateways>
<staticroutes><route><network>10.77.0.0/16</network><gateway>BRANCH</gateway></route>
<route><network>10.78.0.0/16</network><gateway>BRANCH</gateway><disabled/></route></staticroutes>"""


def _links(ruleset: RuleSet) -> dict[str, tuple[tuple[str, ...], bool]]:
    return {link.names[0]: (link.names[1:], link.is_outside) for link in ruleset.links}


def test_interfaces_have_all_their_names_and_the_networks_behind_them() -> None:
    found = read(_ROUTES)

    assert _links(found) == {
        "wan": (("em0",), True),
        "lan": (("em1", "office"), False),
        "opt1": (("em2", "dmz"), False),
    }
    assert of_text("10.1.0.0/24", "10.77.0.0/16") == found.links[1].addresses


def test_a_description_that_two_interfaces_have_is_no_name() -> None:
    found = read_text(
        "<pfsense><interfaces><wan><enable/><if>em0</if><descr>lan</descr></wan>"
        "<lan><enable/><if>em1</if><descr>X</descr></lan>"
        "<opt1><enable/><if>em2</if><descr>x</descr></opt1></interfaces></pfsense>"
    )

    assert (_links(found)) == {
        "wan": (("em0",), False),
        "lan": (("em1",), False),
        "opt1": (("em2",), False),
    }


def test_rules_know_their_interface_by_all_its_names() -> None:
    found = read(rules("<interface>lan</interface>"))

    for name in ("lan", "em1", "office"):
        assert verdict(found, in_name=name, out_name="em2", src="10.1.0.9",
                                   dst="10.2.0.9") == "accept"  # fmt: skip
    assert verdict(found, in_name="em2", out_name="em1") == "drop"


def test_the_system_rules_come_first_and_the_default_deny_last() -> None:
    found = titles(read(rules("<type>pass</type>")))

    assert found.index("block quick proto tcp/udp to port 0") < found.index(
        "pass in quick on lan proto tcp to (lan) port 443, 80: anti-lockout"
    )
    assert found.index("pass in quick on wan from any to any") > found.index(
        "pass in quick on lan proto tcp to (lan) port 443, 80: anti-lockout"
    )
    assert found[-1] == "block in all: default deny"


def test_without_ipv6_allowed_none_passes() -> None:
    text = rules("<ipprotocol>inet6</ipprotocol>")
    without = read_text(
        "<pfsense><interfaces><wan><enable/><if>em0</if></wan></interfaces>" + text + "</pfsense>"
    )
    packet: dict[str, Any] = {"family": 6, "src": "2001:db8::9", "dst": "2001:db8::1"}

    assert verdict(read(text), **packet) == "accept"
    assert (
        answer(without, **packet).text
    ) == "block in quick inet6 (IPv6 is not allowed: System, Advanced)"


def test_filtering_that_is_switched_off_lets_everything_pass() -> None:
    found = read(rules("<type>block</type>"), system="<disablefilter/>")

    assert verdict(found) == "accept"
    assert said(found) == ["FW313: packet filtering is switched off: everything passes"]


def test_a_captive_portal_may_stop_everybody() -> None:
    portal = "<captiveportal><guests><enable/><interface>wan</interface></guests></captiveportal>"
    found = read(portal + rules("<type>pass</type>"))

    assert verdict(found) == "unknown"
    assert (said(found)) == [
        "FW902: the captive portal guests lets only users pass that are logged in"
    ]


def test_packages_that_change_the_filter_are_remarked() -> None:
    packages = """<installedpackages><package><name>pfBlockerNG</name>
    <filter_rule_function>pfb_rules</filter_rule_function></package>
    <miniupnpd><config><enable>on</enable></config></miniupnpd>
    <crowdsec><config><enable_fw_bouncer>on</enable_fw_bouncer></config></crowdsec>
    <suricata><config><enable>off</enable></config></suricata></installedpackages>"""

    assert said(read(packages)) == [
        "FW902: the package pfBlockerNG adds rules that are not in the export",
        "FW902: UPnP can open ports at run time",
        "FW902: CrowdSec can block hosts at run time",
    ]


_UPNP = "<installedpackages><miniupnpd><config>{}</config></miniupnpd></installedpackages>"


@pytest.mark.parametrize(
    ("inside", "on_wan", "on_dmz"),
    [
        ("<enable>on</enable>", "unknown", "drop"),
        ("<enable/><ext_iface>wan</ext_iface>", "unknown", "drop"),
        ("<enable>on</enable><ext_iface>opt1</ext_iface>", "drop", "unknown"),
        ("<enable>on</enable><ext_iface>gone</ext_iface>", "unknown", "unknown"),
        ("<enable>off</enable>", "drop", "drop"),
        ("", "drop", "drop"),
    ],
)
def test_what_comes_in_may_be_opened_by_upnp(inside: str, on_wan: str, on_dmz: str) -> None:
    found = read(_UPNP.format(inside))
    blocked = read(rules("<type>block</type>") + _UPNP.format(inside))

    assert verdict(found) == on_wan
    assert verdict(found, in_name="em2", src="10.2.0.9") == on_dmz
    assert verdict(blocked) == "drop"


def test_a_tunnel_has_its_networks_behind_it_and_not_the_world() -> None:
    tunnel = """<openvpn><openvpn-client><vpnid>1</vpnid><tunnel_network>10.255.0.0/30
    </tunnel_network><remote_network>10.99.0.0/24</remote_network></openvpn-client></openvpn>"""
    found = read_text(
        "<pfsense><interfaces><wan><enable/><if>em0</if><ipaddr>dhcp</ipaddr></wan>"
        f"<opt1><enable/><if>ovpnc1</if><descr>HQ</descr></opt1></interfaces>{tunnel}</pfsense>"
    )

    assert _links(found) == {"wan": (("em0",), True), "opt1": (("ovpnc1", "hq"), False)}
    assert found.links[1].addresses == of_text("10.255.0.0/30", "10.99.0.0/24")


def test_what_only_the_device_knows_is_named_for_the_families_of_the_rule() -> None:
    found = read_text(
        "<pfsense><interfaces><wan><enable/><if>em0</if><ipaddr>dhcp</ipaddr>"
        "<ipaddrv6>slaac</ipaddrv6></wan></interfaces>"
        + rules("<destination><network>wanip</network></destination>")
        + "</pfsense>"
    )

    assert said(found) == ["FW902: only the device knows the address of wan (dhcp)"]


_ROW = "<row><address>{}</address><mask>{}</mask></row>"
_WIREGUARD = f"""<installedpackages><wireguard>
<tunnels><item><name>tun_wg0</name><enabled>yes</enabled>
<addresses>{_ROW.format("10.66.0.1", 24)}</addresses></item></tunnels>
<peers><item><tun>tun_wg0</tun><enabled>yes</enabled>
<allowedips>{_ROW.format("192.168.9.0", 24)}{_ROW.format("0.0.0.0", 0)}</allowedips></item>
<item><tun>tun_wg0</tun><enabled>no</enabled>
<allowedips>{_ROW.format("192.168.8.0", 24)}</allowedips></item></peers>
</wireguard></installedpackages>"""


def _assigned(device: str) -> str:
    more = f"<opt3><enable/><if>{device}</if><descr>VPN</descr></opt3></interfaces>"
    return whole(_WIREGUARD).replace("</interfaces>", more)


def test_behind_a_tunnel_of_wireguard_are_its_addresses_and_those_of_its_peers() -> None:
    inside = of_text("10.66.0.0/24", "192.168.9.0/24")

    alone, assigned = read(_WIREGUARD), read_text(_assigned("tun_wg0"))

    assert (("wireguard",), inside) == (alone.links[-1].names, alone.links[-1].addresses)
    assert assigned.links[-1].names == ("opt3", "tun_wg0", "vpn")
    assert inside == assigned.links[-1].addresses


def test_behind_a_server_that_people_dial_are_the_addresses_that_it_gives_them() -> None:
    l2tp = """<l2tp><mode>server</mode><localip>10.70.0.1</localip><remoteip>10.70.0.0</remoteip>
    <l2tp_subnet>25</l2tp_subnet></l2tp>"""

    found = read(l2tp).links[-1]

    assert (("l2tp",), of_text("10.70.0.0/25")) == (found.names, found.addresses)


def test_an_interface_without_networks_is_remarked() -> None:
    assert said(read_text(_assigned("em5"))) == [
        (
            "FW902: the export tells no network behind opt3: what comes in by it is judged only "
            "where the site's `interfaces:` names one"
        )
    ]


def _bridge(value: str, name: str = "net.link.bridge.pfil_member") -> str:
    tunable = f"<sysctl><item><tunable>{name}</tunable><value>{value}</value></item></sysctl>"
    return f"<bridges><bridged><members>lan,opt1</members></bridged></bridges>{tunable}"


_MEMBERS = "pf asks no rule of a bridge's members about what crosses the bridge ({})"
_BALANCER = "<load_balancer><virtual_server><name>web</name></virtual_server></load_balancer>"


@pytest.mark.parametrize(
    ("system", "pieces", "remark"),
    [
        (f"<{tag}>pfctl -d</{tag}>", "", "a command can change the filter at run time")
        for tag in ("shellcmd", "earlyshellcmd", "afterfilterchangeshellcmd")
    ]
    + [
        ("", _BALANCER, "the load balancer redirects to its servers at run time"),
        ("", _bridge("0"), _MEMBERS.format("net.link.bridge.pfil_member")),
    ],
)
def test_what_the_rules_do_not_show_is_said(system: str, pieces: str, remark: str) -> None:
    assert f"FW902: {remark}" in said(read(pieces, system=system))


@pytest.mark.parametrize(
    ("system", "pieces"),
    [
        ("<shellcmd></shellcmd>", ""),
        ("", "<load_balancer/>"),
        ("", _bridge("1")),
        ("", _bridge("default")),
        ("", _bridge("0", "net.link.bridge.pfil_onlyip")),
        ("", _bridge("0").partition("</bridges>")[2]),
    ],
)
def test_settings_that_change_nothing_are_not_said(system: str, pieces: str) -> None:
    assert said(read(pieces, system=system)) == said(read())
