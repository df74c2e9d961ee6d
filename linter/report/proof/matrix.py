"""The matrix of flows and devices, with what is proved of each flow in a sentence."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from flowmodel.finding import Report
from flowmodel.proved import Proved
from flowmodel.record import NamedTuple
from flowmodel.site import OWN, End, Requirement, Site
from linter.report.diagram.at_site import end_in_words, in_order
from linter.report.proof.cards import Card
from linter.report.proof.tones import Cell, families, on_device, whole

_MOST: Final = 6
"""How many devices stand beside each other."""


class FlowRow(NamedTuple):
    """A flow: what is asked for, what is proved of it, and where each half is shown."""

    anchor: str
    flow: Requirement
    words: str
    """Who opens connections to whom, and on which services, without addresses."""
    source: str
    target: str
    services: str
    result: Cell
    cells: tuple[tuple[Cell, ...], ...]
    """For each device of the matrix; empty where it is not on the way."""
    statement: str
    findings: tuple[Card, ...]


class Part(NamedTuple):
    """Some of the devices of a matrix, with the flows and what these devices say of them."""

    devices: tuple[str, ...]
    rows: tuple[tuple[FlowRow, tuple[tuple[Cell, ...], ...]], ...]


class Matrix(NamedTuple):
    """The flows of one policy that must, should or must never work, and the devices on the way."""

    policy: str
    title: str
    devices: tuple[str, ...]
    rows: tuple[FlowRow, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The matrix in tables that fit a page, each with some of the devices.

        The first has all flows, the others those alone that one of their devices says something of.
        """
        return tuple(self._parts())

    def _parts(self) -> Iterator[Part]:
        for first in range(0, max(1, len(self.devices)), _MOST):
            some = slice(first, first + _MOST)
            rows = ((row, row.cells[some]) for row in self.rows)
            told = tuple((row, cells) for row, cells in rows if not first or any(cells))
            yield Part(self.devices[some], told)


def matrices(report: Report, of_flow: Mapping[str, Sequence[Card]]) -> Iterator[Matrix]:
    """One for each policy, in the order of the site."""
    titles = {used.name: used.title for used in report.site.used}
    by_policy: dict[str, list[Proved]] = {}
    for each in report.proved:
        by_policy.setdefault(each.requirement.policy, []).append(each)
    for policy, its in by_policy.items():
        devices = _devices(report.site, its)
        rows = (_row(each, devices, of_flow.get(each.requirement.name, ())) for each in its)
        title = titles.get(policy, "The site's own flows" if policy == OWN else policy)
        yield Matrix(policy, title, devices, tuple(rows))


def _devices(site: Site, flows: Sequence[Proved]) -> tuple[str, ...]:
    """The devices on the ways."""
    return in_order(site, {judged.device for each in flows for judged in each.devices})


def _row(each: Proved, devices: Sequence[str], findings: Sequence[Card]) -> FlowRow:
    flow = each.requirement
    source, target = ends_in_words(flow)
    return FlowRow(
        anchor_of(flow),
        flow,
        _words(flow),
        source,
        target,
        services_in_words(flow),
        whole(each),
        tuple(on_device(each, device) for device in devices),
        _statement(each),
        tuple(findings),
    )


def anchor_of(flow: Requirement) -> str:
    """What links to the flow say: letters and digits, whatever its name has."""
    return f"flow-{re.sub(r'[^A-Za-z0-9._-]', '-', flow.name)}"


def services_in_words(flow: Requirement) -> str:
    """`443/tcp, 80/tcp`."""
    return (" or " if flow.any_of else ", ").join(each.text for each in flow.services)


def ends_in_words(flow: Requirement) -> tuple[str, str]:
    """Who opens the connections and who accepts them, with their addresses."""
    return (
        _ends(flow, (source for source, _ in flow.ends)),
        "itself" if flow.is_self else _ends(flow, (target for _, target in flow.ends)),
    )


def _words(flow: Requirement) -> str:
    sources = dict.fromkeys(_name(flow, source) for source, _ in flow.ends)
    targets = ["itself"] if flow.is_self else dict.fromkeys(_name(flow, to) for _, to in flow.ends)
    return f"{', '.join(sources)} → {', '.join(targets)}: {services_in_words(flow)}"


def _name(flow: Requirement, end: End) -> str:
    """What the policy of the flow calls the end."""
    return end.name.removeprefix(f"{flow.policy}.")


def _ends(flow: Requirement, ends: Iterable[End]) -> str:
    by_name: dict[str, list[str]] = {}
    for end in ends:
        known = by_name.setdefault(_name(flow, end), [])
        if end.kind in ("role", "peer"):
            known += [each for each in end_in_words(end) if each not in known]
    return "; ".join(
        f"{name} ({', '.join(addresses)})" if addresses else name
        for name, addresses in by_name.items()
    )


def _statement(each: Proved) -> str:
    """What is proved, in a sentence."""
    flow = each.requirement
    on_way = [judged for judged in each.devices if judged.result != "not judged"]
    through = _listed(list(dict.fromkeys(judged.device for judged in on_way)))
    of = families([judged.family for judged in on_way]).replace(", ", " and ")
    if each.result == "not judged":
        reasons = "; ".join(each.because)
        part = f" What {through} says of it is in the table." if through else ""
        return f"Not checked on all its ways: {reasons}.{part}"
    if flow.need == "never":
        return {
            "blocked": f"No connection passes all devices on its way ({of}).",
            "works": f"Connections pass all devices on the way: {through} ({of}).",
        }.get(each.result, "Whether a connection passes depends on what exports do not tell.")
    if each.result == "blocked":
        blocking = _listed(
            list(dict.fromkeys(one.device for one in each.devices if one.result == "blocked"))
        )
        return f"Connections are blocked{f' on {blocking}' if blocking else ' on the way'}."
    if each.result == "possible":
        return "Whether all connections pass depends on what exports do not tell."
    which = "connection to one of these services" if flow.any_of else "connection"
    return (
        f"Every {which} passes {through} ({of}): its first packet, the replies and all later"
        " packets."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
