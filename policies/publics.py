"""Reads `public:`: the addresses that the internet uses, and how they lead to the machines."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flowmodel.addresses import Addresses, together
from flowmodel.fields import FAMILIES, PORT_PROTOCOLS
from flowmodel.record import replace
from flowmodel.site import End, Public, Requirement, Uplink
from flowmodel.source import InputError, InputErrors, Source
from flowmodel.values import Values
from policies.addresses import NOWHERE, first_address
from policies.places import Where, read_where
from policies.schema import items, keyed, record, text
from policies.services import parse_ports
from policies.yaml_nodes import Errors, Mapping, Node, Text

PUBLIC_KEYS: Final = ("address", "ports", "via")
VIA_KEYS: Final = ("device", "interface")


def read_public(
    errors: Errors, node: Node, networks: dict[str, Addresses], own: Addresses
) -> tuple[Addresses, tuple[Public, ...]]:
    """All public addresses of a binding, and those of which it says more; `own` are the others."""
    every, published = NOWHERE, []
    said = [one for one in items(node) if isinstance(one, Mapping)]
    if not said:
        return read_where(errors, node, networks, ()).addresses, ()
    for one in items(node):
        if isinstance(one, Mapping):
            public = _published(errors, one, networks, own)
            published.append(public)
            its = public.addresses
        else:
            its = read_where(errors, one, networks, ()).addresses
        if twice := first_address(every & its):
            errors.add(f"{twice} is there twice in `public`", one.span)
        every |= its
    return every, tuple(published)


def _published(
    errors: Errors, node: Mapping, networks: dict[str, Addresses], own: Addresses
) -> Public:
    values = record(errors, node, "`public`", PUBLIC_KEYS, ("address",))
    where = values.get("address")
    addresses = read_where(errors, where, networks, ()).addresses if where else NOWHERE
    ports, via = values.get("ports"), values.get("via")
    uplink = _read_via(errors, via, addresses) if via else None
    if ports is None:
        return Public(addresses, uplink=uplink)
    if same := first_address(addresses & own):
        message = f"{same} is the machine's own address, whose ports no device changes"
        errors.add(message, ports.span)
    return Public(addresses, tuple(_read_ports(errors, ports)), ports.span, uplink)


def _read_via(errors: Errors, node: Node, addresses: Addresses) -> Uplink:
    """The uplink that serves the addresses: an interface, and its device where it says so."""
    if not isinstance(node, Mapping):
        return Uplink(addresses, text(errors, node, "via"), node.span)
    values = record(errors, node, "`via`", VIA_KEYS, VIA_KEYS)
    device, interface = (text(errors, values.get(key), key) for key in VIA_KEYS)
    return Uplink(addresses, interface, values.get("interface", node).span, device)


def _read_ports(errors: Errors, node: Node) -> Iterator[tuple[int, int]]:
    """The pairs of a public port, and the port of the machine that it leads to."""
    entries = keyed(errors, node, "`ports`")
    if isinstance(node, Mapping) and not node.entries:
        errors.add("`ports` is empty", node.span)
    seen: dict[int, int] = {}
    for key, value in entries:
        public = _port(errors, key, "a public port")
        inside = _port(errors, value, "a port of the machine")
        if public in seen:
            errors.add(f"port {public} is there twice; first on line {seen[public]}", key.span)
        elif public and inside:
            seen[public] = key.span.line
            yield public, inside


def _port(errors: Errors, node: Node, what: str) -> int:
    """One port; 0 where it cannot be read."""
    word = text(errors, node, what)
    if not word or not isinstance(node, Text):
        return 0
    try:
        ports = parse_ports(word)
    except ValueError as error:
        errors.add(f"{what}: {error}", node.span)
        return 0
    first, last = ports.values[0][0], ports.values[-1][1]
    if first != last or not ports.are_ports:
        errors.add(f"{what} is one number from 1 to 65535, not `{word}`", node.span)
        return 0
    return first


def uplinks(bound: Iterable[Where], source: Source) -> tuple[Uplink, ...]:
    """The uplinks of all bindings.

    Raises InputErrors where two of them say another one of an address.
    """
    found: list[Uplink] = []
    for where in bound:
        for machine in where.machines or (where,):
            for one in (each.uplink for each in machine.published if each.uplink):
                rest = one.addresses
                for other in found:
                    its = rest & other.addresses
                    is_same = (one.device, one.interface) == (other.device, other.interface)
                    if its and not is_same:
                        line = other.span.line
                        message = f"{first_address(its)} comes by another uplink on line {line}"
                        text_ = source.lines[one.span.line - 1]
                        raise InputErrors((InputError(message, one.span, text_),))
                    rest = rest - its
                if rest:
                    found.append(replace(one, addresses=rest))
    return tuple(found)


def check_reachable(requirements: Iterable[Requirement], inside: Addresses, source: Source) -> None:
    """Raise InputErrors where a flow is needed from outside, and no public port leads to its port.

    `inside` are the networks of the site: senders in them use the machines' own addresses.
    """
    errors: dict[str, InputError] = {}
    for flow in requirements:
        if flow.need not in ("must", "should") or flow.inactive_because:
            continue
        for sender, end in flow.ends:
            if end.published and sender.addresses - inside:
                for error in _unreachable(flow, end, source):
                    errors.setdefault(str(error), error)
    if errors:
        raise InputErrors(tuple(errors.values()))


def _unreachable(flow: Requirement, end: End, source: Source) -> Iterator[InputError]:
    for family in FAMILIES:
        told = [one for one in end.published if one.ports and one.addresses.of(family)]
        plain = end.public - together(one.addresses for one in told)
        span = told[0].span if told else None
        if span is None or plain.of(family):
            continue
        lost = [
            service.text
            for service in flow.services
            if service.proto in PORT_PROTOCOLS and _is_lost(service.ports, told)
        ]
        if lost and not (flow.any_of and len(lost) < len(flow.services)):
            message = (
                f"no public port leads to {lost[0]}, which `{flow.name}` needs from outside: "
                "`ports` has public ports, each with the port of the machine"
            )
            yield InputError(message, span, source.lines[span.line - 1])


def _is_lost(ports: Values, told: Sequence[Public]) -> bool:
    """Whether some port of a machine is reached at none of the addresses."""
    for one in told:
        ports = one.lost(ports)
    return bool(ports)
