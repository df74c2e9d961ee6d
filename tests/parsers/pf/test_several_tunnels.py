"""Tunnels of which each is a way to the world: together they leave nothing of it to a site."""

from itertools import permutations

import pytest

from parsers.pf.opnsense.tunnels import DROPS
from parsers.pf.rules import Configuration
from parsers.pf.values import of_text
from tests.oracles.opnsense.facts import BASE
from tests.parsers.pf.opnsense import reading as opnsense
from tests.parsers.pf.reading import of_text as read_text
from tests.parsers.pf.reading import whole

_HALVES = ("0.0.0.0/1", "128.0.0.0/1")
_ALL_BUT_TEN = (
    *("0.0.0.0/5", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3"),
    *("64.0.0.0/2", "128.0.0.0/1"),
)
_ALL_BUT_A_PUBLIC_ONE = (
    *("0.0.0.0/1", "128.0.0.0/3", "160.0.0.0/5", "168.0.0.0/6", "172.0.0.0/8", "174.0.0.0/7"),
    *("176.0.0.0/4", "192.0.0.0/2"),
)
"""All but 173.0.0.0/8."""
_SITE = ("10.99.0.0/24",)
SEVERAL = {
    "the world and its halves": (("0.0.0.0/0",), (*_HALVES, *_SITE)),
    "all, and all but one": (("0.0.0.0/0", *_SITE), _ALL_BUT_TEN),
    "all but one, and all but another one": (_ALL_BUT_A_PUBLIC_ONE, _ALL_BUT_TEN, _SITE),
    "the same twice": (_HALVES, _HALVES, _SITE),
}
several = pytest.mark.parametrize("tunnels", SEVERAL.values(), ids=SEVERAL)


def _row(text: str) -> str:
    address, _, mask = text.partition("/")
    return f"<row><address>{address}</address><mask>{mask}</mask></row>"


def _peer(texts: tuple[str, ...]) -> str:
    rows = "".join(map(_row, texts))
    return f"<item><tun>tun_wg0</tun><enabled>yes</enabled><allowedips>{rows}</allowedips></item>"


def _client(number: int, texts: tuple[str, ...]) -> str:
    inside = f"<vpnid>{number}</vpnid><remote_network>{','.join(texts)}</remote_network>"
    return f"<openvpn-client>{inside}</openvpn-client>"


def _phases(number: int, texts: tuple[str, ...]) -> str:
    id_ = f"<ikeid>{number}</ikeid>"
    ends = (text.split("/") for text in texts)
    return f"<phase1>{id_}</phase1>" + "".join(
        f"<phase2>{id_}<mode>tunnel</mode><remoteid><address>{one}</address><netbits>{two}"
        "</netbits></remoteid></phase2>"
        for one, two in ends
    )


@several
def test_of_pfsense(tunnels: tuple[tuple[str, ...], ...]) -> None:
    for order in permutations(tunnels):
        peers = "".join(map(_peer, order))
        clients = "".join(_client(number, each) for number, each in enumerate(order))
        phases = "".join(_phases(number, each) for number, each in enumerate(order))
        text = whole(
            f"<installedpackages><wireguard><tunnels/><peers>{peers}</peers></wireguard>"
            f"</installedpackages><openvpn>{clients}</openvpn><ipsec>{phases}</ipsec>"
        )
        found = {each.names[0]: each.addresses for each in read_text(text).links}

        for name in ("wireguard", "openvpn", "enc0"):
            assert found[name] == of_text(*_SITE)


_OPNSENSE = """<opnsense><interfaces>
<wan><enable>1</enable><if>em0</if><ipaddr>dhcp</ipaddr></wan>
<opt1><enable>1</enable><if>wg0</if></opt1><opt2><enable>1</enable><if>enc0</if></opt2>
</interfaces><OPNsense>
<wireguard><server><servers><server><enabled>1</enabled><instance>0</instance>
<peers>{names}</peers></server></servers></server>
<client><clients>{peers}</clients></client></wireguard>
<Swanctl><Connections>{connections}</Connections><children>{children}</children></Swanctl>
</OPNsense></opnsense>"""


@several
def test_of_opnsense(tunnels: tuple[tuple[str, ...], ...]) -> None:
    named = {f"t{number}": ",".join(each) for number, each in enumerate(tunnels)}
    on = "<enabled>1</enabled>"
    text = _OPNSENSE.format(
        names=",".join(named),
        peers="".join(
            f'<client uuid="{name}">{on}<tunneladdress>{texts}</tunneladdress></client>'
            for name, texts in named.items()
        ),
        connections="".join(f'<Connection uuid="{name}">{on}</Connection>' for name in named),
        children="".join(
            f"<child>{on}<connection>{name}</connection><remote_ts>{each}</remote_ts></child>"
            for name, texts in named.items()
            for each in texts.split(",")
        ),
    )
    found = {each.names[0]: each.addresses for each in opnsense.links_of(text)}

    assert found["opt1"] == found["opt2"] == of_text(*_SITE)


_TUNNEL = (
    "<wireguard><server><servers><server><enabled>1</enabled><instance>0</instance>"
    "<tunneladdress>10.6.0.1/24</tunneladdress><peers>p</peers>{}</server></servers></server>"
    '<client><clients><client uuid="p"><enabled>1</enabled><tunneladdress>{}</tunneladdress>'
    "</client></clients></client></wireguard>"
)
_ROUTE = (
    "<staticroutes><route><network>10.99.0.0/16</network><gateway>HQ_GW</gateway></route>"
    "</staticroutes>"
)
_NO_ROUTES = "<disableroutes>1</disableroutes>"


@pytest.mark.parametrize(
    ("switch", "peer", "older", "is_said"),
    [
        (_NO_ROUTES, "10.99.0.0/24", "", True),
        ("", "10.99.0.0/24", "", False),
        ("<disableroutes>0</disableroutes>", "10.99.0.0/24", "", False),
        # Those in the tunnel's own network, and all of the world, need none.
        (_NO_ROUTES, "10.6.0.7/32", "", False),
        (_NO_ROUTES, "0.0.0.0/0", "", False),
        (_NO_ROUTES, "10.99.0.0/24", _ROUTE, False),
        (_NO_ROUTES, "10.99.0.0/24,10.98.0.0/24", _ROUTE, True),
    ],
)
def test_a_tunnel_of_opnsense_without_routes_to_its_peers_is_told(
    switch: str, peer: str, older: str, *, is_said: bool
) -> None:
    device = "<opt7><enable>1</enable><if>wg0</if><descr>HQ</descr></opt7></interfaces>"
    text = BASE.format(older=older, model="").replace("</interfaces>", device)
    text = text.replace("<Gateways>", _TUNNEL.format(switch, peer) + "<Gateways>")
    found = opnsense.of_text(text)

    assert is_said == any("no route leads to the networks" in gap.message for gap in found.gaps)
    assert next(each for each in found.links if "wg0" in each.names).addresses


_CHILD = (
    '<Swanctl><Connections><Connection uuid="c">{}</Connection></Connections><children><child>'
    "<connection>c</connection><remote_ts>10.99.0.0/24</remote_ts>{}</child></children></Swanctl>"
)
_ENABLED, _DISABLED = ("<enabled>1</enabled>", "<enabled>0</enabled>")


def _ipsec(connection: str, child: str) -> Configuration:
    device = "<opt7><enable>1</enable><if>enc0</if></opt7></interfaces>"
    text = BASE.format(older="", model="").replace("</interfaces>", device)
    return opnsense.of_text(
        text.replace("<Gateways>", _CHILD.format(connection, child) + "<Gateways>")
    )


@pytest.mark.parametrize(
    ("connection", "child", "is_behind"),
    [
        (_ENABLED, _ENABLED, True),
        # A model's switch that is not there has its default, which is on.
        ("", "", True),
        (_ENABLED, "<policies>1</policies>", True),
        (_DISABLED, _ENABLED, False),
        (_ENABLED, _DISABLED, False),
        ("<enabled/>", _ENABLED, False),
        (_ENABLED, "<policies>0</policies>", False),
        (_ENABLED, "<mode>pass</mode>", False),
    ],
)
def test_networks_behind_a_child_of_a_connection(
    connection: str, child: str, *, is_behind: bool
) -> None:
    found = {each.names[0]: each.addresses for each in _ipsec(connection, child).links}

    assert bool(found["opt7"]) == is_behind


@pytest.mark.parametrize(
    ("connection", "child", "is_said"),
    [
        (_ENABLED, "<mode>drop</mode>", True),
        ("", _ENABLED + "<mode>drop</mode>", True),
        (_DISABLED, "<mode>drop</mode>", False),
        (_ENABLED, _DISABLED + "<mode>drop</mode>", False),
        (_ENABLED, "<mode>pass</mode>", False),
        (_ENABLED, "<mode>tunnel</mode>", False),
    ],
)
def test_a_policy_of_ipsec_that_drops_is_told(
    connection: str, child: str, *, is_said: bool
) -> None:
    found = _ipsec(connection, child).gaps

    assert any(gap.message == DROPS for gap in found) == is_said
