"""How each requirement fares on each device: the sets that the checks of required traffic read."""

from collections.abc import Iterator

from flowmodel.record import dataclass
from flowmodel.site import Requirement, Service
from flowmodel.values import Values, difference, union
from linter.checks.evidence import Case, Goal
from linter.engine.device.connection import OPENING, Outcome, with_flags, without_flags
from linter.engine.device.replay import Phase
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.sets.witness import projected
from linter.engine.site.questions import Part
from linter.engine.site.survey import Answered, Survey


@dataclass(frozen=True, slots=True)
class Trial:
    """One part of a requirement at one crossing; all sets hold opening packets.

    `blocked`: not let through, or to a wrong place. `reply` and `later`: let through, but answers
    or later packets are not.
    """

    answered: Answered
    part: Part
    blocked: Outcome
    reply: Outcome
    later: Outcome
    goal: Goal | None = None

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.answered.space

    @property
    def packets(self) -> PacketSet:
        """All packets of the part."""
        return self.part.packets

    def case(self, packets: Outcome, whole: Outcome, phase: Phase = "opening") -> Case:
        """The case of some of the part's packets, for a proof."""
        return Case(
            self.answered.answer, packets, whole, phase, self.goal if phase == "opening" else None
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """All trials of a requirement on one device in one direction, for one family."""

    requirement: Requirement
    device: str
    trials: tuple[Trial, ...]

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.trials[0].space

    def all_of(self, phase: Phase) -> Outcome:
        """The packets of all trials that fail in a phase."""
        return self.part_of(phase, self.space.true)

    def part_of(self, phase: Phase, packets: PacketSet) -> Outcome:
        """Those of some packets that fail in a phase, in any trial."""
        failing = [_failing(trial, phase) for trial in self.trials]
        return Outcome(
            packets & self.space.union(each.certain for each in failing),
            packets & self.space.union(each.possible for each in failing),
        )

    def case(self, phase: Phase, packets: PacketSet) -> Case | None:
        """The case of those packets that fail in a phase; None where none of them does.

        The witness is one that certainly fails, if there is one.
        """
        whole = self.part_of(phase, packets)
        wanted = "certain" if whole.certain != self.space.false else "possible"
        for trial in self.trials:
            failing = _failing(trial, phase)
            here = Outcome(failing.certain & packets, failing.possible & packets)
            if getattr(here, wanted) != self.space.false:
                return trial.case(here, whole, phase)
        return None

    @property
    def packets(self) -> PacketSet:
        """All packets of the requirement here."""
        return self.space.union(trial.packets for trial in self.trials)

    @property
    def fully_blocked(self) -> bool:
        """Whether no packet may pass."""
        return all(trial.blocked.certain == trial.packets for trial in self.trials)

    @property
    def is_open(self) -> bool:
        """Whether every opening packet passes for certain."""
        return self.all_of("opening").possible == self.space.false

    @property
    def blocked_by_unread(self) -> PacketSet:
        """The packets that may be blocked even if every limit and memory favours them."""
        return self.space.union(_blocked_by_unread(trial) for trial in self.trials)

    @property
    def works(self) -> bool:
        """Whether every connection works for certain."""
        empty = self.space.false
        phases: tuple[Phase, ...] = ("reply", "later")
        return self.is_open and all(self.all_of(each).possible == empty for each in phases)


def _blocked_by_unread(trial: Trial) -> PacketSet:
    space, matcher = trial.space, trial.answered.answer.firewall.matcher
    accepted = space.union(strand.packets for strand in trial.answered.connections.passage.passed)
    lucky = accepted & space.domain
    for match in matcher.volatile:
        lucky = lucky.exists(match)
    asked = with_flags(space, trial.packets, OPENING)
    return without_flags(space, minus(asked, space.always(lucky))) & trial.blocked.possible


def _failing(trial: Trial, phase: Phase) -> Outcome:
    by_phase = {"opening": trial.blocked, "reply": trial.reply, "later": trial.later}
    return by_phase[phase]


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
                key = (requirement.name, crossing.device.name, crossing.traffic)
                found.setdefault(key, []).append(tried(answered, part))
    return [
        Judgement(named[name], device, tuple(trials)) for (name, device, _), trials in found.items()
    ]


def tried(answered: Answered, part: Part) -> Trial:
    """How one part of a requirement fares at a crossing."""
    found = answered.connections
    goal = _goal(answered, part)
    passes = _delivered(answered, part, goal) if goal else found.opening
    open_ = passes.possible & part.packets
    return Trial(
        answered,
        part,
        blocked=_lost(part.packets, passes),
        reply=_lost(open_, found.reply),
        later=_lost(open_, found.later),
        goal=goal,
    )


def _lost(packets: PacketSet, passes: Outcome) -> Outcome:
    return Outcome(minus(packets, passes.possible), minus(packets, passes.certain))


def _goal(answered: Answered, part: Part) -> Goal | None:
    """Where the device must send packets for a public address; None where it need not."""
    way = part.way
    if way is None or way.destination == way.arrives.addresses or not _is_last(part, answered):
        return None
    return Goal(way.arrives.addresses.of(answered.space.family))


def _delivered(answered: Answered, part: Part, goal: Goal) -> Outcome:
    """What passes and leaves for the machine that is meant, and for the port that is."""
    space = answered.space
    right = space.union(
        strand.packets
        & space.within(strand.header.numbers["dst"], goal.addresses)
        & _same(space, strand.header.numbers["dport"], space.fields["dport"])
        for strand in answered.connections.passage.passed
    )
    asked = with_flags(space, part.packets, OPENING)
    certain = without_flags(space, space.always(right) & asked)
    possible = without_flags(space, space.some(right & asked))
    return Outcome(certain, possible)


def _same(space: Space, left: Bits, right: Bits) -> PacketSet:
    result = space.true
    for one, other in zip(left, right, strict=True):
        result = result & ~(one ^ other)
    return result


def _is_last(part: Part, answered: Answered) -> bool:
    """Whether the crossing is the last network device before the machine on some path."""
    key = answered.question.crossing.key
    for path in part.way.paths if part.way else ():
        forwards = [crossing for crossing in path if crossing.traffic == "forward"]
        if forwards and forwards[-1].key == key:
            return True
    return False


def service_packets(space: Space, services: tuple[Service, ...]) -> PacketSet:
    """All packets of the services."""
    return space.union(
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
        passing = minus(trial.packets, trial.blocked.certain)
        for proto in asked:
            of_proto = passing & space.within(space.fields["proto"], ((proto, proto),))
            ports = projected(space, of_proto, "dport", 65536)
            open_[proto] = tuple(sorted(open_.get(proto, ()) + ports))
    for proto, ports in asked.items():
        closed = difference(union(ports), union(open_.get(proto, ())))
        if closed:
            yield proto, closed
