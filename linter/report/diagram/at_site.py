"""The connections of a product at a site: where its ends stand, and what is on the way."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, Literal

from flowmodel.fields import FAMILIES
from flowmodel.proved import Proved
from flowmodel.record import dataclass, field
from flowmodel.site import OWN, End, Requirement, Site
from flowmodel.values import overlaps
from linter.engine.sets.words import addresses_in_words
from linter.report.diagram.connections import Box, Connections, Label, Line

_Kind = Literal["role", "peer", "word"]
_KINDS: Final[dict[str, _Kind]] = {"role": "role", "peer": "peer"}


@dataclass(slots=True)
class _Found:
    """The ends by what they are called, and the lines for them and between them."""

    ends: dict[str, list[End]] = field(default_factory=dict)
    own: dict[str, list[Line]] = field(default_factory=dict)
    between: dict[tuple[tuple[str, ...], ...], list[Line]] = field(default_factory=dict)


def at_site(
    site: Site,
    policy: str,
    title: str,
    titles: Mapping[str, str],
    proved: Mapping[str, tuple[Proved, str]],
) -> Connections:
    """The boxes and labels of a policy's active flows; each proof comes with the word for it.

    What is not proved, as it may be and need not, is drawn all the same.
    """
    found = _Found()
    for flow in site.requirements:
        if flow.policy == policy and flow.ends and not flow.inactive_because:
            _add(found, flow, proved.get(flow.name))
    boxes = (
        _box(site, name, ends, titles, tuple(dict.fromkeys(found.own.get(name, ()))))
        for name, ends in found.ends.items()
    )
    labels = (
        Label(
            sources,
            targets,
            tuple(dict.fromkeys(lines)),
            is_either=False,
            through=in_order(site, through),
        )
        for (sources, targets, through), lines in found.between.items()
    )
    return Connections(title, tuple(boxes), tuple(labels), ())


def in_order(site: Site, names: Collection[str]) -> tuple[str, ...]:
    """Devices as the site lists them; machines of one export, `aws/eni-0a1b`, by their names."""
    order = {device.name: number for number, device in enumerate(site.devices)}
    return tuple(sorted(names, key=lambda one: (order.get(one.partition("/")[0], -1), one)))


def _add(found: _Found, flow: Requirement, said: tuple[Proved, str] | None) -> None:
    for pair in flow.ends:
        for end in pair:
            found.ends.setdefault(_name(end, flow.policy), []).append(end)
    is_free = said is None
    joined = " or " if flow.any_of else ", "
    words = joined.join(service.text for service in flow.services)
    never = "never " if flow.need == "never" else ""
    state = "free" if said is None else said[1]
    line = Line(f"{never}{words} {flow.id}", 0, is_free, flow.need == "never", state)
    sources = tuple(dict.fromkeys(_name(source, flow.policy) for source, _ in flow.ends))
    targets = tuple(dict.fromkeys(_name(target, flow.policy) for _, target in flow.ends))
    if sources == targets and (flow.is_self or len(sources) == 1):
        for name in sources:
            found.own.setdefault(name, []).append(line)
        return
    judged = said[0].devices if said else ()
    through = tuple(sorted({each.device for each in judged}))
    found.between.setdefault((sources, targets, through), []).append(line)


def _name(end: End, policy: str) -> str:
    """What the end is called, without the name of the policy that the picture is of."""
    return end.name.removeprefix(f"{policy}.") if policy != OWN else end.name


def _box(
    site: Site, name: str, ends: Sequence[End], titles: Mapping[str, str], lines: tuple[Line, ...]
) -> Box:
    kind: _Kind = _KINDS.get(ends[0].kind, "word")
    title = titles.get(name.partition(".")[0], "")
    return Box(name, title, kind, lines, tuple(dict.fromkeys(_notes(site, ends))))


def _notes(site: Site, ends: Sequence[End]) -> Iterator[str]:
    """Where the end is: its addresses, the networks that they are in, and its own firewall."""
    if ends[0].kind in ("internet", "any"):
        yield "the internet" if ends[0].kind == "internet" else "any address"
        return
    for end in ends:
        yield from end_in_words(end)
    networks = [
        name
        for name, addresses in site.networks.items()
        if any(
            overlaps(addresses.of(family), end.addresses.of(family))
            for end in ends
            for family in FAMILIES
        )
    ]
    if networks:
        yield f"in {', '.join(networks)}"
    names = {end.name for end in ends}
    own = [device.name for device in site.devices if names & set(device.roles)]
    if own:
        yield f"firewall: {', '.join(own)}"


def end_in_words(end: End) -> Iterator[str]:
    """Its addresses, IPv4 first."""
    for family in FAMILIES:
        if addresses := end.addresses.of(family):
            yield addresses_in_words(addresses, family)
