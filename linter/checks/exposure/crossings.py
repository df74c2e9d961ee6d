"""What a device lets through at each crossing, beside what the policies permit and forbid there."""

from collections.abc import Iterable, Iterator, Mapping

from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.site import Requirement, Site
from linter.checks.exposure.policies import Policies
from linter.checks.exposure.translated import arriving, astray
from linter.checks.subject import Subject
from linter.engine.sets.space import PacketSet, minus
from linter.engine.site.questions import Part, Question
from linter.engine.site.survey import Answered


@dataclass(frozen=True, slots=True)
class Carried:
    """A part of a flow that must or should work, with the crossing where it was asked about."""

    answered: Answered
    part: Part
    flow: Requirement


@dataclass(frozen=True, slots=True)
class Crossing:
    """One question with its answer, and what the policies say of all packets."""

    policies: Policies
    permitted: PacketSet
    forbidden: PacketSet
    answered: Answered
    carried: tuple[Carried, ...]
    """What must or should work over the whole device, not at this crossing alone: a rule that
    stands for it is one rule at all crossings."""
    astray: PacketSet
    """What is sent to no role, and a translation may send to one or elsewhere: nobody knows."""
    elsewhere: PacketSet
    """What may take another way past this crossing, on which it is not sure to pass."""

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.answered.question

    @property
    def possible(self) -> PacketSet:
        """The packets that may pass.

        Openings are sought among these, and not among those that surely pass: what is open only as
        far as the export tells is a finding too, a possible one.
        """
        return self.answered.connections.opening.possible

    def union(self, parts: Iterable[Part]) -> PacketSet:
        """The packets of all parts."""
        return self.policies.space.union(part.packets for part in parts)


def crossings(subject: Subject) -> Iterator[Crossing]:
    """All crossings, family by family."""
    for family in subject.families:
        yield from crossings_in(subject, family)


def crossings_in(subject: Subject, family: Family) -> list[Crossing]:
    """The crossings of one family."""
    return subject.once(_crossings, family)


def _crossings(subject: Subject, family: Family) -> list[Crossing]:
    survey = subject.survey(family)
    policies = Policies(subject.site, survey.space)
    permitted, forbidden = policies.permitted(), policies.forbidden()
    carried: dict[str, list[Carried]] = {}
    for answered in survey.answers:
        mine = carried.setdefault(answered.question.crossing.device.name, [])
        mine += _carried(answered)
    known = {each.question.crossing.key: each for each in survey.answers}
    by_device = {name: tuple(found) for name, found in carried.items()}
    return [
        Crossing(
            policies,
            permitted,
            forbidden | _sent_on(answered),
            answered,
            by_device[answered.question.crossing.device.name],
            _astray(answered, subject.site),
            _elsewhere(answered, known),
        )
        for answered in survey.answers
    ]


def _astray(answered: Answered, site: Site) -> PacketSet:
    question, space = answered.question, answered.space
    if question.crossing.traffic != "forward" or not question.forwarded:
        return space.false
    return space.union(part.packets for part in question.forwarded) & astray(answered, site.roles)


def _elsewhere(answered: Answered, known: Mapping[tuple[str, ...], Answered]) -> PacketSet:
    """What is sent on one of several ways, and does not surely pass on all of them."""
    space = answered.space
    found = space.false
    open_ = {id(p.way): p.way for p in answered.question.parts if p.way and p.way.is_either}
    for key, way in open_.items():
        parts = (p.packets for p in answered.question.parts if id(p.way) == key)
        passing = space.true
        for path in way.paths:
            for crossing in path:
                if crossing.traffic == "forward" and crossing.key in known:
                    passing = passing & known[crossing.key].connections.opening.certain
        found = found | minus(space.union(parts), passing)
    return found


def _sent_on(answered: Answered) -> PacketSet:
    """What is sent elsewhere, and a translation sends to where it is forbidden."""
    return answered.space.union(
        part.packets & arriving(answered, part.destination, part.meant or None)
        for part in answered.question.forbidden
        if part.is_elsewhere
    )


def _carried(answered: Answered) -> Iterator[Carried]:
    for part in answered.question.required:
        if part.requirement is not None and part.requirement.need in ("must", "should"):
            yield Carried(answered, part, part.requirement)
