"""Exports of pfSense and OPNsense, with the second readings of both."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from xml.etree.ElementTree import Element
from xml.parsers import expat

from flowmodel.fields import UDP
from flowmodel.packet import Packet
from flowmodel.ruleset import Traffic
from tests.oracles.alone.held import Export, Fates
from tests.oracles.pf.compare import questions, read
from tests.oracles.pf.device import Device
from tests.oracles.pf.evaluate import Pf
from tests.oracles.pf.mutations import without_one
from tests.oracles.pf.tree import written

RULES = frozenset({"filter/rule", "OPNsense/Firewall/Filter/rules/rule"})
_DHCP = (67, 68, 546, 547)
_BROADCAST = (1 << 32) - 1
_LINK_LOCAL = 0xFE80 >> 6
Reading = Callable[[Element], Pf]


def export(root: Element, reading: Reading, count: int, seed: int) -> Export:
    """The config with packets from the bounds of its rules."""
    asked = questions(root, reading(root), count, seed)
    # OPNsense's group that stands for an interface in the PHP's reading.
    its = {
        traffic: [each for each in packets if "inner" not in (each.in_name, each.out_name)]
        for traffic, packets in asked.items()
    }
    return _export(root, reading, its)


def _export(root: Element, reading: Reading, asked: dict[Traffic, list[Packet]]) -> Export:
    pf = reading(root)

    def fates(traffic: Traffic, packet: Packet) -> Fates:
        return pf.possible(packet, traffic)

    homes = _homes(root)

    def is_asked(traffic: Traffic, packet: Packet) -> bool:
        # No firewall forwards what is for itself: it delivers that. All else goes where it lives.
        home = {name for name, net in homes if _is_in(packet, net)}
        if traffic == "forward":
            return packet.dst not in pf.own and (not home or packet.out_name in home)
        return traffic != "input" or packet.dst in pf.own or (not home and _may_be_own(packet, pf))

    return Export(
        read(root),
        fates,
        asked,
        {
            line: partial(_lacking, root, path, number, reading, asked)
            for line, (path, number) in places(root).items()
        },
        is_asked,
        # The platform has rules of its own for DHCP, and broadcasts are told of only where they
        # alone pass; nobody else sends from the device's own address.
        lambda packet: (
            not (packet.proto == UDP and packet.dport in _DHCP)
            and packet.dst != _BROADCAST
            and packet.src not in pf.own
        ),
        {(each.findtext("if") or ""): each.tag for each in root.findall("interfaces/*")},
    )


def _may_be_own(packet: Packet, pf: Pf) -> bool:
    """Whether the device may have the address, as others give it some, or its links."""
    on_link = packet.family == 6 and packet.dst >> 118 == _LINK_LOCAL
    return any(
        on_link if each.startswith("?local:") else not each.startswith(f"?ip{10 - packet.family}:")
        for each in pf.unknown
    )


def _lacking(
    root: Element, path: str, number: int, reading: Reading, asked: dict[Traffic, list[Packet]]
) -> Export:
    return _export(without_one(root, path, number), reading, asked)


def _homes(root: Element) -> list[tuple[str, IPv4Network | IPv6Network]]:
    """The networks of the interfaces, as far as the config tells them."""
    device = Device(root)
    found: list[tuple[str, IPv4Network | IPv6Network]] = []
    for name in device.interfaces:
        told = [device.network(name, family) for family in (4, 6)]
        told += [vip.network for vip in device.vips(name)]
        nets = [ip_network(net) for net in told if net and net[0] != "?"]
        found += [(device.device(name), net) for net in nets]
    return found


def _is_in(packet: Packet, net: IPv4Network | IPv6Network) -> bool:
    first, last = int(net.network_address), int(net.broadcast_address)
    return net.version == packet.family and first <= packet.dst <= last


def places(root: Element) -> dict[int, tuple[str, int]]:
    """The rules by the line on which each begins: their path, and their number there."""
    found: dict[int, tuple[str, int]] = {}
    counts: dict[str, int] = {}
    way: list[str] = []
    parser = expat.ParserCreate()

    def start(tag: str, _: object) -> None:
        way.append(tag)
        path = "/".join(way[1:])
        if path in RULES:
            number = counts.setdefault(path, 0)
            counts[path] += 1
            found[parser.CurrentLineNumber] = path, number

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: way.pop()
    parser.Parse(written(deepcopy(root)), True)
    return found
