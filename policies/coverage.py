"""Proves that a policy is its document: every row is in a flow, and every flow is its rows.

A flow that cites a row has the row's device at the side that the row's direction says (with both
directions, each flow has it at one side at least), and the flows of a row that must or should work
have all its ports, with the parameters at their defaults, with both directions in each of them;
those that the two sides agree on (`then:`) are among them.
A flow has no other ports than its rows, and where a row lost a cell the flow says `inferred` or
`recovered`. So neither a lost row nor a silent addition passes.
"""

import re
from collections.abc import Iterator, Sequence

from flowmodel.record import replace
from flowmodel.site import Problem
from flowmodel.source import Span
from flowmodel.values import EMPTY, Values, difference, full, union
from policies.conditions import VERSION
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


def uncited(policy: Policy) -> tuple[Problem, ...]:
    """What of the document the flows do not reproduce, or add to it (FW509).

    A document with versions is proved version by version.
    """
    if not policy.rows:
        return ()
    if not policy.versions:
        return _uncited(policy)
    by_version = {version: _uncited(_at(policy, version)) for version in policy.versions}
    every = dict.fromkeys(problem for problems in by_version.values() for problem in problems)
    return tuple(
        replace(problem, message=f"{problem.message} (version {', '.join(its)})")
        for problem in every
        for its in ([one for one, problems in by_version.items() if problem in problems],)
    )


def _at(policy: Policy, version: str) -> Policy:
    """The policy with the rows and the flows of one version."""
    rows = {row.id: row for row in policy.rows.values() if version in row.versions}
    sections = tuple(
        replace(
            section,
            flows=tuple(
                replace(flow, rows=tuple(row for row in flow.rows if row in rows))
                for flow in section.flows
                if all(one.option != VERSION or version in one.answers for one in flow.when)
                and all(one.option != VERSION or version not in one.answers for one in flow.unless)
            ),
        )
        for section in policy.sections
    )
    return replace(policy, rows=rows, sections=sections)


def _uncited(policy: Policy) -> tuple[Problem, ...]:
    values = policy.values()
    found = []
    for row in policy.rows.values():
        flows = [flow for flow in policy.flows if row.id in flow.rows]
        found += list(_row_problems(policy, row, flows, values))
    for flow in policy.flows:
        found += list(_flow_problems(policy, flow, values))
    return tuple(found)


def _problem(message: str, span: Span, remedy: str) -> Problem:
    return Problem("FW509", message, span, remedy)


def _row_problems(
    policy: Policy, row: RowCells, flows: Sequence[Flow], values: dict[str, Ports]
) -> Iterator[Problem]:
    if not flows:
        yield _problem(
            f"no flow cites row {row.id} (line {row.line})",
            row.span,
            "cite it in the `rows:` of a flow",
        )
    for flow in flows:
        if row.is_never != (flow.need == "never"):
            must = "must not be open" if row.is_never else "is needed"
            yield _problem(
                f"flow `{flow.id}` has `need: {flow.need}`, but what row {row.id} lists {must}",
                flow.span,
                f"correct `need:`, or remove {row.id} from `rows:`",
            )
    if row.is_prose or not flows:
        return
    for flow in flows if row.has_cells else ():
        yield from _device_problems(policy, row, flow)
    needs = ("never",) if row.is_never else ("must", "should")
    required = [flow for flow in flows if flow.need in needs]
    for way, its in _ways(policy, row, required):
        missing = _missing(row, _offered(its, values))
        if missing:
            yield _problem(
                f"row {row.id} (line {row.line}) lists {missing}, which no flow that cites the row "
                f"{'forbids' if row.is_never else 'requires'}{way}",
                row.span,
                "add the port to a flow that cites the row",
            )


def _ways(
    policy: Policy, row: RowCells, required: Sequence[Flow]
) -> Iterator[tuple[str, Sequence[Flow]]]:
    """The flows that have to have the row's ports: of a row with both directions, in each.

    Where the services of a direction are the author's reading, as of a protocol that has one port
    for each end, some flow has to be there at least.
    """
    yield "", required
    if row.direction != "in+out" or not required:
        return
    for device in row.device:
        sides = {
            side: [flow for flow in required if device in _names(policy, flow, side)]
            for side in ("from", "to")
        }
        for side, its in sides.items() if any(sides.values()) else ():
            if not its or not all("service" in flow.filled for flow in its):
                yield f" {side} `{device}`", its


def _offered(flows: Sequence[Flow], values: dict[str, Ports]) -> dict[int, Values]:
    """All ports of the flows, by protocol."""
    found: dict[int, Values] = {}
    for flow in flows:
        for proto, ports in _ports(flow, values).items():
            found[proto] = union(found.get(proto, EMPTY) + ports)
    return found


def _device_problems(policy: Policy, row: RowCells, flow: Flow) -> Iterator[Problem]:
    sides = {"in": ("to",), "out": ("from",)}.get(row.direction, ("from", "to"))
    asked = {f"its `{side}` is": _names(policy, flow, side) for side in sides}
    if row.direction == "in+out":
        asked = {"its ends are": set().union(*asked.values())}
    for words, names in asked.items():
        for device in row.device:
            if device not in names:
                yield _problem(
                    f"flow `{flow.id}` cites row {row.id}, whose device is `{device}`"
                    f"{_way(row)}, but {words} {', '.join(sorted(names))}",
                    flow.span,
                    f"correct its ends, or remove {row.id} from `rows:`",
                )
    is_given = bool(row.device) and not row.recovered
    # In a flow with itself both sides are the one device.
    unsaid = [side for side in sides if side not in flow.filled]
    is_said = not unsaid or (flow.targets == ("self",) and len(unsaid) < len(sides))
    if not is_given and not is_said:
        yield _problem(
            f"row {row.id} does not name its device, so flow `{flow.id}` must mark its "
            f"`{unsaid[0]}` as inferred or recovered",
            flow.span,
            f"add `inferred: [{unsaid[0]}]`",
        )


def _names(policy: Policy, flow: Flow, side: str) -> set[str]:
    names = flow.sources if side == "from" or flow.targets == ("self",) else flow.targets
    if flow.is_either:
        names = flow.ends
    return {name if name in policy.peers else name.partition(".")[0] for name in names}


def _way(row: RowCells) -> str:
    ways = {"in": " (incoming)", "out": " (outgoing)", "in+out": " (both ways)"}
    return ways.get(row.direction, "")


def _ports(flow: Flow, values: dict[str, Ports]) -> dict[int, Values]:
    patterns = (*flow.services, *flow.then)
    return covers(tuple(one for pattern in patterns for one in pattern.services(values)))


def _missing(row: RowCells, offered: dict[int, Values]) -> str:
    """What the row has and the flows do not offer, in words."""
    if row.also and not (row.protocol or row.port):
        sets = []
    elif row.protocols:
        sets = [(number, offered.get(number, EMPTY)) for number in row.protocols]
    else:
        each = (ports for number, ports in offered.items() if has_ports(number))
        sets = [(0, union(interval for ports in each for interval in ports))]
    for number, ports in sets:
        if number and not has_ports(number):
            lost = difference(_exact_messages(row), ports) if number in TYPED else EMPTY
            if lost or not ports:
                return service_text(number, lost or full(16))
            continue
        if not row.port and not ports:
            return f"{row.protocol} without a port" if row.protocol else "a service"
        for part in _patterns(row.port):
            if not _matching(part, ports):
                return part
        lost = difference(_exact(row.port), ports)
        if lost:
            return f"{ports_text(lost)}{'/' + row.protocol if row.protocol else ''}"
    for pattern in row.also:
        for number, wanted in covers(pattern.services({})).items():
            if difference(wanted, offered.get(number, EMPTY)):
                return pattern.text
    return ""


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


def _flow_problems(policy: Policy, flow: Flow, values: dict[str, Ports]) -> Iterator[Problem]:
    if not flow.rows:
        yield _problem(f"flow `{flow.id}` cites no row of the document", flow.span, "add `rows:`")
        return
    rows = [policy.rows[name] for name in flow.rows]
    tables = [row for row in rows if not row.is_prose]
    if "service" in flow.filled or not tables:
        return
    holes = [row.id for row in tables if not _is_whole(row)]
    if holes:
        yield _problem(
            f"row {holes[0]} does not give both protocol and port, so flow `{flow.id}` must mark "
            "its `service` as inferred or recovered",
            flow.span,
            "add `inferred: [service]`",
        )
        return
    every = replace(flow, then=flow.then + flow.then_back)
    for number, ports in _ports(every, values).items():
        known = union(interval for row in tables for interval in _said(row, number, ports))
        added = difference(ports, known)
        if added:
            yield _problem(
                f"flow `{flow.id}` has {service_text(number, added)}, "
                "which is in none of the rows it cites",
                flow.span,
                "add `inferred: [service]` if the document does not say so",
            )


def _is_whole(row: RowCells) -> bool:
    """Whether the row says protocol and port, as far as the protocol has ports."""
    if row.also and not (row.protocol or row.port):
        return True
    return bool(row.protocol) and (bool(row.port) or not any(map(has_ports, row.protocols)))


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
