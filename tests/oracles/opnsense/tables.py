"""Tables of an OPNsense, for the own reading: of interfaces and of aliases (lib/alias)."""

from contextlib import suppress
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_interface,
    ip_network,
    summarize_address_range,
)
from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import text

Network = IPv4Network | IPv6Network


class Tables:
    """The contents of all tables, by name."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.devices = {
            each.tag: text(each, "if")
            for each in root.findall("interfaces/*")
            if each.find("enable") is not None and text(each, "type") != "group"
        }
        self.groups = {
            text(each, "ifname"): text(each, "members").replace(",", " ").split()
            for each in root.findall("ifgroups/ifgroupentry")
        }
        self.aliases = {
            text(each, "name"): each
            for each in root.findall("OPNsense/Firewall/Alias/aliases/alias")
        }
        self.all: dict[str, tuple[str, ...]] = {"<bogons>": ("?bogons",), "(self)": ()}
        self.all["<bogonsv6>"] = ("?bogonsv6",)
        for name, device in self.devices.items():
            own, around = self._interface(name)
            self.all[f"({device})"] = (*own, f"?local:{device}")
            self.all[f"({device}:network)"] = around
            self.all["(self)"] += (*own, f"?local:{device}")
        for group, members in self.groups.items():
            found = [self._interface(name) for name in members if name in self.devices]
            self.all[f"({group}:network)"] = tuple(net for _, nets in found for net in nets)
        for name, alias in self.aliases.items():
            if text(alias, "type") != "port":
                self.all[f"<{name}>"] = self._alias(name)

    def _interface(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Addresses and networks of an interface."""
        element = self.root.find(f"interfaces/{name}")
        found = []
        for address, length in (("ipaddr", "subnet"), ("ipaddrv6", "subnetv6")):
            if text(element, address):
                found.append(_within(text(element, address), text(element, length)))
        found += [
            _within(text(vip, "subnet"), text(vip, "subnet_bits"))
            for vip in self.root.findall("virtualip/vip")
            if text(vip, "interface") == name and text(vip, "mode") in ("ipalias", "carp")
        ]
        interfaces = [ip_interface(each) for each in found]
        return (
            tuple(str(each.ip) for each in interfaces),
            tuple(str(each.network) for each in interfaces),
        )

    def _words(self, name: str, seen: set[str]) -> list[str]:
        """All words of an alias and of those in it."""
        seen.add(name)
        alias = self.aliases[name]
        if text(alias, "enabled") != "1":
            return []
        if text(alias, "type") not in ("host", "network", "networkgroup"):
            return [f"?{name}"]
        words = []
        for word in text(alias, "content").split():
            if word in self.aliases:
                words += self._words(word, seen) if word not in seen else []
            else:
                words.append(word)
        return words

    def _alias(self, name: str) -> tuple[str, ...]:
        """The networks in a table: of its entries the most exact one decides."""
        inside: dict[Network, bool] = {}
        unknown = []
        for word in self._words(name, set()):
            bare = word.lstrip("!")
            nets = () if word.startswith("?") else _networks(bare)
            if not nets and (word == bare or word.startswith("?")):
                # lib/alias/base.py: what is no address is a name, which may get some.
                unknown.append(f"?{bare.lstrip('?')}")
            inside |= dict.fromkeys(nets, word == bare)
        known: list[Network] = []
        for net in sorted(inside, key=lambda each: each.prefixlen):
            if inside[net]:
                known.append(net)
            else:
                known = [rest for each in known for rest in _without(each, net)]
        v4 = collapse_addresses(each for each in known if isinstance(each, IPv4Network))
        v6 = collapse_addresses(each for each in known if isinstance(each, IPv6Network))
        return (*map(str, v4), *map(str, v6), *unknown)

    def ports(self, name: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """The ports of an alias."""
        alias = self.aliases[name]
        if text(alias, "enabled") != "1":
            return []
        found = []
        for word in text(alias, "content").split():
            if word not in self.aliases:
                found.append(word)
            elif word not in seen:
                found += self.ports(word, seen | {name})
        return found


def _networks(word: str) -> tuple[Network, ...]:
    """The networks that an entry is; none for a name."""
    with suppress(ValueError, TypeError):
        first, dash, last = word.partition("-")
        if dash:
            return tuple(summarize_address_range(ip_address(first), ip_address(last)))
        return (ip_network(word, strict=False),)
    return ()


def _without(net: Network, hole: Network) -> list[Network]:
    if isinstance(net, IPv4Network) and isinstance(hole, IPv4Network):
        if hole.subnet_of(net):
            return list(net.address_exclude(hole))
        return [] if net.subnet_of(hole) else [net]
    if isinstance(net, IPv6Network) and isinstance(hole, IPv6Network):
        if hole.subnet_of(net):
            return list(net.address_exclude(hole))
        return [] if net.subnet_of(hole) else [net]
    return [net]


def _within(address: str, length: str) -> str:
    """The address with the prefix of its network; without one it is alone."""
    return f"{address}/{length}" if length else address
