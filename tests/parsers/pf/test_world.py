"""Where the world is, and which networks of tunnels and routes stand for it."""

from typing import Any

import pytest

from flowmodel.ruleset import RuleSet
from parsers.pf.values import addresses, network, of_text
from parsers.pf.world import Reach, reach
from tests.parsers.pf.opnsense.reading import links_of
from tests.parsers.pf.reading import of_text as read_text
from tests.parsers.pf.reading import rules, said, verdict, whole

_HALVES = ("0.0.0.0/1", "128.0.0.0/1")
# What calculators print for "all but 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16".
_PUBLIC = (
    *("0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3"),
    *("64.0.0.0/2", "128.0.0.0/3", "160.0.0.0/5", "168.0.0.0/6", "172.0.0.0/12", "172.32.0.0/11"),
    *("172.64.0.0/10", "172.128.0.0/9", "173.0.0.0/8", "174.0.0.0/7", "176.0.0.0/4"),
    *("192.0.0.0/9", "192.128.0.0/11", "192.160.0.0/13", "192.169.0.0/16", "192.170.0.0/15"),
    *("192.172.0.0/14", "192.176.0.0/12", "192.192.0.0/10", "193.0.0.0/8", "194.0.0.0/7"),
    *("196.0.0.0/6", "200.0.0.0/5", "208.0.0.0/4"),
)
_SITE = ("10.9.0.0/24", "192.0.2.0/24", "2001:db8:9::/64")


@pytest.mark.parametrize(
    ("several", "behind", "is_world"),
    [
        ((), (), False),
        (_SITE, _SITE, False),
        (("10.0.0.0/8", "11.0.0.0/8"), ("10.0.0.0/7",), False),
        (("0.0.0.0/0",), (), True),
        (("::/0",), (), True),
        (("2000::/3",), (), True),
        (_HALVES, (), True),
        (("::/1", "8000::/1"), (), True),
        ((*_HALVES, "::/0", *_SITE), _SITE, True),
        (("0.0.0.0/0", "0.0.0.0/0", "10.9.0.7/24", "10.9.0.0/24"), ("10.9.0.0/24",), True),
        (_PUBLIC, (), True),
        ((*_PUBLIC, "10.9.0.0/24", "198.51.100.0/24"), ("10.9.0.0/24", "198.51.100.0/24"), True),
        (("fc00::/7",), ("fc00::/7",), False),
        # Those within a way to the world may be one as well.
        (("0.0.0.0/0", *_HALVES, "10.9.0.0/24"), ("10.9.0.0/24",), True),
        (("0.0.0.0/0", *_HALVES, *_PUBLIC, "10.9.0.0/24"), ("10.9.0.0/24",), True),
        (("::/0", "2000::/3", "2001:db8:9::/64"), ("2001:db8:9::/64",), True),
        (("0.0.0.0/0", "10.0.0.0/8", "10.9.0.0/24"), ("10.0.0.0/8",), True),
    ],
)
def test_networks_that_stand_for_the_world_are_none_of_a_site(
    several: tuple[str, ...], behind: tuple[str, ...], *, is_world: bool
) -> None:
    found = reach(each for text in several if (each := network(text)))

    assert found == Reach(of_text(*behind), is_world)


def _rows(*texts: str) -> str:
    ends = (text.split("/") for text in texts)
    return "".join(f"<row><address>{one}</address><mask>{two}</mask></row>" for one, two in ends)


def _tunnels(*texts: str) -> str:
    """WireGuard, OpenVPN and IPsec, each of which leads to the networks."""
    peer = f"<tun>tun_wg0</tun><enabled>yes</enabled><allowedips>{_rows(*texts)}</allowedips>"
    tunnel = f"<name>tun_wg0</name><enabled>yes</enabled><addresses>{_rows('10.66.0.1/24')}"
    pairs = (text.split("/") for text in texts)
    phases = "".join(
        f"<phase2><mode>tunnel</mode><remoteid><address>{one}</address><netbits>{two}</netbits>"
        "</remoteid></phase2>"
        for one, two in pairs
    )
    return (
        "<installedpackages><wireguard><tunnels><item>"
        f"{tunnel}</addresses></item></tunnels><peers><item>{peer}</item></peers></wireguard>"
        "</installedpackages><openvpn><openvpn-client><vpnid>1</vpnid>"
        f"<tunnel_network>10.67.0.0/24</tunnel_network><remote_network>{','.join(texts)}"
        f"</remote_network></openvpn-client></openvpn><ipsec><phase1/>{phases}</ipsec>"
    )


def _links(found: RuleSet) -> dict[str, tuple[object, bool]]:
    return {each.names[0]: (each.addresses, each.is_outside) for each in found.links}


@pytest.mark.parametrize("world", [("0.0.0.0/0",), _HALVES, _PUBLIC])
def test_a_tunnel_that_all_leaves_by_takes_nothing_from_the_world(world: tuple[str, ...]) -> None:
    found = _links(read_text(whole(_tunnels(*world, "10.99.0.0/24"))))

    assert found["wireguard"] == (of_text("10.66.0.0/24", "10.99.0.0/24"), False)
    assert found["openvpn"] == (of_text("10.67.0.0/24", "10.99.0.0/24"), False)
    assert found["enc0"] == (of_text("10.99.0.0/24"), False)
    assert found["wan"][1]


_GATEWAY = (
    "<gateway_item><interface>{}</interface><gateway>{}</gateway><name>{}</name>{}</gateway_item>"
)
_TWO = _GATEWAY.format("wan", "198.51.100.1", "GW", "") + _GATEWAY.format(
    "opt1", "10.2.0.9", "SECOND", ""
)


def _group(*names: str) -> str:
    items = "".join(f"<item>{name}|{tier}|address</item>" for tier, name in enumerate(names, 1))
    return f"<gateway_group><name>BOTH</name>{items}</gateway_group>"


@pytest.mark.parametrize(
    ("gateways", "is_outside"),
    [
        (_TWO, False),
        (_TWO + "<defaultgw4>GW</defaultgw4>", False),
        (_TWO + "<defaultgw4>SECOND</defaultgw4>", True),
        (_TWO + _group("SECOND") + "<defaultgw4>BOTH</defaultgw4>", True),
        (_TWO + _group("SECOND") + "<defaultgw6>BOTH</defaultgw6>", True),
        (_TWO + _group("SECOND"), False),
        (_TWO + _group("GW", "SECOND"), True),
        (_TWO.replace("</name></gateway_item>", "</name><defaultgw/></gateway_item>"), True),
    ],
)
def test_the_world_is_behind_the_gateways_that_stand_in_for_each_other(
    gateways: str, *, is_outside: bool
) -> None:
    found = _links(read_text(whole(f"<gateways>{gateways}</gateways>")))

    assert {name for name, (_, outside) in found.items() if outside} == (
        {"wan", "opt1"} if is_outside else {"wan"}
    )


def test_a_tunnel_that_stands_in_for_a_gateway_has_not_the_world_behind_it() -> None:
    tunnel = "<opt5><enable/><if>ovpnc1</if><descr>HQ</descr></opt5></interfaces>"
    gateways = f"<gateways>{_TWO}{_group('GW', 'HQ_VPNV4')}{{}}</gateways>"
    text = whole(gateways).replace("</interfaces>", tunnel)

    assert not _links(read_text(text.format("")))["opt5"][1]
    assert _links(read_text(text.format("<defaultgw4>BOTH</defaultgw4>")))["opt5"][1]


def test_an_interface_with_a_gateway_for_ipv6_alone_has_the_world_behind_it() -> None:
    text = whole().replace("<descr>DMZ</descr>", "<descr>DMZ</descr><ipaddrv6>dhcp6</ipaddrv6>")

    assert _links(read_text(text))["opt1"][1]


_ROUTES = "<staticroutes>{}</staticroutes>"
_ROUTE = "<route><network>{}</network><gateway>{}</gateway></route>"


def _routes(gateway: str, *networks: str) -> str:
    return _ROUTES.format("".join(_ROUTE.format(each, gateway) for each in networks))


@pytest.mark.parametrize("world", [("0.0.0.0/0",), _HALVES])
def test_static_routes_for_all_lead_to_the_world(world: tuple[str, ...]) -> None:
    pieces = f"<gateways>{_TWO}</gateways>" + _routes("SECOND", *world, "10.99.0.0/24")
    found = _links(read_text(whole(pieces)))

    assert found["opt1"] == (of_text("10.2.0.0/24", "10.99.0.0/24"), True)
    assert found["wan"][1]


_DYNAMIC = (
    ("<if>em5</if><ipaddr>dhcp</ipaddr><descr>Far Away</descr>", "FAR AWAY_DHCP"),
    ("<if>pppoe3</if><ipaddr>pppoe</ipaddr>", "OPT5_PPPOE"),
    ("<if>ovpnc1</if><descr>hq</descr>", "HQ_VPNV4"),
    ("<if>gif0</if><descr>HQ</descr>", "HQ_TUNNELV4"),
    ("<if>gre0</if><descr>HQ</descr>", "HQ_TUNNELV4"),
    ("<if>ipsec1000</if><descr>HQ</descr>", "HQ_VTIV4"),
)


def _with(interface: str, pieces: str, system: str = "") -> RuleSet:
    more = f"<opt5><enable/>{interface}</opt5></interfaces>"
    return read_text(whole(pieces, system=system).replace("</interfaces>", more))


@pytest.mark.parametrize(("interface", "gateway"), _DYNAMIC)
def test_gateways_that_a_link_tells_are_known_by_the_names_that_pfsense_gives_them(
    interface: str, gateway: str
) -> None:
    routed = _with(interface, _routes(gateway, "10.99.0.0/24"))
    chosen = rules(f"<gateway>{gateway}</gateway>")
    skipped = _with(interface, chosen, system="<skip_rules_gw_down/>")

    assert _links(routed)["opt5"][0] == of_text("10.99.0.0/24")
    assert said(_with(interface, chosen)) == said(_with(interface, ""))
    assert verdict(_with(interface, chosen)) == "accept"
    assert verdict(skipped) == "unknown"
    assert f"FW902: it is left out while the gateway {gateway} is down" in said(skipped)


def test_a_gateway_that_is_nowhere_still_takes_the_rule_away() -> None:
    chosen = rules("<gateway>OPT5_DHCP</gateway>")
    found = _with("<if>em5</if><descr>Five</descr>", chosen, system="<skip_rules_gw_down/>")

    assert verdict(found) == "drop"


@pytest.mark.parametrize("interface", ["<ipaddr>dhcp</ipaddr>", ""])
def test_what_bypasses_rules_by_a_route_of_a_link_is_possible(interface: str) -> None:
    pieces = "<filter><bypassstaticroutes/></filter>"
    link = f"<if>ovpns1</if><descr>HQ</descr>{interface}"
    kind = "DHCP" if interface else "VPNV4"
    found = _with(link, pieces + _routes(f"HQ_{kind}", "10.99.0.0/24"))
    packet: dict[str, Any] = {
        "in_name": "ovpns1",
        "out_name": "ovpns1",
        "src": "10.99.0.9",
        "dst": "10.98.0.9",
    }

    assert verdict(found, **packet) == "unknown"
    assert verdict(found, **packet | {"src": "10.97.0.9"}) == "drop"


_NAMED = "<interface>opt5</interface><destination><network>{}</network></destination>"


@pytest.mark.parametrize("device", ["ovpns1", "ovpnc1", "gif0", "gre0", "wg0"])
@pytest.mark.parametrize("name", ["opt5ip", "opt5"])
@pytest.mark.parametrize("version", ["22.2", "24.0"])
def test_the_address_that_a_tunnel_gives_is_not_known(device: str, name: str, version: str) -> None:
    more = f"<opt5><enable/><if>{device}</if></opt5></interfaces>"
    text = whole(rules(_NAMED.format(name)), version).replace("</interfaces>", more)
    found = read_text(text)

    assert verdict(found, "input", in_name=device, dst="10.8.0.1") == "unknown"
    assert any(device in each for each in said(found) if each.startswith("FW902: only the device"))


def test_the_address_in_a_tunnel_of_a_server_is_in_its_network() -> None:
    server = "<openvpn><openvpn-server><vpnid>1</vpnid><tunnel_network>10.8.0.0/24</tunnel_network>"
    pieces = f"{server}</openvpn-server></openvpn>" + rules(_NAMED.format("opt5ip"))
    found = _with("<if>ovpns1</if>", pieces)

    assert verdict(found, "input", in_name="ovpns1", dst="10.8.0.1") == "unknown"
    assert verdict(found, "input", in_name="ovpns1", dst="10.7.0.1") == "drop"


def test_an_interface_that_nothing_gives_an_address_has_none() -> None:
    found = _with("<if>em5</if>", rules(_NAMED.format("opt5ip")))

    assert verdict(found, "input", in_name="em5") == "drop"
    assert any("opt5 has no address" in each for each in said(found))


_OPNSENSE = """<opnsense><interfaces>
<wan><enable>1</enable><if>em0</if><descr>WAN</descr><ipaddr>dhcp</ipaddr></wan>
<opt1><enable>1</enable><if>wg0</if><descr>HQ</descr></opt1>
</interfaces><staticroutes>{}</staticroutes><OPNsense>
<Gateways><gateway_item><name>INNER</name><interface>opt1</interface><gateway>10.6.0.9</gateway>
</gateway_item></Gateways><wireguard><server><servers>
<server><enabled>1</enabled><instance>0</instance><tunneladdress>10.6.0.1/24</tunneladdress>
<peers>p1</peers></server></servers></server><client><clients><client uuid="p1">
<enabled>1</enabled><tunneladdress>{}</tunneladdress></client></clients></client></wireguard>
</OPNsense></opnsense>"""


def _opnsense(peer: str = "", gateway: str = "", *networks: str) -> dict[str, tuple[object, bool]]:
    routes = "".join(_ROUTE.format(each, gateway) for each in networks)
    found = links_of(_OPNSENSE.format(routes, peer))
    return {each.names[0]: (each.addresses, each.is_outside) for each in found}


@pytest.mark.parametrize("world", [("0.0.0.0/0",), _HALVES, _PUBLIC])
def test_a_tunnel_of_opnsense_takes_nothing_from_the_world(world: tuple[str, ...]) -> None:
    found = _opnsense(",".join((*world, "10.99.0.0/24")))

    assert found == {
        "wan": (addresses(()), True),
        "opt1": (of_text("10.6.0.0/24", "10.99.0.0/24"), False),
    }


@pytest.mark.parametrize("gateway", ["INNER", "HQ_GW"])
def test_routes_of_opnsense_lead_by_written_gateways_and_by_those_of_a_link(gateway: str) -> None:
    behind = of_text("10.6.0.0/24", "10.99.0.0/24")

    assert _opnsense("", gateway, "10.99.0.0/24")["opt1"] == (behind, False)
    assert _opnsense("", gateway, "10.99.0.0/24", *_HALVES)["opt1"] == (behind, True)
    assert _opnsense("", "OTHER", "10.99.0.0/24")["opt1"] == (of_text("10.6.0.0/24"), False)


_WANS = """<opnsense><interfaces>
<wan><enable>1</enable><if>em0</if><ipaddr>192.0.2.2</ipaddr><subnet>24</subnet>
<gateway>ONE</gateway></wan>
<opt1><enable>1</enable><if>{}</if><ipaddr>198.51.100.2</ipaddr><subnet>24</subnet></opt1>
</interfaces><gateways><gateway_item><name>ONE</name><interface>wan</interface></gateway_item>
<gateway_item><name>TWO</name><interface>opt1</interface></gateway_item>{}</gateways></opnsense>"""


@pytest.mark.parametrize(
    ("device", "items", "is_outside"),
    [
        ("em1", ("ONE|1", "TWO|2"), True),
        ("em1", ("TWO|1",), False),
        ("em1", (), False),
        ("wg0", ("ONE|1", "TWO|2"), False),
    ],
)
def test_gateways_of_a_group_of_opnsense_stand_in_for_each_other(
    device: str, items: tuple[str, ...], *, is_outside: bool
) -> None:
    inside = "".join(f"<item>{each}</item>" for each in items)
    group = f"<gateway_group><name>BOTH</name>{inside}</gateway_group>" if items else ""
    found = links_of(_WANS.format(device, group))

    assert [each.is_outside for each in found] == [True, is_outside]


@pytest.mark.parametrize(
    ("switch", "is_on"),
    [("", True), ("<enable>on</enable>", True), ("<enable>off</enable>", False)],
)
def test_nothing_is_behind_a_wireguard_that_is_switched_off(switch: str, *, is_on: bool) -> None:
    config = f"<wireguard><config>{switch}</config>"
    found = _links(read_text(whole(_tunnels("10.99.0.0/24").replace("<wireguard>", config))))

    assert ("wireguard" in found) == is_on


@pytest.mark.parametrize(("switch", "behind"), [("1", ("10.99.0.0/24",)), ("0", ())])
def test_no_peers_are_behind_a_wireguard_of_opnsense_that_is_off(
    switch: str, behind: tuple[str, ...]
) -> None:
    general = f"<general><enabled>{switch}</enabled></general>"
    text = _OPNSENSE.format("", "10.99.0.0/24").replace("<wireguard>", f"<wireguard>{general}")
    found = [each.addresses for each in links_of(text) if "wg0" in each.names]

    assert found == [of_text("10.6.0.0/24", *behind)]
