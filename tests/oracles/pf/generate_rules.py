"""Random filter rules of a config.xml."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from tests.oracles.pf.generate_aliases import HOSTS, HOSTS6, NETS, NETS6
from tests.oracles.pf.tree import add

if TYPE_CHECKING:
    from tests.oracles.pf.generate import Making

PORTS = ["22", "80", "443", "1-1024", "2000-65535", "1-65535", "8000-8010", "53", "5000-5000"]
TYPES4 = ["echoreq", "echorep", "unreach", "timex", "redir", "echoreq,unreach", "skip,echoreq"]
TYPES6 = ["echoreq", "echorep", "unreach", "toobig", "echoreq,neighbrsol"]
PROTOCOLS = ["tcp"] * 6 + ["udp"] * 4 + ["tcp/udp"] * 3 + ["icmp"] * 3
PROTOCOLS += ["any", "esp", "gre", "ospf", "carp", "", "", "igmp"]


def rules(making: Making) -> None:
    """Floating, group and interface rules, in any order."""
    add(making.root, "filter")
    for number in range(making.random.choice([4, 8, 12, 16])):
        rule(making, number)


def rule(making: Making, number: int) -> Element:
    """One more rule of any kind."""
    random, often = making.random, making.often
    made = add(making.root, "filter/rule")
    add(made, "id")
    add(made, "tracker", str(1_700_000_000 + number))
    kind = random.choice(["pass"] * 6 + ["block"] * 4 + ["reject", "reject", "match", "odd", ""])
    if kind:
        add(made, "type", kind)
    if often(0.35):
        _floating(making, made, kind)
    else:
        names = making.interfaces * 3 + making.groups * 2 + ["opt9"]
        add(made, "interface", random.choice(names))
    family = random.choice(["inet"] * 5 + ["inet6"] * 2 + ["inet46"] * 2 + [""])
    if family:
        add(made, "ipprotocol", family)
    protocol = random.choice(PROTOCOLS)
    if protocol:
        add(made, "protocol", protocol)
    if protocol == "icmp" and often(0.7):
        add(made, "icmptype", random.choice(TYPES6 if family == "inet6" else TYPES4[:5]))
    for end in ("source", "destination"):
        _end(making, made, end, family or "inet", with_port=protocol in ("tcp", "udp", "tcp/udp"))
    if not protocol and often(0.3):
        add(made, "destination/port", "443")
    _options(making, made, protocol, kind)
    add(made, "descr", f"rule {number}")
    return made


def _floating(making: Making, made: Element, kind: str) -> None:
    random = making.random
    add(made, "floating", "yes")
    if making.often(0.5) and kind != "match":
        add(made, "quick", "yes")
    direction = random.choice(["any", "in", "out", "out", ""])
    if direction:
        add(made, "direction", direction)
    chosen = random.choice(["", "any", *making.interfaces, *making.groups, "opt9"])
    if making.often(0.3):
        chosen = ",".join(random.sample([*making.interfaces, "opt9"], k=2))
    add(made, "interface", chosen)


def _end(making: Making, made: Element, end: str, family: str, *, with_port: bool) -> None:
    random, often = making.random, making.often
    chosen = random.random()
    if chosen < 0.35:
        add(made, f"{end}/any")
    elif chosen < 0.6:
        names = [each + ip for each in making.interfaces for ip in ("", "ip")]
        add(made, f"{end}/network", random.choice([*names, *making.groups, "(self)", "openvpn"]))
    elif chosen < 0.8 or family == "inet46":
        add(made, f"{end}/address", random.choice([*making.hosts * 4, "MISSING"]))
    else:
        add(
            made,
            f"{end}/address",
            random.choice([*HOSTS6, *NETS6] if family == "inet6" else [*HOSTS, *NETS]),
        )
    if chosen >= 0.35 and often(0.15):
        add(made, f"{end}/not")
    if with_port and often(0.6 if end == "destination" else 0.15):
        names = [*making.ports * 2, "NO_PORTS"] if often(0.35) else PORTS
        add(made, f"{end}/port", random.choice(names))


def _options(making: Making, made: Element, protocol: str, kind: str) -> None:
    random, often = making.random, making.often
    if often(0.06):
        add(made, "disabled")
    if often(0.1):
        add(made, "log")
    if making.schedules and often(0.08):
        add(made, "sched", random.choice([*making.schedules, "NEVER_MADE"]))
    if often(0.12):
        add(made, "tag", random.choice(["RED", "BLUE"]))
    if often(0.1):
        add(made, "tagged", random.choice(["RED", "BLUE"]))
        if often(0.4):
            add(made, "nottagged")
    if protocol == "tcp" and often(0.2):
        _flags(making, made)
    if often(0.25):
        states = ["keep state", "sloppy state", "synproxy state", "none", "none"]
        add(made, "statetype", random.choice(states))
    if kind == "pass" and making.gateways and often(0.1):
        add(made, "gateway", random.choice(making.gateways))
    if kind == "pass" and often(0.08):
        limits = ["max", "max-src-nodes", "max-src-states", "max-src-conn", "max-src-conn-rate"]
        limit = random.choice(limits)
        add(made, limit, "10")
        if limit == "max-src-conn-rate":
            add(made, "max-src-conn-rates", "5")
    if often(0.05):
        condition = random.choice(["os", "dscp", "vlanprio"])
        values = {"os": ["Linux", "Windows"], "dscp": ["va", "cs1"], "vlanprio": ["be", "none"]}
        add(made, condition, random.choice(values[condition]))
    if often(0.02):
        add(made, "separator")


def _flags(making: Making, made: Element) -> None:
    if making.often(0.3):
        add(made, "tcpflags_any")
        return
    mask = making.random.sample(["syn", "ack", "fin", "rst", "psh", "urg"], k=3)
    add(made, "tcpflags2", ",".join(mask))
    if making.often(0.8):
        add(made, "tcpflags1", ",".join(mask[: making.random.choice([1, 2])]))
