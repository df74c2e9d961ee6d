"""The rules that OPNsense makes for addresses of its interfaces and for its own services."""

from collections.abc import Iterator

from parsers.pf.opnsense.interfaces import Interfaces
from parsers.pf.opnsense.rule import Draft
from parsers.pf.opnsense.sections import AUTOMATIC, Placed
from parsers.pf.opnsense.settings import Settings
from parsers.pf.rules import Interface
from parsers.pf.xml import Element

_FIRST = 1
_ISC = ("the ISC DHCP server is installed, which is a plugin since 26.1",)
_BY_DNSMASQ = ("the rules that Dnsmasq's version makes for DHCP",)
_LOCAL, _LOCAL_OR_GROUP = "fe80::/10", "fe80::/10,ff02::/16"


def service_rules(root: Element, settings: Settings, interfaces: Interfaces) -> Iterator[Placed]:
    """The rules in pf's order; all stand before the user's but those of IPsec."""
    for interface in interfaces.enabled_ones():
        for draft in _addressing(root, settings, interface):
            yield Placed(_FIRST, draft)
    for draft in _kea(root, interfaces):
        yield Placed(_FIRST, draft)
    for draft in _dnsmasq(root, interfaces):
        yield Placed(_FIRST, draft)
    for draft in _portal(root):
        yield Placed(_FIRST, draft)
    for draft in _ipsec(root):
        yield Placed(AUTOMATIC, draft)
    for draft in _upnp(root, interfaces):
        yield Placed(AUTOMATIC + 1, draft)


def _addressing(root: Element, settings: Settings, interface: Interface) -> Iterator[Draft]:
    """DHCP in both roles, and tunnels of IPv6 in IPv4 (filter.lib.inc)."""
    element, on = interface.element, interface.id
    kind4, kind6 = element.get("ipaddr"), element.get("ipaddrv6")
    if settings.has_ipv6 and kind6 in {"dhcp6", "slaac"}:
        text = "allow dhcpv6 client"
        yield _udp(element, "in", on, "", "", _LOCAL, "546", text)
        yield _udp(element, "out", on, _LOCAL, "546", _LOCAL_OR_GROUP, "547", text)
    if kind4 == "dhcp":
        yield _udp(element, "in", on, "", "67", "", "68", "allow DHCP client")
        yield _udp(element, "out", on, "", "68", "", "67", "allow DHCP client")
    elif kind4 == "pptp":
        for protocol, port in (("tcp", "1723"), ("gre", "")):
            yield Draft(
                element,
                quick=False,
                interfaces=on,
                protocol=protocol,
                destination_port=port,
                description="allow PPTP client",
            )
    else:
        yield from _dhcp_server(root, on)
    if settings.has_ipv6 and kind6 in {"6rd", "6to4"}:
        far = element.get("gateway-6rd") if kind6 == "6rd" else "any"
        near = "any" if kind6 == "6rd" else "(self)"
        for direction, source, destination in (("in", far, near), ("out", near, far)):
            yield Draft(
                element,
                "pass",
                direction,
                quick=False,
                interfaces=on,
                protocol="41",
                source=source,
                destination=destination,
                description=f"Allow 6in4 traffic for {kind6}",
            )
    elif settings.has_ipv6:
        section = root.find("dhcpdv6", on)
        if kind6 == "track6" or (section and section.has("enable")):
            yield from _dhcp6_server(section or element, on, _ISC)


def _udp(
    place: Element,
    direction: str,
    on: str,
    source: str,
    source_port: str,
    destination: str,
    port: str,
    text: str,
    unread: tuple[str, ...] = (),
    family: str = "",
) -> Draft:
    return Draft(
        place,
        "pass",
        direction,
        interfaces=on,
        ipprotocol=family,
        protocol="udp",
        source=source,
        source_port=source_port,
        destination=destination,
        destination_port=port,
        description=text,
        unread=unread,
    )


def _dhcp_server(root: Element, on: str) -> Iterator[Draft]:
    section = root.find("dhcpd", on)
    if section is None or not section.has("enable"):
        return
    text = "allow access to DHCP server"
    yield from _dhcp4_in(section, on, _ISC)
    yield _udp(section, "out", on, "(self)", "67", "", "68", text, _ISC)
    for port in ("519", "520") if section.get("failover_peerip") else ():
        yield Draft(
            section,
            interfaces=on,
            protocol="tcp/udp",
            source=section.get("failover_peerip"),
            destination="(self)",
            destination_port=port,
            description="allow access to DHCP failover",
            unread=_ISC,
        )


def _dhcp4_in(place: Element, on: str, unread: tuple[str, ...]) -> Iterator[Draft]:
    for to in ("255.255.255.255", "(self)"):
        yield _udp(place, "in", on, "", "68", to, "67", "allow access to DHCP server", unread)


def _dhcp6_server(place: Element, on: str, unread: tuple[str, ...]) -> Iterator[Draft]:
    text = "allow access to DHCPv6 server"
    for source, destination, port in (
        (_LOCAL, _LOCAL_OR_GROUP, "546"),
        (_LOCAL, "ff02::/16", "547"),
        ("ff02::/16", _LOCAL, "547"),
        (_LOCAL, "(self)", "546"),
    ):
        yield _udp(place, "in", on, source, "", destination, port, text, unread, "inet6")
    yield _udp(place, "out", on, "(self)", "547", _LOCAL, "", text, unread, "inet6")


def _kea(root: Element, interfaces: Interfaces) -> Iterator[Draft]:
    """kea.inc, kea_firewall."""
    for version, make in (("dhcp4", _dhcp4_in), ("dhcp6", _dhcp6_server)):
        general = root.find("opnsense", "kea", version, "general")
        if general is None or any(general.get(tag) in {"", "0"} for tag in ("enabled", "fwrules")):
            continue
        for name in general.get("interfaces").split(","):
            if interfaces.enabled(name):
                yield from make(general, name, ())


def _dnsmasq(root: Element, interfaces: Interfaces) -> Iterator[Draft]:
    """The rules for DHCP that Dnsmasq registers on the interfaces that are chosen (25.1).

    docs.opnsense.org, Dnsmasq DNS & DHCP; Dnsmasq.xml: they are on unless somebody said otherwise.
    """
    section = root.child("dnsmasq")
    dhcp = section.child("dhcp") if section else None
    if section is None or dhcp is None or section.get("enable") in {"", "0"}:
        return
    if dhcp.has("default_fw_rules") and dhcp.get("default_fw_rules") in {"", "0"}:
        return
    left = dhcp.get("no_interface").split(",")
    for name in section.get("interface").split(","):
        if interfaces.enabled(name) and name not in left:
            yield from _dhcp4_in(dhcp, name, _BY_DNSMASQ)
            yield from _dhcp6_server(dhcp, name, _BY_DNSMASQ)


def _portal(root: Element) -> Iterator[Draft]:
    """The captive portal, whose rules depend on who is logged in."""
    zones = root.find("opnsense", "captiveportal", "zones")
    for zone in zones.all("zone") if zones else []:
        if zone.get("enabled") not in {"", "0"} and zone.get("interfaces"):
            for action in ("pass", "block"):
                yield Draft(
                    zone,
                    action,
                    interfaces=zone.get("interfaces"),
                    description="captive portal",
                    unread=(f"the captive portal would {action} it",),
                )


def _ipsec(root: Element) -> Iterator[Draft]:
    """ipsec.inc, ipsec_firewall: for the tunnels of the older section."""
    section = root.child("ipsec")
    if section is None or not section.has("enable") or root.find("system", "disablevpnrules"):
        return
    for phase1 in section.all("phase1"):
        if phase1.has("disabled"):
            continue
        kinds = {
            each.get("protocol")
            for each in section.all("phase2")
            if each.get("ikeid") == phase1.get("ikeid") and each.get("protocol") in {"esp", "ah"}
        }
        ports = ["500"] + (["4500"] if phase1.get("nat_traversal") != "off" else [])
        parts = [("udp", port) for port in ports] + [(kind, "") for kind in sorted(kinds)]
        peer = "any" if phase1.has("mobile") else phase1.get("remote-gateway")
        unread: tuple[str, ...] = ()
        if peer != "any" and not all(letter in "0123456789abcdefABCDEF:." for letter in peer):
            peer, unread = "any", (f"the address of {peer}",)
        for protocol, port in parts:
            for direction in ("out", "in"):
                yield Draft(
                    phase1,
                    "pass",
                    direction,
                    quick=False,
                    interfaces=phase1.get("interface").split("_vhid")[0],
                    protocol=protocol,
                    source=peer if direction == "in" else "",
                    destination=peer if direction == "out" else "",
                    destination_port=port,
                    description=f"IPsec: {phase1.get('descr') or peer}",
                    unread=unread,
                )


def _upnp(root: Element, interfaces: Interfaces) -> Iterator[Draft]:
    """Programs inside may open ports: the anchor of miniupnpd, behind all rules."""
    found = root.find("installedpackages", "miniupnpd", "config")
    if found and found.get("enable") not in {"", "0", "off"}:
        text = "ports that programs opened by UPnP"
        outside = found.get("ext_iface") or "wan"
        on = outside if interfaces.enabled(outside) else ""
        yield Draft(found, "pass", interfaces=on, description=text, unread=(text,))
