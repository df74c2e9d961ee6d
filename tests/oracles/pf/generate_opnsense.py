"""Random config.xml files of OPNsense: those of pfSense, in OPNsense's own forms.

`any` as a protocol, types that are no type and flags without a value are pfSense's only; 1:1, NPt,
types of ICMPv6 and rules of plugins are left out.
"""

from random import Random
from xml.etree.ElementTree import Element

from tests.oracles.pf.generate import config as pfsense
from tests.oracles.pf.tree import add, entry, has, text

_FLAGS = frozenset(
    (
        *("disabled", "log", "nordr", "nonat", "staticnatport", "tcpflags_any", "quick", "enable"),
        *("not", "blockpriv", "blockbogons"),
    )
)
_LOOPBACK = {
    "internal_dynamic": "1",
    "descr": "Loopback",
    "enable": "1",
    "if": "lo0",
    "ipaddr": "127.0.0.1",
    "ipaddrv6": "::1",
    "subnet": "8",
    "subnetv6": "128",
    "type": "none",
    "virtual": "1",
}
_STATES = ["", "", "keep", "sloppy", "none", "synproxy"]


def config(seed: int) -> Element:
    """The config of this seed."""
    root, random = pfsense(seed), Random(seed)
    root.tag = "opnsense"
    for element in root.iter():
        if element.tag in _FLAGS and not len(element):
            element.text = "1"
    for name in ("ipv6allow", "disablefilter"):
        if has(root, f"system/{name}"):
            root.find(f"system/{name}").text = "1"  # type: ignore[union-attr]
    if (ssh := root.find("system/ssh/enable")) is not None:
        ssh.tag = "enabled"
    for parent, path in (("nat", "onetoone"), ("nat", "npt"), (".", "dhcpd")):
        section = root.find(parent)
        for each in root.findall(f"{parent}/{path}"):
            assert section is not None
            section.remove(each)
    for number, group in enumerate(root.findall("ifgroups/ifgroupentry")):
        add(group, "sequence", str(2 - number))
        name = text(group, "ifname")
        values = {"enable": "1", "if": name, "descr": name, "type": "group", "virtual": "1"}
        entry(root, f"interfaces/{name}", {"internal_dynamic": "1", **values})
    entry(root, "interfaces/lo0", _LOOPBACK)
    _aliases(root)
    for rule in root.findall("filter/rule"):
        _rule(rule)
    for rule in root.findall("nat/outbound/rule"):
        for subnet in rule.findall("target_subnet"):
            rule.remove(subnet)
    for rule in root.findall("nat/rule"):
        if not has(rule, "ipprotocol"):
            add(rule, "ipprotocol", "inet")
    for _ in range(random.choice([0, 2, 5])):
        _model_rule(root, random)
    return root


def _aliases(root: Element) -> None:
    section = root.find("aliases")
    for alias in root.findall("aliases/alias"):
        words = text(alias, "address").split()
        kind = text(alias, "type")
        values = {"enabled": "1", "name": text(alias, "name")}
        values["type"] = "urltable" if kind == "url" else kind
        if kind in ("urltable", "url"):
            words = ["https://lists.example.com/drop.txt"]
        words = [word for word in words if word != "NOT_THERE"]
        made = entry(root, "OPNsense/Firewall/Alias/aliases/alias", values)
        add(made, "content", "\n".join(words))
    if section is not None:
        root.remove(section)


def _rule(rule: Element) -> None:
    """An older rule as OPNsense writes it."""
    for tag, old, new in (("type", "odd", "pass"), ("protocol", "any", "")):
        found = rule.find(tag)
        if found is not None and found.text == old:
            if new:
                found.text = new
            else:
                rule.remove(found)
    for tag in ("dscp", "vlanprio", "separator", "id", "os"):
        for found in rule.findall(tag):
            rule.remove(found)
    kind = text(rule, "type")
    if kind == "match" and has(rule, "quick"):
        rule.remove(rule.find("quick"))  # type: ignore[arg-type]
    if has(rule, "icmptype") and text(rule, "ipprotocol") != "inet":
        rule.remove(rule.find("icmptype"))  # type: ignore[arg-type]
    if has(rule, "nottagged"):
        rule.remove(rule.find("nottagged"))  # type: ignore[arg-type]


def _model_rule(root: Element, random: Random) -> None:
    """A rule of the newer model."""
    names = [each.tag for each in root.findall("interfaces/*") if each.tag != "lo0"]
    protocol = random.choice(["any", "TCP", "TCP", "UDP", "TCP/UDP", "ICMP", "GRE"])
    ports = protocol in ("TCP", "UDP", "TCP/UDP")
    hosts = ["any", "any", "A_0", "A_1", "10.1.0.10", "10.1.0.0/24", "(self)", *names]
    hosts += [f"{name}ip" for name in names if name.islower()]
    values = {
        "enabled": random.choice(["1", "1", "1", "0"]),
        "sequence": str(random.randint(1, 9)),
        "action": random.choice(["pass", "pass", "block", "reject"]),
        "quick": random.choice(["1", "1", "0"]),
        "interface": random.choice(["", ",".join(names[:2]), *names, *names]),
        "direction": random.choice(["in", "in", "out"]),
        "ipprotocol": random.choice(["inet", "inet", "inet46"]),
        "protocol": protocol,
        "statetype": random.choice(_STATES),
    }
    for end in ("source", "destination"):
        chosen = random.choice(hosts)
        if chosen[0].isdigit():
            values["ipprotocol"] = "inet"
        values[f"{end}_net"] = chosen
        values[f"{end}_not"] = random.choice(["0", "0", "0", "1"]) if chosen != "any" else "0"
        port = random.choice(["", "80", "443", "8000-8010", "P_0"])
        values[f"{end}_port"] = port if ports and end == "destination" else ""
    entry(root, "OPNsense/Firewall/Filter/rules/rule", values)
