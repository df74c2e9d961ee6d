"""The rules behind those of the web interface: filter.inc, filter_rules_generate, and IPsec's."""

from collections.abc import Iterator

from flowmodel.addresses import Addresses, of_family
from flowmodel.fields import Family
from flowmodel.values import full, single
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.interfaces import Port, ipsec_enabled
from parsers.pf.pfsense.make import TCP, UDP, port, rule
from parsers.pf.pfsense.options import S_SA
from parsers.pf.rules import ANY, ANY_PORT, ANY_PROTOCOL, Endpoint, PfRule, Ports, Protocol
from parsers.pf.values import addresses, network
from parsers.pf.values import port as port_of
from parsers.pf.xml import Element

_ESP, _AH = Protocol(single(50), single(50)), Protocol(single(51), single(51))


def after(device: Device) -> Iterator[PfRule]:
    """The rules, in the order of filter.inc."""
    yield from _bypass(device)
    yield from _ipsec(device)


def _bypass(device: Device) -> Iterator[PfRule]:
    """Between the networks behind static routes and those of their interfaces."""
    section = device.root.find("filter", "bypassstaticroutes")
    if not section:
        return
    gateways = device.gateways()
    for found, gateway in device.routes():
        here = device.ports.get(gateways.get(gateway, ""))
        if not here or not here.side(found[0]).exists:
            continue
        ends = (_around(here, found[0]), Endpoint(addresses([found])))
        title = f"pass quick on {here.id}: between statically routed networks"
        for source, destination in (ends, ends[::-1]):
            for protocol in (TCP, ANY_PROTOCOL):
                yield rule(
                    section,
                    title,
                    "pass",
                    on=here.names,
                    families=frozenset({found[0]}),
                    protocol=protocol,
                    source=source,
                    destination=destination,
                    flags=None if protocol is TCP else S_SA,
                )


def _around(port: Port, family: Family) -> Endpoint:
    """The network of an interface, which only the device knows where a link tells its address."""
    side = port.side(family)
    if side.static:
        return Endpoint(addresses([side.static]))
    unread = (f"the networks of {port.id} ({side.given_by})",)
    return Endpoint(Addresses(), unread, within=of_family(family, full(32 if family == 4 else 128)))


def _ipsec(device: Device) -> Iterator[PfRule]:
    """Key exchange and the tunnels' own protocols: filter.inc, filter_generate_ipsec_rules."""
    section = ipsec_enabled(device.root)
    if not section or device.system.has("disablevpnrules"):
        return
    kinds: dict[str, set[str]] = {}
    for phase2 in section.all("phase2"):
        kinds.setdefault(phase2.get("ikeid"), set()).add(phase2.get("protocol"))
    for phase1 in section.all("phase1"):
        if phase1.has("disabled") or phase1.has("gw_duplicates"):
            continue
        on = device.ports.get(phase1.get("interface"))
        if not on:
            device.remarks.say(
                "FW902", "the rules for this IPsec tunnel depend on the device's state", phase1
            )
            continue
        peer = _peer(phase1)
        used = kinds.get(phase1.get("ikeid"), set())
        wanted: list[tuple[str, Protocol, Ports]] = [
            ("isakmp", UDP, port(port_of(section.get("port")) or 500)),
            ("nat-t", UDP, port(port_of(section.get("port_nat_t")) or 4500)),
        ]
        wanted += [("esp", _ESP, ANY_PORT)] if "esp" in used else []
        wanted += [("ah", _AH, ANY_PORT)] if "ah" in used else []
        for name, protocol, ports in wanted:
            if peer is not ANY:
                yield rule(
                    phase1,
                    f"pass out from (self) to the IPsec peer: {name}",
                    "pass",
                    "out",
                    quick=False,
                    protocol=protocol,
                    source=device.itself(),
                    destination=peer,
                    destination_ports=_outward(phase1, name, ports),
                )
            yield rule(
                phase1,
                f"pass in on {on.id} from the IPsec peer to (self): {name}",
                "pass",
                "in",
                quick=False,
                on=on.names,
                protocol=protocol,
                source=peer,
                destination=device.itself(),
                destination_ports=ports,
            )


def _outward(phase1: Element, name: str, ports: Ports) -> Ports:
    if ports is ANY_PORT:
        return ports
    tag, usual = ("ikeport", 500) if name == "isakmp" else ("nattport", 4500)
    return port(port_of(phase1.get(tag)) or usual)


def _peer(phase1: Element) -> Endpoint:
    if phase1.has("mobile"):
        return ANY
    if found := network(phase1.get("remote-gateway")):
        return Endpoint(addresses([found]))
    return Endpoint(Addresses(), ("the address of an IPsec peer that has a host name",))
