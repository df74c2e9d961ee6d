"""What a device lets through at each crossing, beside what the policies permit and forbid there."""

from collections.abc import Iterable, Iterator, Mapping

from flowmodel.addresses import LOOPBACK, Addresses
from flowmodel.fields import Family
from flowmodel.record import dataclass, replace
from flowmodel.site import Device, Requirement, Site
from linter.checks.exposure.doubts import Doubt, doubts_about
from linter.checks.exposure.elsewhere import Elsewhere, going_elsewhere
from linter.checks.exposure.policies import Policies
from linter.checks.exposure.translated import arriving, comes, meant
from linter.checks.subject import Subject
from linter.engine.device.connection import Outcome, without_flags
from linter.engine.device.forms import in_any_form
from linter.engine.sets.space import PacketSet, minus
from linter.engine.site.asked import Part, Question
from linter.engine.site.survey import Answered


@dataclass(frozen=True, slots=True)
class Carried:
    """A part of a flow that must or should work, with the crossing where it was asked about."""

    answered: Answered
    part: Part
    flow: Requirement


@dataclass(frozen=True, slots=True)
class Led:
    """Packets that a translation leads to the end of a forbidden flow, at one of its services."""

    flow: Requirement
    packets: PacketSet


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
    doubts: tuple[Doubt, ...]
    """Packets that pass here, and may not get where they seem to go."""
    elsewhere: Elsewhere
    """Packets that pass here, and get to another machine than they were sent to."""
    came: Outcome
    """What surely comes here, and what may: others on the way may send it to another machine."""
    led: tuple[Led, ...] = ()
    """What a machine's own translations lead to where it is forbidden, by whatever port."""

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.answered.question

    @property
    def device(self) -> Device:
        """Where it was asked."""
        return self.question.crossing.device

    @property
    def possible(self) -> PacketSet:
        """The packets that may pass.

        Openings are sought among these, and not among those that surely pass: what is open only as
        far as the export tells is a finding too, a possible one.
        """
        return self.answered.connections.opening.possible & self.came.possible

    def outcome(self, packets: PacketSet) -> Outcome:
        """Those of the packets that are let through for certain, and possibly."""
        space = self.policies.space
        opening = self.answered.connections.opening
        if self.device.is_one_of_several(space.family):
            return Outcome(space.false, packets & self.possible)
        possible = packets & self.possible
        # Most often nothing is open, and this is asked of every opening.
        is_told = opening.certain == opening.possible and self.came.certain == self.came.possible
        certain = possible if is_told else packets & opening.certain & self.came.certain
        doubtful = space.union(each.packets for each in self.doubts)
        return Outcome(minus(certain, doubtful), possible)

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
    answers = [_in_any_form(each) for each in survey.answers]
    for answered in answers:
        mine = carried.setdefault(answered.question.crossing.device.name, [])
        mine += _carried(answered)
    known = {each.question.crossing.key: each for each in answers}
    by_device = {name: tuple(found) for name, found in carried.items()}
    return [
        _crossing(answered, policies, permitted, forbidden, by_device, known, subject.site)
        for answered in answers
    ]


def _in_any_form(answered: Answered) -> Answered:
    return replace(answered, answer=in_any_form(answered.answer))


def _crossing(
    answered: Answered,
    policies: Policies,
    permitted: PacketSet,
    forbidden: PacketSet,
    carried: Mapping[str, tuple[Carried, ...]],
    known: Mapping[tuple[str, ...], Answered],
    site: Site,
) -> Crossing:
    elsewhere = going_elsewhere(answered, policies)
    came, space = comes(answered), answered.space
    led = tuple(_led(answered, policies))
    sent_on = space.union((_sent_on(answered), *(each.packets for each in led)))
    return Crossing(
        policies,
        permitted | _anywhere(policies, answered),
        # What is forbidden to one machine, and gets to another, is not forbidden there.
        minus(_forbidden(policies, forbidden, elsewhere), elsewhere.gone(())) | sent_on,
        answered,
        carried[answered.question.crossing.device.name],
        doubts_about(answered, site, known),
        elsewhere,
        Outcome(without_flags(space, space.always(came)), without_flags(space, space.some(came))),
        led,
    )


def _led(answered: Answered, policies: Policies) -> Iterator[Led]:
    """What a machine leads to the end of a forbidden flow: its own service, or another machine's.

    Routers are asked about that in the flow's own parts.
    """
    question, space = answered.question, answered.space
    device = question.crossing.device
    is_machine = device.is_machine and question.crossing.traffic == "input"
    if not (is_machine and answered.answer.firewall.translates):
        return
    asked = space.union(part.packets for part in (*question.inward, *question.forwarded))
    for flow in policies.forbidding:
        for source, end in flow.ends:
            here = LOOPBACK if end.name in device.roles else Addresses()
            packets = policies.from_addresses(source) & asked
            packets &= arriving(answered, end, flow.services, here)
            if packets != space.false:
                yield Led(flow, packets)


def _forbidden(policies: Policies, forbidden: PacketSet, elsewhere: Elsewhere) -> PacketSet:
    """What is forbidden, without what a translation keeps from getting there."""
    return policies.forbidden(elsewhere.missed) if elsewhere.is_moved else forbidden


def _anywhere(policies: Policies, answered: Answered) -> PacketSet:
    """What a machine may get at addresses that nobody knows."""
    if not any(part.is_anywhere for part in answered.question.inward):
        return policies.space.false
    return policies.at_roles(answered.question.crossing.device.roles)


def _sent_on(answered: Answered) -> PacketSet:
    """What is sent elsewhere, and a translation sends to where it is forbidden."""
    return answered.space.union(
        meant(answered, part) for part in answered.question.forbidden if part.is_sent_on
    )


def _carried(answered: Answered) -> Iterator[Carried]:
    for part in answered.question.required:
        if part.requirement is not None and part.requirement.need in ("must", "should"):
            yield Carried(answered, part, part.requirement)
