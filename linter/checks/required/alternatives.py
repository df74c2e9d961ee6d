"""Flows for which one of several services is enough, judged on all devices together."""

from collections.abc import Iterable, Iterator
from typing import Literal

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.site import Requirement, Service
from linter.checks.evidence import Evidence
from linter.checks.proof import blocked
from linter.checks.required.answers import answers_remedy
from linter.checks.required.chosen import required
from linter.checks.required.judgements import Judgement, unanswered
from linter.checks.required.pairs import (
    packets_of,
    pairs_asked,
    pairs_failing,
    pairs_lost,
    pairs_of,
    works,
)
from linter.checks.required.trials import PHASES
from linter.checks.subject import Subject
from linter.engine.device.replay import Phase
from linter.engine.sets.space import PacketSet, minus


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Where an alternative is blocked first, on its way through the devices."""

    service: Service
    judgement: Judgement
    phase: Phase
    evidence: Evidence

    @property
    def remedy(self) -> str:
        """What would let it pass, if not the evidence's own remedy."""
        if self.phase == "opening":
            return ""
        return answers_remedy(self.evidence, self.judgement.device)


@dataclass(frozen=True, slots=True)
class Choice:
    """A flow of which, between some machines, no alternative surely works, in one family."""

    requirement: Requirement
    family: Family
    state: Literal["undecided", "elsewhere", "closed"]
    """Whether one may work, or one works in the other family, or none works at all."""
    obstacles: tuple[Obstacle, ...]
    """Of the alternative that may work; else of each."""


def choices(
    subject: Subject, state: Literal["undecided", "elsewhere", "closed"]
) -> Iterator[Choice]:
    """The choices of one kind, in either family."""
    for family in subject.families:
        yield from (each for each in subject.once(_choices, family) if each.state == state)


def _choices(subject: Subject, family: Family) -> list[Choice]:
    elsewhere = subject.once(_working, 6 if family == 4 else 4)
    return [
        choice
        for group in _by_name(subject, family)
        for choice in (
            *_closed(group, works_elsewhere=elsewhere.get(group[0].requirement.name, False)),
            *_undecided(group),
        )
    ]


def _working(subject: Subject, family: Family) -> dict[str, bool]:
    """Whether one alternative of each flow works for certain, all the way."""
    unknown = {name for name, _ in unanswered(subject.survey(family))}
    groups = {group[0].requirement.name: group for group in _by_name(subject, family)}
    return {name: name not in unknown and works(group) for name, group in groups.items()}


def _by_name(subject: Subject, family: Family) -> Iterable[list[Judgement]]:
    by_name: dict[str, list[Judgement]] = {}
    for judgement in required(subject, family):
        if judgement.requirement.any_of:
            by_name.setdefault(judgement.requirement.name, []).append(judgement)
    return by_name.values()


def _closed(group: list[Judgement], *, works_elsewhere: bool) -> Iterator[Choice]:
    """A choice for each place where the first alternative fails between pairs that have none."""
    requirement, space = group[0].requirement, group[0].space
    services = [each for each in requirement.services if pairs_asked(group, each) != space.false]
    state: Literal["elsewhere", "closed"] = "elsewhere" if works_elsewhere else "closed"
    rest = pairs_lost(group, surely=True)
    while rest != space.false:
        first, there = _first_obstacle(group, services[0], rest, surely=True)
        others = (_first_obstacle(group, each, there, surely=True)[0] for each in services[1:])
        yield Choice(requirement, space.family, state, (first, *others))
        rest = minus(rest, there)


def _undecided(group: list[Judgement]) -> Iterator[Choice]:
    """A choice for each place where the alternative may fail that still may work."""
    requirement, space = group[0].requirement, group[0].space
    rest = minus(pairs_lost(group, surely=False), pairs_lost(group, surely=True))
    for service in requirement.services:
        left = minus(rest, pairs_failing(group, service, surely=True))
        may_work = pairs_asked(group, service) & left
        rest = minus(rest, may_work)
        for obstacle in _obstacles(group, service, may_work):
            yield Choice(requirement, space.family, "undecided", (obstacle,))


def _obstacles(group: list[Judgement], service: Service, may_work: PacketSet) -> Iterator[Obstacle]:
    """Where the service may fail first between each of these pairs.

    Of exports of which nobody knows the machine, each may be the one that is on the way.
    """
    guessed = [each for each in group if each.is_guessed]
    known = [each for each in group if not each.is_guessed]
    for several in (known, *([each] for each in guessed)):
        if not several:
            continue
        left = may_work & pairs_failing(several, service, surely=False)
        while left != several[0].space.false:
            obstacle, there = _first_obstacle(several, service, left, surely=False)
            yield obstacle
            left = minus(left, there)
            may_work = minus(may_work, there) if several is known else may_work


def _first_obstacle(
    group: list[Judgement], service: Service, pairs: PacketSet, *, surely: bool
) -> tuple[Obstacle, PacketSet]:
    """The first place on the way where the service fails between some of these pairs, and which."""
    for judgement in group:
        space = judgement.space
        packets = packets_of(judgement, service) & pairs
        for phase in PHASES:
            stopped = judgement.part_of(phase, packets)
            there = pairs & pairs_of(space, [stopped.certain if surely else stopped.possible])
            found = judgement.case(phase, packets) if there != space.false else None
            if found is not None:
                return Obstacle(service, judgement, phase, blocked(found)), there
    raise AssertionError(f"{service.text} works")
