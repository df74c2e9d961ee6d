"""Random config.xml files of pfSense: few networks and names, so that everything meets everything.

Values are those that the web interface lets through; what it refuses (an IPv4 address in a rule
for IPv6, at which pfctl refuses the whole rule set) is left out.
"""

from dataclasses import dataclass, field
from random import Random
from xml.etree.ElementTree import Element

from tests.oracles.pf import generate_aliases, generate_nat, generate_rules
from tests.oracles.pf.tree import add, entry

DEVICES = {"wan": "em0", "lan": "em1", "opt1": "em2", "opt2": "em1.20"}
NETWORKS4 = {"wan": "198.51.100.", "lan": "10.1.0.", "opt1": "10.2.0.", "opt2": "172.16.5."}
NETWORKS6 = {
    "wan": "2001:db8:ffff::",
    "lan": "2001:db8:1::",
    "opt1": "2001:db8:2::",
    "opt2": "2001:db8:3::",
}


@dataclass(slots=True)
class Making:
    """A config in the making: what the parts that are made later may refer to."""

    root: Element
    random: Random
    interfaces: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    """Names of aliases of addresses."""
    ports: list[str] = field(default_factory=list)
    """Names of aliases of ports."""
    schedules: list[str] = field(default_factory=list)
    gateways: list[str] = field(default_factory=list)

    def often(self, chance: float) -> bool:
        """Whether something of this chance happens."""
        return self.random.random() < chance


def config(seed: int) -> Element:
    """The config of this seed."""
    making = Making(Element("pfsense"), Random(seed))
    add(making.root, "version", "24.0")
    _system(making)
    _interfaces(making)
    _virtual(making)
    _groups(making)
    generate_aliases.aliases(making)
    generate_rules.rules(making)
    generate_nat.translations(making)
    return making.root


def _system(making: Making) -> None:
    root, often = making.root, making.often
    add(root, "system/hostname", "edge")
    if often(0.8):
        add(root, "system/ipv6allow")
    if often(0.02):
        add(root, "system/disablefilter")
    add(root, "system/disablenatreflection", "yes")
    if often(0.2):
        add(root, "system/no_apipa_block")
    add(root, "system/webgui/protocol", making.random.choice(["http", "https"]))
    if often(0.3):
        add(root, "system/webgui/port", making.random.choice(["8443", "443", "80"]))
    if often(0.2):
        add(root, "system/webgui/noantilockout")
    if often(0.2):
        add(root, "system/webgui/disablehttpredirect")
    if often(0.5):
        add(root, "system/ssh/enable", "enabled")
        if often(0.5):
            add(root, "system/ssh/port", "2222")


def _interfaces(making: Making) -> None:
    random, often = making.random, making.often
    count = random.choice([1, 2, 2, 3, 4, 4])
    for number, (name, device) in enumerate(list(DEVICES.items())[:count], 1):
        given = {"if": device, "descr": name.upper() if often(0.7) else f"NET_{number}"}
        if number == 1 or often(0.85):
            given["enable"] = ""
        _address4(making, name, given)
        _address6(making, name, given)
        if often(0.5 if name == "wan" else 0.1):
            given["blockpriv"] = ""
        if often(0.3 if name == "wan" else 0.05):
            given["blockbogons"] = ""
        entry(making.root, f"interfaces/{name}", given)
        making.interfaces.append(name)
        if given.get("ipaddr", "")[:1].isdigit() and often(0.4):
            add(making.root, f"dhcpd/{name}/enable")


def _address4(making: Making, name: str, given: dict[str, str]) -> None:
    kind = making.random.random()
    if name == "wan" and kind < 0.3:
        given["ipaddr"] = "dhcp"
    elif kind < 0.95:
        given["ipaddr"] = f"{NETWORKS4[name]}{making.random.choice([1, 2, 10])}"
        given["subnet"] = making.random.choice(["24", "24", "25", "29"])
        if name == "wan":
            given["gateway"] = "WANGW"
            making.gateways.append("WANGW")
            values = {"interface": "wan", "gateway": "198.51.100.5", "name": "WANGW"}
            entry(making.root, "gateways/gateway_item", {**values, "ipprotocol": "inet"})


def _address6(making: Making, name: str, given: dict[str, str]) -> None:
    kind = making.random.random()
    if kind < 0.5:
        given["ipaddrv6"] = f"{NETWORKS6[name]}1"
        given["subnetv6"] = "64"
    elif kind < 0.65 and name == "wan":
        given["ipaddrv6"] = making.random.choice(["dhcp6", "slaac"])
    elif kind < 0.6 and name != "wan":
        given["ipaddrv6"] = "track6"
        given["track6-interface"] = "wan"
        given["track6-prefix-id"] = "0"


def _virtual(making: Making) -> None:
    for _ in range(making.random.choice([0, 0, 1, 2])):
        name = making.random.choice(making.interfaces)
        mode = making.random.choice(["ipalias", "carp", "proxyarp", "other"])
        address, bits = making.random.choice(
            [
                (f"{NETWORKS4[name]}20", "32"),
                (f"{NETWORKS4[name]}21", "24"),
                ("192.0.2.17", "28"),
                (f"{NETWORKS6[name]}20", "128"),
                ("2001:db8:77::5", "64"),
            ]
        )
        given = {"mode": mode, "interface": name, "subnet": address, "subnet_bits": bits}
        if mode == "carp":
            given |= {"vhid": "3", "password": "a"}
        entry(making.root, "virtualip/vip", {**given, "type": "single", "descr": "virtual"})


def _groups(making: Making) -> None:
    inside = [name for name in making.interfaces if name != "wan"]
    for name in ("INSIDE", "BOTH")[: making.random.choice([0, 1, 1, 2])]:
        members = making.random.sample(
            making.interfaces if name == "BOTH" else inside,
            k=min(len(inside), making.random.choice([1, 2])),
        )
        if members:
            entry(
                making.root, "ifgroups/ifgroupentry", {"members": " ".join(members), "ifname": name}
            )
            making.groups.append(name)
