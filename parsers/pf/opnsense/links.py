"""Where an OPNsense stands: its interfaces, and the networks behind each."""

from collections.abc import Iterator

from flowmodel.ruleset import Link
from parsers.pf.opnsense.interfaces import DEVICES, Interfaces, gateway_items
from parsers.pf.opnsense.texts import known
from parsers.pf.opnsense.tunnels import Tunnels
from parsers.pf.values import Network, network
from parsers.pf.world import reach
from parsers.pf.xml import Element

_LINKS = ("VPNv4", "VPNv6", "TUNNELv4", "TUNNELv6", "GW")
"""What the gateways are called that a link tells, beside the way in which it gets its address."""


def static_routes(root: Element) -> Iterator[tuple[Element, str, str]]:
    """The enabled static routes: the element, the interface's id and the network."""
    by_gateway = _made_gateways(root)
    by_gateway |= {item.get("name"): item.get("interface").lower() for item in gateway_items(root)}
    section = root.child("staticroutes")
    for route in section.all("route") if section else []:
        interface = by_gateway.get(route.get("gateway"))
        if interface and known(route.get("network")) and route.get("disabled") in {"", "0"}:
            yield route, interface, route.get("network")


def _made_gateways(root: Element) -> dict[str, str]:
    """The interfaces of the gateways that OPNsense makes for a link: `WAN_DHCP`, `HQ_GW`.

    Gateways.php, getGateways and convertType.
    """
    section = root.child("interfaces")
    found: dict[str, str] = {}
    for each in section.children if section else ():
        name = each.get("descr") or each.tag
        kinds = [each.get("ipaddr"), each.get("ipaddrv6"), *_LINKS]
        found |= {f"{name}_{kind}".upper(): each.tag for kind in kinds if kind}
    return found


def links(root: Element, interfaces: Interfaces) -> tuple[Link, ...]:
    """The enabled interfaces, with what is behind them by addresses and static routes."""
    routed: dict[str, list[Network]] = {}
    for _, where, text in static_routes(root):
        routed.setdefault(where, []).extend(filter(None, [network(text)]))
    tunnels = Tunnels(root)
    real = [each for each in interfaces.enabled_ones() if "lo0" not in each.names]
    found = []
    for each in real:
        by_routes = reach(routed.get(each.id, []))
        around = each.networks | by_routes.behind | tunnels.behind(each.element.get("if"))
        is_outside = each.is_outside or by_routes.is_world
        found.append(Link(each.names, around, is_outside, each.element.span))
    assigned = {each.element.get("if") for each in real}
    for name in DEVICES:
        group = interfaces.by_id.get(name)
        if group and (rest := tunnels.rest(name, assigned)):
            found.append(Link((group.id,), rest, is_outside=False, span=group.element.span))
    return tuple(found)
