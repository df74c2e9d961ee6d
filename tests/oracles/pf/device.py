"""What a config.xml says about the firewall's own interfaces and addresses.

An address that only the running system knows is written `?ip4:em0`, a network of that kind
`?net4:em0`, the link-local addresses of an interface `?local:em0`.
"""

from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network
from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import has, text

_TABLES = 23.4
DYNAMIC4 = frozenset({"dhcp", "pppoe", "pptp", "l2tp", "ppp"})


@dataclass(frozen=True, slots=True)
class Vip:
    """A virtual IP: `mode` says whether the interface really has the address."""

    mode: str
    address: str
    bits: str

    @property
    def family(self) -> int:
        return 6 if ":" in self.address else 4

    @property
    def network(self) -> str:
        return str(ip_interface(f"{self.address}/{self.bits}").network)

    @property
    def is_own(self) -> bool:
        """Whether the interface has it (proxyarp and other only answer for it, or not even)."""
        return self.mode in ("ipalias", "carp")


class Device:
    """The enabled interfaces, as filter_generate_optcfg_array lists them, and the groups."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.has_tables = float(text(root, "version") or _TABLES) >= _TABLES
        """Whether names of networks stand for tables of both families (CE 2.8)."""
        found = root.find("interfaces")
        every = list(found) if found is not None else []
        self.count = len(every)
        self.interfaces = {each.tag: each for each in every if has(each, "enable")}
        self.groups: dict[str, list[str]] = {}
        for group in root.findall("ifgroups/ifgroupentry"):
            members = text(group, "members").split()
            self.groups[text(group, "ifname")] = [m for m in members if m in self.interfaces]

    def device(self, name: str) -> str:
        """The name of the network device."""
        return text(self.interfaces[name], "if")

    def on(self, name: str) -> str:
        """What stands behind `on`; empty for a name that is no interface and no group."""
        if name in self.interfaces:
            return self.device(name)
        return name if name in self.groups else ""

    def address(self, name: str, family: int) -> str:
        """The interface's address, `?ip4:em0`, or empty."""
        given = text(self.interfaces.get(name), "ipaddr" if family == 4 else "ipaddrv6")
        if given[:1].isdigit() or ":" in given:
            return given
        return f"?ip{family}:{self.device(name)}" if given else ""

    def network(self, name: str, family: int) -> str:
        """The network of the interface's address, `?net4:em0`, or empty."""
        address = self.address(name, family)
        if not address or address[0] == "?":
            return address.replace("?ip", "?net")
        bits = text(self.interfaces[name], "subnet" if family == 4 else "subnetv6")
        return str(ip_interface(f"{address}/{bits}").network)

    def vips(self, name: str) -> list[Vip]:
        """The virtual IPs on an interface (link_interface_to_vips)."""
        return [
            Vip(text(each, "mode"), text(each, "subnet"), text(each, "subnet_bits"))
            for each in self.root.findall("virtualip/vip")
            if text(each, "interface") == name
        ]

    def networks(self, name: str) -> list[str]:
        """The table NAME__NETWORK (filter_generate_aliases); groups have their members' networks.

        A group's members count with their address and its prefix, which is the same network.
        """
        if name in self.groups:
            return [each for member in self.groups[name] for each in self.networks(member)]
        own = [self.network(name, 4), self.network(name, 6)]
        return [each for each in own if each] + [each.network for each in self.vips(name)]

    def networks_of(self, name: str, family: int) -> list[str]:
        """Those of an interface that older versions write (filter_address_add_vips_subnets)."""
        own = self.network(name, family)
        if not own or own[0] == "?":
            return [own] if own else []
        found = [own]
        for vip in self.vips(name):
            is_inside = any(ip_address(vip.address) in ip_network(net) for net in found)
            if vip.family == family and not is_inside:
                found.append(vip.network)
        return found

    def addresses(self, name: str) -> list[str]:
        """All addresses that the interface has: what pf puts for `(em0)`."""
        own = [self.address(name, 4), self.address(name, 6)]
        own += [each.address for each in self.vips(name) if each.is_own]
        return [each for each in own if each] + [f"?local:{self.device(name)}"]

    def itself(self) -> list[str]:
        """All addresses of the firewall: what pf puts for `(self)`."""
        found = [each for name in self.interfaces for each in self.addresses(name)]
        return [*found, "127.0.0.1", "::1"]

    def has_gateway(self, name: str) -> bool:
        """Whether IPv4 traffic leaves the site there (interface_has_gateway)."""
        found = self.interfaces.get(name)
        return text(found, "ipaddr") in DYNAMIC4 or text(found, "gateway") != ""

    def members(self, name: str) -> frozenset[str]:
        """The devices of a group."""
        return frozenset(self.device(each) for each in self.groups[name])
