"""What lies behind a firewall's interfaces as its export shows it, and the site does not say."""

from collections.abc import Sequence

from flowmodel.addresses import Addresses
from flowmodel.record import replace
from flowmodel.ruleset import Link
from flowmodel.site import Device, Interface

INTERNET = "internet"


def with_unlisted(
    device: Device, links: Sequence[Link], outside: Addresses, networks: dict[str, Addresses]
) -> Device:
    """The device of a site that lists its interfaces, with what else its export shows behind them.

    `outside` is every address in no network of the site: packets from there come in where the
    export says, and not by the interface towards the internet. What it adds is added to `networks`.
    """
    # Where the site says what is behind an interface, that counts, whatever gateway it has.
    inside = {each.name for each in device.interfaces if INTERNET not in each.networks}
    found = {
        link.names[0]: link.addresses & outside
        for link in links
        if not link.is_outside or inside & set(link.names)
    }
    shown = Addresses()
    interfaces: list[Interface] = []
    for interface in device.interfaces:
        link = next((each for each in links if interface.name in each.names), None)
        unnamed = found.pop(link.names[0], Addresses()) if link else Addresses()
        if unnamed and INTERNET not in interface.networks:
            interfaces.append(_with(interface, unnamed, device, networks))
            shown |= unnamed
        else:
            interfaces.append(interface)
    listed = {each.name for each in device.interfaces}
    for link in links:
        unnamed = found.get(link.names[0], Addresses())
        if unnamed and not listed & set(link.names):
            new = Interface(link.names[0], (), Addresses(), link.span, link.addresses)
            interfaces.append(_with(new, unnamed, device, networks))
            shown |= unnamed
    towards = (
        replace(each, addresses=each.addresses - shown) if INTERNET in each.networks else each
        for each in interfaces
    )
    return replace(device, interfaces=tuple(towards)) if shown else device


def unnamed_name(interface: str, device: Device) -> str:
    """What a network is called that only the export of a device shows behind an interface."""
    return f"{interface} of {device.name}"


def _with(
    interface: Interface, unnamed: Addresses, device: Device, networks: dict[str, Addresses]
) -> Interface:
    name = unnamed_name(interface.name, device)
    networks[name] = unnamed
    return replace(
        interface,
        networks=(*interface.networks, name),
        addresses=interface.addresses | unnamed,
    )
