"""Random OPNsense configs: interfaces, a group, aliases, rules of both sections, translations."""

from random import Random
from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import add, entry

_INTERFACES = {
    "wan": ("em0", "198.51.100.2", "24", "2001:db8:ffff::2"),
    "lan": ("em1", "10.1.0.1", "24", "2001:db8:1::1"),
    "opt1": ("em2", "10.2.0.1", "24", ""),
    "opt2": ("em3", "172.16.5.1", "28", "2001:db8:5::1"),
}
_HOSTS = ("10.1.0.20", "10.2.0.5", "172.16.5.9", "203.0.113.9", "8.8.8.8")
_ALIASES = {
    "web": ("host", ("10.1.0.20", "10.2.0.5")),
    "both": ("host", ("10.2.0.9", "2001:db8:1::10")),
    "range": ("network", ("10.1.0.16-10.1.0.40", "2001:db8:5::/64")),
    "holes": ("network", ("10.0.0.0/8", "!10.1.0.0/24", "10.1.0.20")),
    "all": ("networkgroup", ("web", "range")),
    "off": ("host", ("10.1.0.20",)),
    "empty": ("host", ()),
    "list": ("urltable", ("https://lists.example.net/a",)),
    "named": ("host", ("10.2.0.7", "www.example.org")),
}
_PORT_ALIASES = {"webports": ("80", "443", "8000:8010"), "more": ("webports", "22"), "none": ()}
_PORTS = ("80", "443", "22", "1024-2048", "webports", "more", "none", "any", "8443-any", "https")
_PROTOCOLS = ("any", "TCP", "UDP", "TCP/UDP", "ICMP", "ESP", "IPV6-ICMP", "GRE")
_LIMITS = (
    *({limit: "100"} for limit in ("max", "max-src-nodes", "max-src-conn", "max-src-states")),
    {"max-src-conn-rate": "10", "max-src-conn-rates": "5"},
    {"max-pkt-rate-number": "10", "max-pkt-rate-seconds": "5"},
    {"divert-to": "8000"},
)
_CONDITIONS = (
    {"os": "Linux"}, {"prio": "3"}, {"tos": "lowdelay"}, {"sched": "DAY"}, {"sched": "NIGHT"},
    {"received-on": "lan"}, {"received-on": "lan", "received-on-not": "1"},
)  # fmt: skip
_TYPES4, _TYPES6 = ("echoreq", "unreach,timex", "echoreq,echorep"), ("128", "1,2", "135")


def config(seed: int) -> Element:
    """The config of the number."""
    return _Maker(Random(seed)).made()


class _Maker:
    """Makes one config."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.root = Element("opnsense")
        self.count = 0

    def chance(self, part: float) -> bool:
        """Whether something happens that does so in this part of all cases."""
        return self.random.random() < part

    def made(self) -> Element:
        """The config."""
        root, random = self.root, self.random
        entry(root, "system/webgui", {"protocol": "https"})
        if self.chance(0.7):
            add(root, "system/disablenatreflection", "yes")
        if self.chance(0.2):
            add(root, "system/webgui/noantilockout", "1")
        add(root, "OPNsense/Interfaces/settings/disableipv6", "0" if self.chance(0.8) else "1")
        add(root, "schedules/schedule/name", "DAY")
        self._interfaces()
        self._aliases()
        for _ in range(random.randint(2, 9)):
            self._model_rule()
        for _ in range(random.randint(0, 6)):
            self._older_rule()
        self._translations()
        return root

    def _interfaces(self) -> None:
        for name, (device, ipaddr, bits, ipaddrv6) in _INTERFACES.items():
            if name == "opt2" and self.chance(0.2):
                entry(self.root, "interfaces/opt2", {"if": device, "ipaddr": ipaddr})
                continue
            values = {"enable": "1", "if": device, "ipaddr": ipaddr, "subnet": bits}
            values |= {"ipaddrv6": ipaddrv6, "subnetv6": "64"} if ipaddrv6 else {}
            if name == "wan":
                values |= {"gateway": "GW", "blockpriv": "1" if self.chance(0.4) else "0"}
                values |= {"blockbogons": "1" if self.chance(0.3) else "0"}
            entry(self.root, f"interfaces/{name}", values)
        gateway = {
            "name": "GW",
            "interface": "wan",
            "ipprotocol": "inet",
            "gateway": "198.51.100.1",
        }
        entry(self.root, "OPNsense/Gateways/gateway_item", {**gateway, "disabled": "0"})
        group = {"ifname": "inner", "members": "lan,opt1", "sequence": "5"}
        entry(self.root, "ifgroups/ifgroupentry", group)
        entry(self.root, "interfaces/inner", {"enable": "1", "if": "inner", "type": "group"})
        if self.chance(0.5):
            entry(
                self.root,
                "virtualip/vip",
                {
                    "interface": self.random.choice(("wan", "lan")),
                    "mode": self.random.choice(("ipalias", "carp", "proxyarp")),
                    "subnet": "198.51.100.9",
                    "subnet_bits": "32",
                },
            )

    def _aliases(self) -> None:
        for name, (kind, words) in _ALIASES.items():
            values = {"enabled": "0" if name == "off" else "1", "name": name, "type": kind}
            made = entry(self.root, "OPNsense/Firewall/Alias/aliases/alias", values)
            add(made, "content", "\n".join(words))
        for name, words in _PORT_ALIASES.items():
            values = {"enabled": "1", "name": name, "type": "port"}
            made = entry(self.root, "OPNsense/Firewall/Alias/aliases/alias", values)
            add(made, "content", "\n".join(words))

    def _name(self, *, lists: bool) -> str:
        random = self.random
        names = ["any", "any", "(self)", "lan", "opt1", "lanip", "wanip", "inner", "nosuch", "opt2"]
        names += [*_ALIASES, *_HOSTS, "10.1.0.0/25", "2001:db8:1::/64", "2001:db8:1::10"]
        if lists and self.chance(0.15):
            return ",".join(random.sample(names[2:], 2))
        return random.choice(names)

    def _negation(self, name: str) -> str:
        return "1" if "," not in name and self.chance(0.15) else "0"

    def _model_rule(self) -> None:
        random = self.random
        self.count += 1
        protocol = random.choice(_PROTOCOLS)
        source, there = self._name(lists=True), self._name(lists=True)
        values = {
            "enabled": "0" if self.chance(0.08) else "1",
            "sequence": str(random.randint(1, 9)),
            "action": random.choice(("pass", "pass", "pass", "block", "reject")),
            "quick": "0" if self.chance(0.25) else "1",
            "interface": random.choice(("", "wan", "lan", "opt1", "inner", "wan,opt1", "opt2")),
            "direction": random.choice(("in", "in", "in", "out", "any")),
            "ipprotocol": random.choice(("inet", "inet", "inet6", "inet46")),
            "protocol": protocol,
            "source_net": source,
            "source_not": self._negation(source),
            "destination_net": there,
            "destination_not": self._negation(there),
            "statetype": "none" if self.chance(0.1) else "keep",
            "description": f"rule {self.count}",
        }
        if "," not in values["interface"] and values["interface"]:
            values["interfacenot"] = "1" if self.chance(0.1) else "0"
        if protocol in ("TCP", "UDP", "TCP/UDP"):
            values |= {"destination_port": random.choice(("", *_PORTS))}
            values |= {"source_port": random.choice(_PORTS) if self.chance(0.2) else ""}
        if protocol == "TCP" and self.chance(0.2):
            values |= random.choice(
                ({"tcpflags_any": "1"}, {"tcpflags1": "syn", "tcpflags2": "syn,ack,rst"})
            )
        if protocol in ("ICMP", "IPV6-ICMP") and self.chance(0.5):
            values |= {"icmptype": random.choice(_TYPES4), "icmp6type": random.choice(_TYPES6)}
        if protocol == "IPV6-ICMP":
            values["ipprotocol"] = "inet6"
        self._extras(values)
        made = entry(self.root, "OPNsense/Firewall/Filter/rules/rule", values)
        made.set("uuid", f"{random.randrange(1 << 32):08x}-0000-4000-8000-{self.count:012x}")

    def _extras(self, values: dict[str, str]) -> None:
        random = self.random
        if self.chance(0.15) and values.get("statetype") != "none":
            values |= random.choice(_LIMITS)
        if self.chance(0.1):
            values |= random.choice(_CONDITIONS)
        if self.chance(0.08):
            values["tag"] = random.choice(("red", "blue"))
        if self.chance(0.08):
            values["tagged"] = random.choice(("red", "blue"))

    def _side(self, rule: Element, tag: str, *, has_port: bool) -> None:
        name = self._name(lists=False)
        if name == "any":
            add(rule, f"{tag}/any")
        else:
            kind = "network" if name.startswith(("lan", "wan", "opt", "inner", "(")) else "address"
            add(rule, f"{tag}/{kind}", name)
            if self.chance(0.15):
                add(rule, f"{tag}/not", "1")
        if has_port and self.chance(0.6):
            add(rule, f"{tag}/port", self.random.choice(_PORTS))

    def _older_rule(self) -> None:
        random = self.random
        values = {
            "type": random.choice(("pass", "pass", "block", "reject")),
            "interface": random.choice(("wan", "lan", "opt1", "inner")),
            "ipprotocol": random.choice(("inet", "inet6", "inet46")),
            "statetype": "keep state",
        }
        protocol = random.choice(("", "tcp", "udp", "tcp/udp", "icmp", "esp"))
        values |= {"protocol": protocol} if protocol else {}
        if self.chance(0.3):
            values |= {"floating": "yes", "direction": random.choice(("any", "in", "out"))}
            values["interface"] = random.choice(("", "wan", "wan,lan"))
        if self.chance(0.3):
            values["quick"] = random.choice(("0", "1"))
        if self.chance(0.1):
            values["disabled"] = "1"
        rule = entry(self.root, "filter/rule", values)
        self._side(rule, "source", has_port=False)
        self._side(rule, "destination", has_port=protocol in ("tcp", "udp", "tcp/udp"))

    def _translations(self) -> None:
        root = self.root
        add(
            root,
            "nat/outbound/mode",
            self.random.choice(("automatic", "hybrid", "advanced", "disabled")),
        )
        for index in range(self.random.randint(0, 3)):
            self._forward(index)
        if self.chance(0.5):
            values = {"enabled": "1", "sequence": "1", "interface": "wan", "ipprotocol": "inet"}
            values |= {"protocol": "any", "source_net": self.random.choice(("web", "lan", "any"))}
            values |= {"source_not": "0", "destination_net": "any", "destination_not": "0"}
            values |= {"nonat": "1"} if self.chance(0.2) else {"target": "198.51.100.77"}
            rule = entry(root, "OPNsense/Firewall/Filter/snatrules/rule", values)
            rule.set("uuid", "00000000-0000-4000-8000-000000000001")
        if self.chance(0.4):
            rule = entry(root, "nat/outbound/rule", {"interface": "wan", "ipprotocol": "inet"})
            add(rule, "source/network", self.random.choice(("10.2.0.0/24", "opt1", "any")))
            add(rule, "destination/any")
            add(rule, "target", self.random.choice(("", "198.51.100.88")))
        if self.chance(0.3):
            entry(
                root,
                "OPNsense/Firewall/Filter/onetoone/rule",
                {
                    "enabled": "1", "sequence": "1", "interface": "wan", "type": "binat",
                    "source_net": "10.2.0.0/28", "external": "198.51.100.64",
                    "destination_net": self.random.choice(("any", "web", "203.0.113.0/24")),
                    "destination_not": "0",
                },
            )  # fmt: skip
        if self.chance(0.3):
            entry(
                root,
                "OPNsense/Firewall/Filter/npt/rule",
                {
                    "enabled": "1", "sequence": "1", "interface": "wan",
                    "source_net": "2001:db8:1::/64", "destination_net": "2001:db8:aaaa::/64",
                },
            )  # fmt: skip

    def _forward(self, index: int) -> None:
        random = self.random
        values = {
            "sequence": str(index + 1),
            "interface": random.choice(("wan", "wan", "opt1")),
            "ipprotocol": "inet",
            "protocol": random.choice(("tcp", "tcp", "udp", "tcp/udp")),
            "target": random.choice(("10.1.0.20", "172.16.5.9")),
            "local-port": random.choice(("8080", "443", "webports", "")),
        }
        values |= {"disabled": "1"} if self.chance(0.1) else {}
        values |= {"nordr": "1"} if self.chance(0.1) else {}
        values |= random.choice(({}, {"pass": "rule"}, {"pass": "pass"}))
        values |= random.choice(
            ({}, {}, {"natreflection": "purenat"}, {"natreflection": "disable"})
        )
        rule = entry(self.root, "nat/rule", values)
        add(rule, "source/network", random.choice(("any", "any", "203.0.113.0/24")))
        add(rule, "destination/network", random.choice(("wanip", "198.51.100.9", "any")))
        add(rule, "destination/port", random.choice(("80", "443", "2000-2009", "webports")))
