"""Where a pfSense stands: its interfaces, and the networks behind each."""

from collections.abc import Iterator

from flowmodel.addresses import Addresses
from flowmodel.ruleset import Link
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.interfaces import TUNNELS, pppoe_servers
from parsers.pf.values import Network, addresses, network
from parsers.pf.xml import Element

INWARD = (
    "no interface has a gateway, wan neither: "
    "what comes from the internet is judged only where the site's `interfaces:` says where it is"
)
UNTOLD = (
    "the export tells no network behind {}: "
    "what comes in by it is judged only where the site's `interfaces:` names one"
)


def links(device: Device) -> Iterator[Link]:
    """The interfaces with their networks, those of virtual addresses and of static routes."""
    routed: dict[str, list[Network]] = {}
    gateways = device.gateways()
    for found, gateway in device.routes():
        routed.setdefault(gateways.get(gateway, ("", ""))[0], []).append(found)
    section = device.root.child("gateways")
    chosen = [section.get(tag) for tag in ("defaultgw4", "defaultgw6")] if section else []
    default = {gateways.get(name, ("", ""))[0] for name in chosen}
    some_outside = False
    for port in device.assigned:
        networks = [side.static for side in (port.v4, port.v6) if side.static]
        networks += [vip.address for vip in port.vips]
        networks += routed.get(port.id, [])
        behind = addresses(networks) | _openvpn(device, port.device)
        behind |= _wireguard(device, port.device)
        # A tunnel has a gateway, too, but not the world behind it.
        is_outside = port.has_gateway and not port.device.startswith(TUNNELS)
        is_outside = is_outside or port.id in default
        if not behind and not is_outside:
            device.remarks.say("FW902", UNTOLD.format(port.id), port.element)
        some_outside = some_outside or is_outside
        yield Link(port.names, behind, is_outside, port.element.span)
    if not some_outside and (wan := device.ports.get("wan")):
        device.remarks.say("FW902", INWARD, wan.element)
    yield from _tunnels(device)


def _tunnels(device: Device) -> Iterator[Link]:
    remote = {
        "openvpn": _openvpn(device, ""),
        "enc0": _ipsec(device),
        "wireguard": _wireguard(device, ""),
        "l2tp": _dialled(device.section("l2tp"), "l2tp_subnet"),
        "pppoe": _dialled(pppoe_servers(device.root), "pppoe_subnet"),
    }
    for id_, behind in remote.items():
        port = device.ports.get(id_)
        if port and behind:
            names = tuple(name for name in port.names if not name.endswith("*"))
            yield Link(names[:1], behind, is_outside=False, span=port.element.span)


def _openvpn(device: Device, name: str) -> Addresses:
    """The networks behind the tunnel of a device name; without one, behind all that have none."""
    tags = ("tunnel_network", "tunnel_networkv6", "remote_network", "remote_networkv6")
    assigned = {port.device for port in device.assigned}
    texts = []
    for kind in ("server", "client"):
        for each in device.section("openvpn", f"openvpn-{kind}"):
            its = f"ovpn{kind[0]}{each.get('vpnid')}"
            if not each.has("disable") and (its == name if name else its not in assigned):
                texts += [text for tag in tags for text in each.get(tag).split(",")]
    return addresses(found for text in texts if (found := network(text)))


def _wireguard(device: Device, name: str) -> Addresses:
    """The networks of a device name's tunnel and its peers; without one, of all that have none."""
    assigned = {port.device for port in device.assigned}
    found: list[Network | None] = []
    for path in (("installedpackages", "wireguard"), ("wireguard",)):
        for kind, tag, rows in (
            ("tunnels", "name", "addresses"),
            ("peers", "tun", "allowedips"),
        ):
            for each in device.section(*path, kind, "item"):
                its = each.get(tag)
                if each.get("enabled") == "no" or (its != name if name else its in assigned):
                    continue
                inside = each.child(rows)
                found += [
                    network(f"{row.get('address')}/{row.get('mask')}")
                    for row in (inside.all("row") if inside else ())
                ]
    # A peer for everything is a way out, and no network behind the tunnel.
    return addresses(each for each in found if each and each[2])


def _dialled(servers: list[Element], length: str) -> Addresses:
    """The addresses that a server gives to those who dial in."""
    found = [network(f"{each.get('remoteip')}/{each.get(length)}") for each in servers]
    return addresses(each for each in found if each)


def _ipsec(device: Device) -> Addresses:
    found = []
    for phase2 in device.section("ipsec", "phase2"):
        side = phase2.child("remoteid")
        if side and not phase2.has("disabled") and phase2.get("mode") != "transport":
            bits = side.get("netbits")
            found.append(network(side.get("address") + (f"/{bits}" if bits else "")))
    return addresses(each for each in found if each and each[2])
