"""What is odd in sections of which few elements are read: tunnels, gateways, routes, portals.

They have many more elements than those, of services that filter nothing. So only what looks like a
misspelt one of them is remarked, and one of them that stands there twice: pfSense refuses such a
file ("cannot occur more than once"), and which one OPNsense takes is not told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from parsers.pf.strange import Strange, resembles
from parsers.pf.xml import Element

_OPENVPN = "vpnid disable tunnel_network tunnel_networkv6 remote_network remote_networkv6"
_PHASE1 = "ikeid interface remote-gateway mobile disabled gw_duplicates ikeport nattport"
_PHASE2 = "ikeid mode protocol remoteid natlocalid disabled"
_DIALLED = "mode localip remoteip"
_GATEWAY = "name interface gateway disabled defaultgw ipprotocol force_down priority"
_GROUP = "name item*"
_ROUTE = "network gateway disabled"
_TUNNEL = ("tunnels", "item"), "name enabled addresses"
_PEER = ("peers", "item"), "tun enabled allowedips"
_POOL = "pool_address pool_netbits pool_address_v6 pool_netbits_v6"
_OLDER: Mapping[tuple[str, ...], str] = {
    ("openvpn", "openvpn-server"): _OPENVPN,
    ("openvpn", "openvpn-client"): _OPENVPN,
    ("ipsec", "phase2"): _PHASE2,
    ("ipsec", "client"): f"enable {_POOL}",
    ("staticroutes", "route"): _ROUTE,
    ("gateways", "gateway_item"): _GATEWAY,
    ("gateways", "gateway_group"): _GROUP,
    ("sysctl", "item"): "tunable value",
}
# What ends with `*` may stand there more than once.
_READ: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "pfsense": {
        **_OLDER,
        ("ipsec",): "filtermode phase1* phase2* client mobilekey*",
        ("gateways",): "defaultgw4 defaultgw6 gateway_item* gateway_group*",
        ("ipsec", "phase1"): _PHASE1,
        ("ipsec", "mobilekey"): _POOL,
        ("gifs", "gif"): "tunnel-local-addr",
        ("gres", "gre"): "tunnel-local-addr",
        ("l2tp",): f"{_DIALLED} l2tp_subnet",
        ("pppoes", "pppoe"): f"{_DIALLED} pppoe_subnet",
        ("captiveportal", "*"): "enable interface zoneid listenporthttp listenporthttps",
        **{
            (*above, *path): read
            for above in (("wireguard",), ("installedpackages", "wireguard"))
            for path, read in (_TUNNEL, _PEER)
        },
    },
    "opnsense": {
        **_OLDER,
        ("opnsense", "openvpn", "instances", "instance"): (
            "enabled role vpnid server server_ipv6 route"
        ),
        ("opnsense", "wireguard", "server", "servers", "server"): (
            "enabled instance peers tunneladdress disableroutes"
        ),
        ("opnsense", "wireguard", "client", "clients", "client"): "enabled tunneladdress",
        ("opnsense", "swanctl", "children", "child"): "enabled mode remote_ts",
        ("opnsense", "swanctl", "pools", "pool"): "enabled addrs",
        ("opnsense", "gateways", "gateway_item"): _GATEWAY,
        ("opnsense", "gateways", "gateway_group"): _GROUP,
        ("opnsense", "routing", "gatewaygroups", "gateway_group"): _GROUP,
    },
}
_OTHERS = frozenset(
    {"mobike", "localid", "zone", "local_ts", "local_network", "local_networkv6", "serverport"}
)
"""Elements that there are, though they look like one that is read."""


def oddities(root: Element) -> Iterator[Strange]:
    """What looks misspelt in the sections, and what is read and stands there twice."""
    for path, words in _READ[root.tag].items():
        several = frozenset(word[:-1] for word in words.split() if word.endswith("*"))
        read = several.union(word for word in words.split() if not word.endswith("*"))
        for entry in root.below(*path):
            yield from _in(entry, read, several)


def _in(entry: Element, read: frozenset[str], several: frozenset[str]) -> Iterator[Strange]:
    for tag, count in Counter(child.tag for child in entry.children).items():
        if tag in read - several and count > 1:
            yield Strange(entry, f"<{tag}> stands in it {count} times", "")
        elif tag not in read | _OTHERS and resembles(tag, read):
            odd = next(child for child in entry.children if child.tag == tag)
            yield Strange(odd, f"<{tag}> is not understood", "")
