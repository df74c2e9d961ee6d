"""What rows of a document say of ports, and what flows have of it."""

import re
from collections.abc import Mapping, Sequence

from flowmodel.record import NamedTuple, replace
from flowmodel.values import EMPTY, Values, difference, full, union
from policies.model import Flow, Policy, RowCells
from policies.protocols import TYPED, has_ports
from policies.services import (
    Ports,
    covers,
    messages,
    parse_ports,
    parse_types,
    ports_text,
    service_text,
)


class Offer(NamedTuple):
    """Ports by protocol: all that flows have, and those that a site can set."""

    ports: dict[int, Values]
    settable: dict[int, Values]


def offered(policy: Policy, flows: Sequence[Flow], values: dict[str, Ports]) -> Offer:
    """All ports of the flows."""
    fixed = {name for name in policy.parameters if _is_fixed(policy, name)}
    found = Offer({}, {})
    for flow in flows:
        named = _by_parameters(flow, fixed)
        for ports, its in zip(
            found, (ports_of(flow, values), ports_of(named, values)), strict=True
        ):
            for proto, more in its.items():
                ports[proto] = union(ports.get(proto, EMPTY) + more)
    return found


def _is_fixed(policy: Policy, name: str) -> bool:
    parameter = policy.parameters[name]
    return parameter.is_fixed or bool(parameter.base and _is_fixed(policy, parameter.base))


def _by_parameters(flow: Flow, fixed: set[str]) -> Flow:
    """The flow with no ports but those that a site can set."""
    services, then = (
        tuple(
            replace(pattern, atoms=names)
            for pattern in patterns
            if (names := tuple(name for name in pattern.names if name not in fixed))
        )
        for patterns in (() if flow.is_fixed else flow.services, flow.then)
    )
    return replace(flow, services=services, then=then)


def ports_of(flow: Flow, values: dict[str, Ports]) -> dict[int, Values]:
    """The ports of one flow, by protocol."""
    patterns = (*flow.services, *flow.then)
    return covers(tuple(one for pattern in patterns for one in pattern.services(values)))


def missing(row: RowCells, offer: Offer) -> str:
    """What the row has and the flows do not offer, in words."""
    offered = offer.ports
    if row.also and not (row.protocol or row.port):
        sets = []
    elif row.protocols:
        sets = [
            (number, offered.get(number, EMPTY), offer.settable.get(number, EMPTY))
            for number in row.protocols
        ]
    else:
        sets = [(0, _every_port(offered), _every_port(offer.settable))]
    for number, ports, settable in sets:
        if number and not has_ports(number):
            lost = difference(_exact_messages(row), ports) if number in TYPED else EMPTY
            if lost or not ports:
                return service_text(number, lost or full(16))
            continue
        if not row.port and not ports:
            return f"{row.protocol} without a port" if row.protocol else "a service"
        for part in _patterns(row.port):
            every = _matching(part, ((1, 65535),))
            if not _matching(part, settable) and difference(every, ports):
                return part
        lost = difference(_exact(row.port), ports)
        if lost:
            return f"{ports_text(lost)}{'/' + row.protocol if row.protocol else ''}"
    for pattern in row.also:
        for number, wanted in covers(pattern.services({})).items():
            if difference(wanted, offered.get(number, EMPTY)):
                return pattern.text
    return ""


def _every_port(offered: Mapping[int, Values]) -> Values:
    each = (ports for number, ports in offered.items() if has_ports(number))
    return union(interval for ports in each for interval in ports)


def _exact_messages(row: RowCells) -> Values:
    return messages(*parse_types(row.type)) if row.type else full(16)


def _exact(cell: str) -> Values:
    """The ports of a cell that are numbers."""
    parts = [part for part in cell.split(",") if part and "n" not in part]
    return parse_ports(",".join(parts)).values if parts else EMPTY


def _patterns(cell: str) -> list[str]:
    """The parts of a cell in which n is any digit."""
    return [part for part in cell.split(",") if "n" in part]


def _matching(part: str, ports: Values) -> Values:
    """The ports that look like a part of a cell, where n is any digit."""
    pattern = re.compile(part.replace("n", "[0-9]"))
    low, high = int(part.replace("n", "0")), int(part.replace("n", "9"))
    return union(
        (port, port)
        for port in range(low, high + 1)
        if pattern.fullmatch(str(port)) and any(first <= port <= last for first, last in ports)
    )


def known(rows: Sequence[RowCells], number: int, ports: Values) -> Values:
    """The ports of a protocol that rows say, among these."""
    return union(interval for row in rows for interval in _said(row, number, ports))


def _said(row: RowCells, number: int, ports: Values) -> Values:
    """The ports of a protocol that a row says, among these."""
    found = EMPTY
    if number in TYPED and number in row.protocols:
        found = _exact_messages(row)
    elif number in row.protocols and not has_ports(number):
        found = full(16)
    elif number in row.protocols:
        alike = (each for part in _patterns(row.port) for each in _matching(part, ports))
        found = union((*_exact(row.port), *alike))
    for pattern in row.also:
        found = union(found + covers(pattern.services({})).get(number, EMPTY))
    return found
