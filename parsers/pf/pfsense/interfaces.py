"""pfSense's interfaces as its filter knows them: filter.inc, filter_generate_optcfg_array."""

from collections import Counter
from collections.abc import Iterator

from flowmodel.fields import Family
from flowmodel.record import dataclass
from parsers.pf.values import Network, network
from parsers.pf.xml import Element, words_of

_GIVES_GATEWAY = frozenset({"dhcp", "pppoe", "pptp", "l2tp", "ppp"})
_GIVES_GATEWAY6 = frozenset({"slaac", "dhcp6", "6to4", "6rd"})
_BY_VIP = "a virtual address"
ON_INTERFACE = frozenset({"carp", "ipalias"})
"""The kinds of virtual addresses that an interface really has."""
GIVEN_BY = _GIVES_GATEWAY | _GIVES_GATEWAY6 | {"track6", _BY_VIP}
"""How an interface can come to an address that only the device knows."""
TUNNELS = ("ovpn", "ipsec", "gif", "gre", "wg", "tun_wg")
_ADDRESSED = ("ovpn", "ipsec", "gif", "gre", "wg")
"""Devices that get their addresses from what makes the tunnel, and not from the interface."""
_LINKS = {"ovpn": "VPN", "ipse": "VTI", "gif": "TUNNEL", "gre": "TUNNEL"}
"""What the gateways of tunnels are called (gwlb.inc, return_gateways_array)."""
# The virtual interfaces, and the devices that are of each: pf's interface groups.
OPENVPN = ("openvpn", "ovpns*", "ovpnc*")
IPSEC = ("enc0", "ipsec")
WIREGUARD = ("wireguard", "WireGuard", "wg", "tun_wg*")
L2TP = ("l2tp", "l2tps*")
PPPOE = ("pppoe", "poes*")


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """An interface's address in one family, and how it gets it."""

    static: Network | None
    """The address and prefix that the configuration gives; None where there is none."""
    given_by: str
    """Who gives the address where only the device knows it: `DHCP`, `track6`; else empty."""

    @property
    def exists(self) -> bool:
        """Whether the interface has an address of the family, as far as the export tells."""
        return self.static is not None or bool(self.given_by)

    @property
    def is_virtual(self) -> bool:
        """Whether it can only be one of the interface's virtual addresses."""
        return self.given_by == _BY_VIP


@dataclass(frozen=True, slots=True, eq=False)
class Vip:
    """A virtual address."""

    element: Element
    mode: str
    address: Network


@dataclass(frozen=True, slots=True, eq=False)
class Port:
    """An interface that rules can name."""

    id: str
    names: tuple[str, ...]
    """All names of it, or of its members: `wan`, `em0`, `internet`."""
    element: Element
    device: str = ""
    v4: Side = Side(None, "")
    v6: Side = Side(None, "")
    vips: tuple[Vip, ...] = ()
    has_gateway: bool = False
    has_gateway6: bool = False
    is_virtual: bool = False
    """Whether it is a group or a kind of tunnel, with no addresses of its own."""
    members: tuple["Port", ...] = ()
    """The interfaces of a group."""
    type4: str = ""
    """`dhcp`, `pppoe` … where the address is not static."""
    type6: str = ""

    def side(self, family: Family) -> Side:
        """The address of a family."""
        return self.v4 if family == 4 else self.v6

    def gateway_names(self) -> Iterator[str]:
        """What pfSense calls the gateways that a link tells, not the configuration."""
        name = (self.element.get("descr") or self.id).upper()
        if kind := next((_LINKS[each] for each in _LINKS if self.device.startswith(each)), ""):
            yield from (f"{name}_{kind}V4", f"{name}_{kind}V6")
        for kind in (self.type4, self.type6):
            if kind in _GIVES_GATEWAY | _GIVES_GATEWAY6:
                yield f"{name}_{kind.upper()}"


def ports(root: Element) -> dict[str, Port]:
    """The enabled interfaces by id, then tunnels and groups, in filter.inc's order."""
    section = root.child("interfaces")
    enabled = [each for each in section.children if each.has("enable")] if section else []
    vips = list(_vips(root))
    used = Counter(name for each in enabled for name in set(_names(each)))
    found = {}
    for each in enabled:
        names = tuple(dict.fromkeys(name for name in _names(each) if used[name] == 1))
        names = tuple(dict.fromkeys((each.tag, each.get("if") or each.tag, *names)))
        found[each.tag] = _port(each, names, vips)
    for port in _virtual(root):
        found[port.id] = _with_assigned(port, found)
    groups = root.find("ifgroups")
    for group in groups.all("ifgroupentry") if groups else ():
        members = [found[name] for name in words_of(group.get("members")) if name in found]
        inner = (name for member in members for name in member.names)
        id_ = group.get("ifname")
        own = found[id_].names if id_ in found else ()
        names = tuple(dict.fromkeys((id_, *own, *inner)))
        found[id_] = Port(id_, names, group, id_, is_virtual=True, members=tuple(members))
    return found


def _names(element: Element) -> Iterator[str]:
    yield element.tag
    yield element.get("if")
    if descr := element.get("descr").lower():
        yield descr


def _port(element: Element, names: tuple[str, ...], vips: list[tuple[str, Vip]]) -> Port:
    device = element.get("if")
    kind4, kind6 = element.get("ipaddr"), element.get("ipaddrv6")
    v4 = _side(kind4, element.get("subnet"), 4, device)
    v6 = _side(kind6, element.get("subnetv6"), 6, device)
    # interfaces.inc, interface_has_gateway.
    gateway = kind4 in _GIVES_GATEWAY or device.startswith(TUNNELS[:4]) or element.get("gateway")
    gateway6 = bool(kind6 in _GIVES_GATEWAY6 or element.get("gatewayv6"))
    its = tuple(vip for parent, vip in vips if parent == element.tag)
    if kind6 in {"6rd", "6to4"}:
        names = (*names, f"{element.tag}_stf")
    return Port(
        element.tag,
        names,
        element,
        device,
        _with_virtual(v4, 4, its),
        _with_virtual(v6, 6, its),
        its,
        has_gateway=bool(gateway) or (gateway6 and not v4.exists),
        has_gateway6=gateway6,
        type4="" if v4.static else kind4,
        type6="" if v6.static else kind6,
    )


def _with_virtual(side: Side, family: Family, vips: tuple[Vip, ...]) -> Side:
    """The side; without an address of its own, a virtual one may be found for the interface's.

    filter_generate_optcfg_array: get_interface_ip asks the running system for the device's first.
    """
    if side.exists or not any(
        vip.mode in ON_INTERFACE and vip.address[0] == family for vip in vips
    ):
        return side
    return Side(None, _BY_VIP)


def _side(address: str, length: str, family: Family, device: str) -> Side:
    found = network(f"{address}/{length}")
    if found and found[0] == family:
        return Side(found, "")
    if network(address) and not length:
        return Side(network(address), "")
    if network(address):
        return Side(None, f"with the prefix {length}")
    if address in {"", "none"}:
        # filter_generate_optcfg_array asks the running system for the interface's address.
        return Side(None, device if device.startswith(_ADDRESSED) else "")
    return Side(None, address)


def _vips(root: Element) -> Iterator[tuple[str, Vip]]:
    section = root.child("virtualip")
    vips = section.all("vip") if section else []
    by_id = {f"_vip{vip.get('uniqid')}": vip.get("interface") for vip in vips}
    for vip in vips:
        found = network(f"{vip.get('subnet')}/{vip.get('subnet_bits')}")
        found = found or network(vip.get("subnet"))
        if found:
            # An address alias may stand on another virtual address, which is on an interface.
            parent = vip.get("interface")
            for _ in range(3):
                parent = by_id.get(parent, parent)
            yield parent, Vip(vip, vip.get("mode"), found)


def _virtual(root: Element) -> Iterator[Port]:
    if (l2tp := root.find("l2tp")) and l2tp.get("mode") == "server":
        yield _tunnel("l2tp", L2TP, l2tp)
    for pppoe in pppoe_servers(root)[:1]:
        yield _tunnel("pppoe", PPPOE, pppoe)
    if ipsec := ipsec_enabled(root):
        yield _tunnel("enc0", IPSEC, ipsec)
    openvpn = root.find("openvpn")
    if openvpn and (openvpn.has("openvpn-server") or openvpn.has("openvpn-client")):
        yield _tunnel("openvpn", OPENVPN, openvpn)
    for path in (("installedpackages", "wireguard"), ("wireguard",)):
        wireguard = root.find(*path)
        if wireguard and wireguard.children:
            yield _tunnel("wireguard", WIREGUARD, wireguard)
            yield _tunnel("WireGuard", WIREGUARD, wireguard)
            break


def pppoe_servers(root: Element) -> list[Element]:
    """The PPPoE servers of the device."""
    section = root.find("pppoes")
    servers = section.all("pppoe") if section else []
    return [server for server in servers if server.get("mode") == "server"]


def ipsec_enabled(root: Element) -> Element | None:
    """The section, if a tunnel of it is enabled (ipsec.inc, ipsec_enabled)."""
    section = root.find("ipsec")
    if not section:
        return None
    client = section.child("client")
    is_live = any(not each.has("disabled") for each in section.all("phase1"))
    return section if is_live or (client and client.has("enable")) else None


def _tunnel(id_: str, names: tuple[str, ...], element: Element) -> Port:
    return Port(id_, names, element, names[0], is_virtual=True)


def _with_assigned(port: Port, found: dict[str, Port]) -> Port:
    """The tunnels of a kind with the names of those that are assigned as interfaces, too."""
    starts = tuple(name[:-1] for name in port.names if name.endswith("*"))
    more = [
        name
        for each in found.values()
        if starts and not each.is_virtual and each.device.startswith(starts)
        for name in each.names
    ]
    names = tuple(dict.fromkeys((*port.names, *more)))
    return Port(port.id, names, port.element, port.device, is_virtual=True)
