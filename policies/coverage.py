"""Proves that a policy is its document: every row is in a flow, and every flow is its rows.

A flow that cites a row has the row's device at the side that the row's direction says (with both
directions, each flow has it at one side at least), and the flows of a row that must or should work
have all its ports, with the parameters at their defaults, with both directions in each of them;
those that the two sides agree on (`then:`) are among them.
Where a cell leaves a digit open (`400n`), a parameter that the site can set has one such port, or
the flows have them all.
A flow has no other ports than its rows, nor other ports of clients (`sport`), and where a row lost
a cell the flow says `inferred` or `recovered`. So neither a lost row nor a silent addition passes.
Cells say nothing of conditions: `conditional` tells which rows depend on a site's answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Final

from flowmodel.record import replace
from flowmodel.site import Need, Problem
from flowmodel.source import Span
from flowmodel.values import difference
from policies.conditions import VERSION
from policies.model import Flow, Policy, RowCells
from policies.protocols import has_ports
from policies.row_ports import known, missing, offered, ports_of
from policies.services import ANY, Ports, parse_ports, service_text

_MOST_ANSWERS: Final = 4096
"""Combinations of answers that are tried for one row."""


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


def conditional(policy: Policy) -> frozenset[str]:
    """The rows that a site must have with some answers to options only, in any version."""
    versions = policy.versions or ("",)
    return frozenset(
        row.id
        for version in versions
        for its in (_at(policy, version) if version else policy,)
        for row in its.rows.values()
        if not row.is_prose and not _is_always(its, row)
    )


def _is_always(policy: Policy, row: RowCells) -> bool:
    """Whether some flows require a row whatever a site answers."""
    values = policy.values()
    flows = [flow for flow in policy.flows if row.id in flow.rows and flow.need in _needs(row)]
    asked = {
        one.option: policy.options[one.option].choices
        for flow in flows
        for one in (*flow.when, *flow.unless)
        if one.option != VERSION
    }
    if prod(map(len, asked.values())) > _MOST_ANSWERS:
        return False
    for answers in product(*asked.values()):
        told = dict(zip(asked, answers, strict=True))
        active = [flow for flow in flows if _counts(flow, told)]
        if missing(row, offered(policy, active, values)):
            return False
    return True


def _counts(flow: Flow, told: Mapping[str, str]) -> bool:
    """Whether a flow counts with these answers; what is not among them is as it needs it."""
    return all(
        told.get(one.option, one.answers[0]) in one.answers for one in flow.when
    ) and not any(told.get(one.option) in one.answers for one in flow.unless)


def _needs(row: RowCells) -> tuple[Need, ...]:
    """What flows say that prove a row."""
    return ("never",) if row.is_never else ("must", "should")


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
    required = [flow for flow in flows if flow.need in _needs(row)]
    for way, its in _ways(policy, row, required):
        lost = missing(row, offered(policy, its, values))
        if lost:
            yield _problem(
                f"row {row.id} (line {row.line}) lists {lost}, which no flow that cites the row "
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


def _flow_problems(policy: Policy, flow: Flow, values: dict[str, Ports]) -> Iterator[Problem]:
    if not flow.rows:
        yield _problem(f"flow `{flow.id}` cites no row of the document", flow.span, "add `rows:`")
        return
    rows = [policy.rows[name] for name in flow.rows]
    tables = [row for row in rows if not row.is_prose]
    if "sport" not in flow.filled and tables:
        yield from _client_problems(flow, tables)
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
    added = [
        service_text(number, lost)
        for number, ports in ports_of(every, values).items()
        if (lost := difference(ports, known(tables, number, ports)))
    ]
    if any(pattern.text == ANY for pattern in every.services):
        # It is one word, not 256 protocols.
        added = [ANY] if added else []
    for service in added:
        yield _problem(
            f"flow `{flow.id}` has {service}, which is in none of the rows it cites",
            flow.span,
            "add `inferred: [service]` if the document does not say so",
        )


def _client_problems(flow: Flow, rows: Sequence[RowCells]) -> Iterator[Problem]:
    """What a flow and its rows say differently of the ports of clients."""
    said = [row for row in rows if row.sport]
    for row in said:
        if flow.sports is None or flow.sports.values != parse_ports(row.sport).values:
            has = f"`sport: {flow.sports.text}`" if flow.sports else "no `sport:`"
            yield _problem(
                f"flow `{flow.id}` has {has}, but row {row.id} lists {row.sport} for clients",
                flow.span,
                f"write `sport: {row.sport}`, or add `inferred: [sport]`",
            )
    if flow.sports and not said:
        yield _problem(
            f"flow `{flow.id}` has `sport: {flow.sports.text}`, which is in none of the rows it "
            "cites",
            flow.span,
            "add `sport:` to the row, or `inferred: [sport]` if the document does not say so",
        )


def _is_whole(row: RowCells) -> bool:
    """Whether the row says protocol and port, as far as the protocol has ports."""
    if row.also and not (row.protocol or row.port):
        return True
    return bool(row.protocol) and (bool(row.port) or not any(map(has_ports, row.protocols)))
