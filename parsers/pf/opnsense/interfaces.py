"""OPNsense's interfaces and groups: names, addresses, networks, and which have a gateway."""

import re
from collections.abc import Iterator

from flowmodel.addresses import Addresses, of_family
from flowmodel.record import NamedTuple
from flowmodel.values import difference, full
from parsers.pf.opnsense.coverage import odd, odd_virtual
from parsers.pf.opnsense.models import truth
from parsers.pf.opnsense.texts import known, number
from parsers.pf.rules import EVERYWHERE, Endpoint, Interface
from parsers.pf.values import ipv4, of_text
from parsers.pf.xml import Element, words_of

# ifconfig(8): what a device without addresses in config.xml certainly has none by itself. All
# other devices (ovpns1, wg0, gif0, ipsec1 …) get their addresses from the program behind them.
_HARDWARE = re.compile(
    r"(?:ae|age|ath|alc|ale|axgbe|ax|axe|axge|bce|bfe|bge|bnxt|bridge|cxgbe?|cxl|cdce|dc|em|ena|enc|et|"
    r"fxp|hn|iavf|ice|igb|igc|ix|ixl|ixv|jme|lagg|le|lo|mce|mlxen|msk|mxge|nfe|oce|qinq|qlx?gb?e?|re|rl|"
    r"sfxge|sge|sis|sk|ste|ti|tx|txp|ue|ure|vge|vlan|vmx|vr|vte|vtnet|vxlan|wb|wlan|xl|xn)[0-9.]+(?:_.*)?"
)
_STATIC4, _STATIC6 = re.compile(r"[0-9.]+"), re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
LINK_LOCAL = of_text("fe80::/10")
_NONE = frozenset({"", "none"})


class Interfaces(NamedTuple):
    """All interfaces and groups, by their ids in small letters."""

    by_id: dict[str, Interface]
    groups: dict[str, int]
    """The sequence of each interface group, which is its place among the groups' rules."""
    gateways: dict[str, str]
    """The interfaces that have a gateway for IPv4, and the text of what is unknown about it."""
    primary: dict[str, int]
    """The first IPv4 address of the interfaces where the export tells it."""

    def enabled(self, name: str) -> Interface | None:
        """The interface or group that a rule means, unless it is switched off or not there."""
        found = self.by_id.get(name.lower())
        return found if found and found.is_enabled else None

    def names(self, name: str) -> tuple[str, ...]:
        """All names of an interface or group; none if it is not there."""
        found = self.by_id.get(name.lower())
        return found.names if found else ()

    def real_ones(self) -> list[Interface]:
        """All interfaces that are no groups."""
        return [
            each
            for each in self.by_id.values()
            if each.element.tag == each.id and each.element.get("type") != "group"
        ]

    def enabled_ones(self) -> list[Interface]:
        """The enabled interfaces that are no groups."""
        return [each for each in self.real_ones() if each.is_enabled]


def interfaces(root: Element) -> Interfaces:
    """The interfaces of `<interfaces>` and the groups of `<ifgroups>`."""
    section = root.child("interfaces")
    elements = list(section.children) if section else []
    virtual, tunnels = _virtual_addresses(root), _wireguard(root)
    unsure = _odd_virtual(root)
    taken = [name for each in elements for name in (each.tag, each.get("if").lower())]
    taken += [each.get("descr").lower() for each in elements if each.get("descr")]
    by_id: dict[str, Interface] = {}
    gateways: dict[str, str] = {}
    primary: dict[str, int] = {}
    for element in elements:
        name = element.tag
        if element.get("type") == "group":
            continue
        names = tuple(_names(element, taken))
        tunnel = tunnels.get(element.get("if"), [])
        found = _addresses(element, virtual.get(name, []) + tunnel, is_known=bool(tunnel))
        if odd(element) or name in unsure:
            found = _unsure(found, name)
        gateway = _gateway(root, element)
        if gateway is not None:
            gateways[name] = gateway
        first = ipv4(element.get("ipaddr"))
        if first is not None:
            primary[name] = first
        by_id[name] = Interface(
            name,
            names,
            element,
            found.own,
            found.networks,
            found.unread,
            found.unread_networks,
            _is_outside(root, element),
            is_enabled=element.has("enable"),
        )
    groups = _add_groups(root, elements, by_id)
    return Interfaces(by_id, groups, gateways, primary)


def _names(element: Element, taken: list[str]) -> Iterator[str]:
    """All names of an interface; the description where nothing else has that name."""
    names = [element.tag, element.get("if")]
    description = element.get("descr").lower()
    own = [element.tag, element.get("if").lower(), description]
    if description and taken.count(description) == own.count(description):
        names.append(description)
    yield from dict.fromkeys(name for name in names if name)


class _Found(NamedTuple):
    own: Addresses
    networks: Addresses
    unread: tuple[str, ...]
    unread_networks: tuple[str, ...]


_More = list[tuple[Addresses, Addresses]]
"""Further addresses, each with its network."""


def _addresses(element: Element, virtual: _More, *, is_known: bool) -> _Found:
    """What the interface has; `is_known`: its program's addresses are among those of `virtual`."""
    name = element.tag
    has_none = bool(_HARDWARE.fullmatch(element.get("if"))) or is_known
    own = networks = Addresses()
    unread: list[str] = []
    for tag, length, family, static in (
        ("ipaddr", "subnet", 4, _STATIC4),
        ("ipaddrv6", "subnetv6", 6, _STATIC6),
    ):
        text = element.get(tag)
        bits = "32" if family == 4 else "128"
        if static.fullmatch(text):
            own |= known(text)
            networks |= known(f"{text}/{element.get(length) or bits}")
        elif text not in _NONE:
            unread.append(f"the IPv{family} address of {name} ({text})")
        elif not has_none:
            unread.append(f"the IPv{family} address of {name} ({element.get('if')})")
    if alias := element.get("alias-address"):
        own |= known(alias)
        networks |= known(f"{alias}/{element.get('alias-subnet') or 32}")
    if element.get("if") == "lo0":
        own |= of_text("127.0.0.1", "::1")
        networks |= of_text("127.0.0.0/8", "::1")
    for its, around in virtual:
        own, networks = own | its, networks | around
    nets = tuple(text.replace(" address of ", " network of ") for text in unread)
    return _Found(own, networks, tuple(unread), nets)


def _unsure(found: _Found, name: str) -> _Found:
    """The addresses of an interface of which something is not understood."""
    text = f"the IPv4 and IPv6 {{}} of {name}, of which something is not understood"
    return found._replace(
        unread=(*found.unread, text.format("address")),
        unread_networks=(*found.unread_networks, text.format("network")),
    )


def _odd_virtual(root: Element) -> frozenset[str]:
    """The interfaces that have a virtual address of which something is not understood."""
    section = root.child("virtualip")
    return frozenset(
        vip.get("interface").lower()
        for vip in (section.all("vip") if section else [])
        if odd_virtual(vip)
    )


def _wireguard(root: Element) -> dict[str, _More]:
    """The addresses of the devices of WireGuard, `wg0` and on."""
    found: dict[str, _More] = {}
    section = root.find("opnsense", "wireguard", "server", "servers")
    for server in section.all("server") if section else []:
        inside = words_of(server.get("tunneladdress").replace(",", " "))
        if truth(server, "enabled", default=True) and server.get("instance"):
            found[f"wg{server.get('instance')}"] = [
                (known(text.partition("/")[0]), known(text)) for text in inside
            ]
    return found


def _virtual_addresses(root: Element) -> dict[str, _More]:
    """Address and network of the virtual addresses that an interface really has.

    Proxy ARP and `other` addresses are on no interface (interfaces.inc, interfaces_vips_configure).
    """
    found: dict[str, _More] = {}
    section = root.child("virtualip")
    for vip in section.all("vip") if section else []:
        text, length = vip.get("subnet"), vip.get("subnet_bits")
        own, around = known(text), known(f"{text}/{length}" if length else text)
        if vip.get("mode") in {"ipalias", "carp"} and own and around:
            found.setdefault(vip.get("interface").lower(), []).append((own, around))
    return found


def gateway_items(root: Element) -> Iterator[Element]:
    """The gateways of config.xml that are switched on, in either section."""
    for path in (("gateways",), ("opnsense", "gateways")):
        section = root.find(*path)
        if section:
            yield from (
                item for item in section.all("gateway_item") if item.get("disabled") in {"", "0"}
            )


def gateway_families(root: Element) -> dict[str, str]:
    """`inet` or `inet6` for each gateway that config.xml names; "" for groups and other words."""
    found = {item.get("name"): item.get("ipprotocol") or "inet" for item in gateway_items(root)}
    found = {name: kind if kind in {"inet", "inet6"} else "" for name, kind in found.items()}
    return found | {group.get("name"): "" for group in gateway_groups(root)}


def gateway_groups(root: Element) -> Iterator[Element]:
    """The groups of gateways, in the sections of older and newer versions."""
    for path in (("gateways",), ("opnsense", "gateways"), ("opnsense", "routing", "gatewaygroups")):
        section = root.find(*path)
        yield from section.all("gateway_group") if section else ()


def _gateway(root: Element, element: Element) -> str | None:
    """What is unknown about the interface's IPv4 gateway; None if it certainly has none.

    filter.lib.inc, filter_core_get_initialized_plugin_system.
    """
    kind, named = element.get("ipaddr"), element.get("gateway")
    mine = [
        item
        for item in gateway_items(root)
        if item.get("interface").lower() == element.tag and item.get("ipprotocol") in {"", "inet"}
    ]
    if _STATIC4.fullmatch(kind):
        return "" if named not in _NONE and mine else None
    if kind not in _NONE or mine:
        return ""
    if _HARDWARE.fullmatch(element.get("if")):
        return None
    return f"{element.tag} has a gateway"


def gives_gateway(element: Element) -> bool:
    """Whether the interface's link tells a gateway for IPv4."""
    return element.get("ipaddr") in {"dhcp", "pppoe", "pptp", "l2tp", "ppp"}


def has_gateway6(element: Element) -> bool:
    """Whether the interface has a gateway for IPv6."""
    kind, named = element.get("ipaddrv6"), element.get("gatewayv6")
    return named not in _NONE or kind in {"dhcp6", "slaac", "pppoev6", "6rd", "6to4"}


def _is_outside(root: Element, element: Element) -> bool:
    if any(element.get(tag) not in _NONE for tag in ("gateway", "gatewayv6")):
        return True
    if gives_gateway(element) or has_gateway6(element):
        return True
    return any(
        item.get("interface").lower() == element.tag and truth(item, "defaultgw")
        for item in gateway_items(root)
    )


def _add_groups(
    root: Element, elements: list[Element], by_id: dict[str, Interface]
) -> dict[str, int]:
    """The interface groups; those of programs (`openvpn`, `wireguard`) hold their devices."""
    groups: dict[str, int] = {}
    made: dict[str, Interface] = {}
    section = root.child("ifgroups")
    for entry in section.all("ifgroupentry") if section else []:
        name = entry.get("ifname")
        members = [
            by_id[member.lower()]
            for member in re.split(r"[ |,]+", entry.get("members"))
            if member.lower() in by_id
        ]
        groups[name.lower()] = number(entry.get("sequence"), 0)
        made[name.lower()] = _group(name, members, entry, ())
    for element in elements:
        device = element.get("if")
        if element.get("type") != "group" or element.tag in made:
            continue
        prefixes = DEVICES.get(device, ())
        members = [
            each
            for each in by_id.values()
            if any(name.startswith(prefixes) for name in each.names[:2])
        ]
        own = tuple(f"{prefix}*" for prefix in prefixes)
        made[element.tag] = _group(element.tag, members, element, (device, *own))
    by_id |= made
    return groups


DEVICES = {"openvpn": ("ovpns", "ovpnc"), "wireguard": ("wg",)}


def _group(
    name: str, members: list[Interface], element: Element, more: tuple[str, ...]
) -> Interface:
    own = networks = Addresses()
    unread: tuple[str, ...] = ()
    unread_networks: tuple[str, ...] = ()
    for each in members:
        if not each.is_enabled:  # It is in the group, but has no addresses.
            continue
        own, networks = own | each.own, networks | each.networks
        unread, unread_networks = unread + each.unread, unread_networks + each.unread_networks
    if more:
        unread += (f"the addresses of the devices of {name}",)
        unread_networks += (f"the networks of the devices of {name}",)
    names = dict.fromkeys([name, *more, *(each for member in members for each in member.names)])
    return Interface(name, tuple(names), element, own, networks, unread, unread_networks)


def endpoint_of(interfaces: Interfaces, chosen: list[Interface], *, networks: bool) -> Endpoint:
    """The addresses of interfaces, or those of their networks, as `(em0)` and `(em0:network)`.

    pf's networks leave out link-local addresses, its addresses do not (pf.conf(5), "(ifspec)").
    """
    addresses = Addresses()
    unread: tuple[str, ...] = ()
    within = Addresses()
    for each in chosen:
        addresses |= each.networks if networks else each.own
        texts = each.unread_networks if networks else each.unread
        unread += texts
        within |= _elsewhere(interfaces, each, texts)
    if not networks and any(each.names[1:2] != ("lo0",) for each in chosen):
        unread += ("the link-local address of " + ", ".join(each.id for each in chosen),)
        within |= LINK_LOCAL
    found = tuple(dict.fromkeys(unread))
    return Endpoint(addresses, found, within=within or EVERYWHERE, is_own=not networks)


def _elsewhere(interfaces: Interfaces, one: Interface, texts: tuple[str, ...]) -> Addresses:
    """Where unknown addresses of an interface or a group can be: in no other's static network.

    An interface in another's network could not be routed to: docs/limits.md.
    """
    if not texts:
        return Addresses()
    others = Addresses()
    for each in interfaces.by_id.values():
        # The members of a group bring their names with them.
        is_other = each.id not in one.names and each.element.tag == each.id
        if is_other and each.is_enabled:
            others |= each.networks
    within = Addresses()
    for family, width in ((4, 32), (6, 128)):
        if any(f"IPv{family}" in text or " devices of " in text for text in texts):
            mine = one.networks.of(4 if family == 4 else 6)
            free = difference(full(width), difference(others.of(4 if family == 4 else 6), mine))
            within |= of_family(4 if family == 4 else 6, free)
    return within
