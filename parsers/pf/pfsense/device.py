"""What the parts of the reader share: the sections, interfaces, aliases, and the remarks."""

import re

from flowmodel.addresses import Addresses, of_family
from flowmodel.fields import Family
from flowmodel.values import difference, full
from parsers.pf.pfsense.aliases import Aliases
from parsers.pf.pfsense.interfaces import ON_INTERFACE, Port, ports, pppoe_servers
from parsers.pf.remarks import Remarks
from parsers.pf.rules import Endpoint
from parsers.pf.values import Network, addresses, interval, network, of_text
from parsers.pf.xml import Element, words_of

_LOOPBACK = of_text("127.0.0.1", "::1")
_LINK_LOCAL = of_text("fe80::/10")
LINK_LOCAL = "the link-local address of"
"""What every interface has, in the same small range: no rule is named for it."""


_TABLES = 23.4
"""The version of the configuration's form, above CE 2.7.2, from which on it is so."""
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")


class Device:
    """A pfSense, as far as its config.xml tells."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.remarks = Remarks()
        missing = Element.at(root.document, root.start, "system")
        self.system = root.child("system") or missing
        self.ports = ports(root)
        self.aliases = Aliases(root)
        self.assigned = [each for each in self.ports.values() if not each.is_virtual]
        self.has_ipv6 = self.system.has("ipv6allow")
        self._made: dict[tuple[str, ...], Endpoint] = {}
        self.version = _version(root)
        """The version of the configuration's form; None if the export does not tell it."""

    def is_since(self, first: float, surely: float = 0.0) -> bool | None:
        """Whether the version is `first` or newer; None if the export does not tell.

        Of versions from `first` on and before `surely` it is not known either.
        """
        if self.version is None or first <= self.version < surely:
            return None
        return self.version >= first

    @property
    def has_tables(self) -> bool | None:
        """Whether interface networks are tables of both families (`LAN__NETWORK`)."""
        return self.is_since(_TABLES)

    def section(self, *path: str) -> list[Element]:
        """The elements by the tags on the way to them, of which the last may come often."""
        parent = self.root.find(*path[:-1]) if path[:-1] else self.root
        return parent.all(path[-1]) if parent else []

    def own(self, port: Port) -> Endpoint:
        """The addresses of an interface, of both families: pf's `(em0)`."""
        key = ("own", port.id)
        if key not in self._made:
            self._made[key] = self._own((port,), with_loopback=False)
        return self._made[key]

    def itself(self) -> Endpoint:
        """All addresses of the device: pf's `(self)`."""
        key = ("self",)
        if key not in self._made:
            self._made[key] = self._own(tuple(self.assigned), with_loopback=True)
        return self._made[key]

    def around(self, port: Port) -> Endpoint:
        """The networks of an interface's own addresses: pf's `em0:network`."""
        known = addresses(
            [side.static for side in (port.v4, port.v6) if side.static]
            + [vip.address for vip in port.vips if vip.mode in ON_INTERFACE]
        )
        own = self.own(port)
        unread = (f"networks of {port.id}",) if own.unread else ()
        return Endpoint(known, unread, within=own.within)

    def _own(self, several: tuple[Port, ...], *, with_loopback: bool) -> Endpoint:
        known = _LOOPBACK if with_loopback else Addresses()
        unread: list[str] = []
        within = Addresses()
        for port in several:
            for family, side in ((4, port.v4), (6, port.v6)):
                if side.static:
                    known |= addresses([_host(side.static)])
                elif side.given_by and not side.is_virtual:
                    unread.append(f"the address of {port.id} ({side.given_by})")
                    within |= self.elsewhere(port, 4 if family == 4 else 6)
            known |= addresses(_host(vip.address) for vip in port.vips if vip.mode in ON_INTERFACE)
            if self.has_ipv6:
                unread.append(f"{LINK_LOCAL} {port.id}")
                within |= _LINK_LOCAL
        if with_loopback and (tunnels := self.tunnels()):
            unread.append("the addresses of tunnels")
            within |= tunnels
        found = tuple(dict.fromkeys(unread))
        return Endpoint(known, found, within=within, is_own=True)

    def elsewhere(self, port: Port, family: Family) -> Addresses:
        """Where an unknown address of an interface can be: in no other one's static network.

        The device could route to neither of them: docs/limits.md. A tunnel's own is in the network
        that it is given.
        """
        if port.side(family).is_virtual:
            its = [vip.address for vip in port.vips if vip.mode in ON_INTERFACE]
            return addresses(_host(each) for each in its if each[0] == family)
        if given := self._given(port.device).of(family):
            return of_family(family, given)
        others = addresses(
            side.static
            for each in self.assigned
            if each is not port and (side := each.side(family)).static
        )
        width = 32 if family == 4 else 128
        free = difference(full(width), others.of(family))
        return of_family(family, free)

    def _given(self, device: str) -> Addresses:
        """The networks that a tunnel gives its own end an address of; none for other devices."""
        texts: list[str] = []
        for each in self.section("openvpn", "openvpn-server"):
            if f"ovpns{each.get('vpnid')}" == device:
                texts += [each.get("tunnel_network"), each.get("tunnel_networkv6")]
        for path in (("gifs", "gif"), ("gres", "gre")):
            for each in self.section(*path):
                if each.get(f"{path[1]}if") == device:
                    texts.append(each.get("tunnel-local-addr"))
        return addresses(found for text in texts if (found := network(text)))

    def tunnels(self) -> Addresses:
        """The networks inside the tunnels that the device ends."""
        texts = []
        for kind in ("openvpn-server", "openvpn-client"):
            for each in self.section("openvpn", kind):
                if not each.has("disable"):
                    texts += [each.get("tunnel_network"), each.get("tunnel_networkv6")]
        for path in (("gifs", "gif"), ("gres", "gre")):
            for each in self.section(*path):
                texts.append(each.get("tunnel-local-addr"))
        for tunnel in self.section("installedpackages", "wireguard", "tunnels", "item"):
            rows = tunnel.find("addresses")
            for each in rows.all("row") if rows else ():
                texts.append(f"{each.get('address')}/{each.get('mask')}")
        texts += [each.get("localip") for each in pppoe_servers(self.root)]
        if l2tp := self.root.child("l2tp"):
            texts.append(l2tp.get("localip"))
        return addresses(found for text in texts if text and (found := network(text)))

    def networks_of(self, port: Port) -> Addresses:
        """The networks of an interface with all virtual addresses, or those of a group."""
        found = [side.static for side in (port.v4, port.v6) if side.static]
        return addresses([*found, *(vip.address for vip in port.vips)])

    def network_of(self, port: Port, family: Family) -> list[Network]:
        """The interface's network with those of its virtual addresses that lie outside it.

        filter.inc, filter_address_add_vips_subnets.
        """
        side = port.side(family)
        if not side.static:
            return []
        found = [side.static]
        for vip in port.vips:
            if vip.address[0] == family and not any(
                low <= vip.address[1] <= high for low, high in map(interval, found)
            ):
                found.append(vip.address)
        return found

    def gateways(self) -> dict[str, str]:
        """The interfaces of gateways, by their names: written ones, and those made for a link.

        gwlb.inc, return_gateways_array: `WAN_DHCP`, `HQ_VPNV4`.
        """
        made = {name: port.id for port in self.assigned for name in port.gateway_names()}
        return made | {
            each.get("name"): each.get("interface")
            for each in self.section("gateways", "gateway_item")
            if not each.has("disabled")
        }

    def routes(self) -> list[tuple[Network, str]]:
        """The networks of enabled static routes, with the names of their gateways."""
        found = []
        for route in self.section("staticroutes", "route"):
            if route.has("disabled"):
                continue
            text = route.get("network")
            alias = self.aliases.get(text)
            members = words_of(alias.element.get("address")) if alias else [text]
            found += [(net, route.get("gateway")) for each in members if (net := network(each))]
        return found


def _host(found: Network) -> Network:
    return found[0], found[1], 32 if found[0] == 4 else 128


def _version(root: Element) -> float | None:
    text = root.get("version")
    return float(text) if _NUMBER.fullmatch(text) else None
