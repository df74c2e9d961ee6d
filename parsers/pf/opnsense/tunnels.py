"""The networks behind OPNsense's tunnels, as far as the export tells them."""

from collections.abc import Iterable, Iterator

from flowmodel.addresses import Addresses
from parsers.pf.values import Network, network
from parsers.pf.world import reach
from parsers.pf.xml import Element, words_of

_OPENVPN = ("tunnel_network", "tunnel_networkv6", "remote_network", "remote_networkv6")
_INSTANCE = ("server", "server_ipv6", "route")
_OFF = frozenset({"", "0"})


class Tunnels:
    """Knows the networks behind each device of a tunnel: `wg0`, `ovpns1`, `enc0`."""

    def __init__(self, root: Element) -> None:
        found: dict[str, list[Network]] = {}
        for device, texts in (*_wireguard(root), *_openvpn(root), *_ipsec(root)):
            several = found.setdefault(device, [])
            several += [each for text in texts if (each := network(text))]
        # What is for everything is a way out, and no network behind the tunnel.
        self._behind = {device: reach(several).behind for device, several in found.items()}

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


def _wireguard(root: Element) -> Iterator[tuple[str, list[str]]]:
    wireguard = ("opnsense", "wireguard")
    peers = {
        each.attributes.get("uuid", ""): each
        for each in _items(root, *wireguard, "client", "clients", "client")
        if each.get("enabled") not in _OFF
    }
    for server in _items(root, *wireguard, "server", "servers", "server"):
        if server.get("enabled") in _OFF:
            continue
        its = [peers[name] for name in server.get("peers").split(",") if name in peers]
        words = " ".join(each.get("tunneladdress") for each in (server, *its))
        yield f"wg{server.get('instance')}", words_of(words.replace(",", " "))


def _openvpn(root: Element) -> Iterator[tuple[str, list[str]]]:
    for kind in ("server", "client"):
        for each in _items(root, "openvpn", f"openvpn-{kind}"):
            if each.get("disable") in _OFF:
                words = ",".join(each.get(tag) for tag in _OPENVPN)
                yield f"ovpn{kind[0]}{each.get('vpnid')}", words.split(",")
    for each in _items(root, "opnsense", "openvpn", "instances", "instance"):
        if each.get("enabled") not in _OFF:
            words = ",".join(each.get(tag) for tag in _INSTANCE)
            yield f"ovpn{each.get('role')[:1]}{each.get('vpnid')}", words.split(",")


def _ipsec(root: Element) -> Iterator[tuple[str, list[str]]]:
    """Those of tunnels; of a policy for transport there are none."""
    for each in _items(root, "ipsec", "phase2"):
        side = each.child("remoteid")
        if side and each.get("disabled") in _OFF and each.get("mode") in {"tunnel", "tunnel6"}:
            bits = side.get("netbits")
            yield "enc0", [side.get("address") + (f"/{bits}" if bits else "")]
    for each in _items(root, "opnsense", "swanctl", "children", "child"):
        if each.get("enabled") not in _OFF and each.get("mode") in {"", "tunnel"}:
            yield "enc0", each.get("remote_ts").split(",")
    client = root.find("ipsec", "client")
    if client and client.has("enable"):
        for version in ("", "_v6"):
            bits = client.get(f"pool_netbits{version}")
            yield "enc0", [f"{client.get(f'pool_address{version}')}/{bits}"]
    for each in _items(root, "opnsense", "swanctl", "pools", "pool"):
        if each.get("enabled") not in _OFF:
            yield "enc0", each.get("addrs").split(",")
