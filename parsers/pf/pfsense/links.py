"""Where a pfSense stands: its interfaces, and the networks behind each."""

from collections.abc import Iterable, Iterator

from flowmodel.addresses import Addresses
from flowmodel.ruleset import Link
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.interfaces import TUNNELS, Port, pppoe_servers
from parsers.pf.values import Network, addresses, network
from parsers.pf.world import behind, reach, standing_in
from parsers.pf.xml import Element

INWARD = (
    "no interface has a gateway, wan neither: "
    "what comes from the internet is judged only where the site's `interfaces:` says where it is"
)
AUTOMATIC = (
    "no default gateway is chosen: pfSense may take {}, which stands first; that of {} is taken"
    " for it here"
)
_DEFAULTS = (("defaultgw4", "inet"), ("defaultgw6", "inet6"))
"""The setting of each family's default gateway; it is empty where pfSense chooses one."""
UNTOLD = (
    "the export tells no network behind {}: "
    "what comes in by it is judged only where the site's `interfaces:` names one"
)


def links(device: Device) -> Iterator[Link]:
    """The interfaces with their networks, those of virtual addresses and of static routes."""
    routed: dict[str, list[Network]] = {}
    gateways = device.gateways()
    for found, gateway in device.routes():
        routed.setdefault(gateways.get(gateway, ""), []).append(found)
    outside = _outside(device)
    some_outside = False
    for port in device.assigned:
        networks = [side.static for side in (port.v4, port.v6) if side.static]
        networks += [vip.address for vip in port.vips]
        by_routes = reach(routed.get(port.id, []))
        around = addresses(networks) | by_routes.behind | _inside(device, port.device)
        is_outside = port.id in outside or by_routes.is_world
        if not around and not is_outside:
            device.remarks.say("FW902", UNTOLD.format(port.id), port.element)
        some_outside = some_outside or is_outside
        yield Link(port.names, around, is_outside, port.element.span)
    if not some_outside and (wan := device.ports.get("wan")):
        device.remarks.say("FW902", INWARD, wan.element)
    yield from _tunnels(device)


def _outside(device: Device) -> frozenset[str]:
    """The interfaces that the world is behind, by their gateways.

    gwlb.inc, fixup_default_gateway: the default gateway is one by its name, or a member of a group.
    Those of a group stand in for each other. A tunnel has a gateway, too, but not the world behind
    it.
    """
    gateways = device.gateways()
    section = device.root.child("gateways")
    chosen = {section.get(tag) for tag, _ in _DEFAULTS} if section else set()
    ports = [each for each in device.assigned if not each.device.startswith(TUNNELS)]
    others = {port.id for port in ports}
    found = {port.id for port in ports if port.has_gateway or port.has_gateway6}
    found |= {gateways[name] for name in chosen if name in gateways}
    items = section.all("gateway_item") if section else []
    found |= {each.get("interface") for each in items if each.has("defaultgw")}
    found.update(_automatic(device))
    groups = []
    for group in section.all("gateway_group") if section else ():
        names = [item.text.partition("|")[0] for item in group.all("item")]
        members = {gateways[name] for name in names if name in gateways}
        found |= members if group.get("name") in chosen else set()
        groups.append(members)
    return standing_in(found, [each & (others | found) for each in groups])


def _automatic(device: Device) -> Iterator[str]:
    """The interface of the default gateway of each family for which none is chosen.

    fixup_default_gateway and order_gateways_as_configured: it is the first one that is up, of
    those that are written before those that a link tells.
    """
    section = device.root.child("gateways")
    items = section.all("gateway_item") if section else []
    live = [each for each in items if not each.has("disabled") and not each.has("force_down")]
    for tag, kind in _DEFAULTS:
        mine = [each for each in live if (each.get("ipprotocol") or "inet") == kind]
        is_chosen = (section and section.get(tag)) or any(each.has("defaultgw") for each in mine)
        port = device.ports.get(mine[0].get("interface")) if mine and not is_chosen else None
        if not port or port.device.startswith(TUNNELS):
            continue
        told = [each.id for each in device.assigned if _is_told(each, kind)]
        if told and port.id not in told:
            why = AUTOMATIC.format(mine[0].get("name"), ", ".join(told))
            device.remarks.say("FW902", why, mine[0])
        else:
            yield port.id


def _is_told(port: Port, kind: str) -> bool:
    """Whether a link tells the interface's gateway of a family."""
    if kind == "inet":
        return port.has_gateway and bool(port.type4) and not port.device.startswith(TUNNELS)
    return port.has_gateway6 and bool(port.type6)


def _inside(device: Device, name: str) -> Addresses:
    """What is behind the tunnel of a device name."""
    return behind(_openvpn(device, name)) | behind(_wireguard(device, name))


def _tunnels(device: Device) -> Iterator[Link]:
    remote = {
        "openvpn": behind(_openvpn(device, "")),
        "enc0": behind(_ipsec(device)),
        "wireguard": behind(_wireguard(device, "")),
        "l2tp": _dialled(device.section("l2tp"), "l2tp_subnet"),
        "pppoe": _dialled(pppoe_servers(device.root), "pppoe_subnet"),
    }
    for id_, inside in remote.items():
        port = device.ports.get(id_)
        if port and inside:
            names = tuple(name for name in port.names if not name.endswith("*"))
            yield Link(names[:1], inside, is_outside=False, span=port.element.span)


def _openvpn(device: Device, name: str) -> Iterator[list[Network]]:
    """The networks behind each tunnel of a device name; without one, of each that has none."""
    tags = ("tunnel_network", "tunnel_networkv6", "remote_network", "remote_networkv6")
    assigned = {port.device for port in device.assigned}
    for kind in ("server", "client"):
        for each in device.section("openvpn", f"openvpn-{kind}"):
            its = f"ovpn{kind[0]}{each.get('vpnid')}"
            if not each.has("disable") and (its == name if name else its not in assigned):
                yield _networks(text for tag in tags for text in each.get(tag).split(","))


def _networks(texts: Iterable[str]) -> list[Network]:
    return [found for text in texts if (found := network(text))]


def _wireguard(device: Device, name: str) -> Iterator[list[Network]]:
    """The networks of a device name's tunnel and of each peer; without one, of all without one."""
    assigned = {port.device for port in device.assigned}
    for path in (("installedpackages", "wireguard"), ("wireguard",)):
        switch = device.root.find(*path, "config", "enable")
        if switch and switch.text != "on":
            continue
        for kind, tag, rows in (
            ("tunnels", "name", "addresses"),
            ("peers", "tun", "allowedips"),
        ):
            for each in device.section(*path, kind, "item"):
                its = each.get(tag)
                if each.get("enabled") == "no" or (its != name if name else its in assigned):
                    continue
                inside = each.child(rows)
                # A peer for everything is a way out, and no network behind the tunnel.
                yield _networks(
                    f"{row.get('address')}/{row.get('mask')}"
                    for row in (inside.all("row") if inside else ())
                )


def _dialled(servers: list[Element], length: str) -> Addresses:
    """The addresses that a server gives to those who dial in."""
    found = [network(f"{each.get('remoteip')}/{each.get(length)}") for each in servers]
    return addresses(each for each in found if each)


def _ipsec(device: Device) -> Iterator[list[Network]]:
    """The networks behind each tunnel: those of a phase 1 that is disabled are none."""
    found: dict[str, list[str]] = {}
    off = {each.get("ikeid") for each in device.section("ipsec", "phase1") if each.has("disabled")}
    for phase2 in device.section("ipsec", "phase2"):
        side, its = phase2.child("remoteid"), phase2.get("ikeid")
        if phase2.has("disabled") or its in off:
            continue
        if side and phase2.get("mode") != "transport":
            bits = side.get("netbits")
            text = side.get("address") + (f"/{bits}" if bits else "")
            found.setdefault(its, []).append(text)
    yield from map(_networks, found.values())
    client = device.root.find("ipsec", "client")
    if client and client.has("enable"):
        # vpn.inc: the addresses that mobile clients get, all of them or one by his key.
        for each in (client, *device.section("ipsec", "mobilekey")):
            yield [pool for pool in _pools(each) if pool]


def _pools(giver: Element) -> Iterator[Network | None]:
    for version in ("", "_v6"):
        text = giver.get(f"pool_address{version}")
        yield network(f"{text}/{giver.get(f'pool_netbits{version}')}") or network(text)
