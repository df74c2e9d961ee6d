"""How each requirement fares on each device: the sets that the checks of required traffic read."""

from collections.abc import Iterator
from dataclasses import dataclass

from linter.engine.connection import OPENING, Outcome, with_flags, without_flags
from linter.engine.space import PacketSet, Space
from linter.engine.survey import Answered, Part, Survey
from linter.engine.witness import projected
from linter.model.site import Requirement, Service
from linter.model.values import Values, difference, union


@dataclass(frozen=True, slots=True)
class Trial:
    """One part of a requirement at one crossing; all sets hold opening packets.

    `blocked` and `maybe_blocked`: surely, and possibly, not let through. `cut` and `maybe_cut`:
    let through, but answers or later packets are not.
    """

    answered: Answered
    part: Part
    blocked: PacketSet
    maybe_blocked: PacketSet
    cut_reply: Outcome
    cut_later: Outcome

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.answered.firewall.matcher.space

    @property
    def packets(self) -> PacketSet:
        """All packets of the part."""
        return self.part.packets


@dataclass(frozen=True, slots=True)
class Judgement:
    """All trials of a requirement on one device in one direction, for one family."""

    requirement: Requirement
    device: str
    trials: tuple[Trial, ...]

    def any_set(self, name: str) -> bool:
        """Whether the named set of any trial is not empty."""
        return any(getattr(trial, name) != trial.space.false for trial in self.trials)

    @property
    def fully_blocked(self) -> bool:
        """Whether no packet may pass."""
        return all(trial.blocked == trial.packets for trial in self.trials)

    @property
    def works(self) -> bool:
        """Whether every connection works for certain."""
        return not self.any_set("maybe_blocked") and not self.is_cut

    @property
    def is_cut(self) -> bool:
        """Whether answers or later packets may be blocked."""
        return any(
            each.possible != trial.space.false
            for trial in self.trials
            for each in (trial.cut_reply, trial.cut_later)
        )


def judgements(survey: Survey, need: tuple[str, ...]) -> list[Judgement]:
    """The judgements on active requirements of the given needs, in the order of the site."""
    found: dict[tuple[str, str, str], list[Trial]] = {}
    named: dict[str, Requirement] = {}
    for answered in survey.answers:
        crossing = answered.question.crossing
        for part in answered.question.required:
            requirement = part.requirement
            if requirement is not None and requirement.need in need:
                named[requirement.name] = requirement
                key = (requirement.name, crossing.device.name, crossing.situation)
                found.setdefault(key, []).append(_trial(answered, part))
    return [
        Judgement(named[name], device, tuple(trials)) for (name, device, _), trials in found.items()
    ]


def _trial(answered: Answered, part: Part) -> Trial:
    found = answered.connections
    passes = _delivered(answered, part)
    open_ = passes.possible & part.packets
    return Trial(
        answered,
        part,
        blocked=passes.possible.imp_strict(part.packets),
        maybe_blocked=passes.certain.imp_strict(part.packets),
        cut_reply=_lost(open_, found.reply),
        cut_later=_lost(open_, found.later),
    )


def _lost(open_: PacketSet, outcome: Outcome) -> Outcome:
    return Outcome(outcome.possible.imp_strict(open_), outcome.certain.imp_strict(open_))


def _delivered(answered: Answered, part: Part) -> Outcome:
    """What passes and, behind a public address, leaves for the machine that is meant."""
    opening = answered.connections.opening
    way = part.way
    if way is None or way.destination == way.arrives.addresses or not _is_last(part, answered):
        return opening
    space = answered.firewall.matcher.space
    own = way.arrives.addresses.of(space.family)
    right = space.union(
        strand.packets & space.within(strand.header.numbers["dst"], own)
        for strand in answered.connections.passage.passed
    )
    asked = with_flags(space, part.packets, OPENING)
    certain = without_flags(space, space.always(right) & asked)
    possible = without_flags(space, space.some(right & asked))
    return Outcome(certain, possible)


def _is_last(part: Part, answered: Answered) -> bool:
    """Whether the crossing is the last network device before the machine on some path."""
    key = answered.question.crossing.key
    for path in part.way.paths if part.way else ():
        forwards = [crossing for crossing in path if crossing.situation == "forward"]
        if forwards and forwards[-1].key == key:
            return True
    return False


def with_services(space: Space, packets: PacketSet, services: tuple[Service, ...]) -> PacketSet:
    """The packets of the set that are of the services."""
    return packets & space.union(
        space.within(space.fields["proto"], ((service.proto, service.proto),))
        & space.within(space.fields["dport"], service.ports)
        for service in services
    )


def closed_ports(judgement: Judgement) -> Iterator[tuple[int, Values]]:
    """Protocols with those required ports that are blocked for every pair of addresses."""
    asked: dict[int, Values] = {}
    open_: dict[int, Values] = {}
    for service in judgement.requirement.services:
        asked[service.proto] = tuple(sorted(asked.get(service.proto, ()) + service.ports))
    for trial in judgement.trials:
        space = trial.space
        passing = trial.blocked.imp_strict(trial.packets)
        for proto in asked:
            of_proto = passing & space.within(space.fields["proto"], ((proto, proto),))
            ports = projected(space, of_proto, "dport", 65536)
            open_[proto] = tuple(sorted(open_.get(proto, ()) + ports))
    for proto, ports in asked.items():
        closed = difference(union(ports), union(open_.get(proto, ())))
        if closed:
            yield proto, closed
