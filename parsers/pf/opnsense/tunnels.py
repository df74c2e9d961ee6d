"""The networks behind OPNsense's tunnels, as far as the export tells them."""

from collections.abc import Iterable, Iterator

from flowmodel.addresses import Addresses
from parsers.pf.opnsense.models import truth
from parsers.pf.values import addresses, network
from parsers.pf.world import reach
from parsers.pf.xml import Element, words_of

_OPENVPN = ("tunnel_network", "tunnel_networkv6", "remote_network", "remote_networkv6")
_INSTANCE = ("server", "server_ipv6", "route")
DROPS = (
    "IPsec drops what goes from its local to its remote networks (<mode>drop</mode>), whatever pf's"
    " rules say of it"
)


class Tunnels:
    """Knows the networks behind each device of a tunnel: `wg0`, `ovpns1`, `enc0`."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._behind: dict[str, Addresses] = {}
        for device, texts in (*_wireguard(root), *_openvpn(root), *_ipsec(root)):
            # What is for everything is a way out, and no network behind the tunnel.
            inside = reach(each for text in texts if (each := network(text))).behind
            self._behind[device] = self.behind(device) | inside

    def unrouted(self) -> Iterator[tuple[Element, str, Addresses]]:
        """The servers of WireGuard that set no routes, their devices, and their peers' networks.

        wg-service-control.php, wg_start.
        """
        for server, peers in _servers(self._root):
            if truth(server, "disableroutes"):
                texts = [text for each in peers for text in _inside(each)]
                networks = reach(found for text in texts if (found := network(text))).behind
                own = addresses(found for text in _inside(server) if (found := network(text)))
                yield server, f"wg{server.get('instance')}", networks - own

    def behind(self, device: str) -> Addresses:
        """The networks behind one device."""
        return self._behind.get(device, Addresses())

    def rest(self, kind: str, assigned: Iterable[str]) -> Addresses:
        """The networks behind all devices of a kind that are no interfaces of their own."""
        starts = {"openvpn": "ovpn", "wireguard": "wg"}[kind]
        found = Addresses()
        for device, inside in self._behind.items():
            if device.startswith(starts) and device not in assigned:
                found |= inside
        return found


def _items(root: Element, *path: str) -> list[Element]:
    section = root.find(*path[:-1])
    return section.all(path[-1]) if section else []


def _servers(root: Element) -> Iterator[tuple[Element, list[Element]]]:
    """The servers of WireGuard that are on, each with its peers."""
    wireguard = ("opnsense", "wireguard")
    general = root.find(*wireguard, "general")
    if general and not truth(general, "enabled", default=True):
        return
    peers = {
        each.attributes.get("uuid", ""): each
        for each in _items(root, *wireguard, "client", "clients", "client")
        if _is_enabled(each)
    }
    for server in _items(root, *wireguard, "server", "servers", "server"):
        if not _is_enabled(server):
            continue
        yield server, [peers[name] for name in server.get("peers").split(",") if name in peers]


def _inside(end: Element) -> list[str]:
    return words_of(end.get("tunneladdress").replace(",", " "))


def _wireguard(root: Element) -> Iterator[tuple[str, list[str]]]:
    for server, peers in _servers(root):
        for each in (server, *peers):
            yield f"wg{server.get('instance')}", _inside(each)


def _openvpn(root: Element) -> Iterator[tuple[str, list[str]]]:
    for kind in ("server", "client"):
        for each in _items(root, "openvpn", f"openvpn-{kind}"):
            if not truth(each, "disable"):
                words = ",".join(each.get(tag) for tag in _OPENVPN)
                yield f"ovpn{kind[0]}{each.get('vpnid')}", words.split(",")
    for each in _items(root, "opnsense", "openvpn", "instances", "instance"):
        if _is_enabled(each):
            words = ",".join(each.get(tag) for tag in _INSTANCE)
            yield f"ovpn{each.get('role')[:1]}{each.get('vpnid')}", words.split(",")


def _children(root: Element) -> list[Element]:
    """The enabled children of enabled connections."""
    connections = _items(root, "opnsense", "swanctl", "connections", "connection")
    off = {each.attributes.get("uuid", "") for each in connections if not _is_enabled(each)}
    children = _items(root, "opnsense", "swanctl", "children", "child")
    return [each for each in children if _is_enabled(each) and each.get("connection") not in off]


def dropping(root: Element) -> list[Element]:
    """The children whose policies drop packets (swanctl.conf(5), mode)."""
    return [each for each in _children(root) if each.get("mode") == "drop"]


def _is_enabled(each: Element) -> bool:
    """Whether an entry of a model is on (Swanctl.xml, OpenVPN.xml, Server.xml, Client.xml)."""
    return truth(each, "enabled", default=True)


def _ipsec(root: Element) -> Iterator[tuple[str, list[str]]]:
    """Those of tunnels; of a policy for transport there are none, or of a disabled connection."""
    found: dict[tuple[str, str], list[str]] = {}
    phases = _items(root, "ipsec", "phase1")
    off = {each.get("ikeid") for each in phases if truth(each, "disabled")}
    ipsec = root.child("ipsec")
    for each in ipsec.all("phase2") if ipsec and truth(ipsec, "enable") else ():
        side, ike = each.child("remoteid"), each.get("ikeid")
        if truth(each, "disabled") or ike in off:
            continue
        if side and each.get("mode") in {"tunnel", "tunnel6"}:
            bits = side.get("netbits")
            text = side.get("address") + (f"/{bits}" if bits else "")
            found.setdefault(("phase1", ike), []).append(text)
    for each in _children(root):
        if each.get("mode") in {"", "tunnel"} and truth(each, "policies", default=True):
            its = "connection", each.get("connection")
            found.setdefault(its, []).extend(each.get("remote_ts").split(","))
    yield from (("enc0", texts) for texts in found.values())
    client = root.find("ipsec", "client")
    if client and client.has("enable"):
        for version in ("", "_v6"):
            bits = client.get(f"pool_netbits{version}")
            yield "enc0", [f"{client.get(f'pool_address{version}')}/{bits}"]
    for each in _items(root, "opnsense", "swanctl", "pools", "pool"):
        if _is_enabled(each):
            yield "enc0", each.get("addrs").split(",")
