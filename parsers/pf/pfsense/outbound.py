"""Outbound translation: filter.inc, filter_nat_rules_generate and its helpers."""

from collections.abc import Iterator
from typing import Literal

from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.values import Values, full, single
from parsers.pf.coverage import is_known
from parsers.pf.networks import is_private
from parsers.pf.pfsense.device import Device
from parsers.pf.pfsense.endpoints import Endpoints
from parsers.pf.pfsense.interfaces import Port, ipsec_enabled, pppoe_servers
from parsers.pf.pfsense.make import port as ports_of
from parsers.pf.pfsense.options import TCP_UDP
from parsers.pf.rules import (
    ANY,
    ANY_PORT,
    ANY_PROTOCOL,
    Endpoint,
    Ports,
    Protocol,
    Target,
    Translation,
)
from parsers.pf.strange import reasons
from parsers.pf.translations import or_perhaps
from parsers.pf.values import Network, addresses, interval, network, port, protocol
from parsers.pf.xml import Element

_HIGH: Values = ((1024, 65535),)
_POOLS = (22.91, 23.1)
"""The version, CE 2.7.1, from which a pool is written in another way."""
_LOCALHOST = ("127.0.0.0/8", "::1")
_VPN = ("ovpn", "ipsec", "wg", "tun_wg")
_CARP = Protocol(single(112), single(112))
_IS_KNOWN = is_known("nat", "outbound", "rule")
_FAMILIES: tuple[Family, ...] = (4, 6)


def outbound(device: Device, endpoints: Endpoints) -> Iterator[Translation]:
    """The translations of sources in pf's order: those that are written down, then automatic."""
    section = device.root.find("nat", "outbound")
    mode = section.get("mode") if section else "automatic"
    mode = mode or "automatic"
    if ipsec_enabled(device.root):
        for phase2 in device.section("ipsec", "phase2"):
            if phase2.has("natlocalid") and not phase2.has("disabled"):
                device.remarks.say("FW902", "translations inside IPsec are not read", phase2)
    if section and mode in {"advanced", "hybrid"}:
        for element in section.all("rule"):
            made = _written(device, endpoints, element)
            yield from or_perhaps(
                made,
                element,
                reasons(element, _IS_KNOWN),
                _title(element),
                is_disabled=element.has("disabled"),
            )
    if mode in {"automatic", "hybrid"}:
        yield from _automatic(device, section or device.root.child("nat") or device.root)
    elif mode not in {"advanced", "disabled"}:
        device.remarks.say("FW901", f"`{mode}` is no mode of outbound NAT", section or device.root)


def without_carp(place: Element) -> Iterator[Translation]:
    """That CARP is not translated."""
    kinds: tuple[Literal["nat"], Literal["rdr"]] = ("nat", "rdr")
    for kind in kinds:
        for family in _FAMILIES:
            yield Translation(place, f"no {kind} proto carp", kind, family, None, protocol=_CARP)


def _automatic(device: Device, place: Element) -> Iterator[Translation]:
    inside = Endpoint(addresses(_inside(device)))
    for on in device.assigned:
        if on.device.startswith(_VPN) or not on.has_gateway:
            continue
        for family in _FAMILIES:
            if not inside.addresses.of(family):
                continue
            target = _own(on, family)
            title = f"nat on {on.id} from the networks inside: automatic outbound NAT"
            yield Translation(
                place,
                f"{title}, ISAKMP",
                "nat",
                family,
                target,
                on.names,
                protocol=TCP_UDP,
                source=inside,
                destination_ports=_ISAKMP,
            )
            skip = on.element.has("nonat")
            yield Translation(
                place,
                title,
                "nat",
                family,
                None if skip else target._replace(ports=_HIGH),
                on.names,
                source=inside,
            )


_ISAKMP = ports_of(500)


def _own(on: Port, family: Family) -> Target:
    side = on.side(family)
    if side.static:
        return Target(single(side.static[1]))
    return Target((), full(16), f"the address of {on.id}")


def _inside(device: Device) -> Iterator[Network]:
    """The networks that are translated: filter_nat_rules_automatic_tonathosts."""
    texts = [*_LOCALHOST]
    gateways = device.gateways()
    for found, gateway in device.routes():
        by = device.ports.get(gateways.get(gateway, ""))
        if by and not by.has_gateway and is_private(found):
            yield found
    for each in device.assigned:
        if not each.has_gateway and each.v4.static:
            yield from device.network_of(each, 4)
            texts.append(f"{each.element.get('alias-address')}/{each.element.get('alias-subnet')}")
    texts += [
        f"{server.get('remoteip')}/{server.get('pppoe_subnet') or 32}"
        for server in pppoe_servers(device.root)
    ]
    texts += [
        tunnel.get("tunnel_network")
        for kind in ("openvpn-server", "openvpn-client")
        for tunnel in device.section("openvpn", kind)
        if not tunnel.has("disable")
    ]
    client = device.root.find("ipsec", "client")
    if client and client.has("enable"):
        texts.append(f"{client.get('pool_address')}/{client.get('pool_netbits')}")
    for text in texts:
        if found_ := network(text):
            yield found_


def _written(device: Device, endpoints: Endpoints, element: Element) -> Iterator[Translation]:
    title = _title(element)
    is_disabled = element.has("disabled")
    on = device.ports.get(element.get("interface"))

    def leave(why: str) -> None:
        if not is_disabled:
            message = f"pfSense leaves the translation out: {why}"
            device.remarks.say("FW307", message, element, title)

    if not on:
        leave(f"the interface `{element.get('interface')}` does not exist or is disabled")
        return
    source = _end(device, endpoints, element.child("source"), "network")
    destination = _end(device, endpoints, element.child("destination"), "address")
    if isinstance(source, str) or isinstance(destination, str):
        leave(source if isinstance(source, str) else str(destination))
        return
    name = element.get("protocol").lower()
    number = protocol(name) if name not in {"", "any", "tcp/udp"} else None
    unread = reasons(element, _IS_KNOWN)
    if name not in {"", "any", "tcp/udp"} and number is None:
        device.remarks.say("FW901", f"`{name}` is no protocol that is known here", element, title)
        unread = (*unread, f"protocol {name}")
    if not element.has("nonat") and _is_no_port(element):
        device.remarks.say("FW901", "<natport> is no port that is known here", element, title)
        unread = (*unread, "its pool of ports, which pf refuses")
    found = TCP_UDP if name == "tcp/udp" else ANY_PROTOCOL
    if number is not None:
        found = Protocol(single(number), single(number))
    ports = [_ports(endpoints, element.get(tag)) for tag in ("sourceport", "dstport")]
    if found is ANY_PROTOCOL and any(each is not ANY_PORT for each in ports):
        found = TCP_UDP
    things = [thing for each in (source, destination) for thing in each.unread]
    if things and not is_disabled:
        device.remarks.say("FW902", "only the device knows " + ", ".join(things), element, title)
    for family in _families(element, source, destination):
        target = None
        if not element.has("nonat"):
            target = _target(device, endpoints, element, on, family)
            if target is None:
                leave("its target means no address")
                return
        yield Translation(
            element,
            title,
            "nat",
            family,
            target,
            on.names,
            protocol=found,
            source=source,
            source_ports=ports[0],
            destination=destination,
            destination_ports=ports[1],
            unread=unread,
            is_disabled=is_disabled,
        )


def _end(device: Device, endpoints: Endpoints, side: Element | None, tag: str) -> Endpoint | str:
    """What a side means; why it means nothing, if it does not."""
    text = ""
    if side is not None and not side.has("any"):
        text = side.get(tag) or side.get("network") or side.get("address")
    # PHP makes no difference between an element that is not there and an empty one.
    is_any = side is not None and side.has("any")
    if not (is_any or text) and device.has_tables is not False:
        if device.has_tables:
            return "it names no addresses"
        return Endpoint(Addresses(), ("pfSense's version, which decides about no addresses",))
    if text in {"", "any"}:
        return ANY
    is_name = text not in device.aliases and network(text) is None
    meant = endpoints.of("network" if is_name else "address", text)
    if not meant.families:
        return meant.missing
    found = meant.endpoint
    if side is not None and side.has("not"):
        if tag == "network" and device.has_tables is None:
            return Endpoint(Addresses(), (f"whether all but {text} is meant, by the version",))
        if tag == "address" or device.has_tables:
            return Endpoint(found.addresses, found.unread, negated=True, within=found.within)
    return found


def _ports(endpoints: Endpoints, text: str) -> Ports:
    if not text:
        return ANY_PORT
    found = endpoints.ports(text.replace("-", ":"))
    return ANY_PORT if found.missing else found.ports


def _families(element: Element, source: Endpoint, destination: Endpoint) -> list[Family]:
    """The families in which pf gets the rule: filter_nat_rules_generate_if."""
    said = element.get("ipprotocol")
    if said in {"inet", "inet6"}:
        return [4 if said == "inet" else 6]
    ends = [each for each in (source, destination) if each is not ANY and not each.negated]
    text = element.get("target")
    target = network(element.get("targetip") if text == "other-subnet" else text)
    return [
        family
        for family in _FAMILIES
        if all(each.addresses.of(family) or each.unread for each in ends)
        and (target is None or target[0] == family)
    ]


def _target(
    device: Device, endpoints: Endpoints, element: Element, on: Port, family: Family
) -> Target | None:
    text, unknown = _target_text(device, element)
    ports = _target_ports(element)
    if unknown:
        return Target((), ports, unknown)
    if not text:
        return _own(on, family)._replace(ports=ports)
    if text in device.aliases or network(text):
        meant = endpoints.of("address", text)
    elif text.removesuffix("ip") in device.ports:
        meant = endpoints.of("network", text)
    else:
        return None
    values = meant.endpoint.addresses.of(family)
    if meant.endpoint.unread:
        return Target((), ports, ", ".join(meant.endpoint.unread))
    return Target(values, ports) if values else None


def _target_text(device: Device, element: Element) -> tuple[str, str]:
    """The target as pf gets it, or why that is not known.

    filter.inc, filter_nat_rules_generate: since CE 2.7.1 a pool is `target/target_subnet`; before,
    it was `other-subnet` with `targetip/targetip_subnet`, and `target_subnet` meant nothing.
    """
    text, bits = element.get("target"), element.get("target_subnet")
    is_new = device.is_since(*_POOLS)
    if text == "other-subnet":
        older = f"{element.get('targetip')}/{element.get('targetip_subnet')}"
        return older, "" if is_new is False else "the pool of another version of pfSense"
    if not text or not bits or text in device.aliases:
        return text, ""
    wanted, alone = network(f"{text}/{bits}"), network(text)
    if wanted is None or alone is None:
        return text, f"what {text} with <target_subnet> is"
    if is_new is None and interval(wanted) != interval(alone):
        return text, "the pool, which depends on pfSense's version"
    return (f"{text}/{bits}" if is_new is not False else text), ""


def _is_no_port(element: Element) -> bool:
    """Whether pf refuses what is written behind the pool's `port`."""
    text = element.get("natport")
    return bool(text) and any(port(each) is None for each in text.replace("-", ":").split(":"))


def _target_ports(element: Element) -> Values:
    if element.has("staticnatport"):
        return full(16)
    first, _, last = element.get("natport").replace("-", ":").partition(":")
    low = port(first)
    if low is None:
        return _HIGH
    return ((low, port(last) or low),)


def _title(element: Element) -> str:
    words = [("no " if element.has("nonat") else "") + f"nat on {element.get('interface')}"]
    if name := element.get("protocol"):
        words.append(f"proto {name}")
    for way, tag, inner, port_tag in (
        ("from", "source", "network", "sourceport"),
        ("to", "destination", "address", "dstport"),
    ):
        side = element.child(tag)
        text = (side.get(inner) if side else "") or "any"
        is_not = side is not None and side.has("not")
        port_ = element.get(port_tag)
        words.append(f"{way} {'!' if is_not else ''}{text}" + (f" port {port_}" if port_ else ""))
    words.append(f"-> {element.get('target') or 'interface address'}")
    title = " ".join(words)
    return f'{title} "{descr}"' if (descr := element.get("descr")) else title
