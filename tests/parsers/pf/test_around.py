"""What is odd in tunnels, routes and portals is said: what looks misspelt, and what is twice."""

import pytest

from flowmodel.source import InputError
from tests.parsers.pf.opnsense import reading as opnsense
from tests.parsers.pf.reading import read, said

_CLIENT = "<vpnid>1</vpnid><tunnel_network>10.255.0.0/30</tunnel_network>"
_REMOTE = "<remote_network>10.99.0.0/24</remote_network>"


def _openvpn(inside: str) -> str:
    return f"<openvpn><openvpn-client>{_CLIENT}{inside}</openvpn-client></openvpn>"


MISSPELT = {
    "openvpn": (_openvpn("<remotenetwork>10.99.0.0/24</remotenetwork>"), "remotenetwork"),
    "ipsec": ("<ipsec><phase2><remoteidx9/></phase2></ipsec>", "remoteidx9"),
    "a route": ("<staticroutes><route><netwrk/></route></staticroutes>", "netwrk"),
    "a priority": (
        "<gateways><gateway_item><prioriti>9</prioriti></gateway_item></gateways>",
        "prioriti",
    ),
    "a group": ("<gateways><gateway_group><items>A|1</items></gateway_group></gateways>", "items"),
}
TWICE = {
    "openvpn": (_openvpn(_REMOTE * 2), "remote_network"),
    "mobile clients": (
        "<ipsec><client><pool_address/><pool_address/></client></ipsec>",
        "pool_address",
    ),
    "a gateway": (
        "<gateways><gateway_item><name>A</name><name>B</name></gateway_item></gateways>",
        "name",
    ),
}
_GATEWAYS = (
    "<gateways><gateway_item><name>A</name><interface>wan</interface><gateway>198.51.100.1"
    "</gateway><ipprotocol>inet</ipprotocol><weight>1</weight><descr/><monitor/><interval>1"
    "</interval><monitor_disable/><latencylow/><losslow/><time_period/><alert_interval/>"
    "<gw_down_kill_states/><nonlocalgateway/><fargw>0</fargw><loss_interval/><data_length/>"
    "</gateway_item><gateway_group><name>G</name><item>A|1|address</item><item>A|2|address</item>"
    "<trigger>down</trigger><descr/><keep_failover_states/></gateway_group></gateways>"
)
_OTHERS = "<local_network>10.1.0.0/24</local_network><shared_key>eA==</shared_key><dh_length/>"
NO_OPS = {
    "gateways": _GATEWAYS,
    "openvpn": _openvpn(_REMOTE + _OTHERS * 2),
    "ipsec": "<ipsec><phase1><mobike/><iketype/><lifetime/></phase1><phase2><localid/>"
    "<encryption-algorithm-option/><encryption-algorithm-option/></phase2></ipsec>",
    "two tunnels of ipsec": "<ipsec><phase1/><phase1/><phase2/><phase2/><mobilekey/><mobilekey/>"
    "<client><net_list/><save_passwd/><dns_server1/><dns_server2/></client></ipsec>",
    "a route": "<staticroutes><route><network>10.9.0.0/24</network><descr/></route></staticroutes>",
}


def _both(pieces: str) -> list[list[str]]:
    return [said(read(pieces)), opnsense.said(opnsense.configuration(older=pieces).gaps)]


@pytest.mark.parametrize(("pieces", "tag"), MISSPELT.values(), ids=MISSPELT)
def test_what_looks_misspelt_is_said(pieces: str, tag: str) -> None:
    for found in _both(pieces):
        assert any(f"<{tag}> is not understood" in each for each in found)


@pytest.mark.parametrize(("pieces", "tag"), TWICE.values(), ids=TWICE)
def test_what_stands_there_twice_is_said(pieces: str, tag: str) -> None:
    for found in _both(pieces):
        assert any(f"<{tag}> stands in it 2 times" in each for each in found)


@pytest.mark.parametrize("pieces", NO_OPS.values(), ids=NO_OPS)
def test_what_is_known_or_of_a_service_is_not_remarked(pieces: str) -> None:
    for found in _both(pieces):
        assert not any(" is not understood" in each or "stands in it" in each for each in found)


@pytest.mark.parametrize("tag", ["openvpn", "ipsec", "l2tp", "captiveportal", "installedpackages"])
def test_a_section_of_tunnels_or_portals_is_there_once(tag: str) -> None:
    with pytest.raises(InputError, match=f"<{tag}> stands in line"):
        read(f"<{tag}/>\n<{tag}/>")

    read(f"<{tag}/>")
