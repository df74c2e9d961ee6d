"""What OPNsense's interfaces are called, which addresses they have, and what lies behind them."""

import pytest

from flowmodel.addresses import Addresses
from flowmodel.source import Source
from parsers.pf.opnsense.interfaces import endpoint_of, interfaces
from parsers.pf.opnsense.texts import known
from parsers.pf.xml import Element, read_xml
from tests.parsers.pf.opnsense.reading import links_of

_NOWHERE = Addresses()


def _text(*sections: str, more: str = "") -> str:
    return f"<opnsense><interfaces>{''.join(sections)}</interfaces>{more}</opnsense>"


def _root(*sections: str, more: str = "") -> Element:
    return read_xml(Source("config.xml", [_text(*sections, more=more)]))


def _interface(name: str, device: str, inside: str = "", *, enabled: bool = True) -> str:
    return f"<{name}>{'<enable>1</enable>' if enabled else ''}<if>{device}</if>{inside}</{name}>"


_STATIC = "<ipaddr>10.1.0.1</ipaddr><subnet>24</subnet>"
_ROUTE = """<staticroutes><route><network>10.9.0.0/16</network><gateway>INNER</gateway></route>
<route><network>10.8.0.0/16</network><gateway>INNER</gateway><disabled>1</disabled></route>
</staticroutes><gateways><gateway_item><name>INNER</name><interface>lan</interface>
<gateway>10.1.0.9</gateway></gateway_item></gateways>"""
_WIREGUARD = """<OPNsense><wireguard><server><servers><server><enabled>1</enabled>
<instance>0</instance><tunneladdress>10.6.0.1/24,2001:db8:6::1/64</tunneladdress></server>
</servers></server></wireguard></OPNsense>"""


@pytest.mark.parametrize(
    ("sections", "names"),
    [
        ((_interface("lan", "em1"),), ("lan", "em1")),
        ((_interface("lan", "em1", "<descr>Office</descr>"),), ("lan", "em1", "office")),
        ((_interface("lan", "em1", "<descr>LAN</descr>"),), ("lan", "em1")),
        (
            (_interface("lan", "em1", "<descr>WAN</descr>"), _interface("wan", "em0")),
            ("lan", "em1"),
        ),
        (
            (
                _interface("lan", "em1", "<descr>Room</descr>"),
                _interface("wan", "em0", "<descr>room</descr>"),
            ),
            ("lan", "em1"),
        ),
    ],
)
def test_an_interface_has_names_that_no_other_has(
    sections: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert interfaces(_root(*sections)).by_id["lan"].names == names


@pytest.mark.parametrize(
    ("inside", "device", "more", "networks", "unread"),
    [
        (_STATIC, "em1", "", known("10.1.0.0/24"), ()),
        ("", "em1", "", _NOWHERE, ()),
        ("<ipaddr>none</ipaddr>", "igb0_vlan10", "", _NOWHERE, ()),
        ("<ipaddr>dhcp</ipaddr>", "em1", "", _NOWHERE, ("the IPv4 network of lan (dhcp)",)),
        (
            "<ipaddrv6>track6</ipaddrv6>",
            "em1",
            "",
            _NOWHERE,
            ("the IPv6 network of lan (track6)",),
        ),
        (
            "",
            "ovpns1",
            "",
            _NOWHERE,
            ("the IPv4 network of lan (ovpns1)", "the IPv6 network of lan (ovpns1)"),
        ),
        ("", "wg0", _WIREGUARD, known("10.6.0.0/24") | known("2001:db8:6::/64"), ()),
        (
            _STATIC,
            "em1",
            (
                "<virtualip><vip><interface>lan</interface><mode>carp</mode>"
                "<subnet>192.0.2.9</subnet><subnet_bits>29</subnet_bits></vip></virtualip>"
            ),
            known("10.1.0.0/24") | known("192.0.2.8/29"),
            (),
        ),
    ],
)
def test_an_interface_has_networks(
    inside: str, device: str, more: str, networks: Addresses, unread: tuple[str, ...]
) -> None:
    found = interfaces(_root(_interface("lan", device, inside), more=more)).by_id["lan"]

    assert (found.networks, found.unread_networks) == (networks, unread)


def test_an_unknown_address_is_in_no_network_of_another_interface() -> None:
    root = _root(
        _interface("wan", "em0", "<ipaddr>dhcp</ipaddr>"), _interface("lan", "em1", _STATIC)
    )
    found = interfaces(root)

    endpoint = endpoint_of(found, [found.by_id["wan"]], networks=False)

    assert endpoint.unread == (
        "the IPv4 address of wan (dhcp)",
        "the link-local address of wan",
    )
    assert endpoint.within.v4 == ((0, 0x0A00FFFF), (0x0A010100, 0xFFFFFFFF))
    assert endpoint.within.v6 == known("fe80::/10").v6


@pytest.mark.parametrize(
    ("inside", "more", "is_outside"),
    [
        (_STATIC, "", False),
        (_STATIC + "<gateway>none</gateway>", "", False),
        (_STATIC + "<gateway>GW</gateway>", "", True),
        ("<ipaddr>dhcp</ipaddr>", "", True),
        ("<ipaddr>pppoe</ipaddr>", "", True),
        # It is the only gateway.
        (_STATIC, _ROUTE, True),
        (_STATIC, _ROUTE.replace("<gateway>10.1.0.9", "<defaultgw>1</defaultgw><gateway>"), True),
    ],
)
def test_the_rest_of_the_world_is_behind_interfaces_with_a_gateway(
    inside: str, more: str, *, is_outside: bool
) -> None:
    text = _text(_interface("lan", "em1", inside), more=more)

    assert [link.is_outside for link in links_of(text)] == [is_outside]


def test_links_tell_networks_and_what_static_routes_lead_to() -> None:
    text = _text(
        _interface("lan", "em1", _STATIC),
        _interface("opt1", "em2", enabled=False),
        _interface("lo0", "lo0"),
        more=_ROUTE,
    )

    assert [(link.names, link.addresses) for link in links_of(text)] == [
        (("lan", "em1"), known("10.1.0.0/24") | known("10.9.0.0/16"))
    ]


def test_a_group_has_the_names_and_networks_of_its_members() -> None:
    root = _root(
        _interface("lan", "em1", _STATIC),
        _interface("opt1", "em2", "<ipaddr>10.2.0.1</ipaddr><subnet>24</subnet>"),
        more="<ifgroups><ifgroupentry><ifname>Inner</ifname><members>lan,opt1</members>"
        "<sequence>7</sequence></ifgroupentry></ifgroups>",
    )
    found = interfaces(root)

    group = found.by_id["inner"]

    assert group.names == ("Inner", "lan", "em1", "opt1", "em2")
    assert group.networks == known("10.1.0.0/24") | known("10.2.0.0/24")
    assert found.groups == {"inner": 7}


def test_the_group_of_openvpn_holds_its_devices() -> None:
    root = _root(
        _interface("opt3", "ovpns1"),
        _interface("openvpn", "openvpn", "<type>group</type>"),
    )

    group = interfaces(root).by_id["openvpn"]

    assert group.names == ("openvpn", "ovpns*", "ovpnc*", "opt3", "ovpns1")


_PEERS = """<OPNsense><wireguard><server><servers><server><enabled>1</enabled>
<instance>0</instance><tunneladdress>10.6.0.1/24</tunneladdress><peers>p1,p2</peers></server>
</servers></server><client><clients>
<client uuid="p1"><enabled>1</enabled><tunneladdress>10.6.0.2/32,10.60.0.0/16</tunneladdress>
</client>
<client uuid="p2"><enabled>0</enabled><tunneladdress>10.61.0.0/16</tunneladdress></client>
</clients></client></wireguard>
<OpenVPN><Instances><Instance><enabled>1</enabled><role>server</role><vpnid>3</vpnid>
<server>10.8.0.0/24</server><route>10.80.0.0/16,0.0.0.0/0</route></Instance></Instances></OpenVPN>
<Swanctl><children><child><enabled>1</enabled><mode>tunnel</mode>
<remote_ts>10.90.0.0/16</remote_ts></child></children></Swanctl></OPNsense>
<openvpn><openvpn-server><vpnid>1</vpnid><tunnel_network>10.9.0.0/24</tunnel_network>
</openvpn-server><openvpn-client><vpnid>2</vpnid><disable>1</disable>
<tunnel_network>10.10.0.0/24</tunnel_network></openvpn-client></openvpn>
<ipsec><enable>1</enable><phase2><mode>tunnel</mode><remoteid><address>10.91.0.0</address><netbits>16</netbits>
</remoteid></phase2></ipsec>"""
_GROUP = "<type>group</type><virtual>1</virtual>"


def test_the_networks_of_tunnels_are_behind_their_interfaces_and_the_rest_behind_their_groups() -> (
    None
):
    text = _text(
        _interface("opt1", "wg0"),
        _interface("enc0", "enc0", "<type>none</type><virtual>1</virtual>"),
        _interface("opt2", "ovpns1"),
        _interface("openvpn", "openvpn", _GROUP),
        _interface("wireguard", "wireguard", _GROUP),
        more=_PEERS,
    )

    assert {link.names[0]: link.addresses for link in links_of(text)} == {
        "opt1": known("10.6.0.0/24") | known("10.60.0.0/16"),
        "enc0": known("10.90.0.0/16") | known("10.91.0.0/16"),
        "opt2": known("10.9.0.0/24"),
        "openvpn": known("10.8.0.0/24") | known("10.80.0.0/16"),
    }
