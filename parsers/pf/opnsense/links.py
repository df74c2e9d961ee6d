"""Where an OPNsense stands: its interfaces, and the networks behind each."""

import re
from collections.abc import Iterator

from flowmodel.ruleset import Link
from parsers.pf.opnsense.default_gateway import default_gateways
from parsers.pf.opnsense.interfaces import DEVICES, Interfaces, gateway_groups, gateway_items
from parsers.pf.opnsense.texts import known
from parsers.pf.opnsense.tunnels import Tunnels
from parsers.pf.rules import Interface
from parsers.pf.values import Network, addresses, network
from parsers.pf.world import reach, standing_in
from parsers.pf.xml import Element

_TUNNELS = ("ovpn", "wg", "gif", "gre", "ipsec")
_LINKS = ("VPNv4", "VPNv6", "TUNNELv4", "TUNNELv6", "GW")
"""What the gateways are called that a link tells, beside the way in which it gets its address."""


def static_routes(root: Element) -> Iterator[tuple[Element, str, str]]:
    """The enabled static routes: the element, the interface's id and the network."""
    by_gateway = _gateways(root)
    section = root.child("staticroutes")
    for route in section.all("route") if section else []:
        interface = by_gateway.get(route.get("gateway"))
        if interface and known(route.get("network")) and route.get("disabled") in {"", "0"}:
            yield route, interface, route.get("network")


def _gateways(root: Element) -> dict[str, str]:
    """The interfaces of gateways by their names: written ones, and those made for a link.

    Gateways.php, getGateways and convertType: `WAN_DHCP`, `HQ_GW`.
    """
    section = root.child("interfaces")
    found: dict[str, str] = {}
    for each in section.children if section else ():
        name = each.get("descr") or each.tag
        kinds = [each.get("ipaddr"), each.get("ipaddrv6"), *_LINKS]
        found |= {f"{name}_{kind}".upper(): each.tag for kind in kinds if kind}
    return found | {item.get("name"): item.get("interface").lower() for item in gateway_items(root)}


def _outside(root: Element, real: list[Interface]) -> frozenset[str]:
    """The interfaces that the world is behind: those of default gateways and of their groups.

    A tunnel that does so has not the world behind it.
    """
    found = {each.id for each in real if each.is_outside} | default_gateways(root, real)
    others = {each.id for each in real if not each.element.get("if").startswith(_TUNNELS)}
    gateways = _gateways(root)
    groups = []
    for group in gateway_groups(root):
        items = re.split("[|,]", ",".join(item.text for item in group.all("item")))
        members = {gateways[name] for name in items if name in gateways}
        groups.append(members & (others | found))
    return standing_in(found, groups)


def unrouted(root: Element, interfaces: Interfaces) -> Iterator[tuple[Element, str]]:
    """Servers of WireGuard to the networks of whose peers nothing leads, with their devices."""
    devices = {each.element.get("if"): each.id for each in interfaces.enabled_ones()}
    for server, device, networks in Tunnels(root).unrouted():
        routes = [text for _, where, text in static_routes(root) if where == devices.get(device)]
        if networks - addresses(filter(None, map(network, routes))):
            yield server, device


def links(root: Element, interfaces: Interfaces) -> tuple[Link, ...]:
    """The enabled interfaces, with what is behind them by addresses and static routes."""
    routed: dict[str, list[Network]] = {}
    for _, where, text in static_routes(root):
        routed.setdefault(where, []).extend(filter(None, [network(text)]))
    tunnels = Tunnels(root)
    real = [each for each in interfaces.enabled_ones() if "lo0" not in each.names]
    outside = _outside(root, real)
    found = []
    for each in real:
        by_routes = reach(routed.get(each.id, []))
        around = each.networks | by_routes.behind | tunnels.behind(each.element.get("if"))
        is_outside = each.id in outside or by_routes.is_world
        found.append(Link(each.names, around, is_outside, each.element.span))
    assigned = {each.element.get("if") for each in real}
    for name in DEVICES:
        group = interfaces.by_id.get(name)
        if group and (rest := tunnels.rest(name, assigned)):
            found.append(Link((group.id,), rest, is_outside=False, span=group.element.span))
    return tuple(found)
