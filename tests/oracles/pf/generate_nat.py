"""Random translations of a config.xml: port forwards, 1:1, outbound, NPt."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from tests.oracles.pf.tree import add, entry

if TYPE_CHECKING:
    from tests.oracles.pf.generate import Making


def translations(making: Making) -> None:
    """All four kinds, each sometimes."""
    add(making.root, "nat")
    mode = making.random.choice(["automatic", "automatic", "hybrid", "advanced", "disabled", ""])
    if mode:
        add(making.root, "nat/outbound/mode", mode)
    if mode in ("hybrid", "advanced"):
        for _ in range(making.random.choice([1, 2, 3])):
            _outbound(making)
    for number in range(making.random.choice([0, 1, 2, 3])):
        _forward(making, number)
    if making.often(0.3):
        _one_to_one(making)
    if making.often(0.2):
        _prefix(making)


def _forward(making: Making, number: int) -> None:
    """A port forward, with an associated rule, `pass`, or nothing."""
    random, often = making.random, making.often
    made = add(making.root, "nat/rule")
    protocol = random.choice(["tcp", "tcp", "udp", "tcp/udp", "icmp", "any"])
    interface = random.choice([*making.interfaces[:1] * 3, *making.interfaces])
    add(made, "interface", interface)
    if often(0.5):
        add(made, "ipprotocol", "inet")
    add(made, "protocol", protocol)
    add(made, "source/any") if often(0.7) else _source(making, made)
    if interface == "wan" and often(0.7):
        add(made, "destination/network", "wanip")
    elif interface != "wan" and often(0.5):
        add(made, "destination/any")
    else:
        add(made, "destination/address", random.choice(["198.51.100.20", "203.0.113.9", "A_0"]))
    has_ports = protocol in ("tcp", "udp", "tcp/udp")
    port, local = random.choice(
        [
            ("80", "8080"),
            ("443", "443"),
            ("5000-5010", "6000"),
            ("8000-8005", "8000"),
            ("P_0", "P_0"),
        ]
    )
    if has_ports:
        add(made, "destination/port", port)
        add(made, "local-port", local)
    target = random.choice(["10.1.0.10", "10.1.0.11", "10.2.0.5"])
    add(made, "target", target)
    if often(0.08):
        add(made, "nordr")
    if often(0.08):
        add(made, "disabled")
    add(made, "descr", f"forward {number}")
    kind = random.random()
    if kind < 0.3:
        add(made, "associated-rule-id", "pass")
    elif kind < 0.8:
        add(made, "associated-rule-id", f"nat_{number}")
        _associated(making, made, number, target, local if has_ports else "", port)


def _source(making: Making, made: Element) -> None:
    add(made, "source/address", making.random.choice(["203.0.113.0/24", "198.51.100.77"]))
    if making.often(0.2):
        add(made, "source/not")


def _associated(
    making: Making, forward: Element, number: int, target: str, local: str, port: str
) -> None:
    """The filter rule that the web interface adds: it names the inner address and port."""
    first, _, last = port.partition("-")
    if last and local:
        local = f"{local}-{int(local) + int(last) - int(first)}"
    made = add(making.root, "filter/rule")
    for name in ("interface", "protocol"):
        add(made, name, forward.findtext(name) or "")
    add(made, "type", "pass")
    add(made, "ipprotocol", "inet")
    add(made, "source/any")
    add(made, "destination/address", target)
    if local:
        add(made, "destination/port", local)
    add(made, "associated-rule-id", f"nat_{number}")
    add(made, "descr", f"NAT forward {number}")


def _outbound(making: Making) -> None:
    random, often = making.random, making.often
    made = add(making.root, "nat/outbound/rule")
    add(made, "interface", random.choice([*making.interfaces[:1] * 2, *making.interfaces]))
    nets = ["any", "10.1.0.0/24", "10.2.0.0/28", "A_0", "(self)", *making.interfaces[1:2]]
    add(made, "source/network", random.choice(nets))
    if often(0.6):
        add(made, "destination/any")
    else:
        add(made, "destination/network", random.choice(["203.0.113.0/24", "172.16.0.0/12"]))
        if often(0.3):
            add(made, "destination/not")
    if often(0.3):
        add(made, "protocol", random.choice(["tcp", "udp", "tcp/udp"]))
        if often(0.6):
            add(made, "dstport", random.choice(["500", "80", "8000:8010"]))
        if often(0.3):
            add(made, "sourceport", random.choice(["500", "1024:65535"]))
    add(made, "ipprotocol", "inet")
    target = random.choice(["", "", "198.51.100.20", "192.0.2.17"])
    add(made, "target", target)
    if target:
        add(made, "target_subnet", "32")
    for flag, chance in (("nonat", 0.15), ("staticnatport", 0.3), ("disabled", 0.1)):
        if often(chance):
            add(made, flag)


def _one_to_one(making: Making) -> None:
    random = making.random
    inner, bits = random.choice([("10.1.0.10", ""), ("10.1.0.8", "/29"), ("10.2.0.5", "/32")])
    made = entry(making.root, "nat/onetoone", {"interface": "wan", "descr": "one to one"})
    add(made, "external", "203.0.113.200" if bits != "/29" else "203.0.113.8")
    add(made, "ipprotocol", "inet")
    add(made, "source/address", inner + bits)
    if making.often(0.7):
        add(made, "destination/any")
    else:
        add(made, "destination/address", "172.16.0.0/12")
    for flag, chance in (("nobinat", 0.1), ("disabled", 0.1)):
        if making.often(chance):
            add(made, flag)


def _prefix(making: Making) -> None:
    made = entry(making.root, "nat/npt", {"interface": "wan", "descr": "prefix"})
    add(made, "source/address", "2001:db8:1::/64")
    add(made, "destination/address", "2001:db8:bbbb:1::/64")
    if making.often(0.15):
        add(made, "disabled")
