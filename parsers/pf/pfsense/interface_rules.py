"""The rules that pfSense makes for each interface: filter.inc, filter_rules_generate."""

from collections.abc import Iterator

from flowmodel.addresses import Addresses
from flowmodel.values import single
from parsers.pf.networks import BOGONS, BOGONS_V6, PRIVATE
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.endpoints import Endpoints
from parsers.pf.pfsense.interfaces import Port
from parsers.pf.pfsense.make import DHCP_TAG, TAGS, UDP, V4, V6, port, rule
from parsers.pf.pfsense.options import TCP_UDP
from parsers.pf.rules import ANY, BOTH, Endpoint, PfRule, Protocol
from parsers.pf.values import of_text

_LINK_LOCAL = Endpoint(of_text("fe80::/10"))
_MULTICAST = Endpoint(of_text("ff02::/16"))
_BROADCAST = Endpoint(of_text("255.255.255.255"))
_67, _68, _546, _547 = port(67), port(68), port(546), port(547)
_GRE = Protocol(single(47), single(47))


class InterfaceRules:
    """Makes the rules, in the order of filter.inc."""

    def __init__(self, device: Device, endpoints: Endpoints) -> None:
        self.device = device
        self.endpoints = endpoints
        self.has_tunnels = any(
            each.type4 == "pptp" or each.type6 in {"6rd", "6to4"} for each in device.assigned
        )

    def of(self, each: Port) -> Iterator[PfRule]:
        """The rules of one interface."""
        yield from self._clients(each)
        if bogons := each.element.child("blockbogons"):
            title = f"block in quick from bogons ({each.id}: block bogon networks)"
            families = BOTH if self.device.has_ipv6 else V4
            unread = Endpoint(Addresses(), ("the list of bogon networks",), within=BOGONS)
            if self.device.has_ipv6:
                unread = Endpoint(Addresses(), unread.unread, within=BOGONS | BOGONS_V6)
            yield rule(
                bogons, title, "block", "in", on=each.names, families=families, source=unread
            )
        is_bridged = any(
            each.id in bridge.get("members") for bridge in self.device.section("bridges", "bridged")
        )
        if not is_bridged and each.v4.exists:
            yield from self._antispoof(each)
        if (private := each.element.child("blockpriv")) and not is_bridged:
            for text, endpoint in PRIVATE:
                title = f"block in quick from {text} ({each.id}: block private networks)"
                yield rule(private, title, "block", "in", on=each.names, source=endpoint)
        if each.type4 == "pptp":
            yield rule(
                each.element,
                f"pass in on {each.id} proto gre: PPTP",
                "pass",
                "in",
                quick=False,
                on=each.names,
                protocol=_GRE,
            )
        yield from self._servers(each)
        yield from self._servers6(each)

    def _clients(self, each: Port) -> Iterator[PfRule]:
        on, place = each.names, each.element
        if each.type4 == "dhcp":
            yield rule(
                place,
                f"pass in quick on {each.id}: DHCP client",
                "pass",
                "in",
                on=on,
                protocol=UDP,
                is_given=True,
                source_ports=_67,
                destination_ports=_68,
            )._replace(tag="" if self.device.is_since(*TAGS) is False else DHCP_TAG)
            yield rule(
                place,
                f"pass out quick on {each.id}: DHCP client",
                "pass",
                "out",
                on=on,
                protocol=UDP,
                is_given=True,
                source_ports=_68,
                destination_ports=_67,
            )
        if self.device.has_ipv6 and each.type6 in {"slaac", "dhcp6"}:
            title = f"pass in quick on {each.id}: DHCPv6 client"
            yield rule(
                place,
                title,
                "pass",
                "in",
                on=on,
                protocol=UDP,
                is_given=True,
                source=_LINK_LOCAL,
                source_ports=_546,
                destination=_LINK_LOCAL,
                destination_ports=_546,
            )
            yield rule(
                place,
                title,
                "pass",
                "in",
                on=on,
                protocol=UDP,
                is_given=True,
                source_ports=_547,
                destination_ports=_546,
            )
            yield rule(
                place,
                title.replace("in", "out", 1),
                "pass",
                "out",
                on=on,
                protocol=UDP,
                is_given=True,
                source_ports=_546,
                destination_ports=_547,
            )

    def _antispoof(self, each: Port) -> Iterator[PfRule]:
        """What comes from the interface's networks, but by another one (pf.conf(5), antispoof).

        The default deny blocks the same, unless a tunnel's rule has passed it in between: without
        one, addresses that only the device knows need not be asked for.
        """
        net, own = self.device.around(each), self.device.own(each)
        if not self.has_tunnels:
            net, own = Endpoint(net.addresses), Endpoint(own.addresses)
        for title, not_on, source in (
            (f"block in on !{each.id} from its networks: antispoof", True, net),
            (f"block in from the address of {each.id}: antispoof", False, own),
        ):
            if source.addresses or source.unread:
                yield rule(
                    each.element,
                    title,
                    "block",
                    "in",
                    quick=False,
                    on=each.names if not_on else (),
                    not_on=not_on,
                    source=source,
                )

    def _servers(self, each: Port) -> Iterator[PfRule]:
        """DHCP servers and relays, of interfaces that are no PPP links."""
        if each.type4 in {"pptp", "pppoe", "none"}:
            return
        server = self.device.root.find("dhcpd", each.id)
        on, title = each.names, f"quick on {each.id}: DHCP server"
        if server and server.has("enable"):
            yield rule(
                server,
                f"pass in {title}",
                "pass",
                "in",
                on=on,
                protocol=UDP,
                source_ports=_68,
                destination=_BROADCAST,
                destination_ports=_67,
            )
            if each.v4.exists:
                own = self.endpoints.of("network", f"{each.id}ip").endpoint
                yield rule(
                    server,
                    f"pass in {title}",
                    "pass",
                    "in",
                    on=on,
                    protocol=UDP,
                    families=V4,
                    source_ports=_68,
                    destination=own,
                    destination_ports=_67,
                )
                yield rule(
                    server,
                    f"pass out {title}",
                    "pass",
                    "out",
                    on=on,
                    protocol=UDP,
                    families=V4,
                    source=own,
                    source_ports=_67,
                    destination_ports=_68,
                )
                peer = of_text(server.get("failover_peerip"))
                if peer:
                    yield rule(
                        server,
                        f"pass in {title}, its other node",
                        "pass",
                        "in",
                        on=on,
                        protocol=TCP_UDP,
                        source=Endpoint(peer),
                        destination=own,
                        destination_ports=port(519, 520),
                    )
        relay = self.device.root.child("dhcrelay")
        if relay and relay.has("enable") and each.id in relay.get("interface").split(","):
            yield rule(
                relay,
                f"pass in quick on {each.id}: DHCP relay",
                "pass",
                "in",
                on=on,
                protocol=UDP,
                source_ports=_68,
                destination=_BROADCAST,
                destination_ports=_67,
            )

    def _servers6(self, each: Port) -> Iterator[PfRule]:
        """Tunnels that carry IPv6, DHCPv6 servers and relays."""
        on = each.names
        tunnel = Protocol(single(41), single(41))
        if each.type6 in {"6rd", "6to4"}:
            relay, own = ANY, ANY
            if each.type6 == "6rd":
                found = of_text(each.element.get("gateway-6rd"))
                if not found:
                    return
                relay = Endpoint(found)
            else:
                own = self.endpoints.of("network", f"{each.id}ip").endpoint
            title = f"on {each.id} proto 41: {each.type6}"
            yield rule(
                each.element,
                f"pass in {title}",
                "pass",
                "in",
                quick=False,
                on=on,
                families=V4,
                protocol=tunnel,
                source=relay,
                destination=own,
            )
            yield rule(
                each.element,
                f"pass out {title}",
                "pass",
                "out",
                quick=False,
                on=on,
                families=V4,
                protocol=tunnel,
                source=own,
                destination=relay,
            )
            return
        server = self.device.root.find("dhcpdv6", each.id)
        relay6 = self.device.root.child("dhcrelay6")
        is_served = server and server.has("enable")
        is_relayed = relay6 and each.id in relay6.get("interface").split(",")
        if not (is_served or is_relayed or each.element.get("track6-interface")):
            return
        title = f"pass quick on {each.id} inet6 proto udp: DHCPv6 server"
        for source, destination, number in (
            (_LINK_LOCAL, _LINK_LOCAL, _546),
            (_LINK_LOCAL, _MULTICAST, _546),
            (_LINK_LOCAL, _MULTICAST, _547),
            (_MULTICAST, _LINK_LOCAL, _547),
        ):
            yield rule(
                each.element,
                title,
                "pass",
                on=on,
                families=V6,
                protocol=UDP,
                source=source,
                destination=destination,
                destination_ports=number,
            )
        if each.v6.exists:
            own6 = self.endpoints.of("network", f"{each.id}ip").endpoint
            yield rule(
                each.element,
                title,
                "pass",
                "in",
                on=on,
                families=V6,
                protocol=UDP,
                source=_LINK_LOCAL,
                destination=own6,
                destination_ports=_546,
            )
            yield rule(
                each.element,
                title,
                "pass",
                "out",
                on=on,
                families=V6,
                protocol=UDP,
                source=own6,
                source_ports=_547,
                destination=_LINK_LOCAL,
            )
