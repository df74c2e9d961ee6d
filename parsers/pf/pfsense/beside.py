"""Redirections that settings outside of `<nat>` make: filter.inc, filter_nat_rules_generate."""

from collections.abc import Iterator

from flowmodel.values import single
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.make import UDP, port
from parsers.pf.rules import Protocol, Target, Translation
from parsers.pf.values import Network, addresses, network, of_text
from parsers.pf.xml import Element

_TFTP, _PROXY = 69, 6969
_IPV6 = 41
"""IPv6 in IPv4."""


def beside(device: Device) -> Iterator[Translation]:
    """The redirections; they stand before the port forwards."""
    yield from _tftp(device)
    yield from _ipv6(device)


def _tftp(device: Device) -> Iterator[Translation]:
    """The proxy for TFTP, which fetches from any server and which no rule is asked about."""
    chosen = device.system.child("tftpinterface")
    for name in chosen.text.split(",") if chosen else ():
        on = device.ports.get(name)
        if not chosen or not on:
            continue
        title = f"rdr pass on {name} proto udp to any port {_TFTP}: TFTP proxy"
        why = "the TFTP proxy lets everybody on its interfaces through to any TFTP server"
        device.remarks.say("FW902", why, chosen)
        yield Translation(
            chosen,
            title,
            "rdr",
            4,
            Target(of_text("127.0.0.1").v4, single(_PROXY)),
            on.names,
            protocol=UDP,
            destination_ports=port(_TFTP),
            passes=True,
        )


def _ipv6(device: Device) -> Iterator[Translation]:
    """What comes to wan as IPv6 in IPv4 goes to the address that the setting names."""
    section = device.root.find("diag", "ipv6nat")
    wan = device.ports.get("wan")
    if not section or not section.has("enable") or not wan:
        return
    text = section.get("ipaddr")
    found = network(text)
    if not found or "/" in text:
        why = f"`{text}` is no address: where IPv6 over IPv4 is sent to is not known"
        device.remarks.say("FW901", why, section.child("ipaddr") or section)
        return
    yield _tunnel(section, wan.names, text, found)


def _tunnel(section: Element, names: tuple[str, ...], text: str, to: Network) -> Translation:
    family, *_ = to
    target = Target(addresses([to]).of(family))
    protocol = Protocol(single(_IPV6), single(_IPV6))
    title = f"rdr on wan proto ipv6 to {text}: IPv6 over IPv4"
    return Translation(section, title, "rdr", family, target, names, protocol=protocol)
