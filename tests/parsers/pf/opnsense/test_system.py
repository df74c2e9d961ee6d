"""The rules that OPNsense makes itself, in pf's order (filter.lib.inc and its plugins)."""

import pytest

from parsers.pf.rules import Configuration
from tests.oracles.opnsense.facts import rules
from tests.parsers.pf.opnsense.reading import configuration, of_text

_INTERFACE = "<interfaces><lan><enable>1</enable><if>em1</if>{}</lan></interfaces>"
_KEA = """<Kea><dhcp4><general><enabled>1</enabled><fwrules>{}</fwrules>
<interfaces>lan</interfaces></general></dhcp4></Kea>"""
_PHASE1 = """<ipsec><enable/><phase1><ikeid>1</ikeid><interface>lan</interface>
<remote-gateway>{}</remote-gateway><descr>Branch</descr></phase1>
<phase2><ikeid>1</ikeid><protocol>esp</protocol></phase2></ipsec>"""
_PORTAL = """<OPNsense><captiveportal><zones><zone><enabled>{}</enabled>
<interfaces>lan</interfaces></zone></zones></captiveportal></OPNsense>"""
_UPNP = "<installedpackages><miniupnpd><config><enable>{}</enable></config></miniupnpd>"


_NO_IPV6 = """<OPNsense><Interfaces><settings><disableipv6>1</disableipv6></settings></Interfaces>
</OPNsense>"""


def _titles(found: Configuration) -> list[str]:
    return [rule.title for rule in found.rules]


def _system(*sections: str, inside: str = "", ipv6: bool = False) -> list[str]:
    """The titles beside those that are always there."""
    system = "<system><webgui><noantilockout/></webgui></system>"
    if ipv6:
        system = system.replace("<webgui>", "<ipv6allow/><webgui>")
    elif not any("<OPNsense>" in section for section in sections):
        system += _NO_IPV6
    text = f"<opnsense>{system}{_INTERFACE.format(inside)}{''.join(sections)}</opnsense>"
    usual = _titles(of_text(f"<opnsense>{system}{_INTERFACE.format('')}</opnsense>"))
    return [title for title in _titles(of_text(text)) if title not in usual]


def test_the_rules_of_the_system_stand_before_those_of_the_user() -> None:
    assert _titles(configuration(rules({"description": "Mine"}))) == [
        "pass quick on lo0, pfsync0 (set skip)",
        'block in from any to any "Default deny / state violation rule"',
        'pass in quick inet6 proto ipv6-icmp from any to any "IPv6 RFC4890 requirements (ICMP)"',
        (
            "pass out quick inet6 proto ipv6-icmp from (self) to fe80::/10,ff02::/16 "
            '"IPv6 RFC4890 requirements (ICMP)"'
        ),
        (
            "pass in quick inet6 proto ipv6-icmp from fe80::/10 to fe80::/10,ff02::/16 "
            '"IPv6 RFC4890 requirements (ICMP)"'
        ),
        (
            "pass in quick inet6 proto ipv6-icmp from ff02::/16 to fe80::/10 "
            '"IPv6 RFC4890 requirements (ICMP)"'
        ),
        (
            'pass in quick inet6 proto ipv6-icmp from :: to ff02::/16 "IPv6 RFC4890 requirements '
            '(ICMP)"'
        ),
        'block in quick proto tcp/udp from any port 0 to any "block all targeting port 0"',
        'block in quick proto tcp/udp from any to any port 0 "block all targeting port 0"',
        'pass out from any to any "let out anything from firewall host itself"',
        'pass in quick on lan proto tcp from any to (self) port 80 "anti-lockout rule"',
        'pass in quick on lan proto tcp from any to (self) port 443 "anti-lockout rule"',
        (
            'pass in quick on wan inet proto tcp from any to any "Mine" '
            "(uuid 00000000-0000-4000-8000-000000000000)"
        ),
    ]


@pytest.mark.parametrize(
    ("inside", "titles"),
    [
        (
            "<blockbogons>1</blockbogons>",
            ['block in quick on lan inet from bogons to any "Block bogon networks from lan"'],
        ),
        (
            "<blockpriv>1</blockpriv><descr>Inner</descr>",
            [
                (
                    "block in quick on lan inet from 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,"
                    '100.64.0.0/10,169.254.0.0/16 to any "Block private networks from Inner"'
                )
            ],
        ),
        (
            "<ipaddr>dhcp</ipaddr>",
            [
                (
                    'pass in quick on lan proto udp from any port 67 to any port 68 "allow DHCP '
                    'client"'
                ),
                (
                    'pass out quick on lan proto udp from any port 68 to any port 67 "allow DHCP '
                    'client"'
                ),
            ],
        ),
        ("<ipaddr>10.1.0.1</ipaddr><subnet>24</subnet>", []),
        ("<blockbogons>0</blockbogons><blockpriv></blockpriv>", []),
        ("<ipaddrv6>dhcp6</ipaddrv6>", []),
    ],
)
def test_an_interface_has_rules_of_its_own(inside: str, titles: list[str]) -> None:
    assert _system(inside=inside) == titles


def test_a_client_of_dhcpv6_has_rules_where_ipv6_is_allowed() -> None:
    with_client = _system(inside="<ipaddrv6>dhcp6</ipaddrv6>", ipv6=True)
    without = _system(ipv6=True)

    assert [title for title in with_client if title not in without] == [
        'pass in quick on lan proto udp from any to fe80::/10 port 546 "allow dhcpv6 client"',
        (
            "pass out quick on lan proto udp from fe80::/10 port 546 to fe80::/10,ff02::/16 "
            'port 547 "allow dhcpv6 client"'
        ),
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (_NO_IPV6, [()]),
        ("<system/>", [("whether this version of OPNsense blocks IPv6",)]),
        ("<system><ipv6allow/></system>", []),
        (_NO_IPV6.replace("1", "0"), []),
    ],
    ids=["switched off", "nothing tells", "allowed", "not switched off"],
)
def test_without_ipv6_all_of_it_is_blocked(said: str, expected: list[tuple[str, ...]]) -> None:
    found = of_text(f"<opnsense>{said}<interfaces/></opnsense>")

    blocking = [rule for rule in found.rules if "Block all IPv6" in rule.title]
    assert [rule.unread for rule in blocking] == expected


@pytest.mark.parametrize(
    ("sections", "titles"),
    [
        (
            f"<OPNsense>{_KEA.format(1)}</OPNsense>",
            [
                (
                    "pass in quick on lan proto udp from any port 68 to 255.255.255.255 port 67 "
                    '"allow access to DHCP server"'
                ),
                (
                    "pass in quick on lan proto udp from any port 68 to (self) port 67 "
                    '"allow access to DHCP server"'
                ),
            ],
        ),
        (f"<OPNsense>{_KEA.format(0)}</OPNsense>", []),
        (
            _PHASE1.format("192.0.2.9"),
            [
                'pass out on lan proto udp from any to 192.0.2.9 port 500 "IPsec: Branch"',
                'pass in on lan proto udp from 192.0.2.9 to any port 500 "IPsec: Branch"',
                'pass out on lan proto udp from any to 192.0.2.9 port 4500 "IPsec: Branch"',
                'pass in on lan proto udp from 192.0.2.9 to any port 4500 "IPsec: Branch"',
                'pass out on lan proto esp from any to 192.0.2.9 "IPsec: Branch"',
                'pass in on lan proto esp from 192.0.2.9 to any "IPsec: Branch"',
            ],
        ),
        (_PHASE1.format("192.0.2.9").replace("<enable/>", ""), []),
        (
            _PORTAL.format(1),
            [
                'pass in quick on lan from any to any "captive portal"',
                'block in quick on lan from any to any "captive portal"',
            ],
        ),
        (_PORTAL.format(0), []),
        (
            _UPNP.format("1") + "</installedpackages>",
            ['pass in quick from any to any "ports that programs opened by UPnP"'],
        ),
        (_UPNP.format("0") + "</installedpackages>", []),
        (
            "<virtualip><vip><mode>carp</mode></vip></virtualip>",
            [
                'pass quick proto carp from any to ff02::12 "CARP defaults"',
                'pass quick proto carp from any to 224.0.0.18 "CARP defaults"',
            ],
        ),
        ("<virtualip><vip><mode>ipalias</mode></vip></virtualip>", []),
    ],
)
def test_a_service_has_rules_of_its_own(sections: str, titles: list[str]) -> None:
    assert _system(sections) == titles


def test_what_is_behind_static_routes_may_be_let_through() -> None:
    route = """<filter><bypassstaticroutes>{}</bypassstaticroutes></filter><staticroutes><route>
<network>10.9.0.0/16</network><gateway>GW</gateway></route></staticroutes><gateways>
<gateway_item><name>GW</name><interface>lan</interface></gateway_item></gateways>"""

    text = '"pass traffic between statically routed subnets"'
    assert _system(route.format(1)) == [
        f"pass in on lan inet proto tcp from __lan_network to 10.9.0.0/16 {text}",
        f"pass in on lan inet from __lan_network to 10.9.0.0/16 {text}",
        f"pass in on lan inet proto tcp from 10.9.0.0/16 to __lan_network {text}",
        f"pass in on lan inet from 10.9.0.0/16 to __lan_network {text}",
    ]
    assert _system(route.format(0)) == []


_DNSMASQ = "<dnsmasq><enable>{}</enable><interface>lan,opt9</interface>{}</dnsmasq>"


@pytest.mark.parametrize(
    ("enable", "dhcp", "is_open"),
    [
        ("1", "<dhcp/>", True),
        ("1", "<dhcp><default_fw_rules>1</default_fw_rules></dhcp>", True),
        ("1", "<dhcp><default_fw_rules>0</default_fw_rules></dhcp>", False),
        ("1", "<dhcp><no_interface>lan</no_interface></dhcp>", False),
        ("1", "", False),
        ("0", "<dhcp/>", False),
    ],
)
def test_dnsmasq_may_open_dhcp_on_the_interfaces_that_are_chosen(
    enable: str, dhcp: str, *, is_open: bool
) -> None:
    found = _system(_DNSMASQ.format(enable, dhcp))

    assert [title for title in found if "port 67" in title] == (
        [
            (
                "pass in quick on lan proto udp from any port 68 to 255.255.255.255 port 67 "
                '"allow access to DHCP server"'
            ),
            (
                "pass in quick on lan proto udp from any port 68 to (self) port 67 "
                '"allow access to DHCP server"'
            ),
        ]
        if is_open
        else []
    )
    assert bool(found) == is_open


def test_which_rules_dnsmasq_makes_depends_on_its_version() -> None:
    text = _INTERFACE.format("") + _DNSMASQ.format("1", "<dhcp/>")
    found = of_text(f"<opnsense>{text}</opnsense>").rules

    assert {each.unread for each in found if "DHCP" in each.title} == {
        ("the rules that Dnsmasq's version makes for DHCP",)
    }
