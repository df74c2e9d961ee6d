"""Flows for which one of several services is enough: FW106, and FW109 where nobody can tell."""

from collections.abc import Iterable, Iterator, Mapping

from flowmodel.finding import Finding, Level, Related
from flowmodel.record import replace
from flowmodel.site import Requirement, Service
from linter.checks.evidence import Evidence, blocked
from linter.checks.judged import Judgement, service_packets
from linter.checks.make import answers_remedy, finding
from linter.engine.device.connection import Outcome
from linter.engine.device.replay import Phase
from linter.engine.sets.space import PacketSet

_PHASES: tuple[Phase, ...] = ("opening", "reply", "later")

Works = Mapping[str, bool]
"""Whether one alternative of a flow works all the way in the other family; absent: not asked."""


def check(every: Iterable[Judgement], other_family: Works) -> Iterator[Finding]:
    """One finding for each flow of which no alternative surely works on all devices together."""
    for group in _by_name(every):
        requirement = group[0].requirement
        if _works(group):
            continue
        possible = [s for s in requirement.services if not _fails(group, s, surely=True)]
        if possible:
            yield _undecided(group, requirement, possible[0])
        elif other_family.get(requirement.name):
            yield _other_family(group, requirement)
        else:
            yield _closed(group, requirement)


def works(every: Iterable[Judgement]) -> dict[str, bool]:
    """Whether one alternative of each flow works for certain, all the way."""
    return {group[0].requirement.name: _works(group) for group in _by_name(every)}


def _by_name(every: Iterable[Judgement]) -> Iterable[list[Judgement]]:
    by_name: dict[str, list[Judgement]] = {}
    for judgement in every:
        by_name.setdefault(judgement.requirement.name, []).append(judgement)
    return by_name.values()


def _works(group: list[Judgement]) -> bool:
    services = group[0].requirement.services
    return any(not _fails(group, service, surely=False) for service in services)


def _fails(group: list[Judgement], service: Service, *, surely: bool) -> bool:
    """Whether a service fails somewhere, in any phase: for certain, or at least possibly."""
    for judgement in group:
        packets = service_packets(judgement.space, (service,))
        for phase in _PHASES:
            failing = judgement.part_of(phase, packets)
            if (failing.certain if surely else failing.possible) != judgement.space.false:
                return True
    return False


def _first_failure(
    group: list[Judgement], service: Service, *, surely: bool
) -> tuple[Judgement, Phase, Evidence]:
    """The first place on the way where the service fails."""
    for judgement in group:
        packets = service_packets(judgement.space, (service,))
        for phase in _PHASES:
            found = judgement.case(phase, packets)
            if found is not None and _counts(found.packets, judgement.space.false, surely=surely):
                return judgement, phase, blocked(found)
    raise AssertionError(f"{service.text} works")


def _counts(failing: Outcome, empty: PacketSet, *, surely: bool) -> bool:
    return not surely or failing.certain != empty


def _undecided(group: list[Judgement], requirement: Requirement, service: Service) -> Finding:
    judgement, phase, evidence = _first_failure(group, service, surely=False)
    level: Level = "error" if requirement.is_critical else "warning"
    return finding(
        "FW109",
        level if requirement.need == "must" else "warning",
        f"cannot decide whether {requirement.name} works over {service.text}",
        evidence,
        requirement,
        judgement.device,
        remedy=_remedy(phase, evidence, judgement.device),
    )


def _other_family(group: list[Judgement], requirement: Requirement) -> Finding:
    judgement, phase, evidence = _first_failure(group, requirement.services[0], surely=True)
    family, other = (4, 6) if judgement.space.family == 4 else (6, 4)
    message = f"{requirement.name} works over IPv{other}, but not over IPv{family}"
    device = judgement.device
    remedy = _remedy(phase, evidence, device)
    return finding("FW105", "warning", message, evidence, requirement, device, remedy=remedy)


def _closed(group: list[Judgement], requirement: Requirement) -> Finding:
    """FW106, with the place where each alternative is blocked."""
    failures = [(s, *_first_failure(group, s, surely=True)) for s in requirement.services]
    service, judgement, phase, evidence = failures[0]
    names = " or ".join(each.text for each in requirement.services)
    level: Level = "warning" if requirement.need == "should" else "error"
    made = finding(
        "FW106",
        level,
        f"{requirement.name} needs {names}, none is open all the way: {service.text} is blocked",
        evidence,
        requirement,
        judgement.device,
        remedy=_remedy(phase, evidence, judgement.device),
    )
    others = tuple(
        Related(
            place.span, f"{other.text} is {place.label.split(',')[0]} on {each.device}", place.title
        )
        for other, each, _, place in failures[1:]
        if place.span != evidence.span
    )
    return replace(made, related=(*made.related, *others))


def _remedy(phase: Phase, evidence: Evidence, device: str) -> str:
    return "" if phase == "opening" else answers_remedy(evidence, device)
