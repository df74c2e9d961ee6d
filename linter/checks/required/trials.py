"""How one part of a requirement fares at one crossing: what is blocked, and in which phase."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from flowmodel.fields import LOCAL, Family
from flowmodel.record import dataclass
from flowmodel.site import Service, Site
from flowmodel.values import Interval, Values, difference, full, size, union
from linter.checks.affected import Everywhere
from linter.checks.guesses import doubts
from linter.checks.proof import Case
from linter.engine.device.connection import OPENING, Outcome, with_flags, without_flags
from linter.engine.device.headers import Place
from linter.engine.device.passage import Strand
from linter.engine.device.replay import Phase
from linter.engine.sets.between import of_services
from linter.engine.sets.header import Header, wire
from linter.engine.sets.readout import projected
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.site.asked import Part
from linter.engine.site.crossing import Crossing, Path
from linter.engine.site.handed import alike
from linter.engine.site.pieces import Way
from linter.engine.site.ports import moved, services_to
from linter.engine.site.survey import Answered

if TYPE_CHECKING:
    from linter.checks.goals import Goal


PHASES: tuple[Phase, ...] = ("opening", "reply", "later")
"""All that has to pass for a connection to work."""


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
    goal: "Goal | None" = None

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.answered.space

    @property
    def place(self) -> Place:
        """Where the packets meet the device."""
        return self.answered.answer.place

    @property
    def packets(self) -> PacketSet:
        """All packets of the part."""
        return self.part.packets

    @property
    def crossing(self) -> Crossing:
        """Where it was tried."""
        return self.answered.question.crossing

    @property
    def astray(self) -> PacketSet:
        """The packets that come here for another address or port than their machine's.

        Not where they could be translated again: that device is asked where it sends them.
        """
        space, way = self.space, self.part.way
        if way is None or self.goal is not None or self.crossing.traffic == "output":
            return space.false
        here = _goes_to(wire(space))
        # Sent to an address of the machine's own, and not translated, they come for that one.
        sent = [
            strand
            for strand in self.answered.question.sent
            if not (way.is_to_own and _goes_to(strand.header) == here)
        ]
        wanted = goal_of(self.part, space.family) if sent else None
        if wanted is None:
            return space.false
        away = (minus(strand.packets, _reaches(space, strand, wanted)) for strand in sent)
        return without_flags(space, space.always(space.union(away))) & self.packets

    @property
    def surely_fails(self) -> PacketSet:
        """The packets that fail for certain, in whatever phase."""
        return self.space.union(e.certain for e in (self.blocked, self.reply, self.later))

    def failing(self, phase: Phase) -> Outcome:
        """The packets that fail in a phase."""
        by_phase = {"opening": self.blocked, "reply": self.reply, "later": self.later}
        return by_phase[phase]

    def case(self, packets: Outcome, everywhere: Everywhere, phase: Phase = "opening") -> Case:
        """The case of some of the part's packets, for a proof."""
        goal = self.goal if phase == "opening" else None
        open_ = doubts(self.crossing.device, self.space.family, self.part)
        return Case(self.answered.answer, packets, everywhere, phase, goal, doubts=open_)


def tried(answered: Answered, part: Part, goal: "Goal | None") -> Trial:
    """How one part of a requirement fares at a crossing, which must send its packets to a goal."""
    found = answered.connections
    passes = _delivered(answered, part, goal) if goal else found.opening
    passes = Outcome(passes.certain & found.anyway, passes.possible)
    # Nobody answers from the address of a group, so no later packet is of the same connection.
    is_one_way = part.requirement is not None and bool(part.requirement.group)
    open_ = answered.space.false if is_one_way else passes.possible & part.packets
    return Trial(
        answered,
        part,
        blocked=_lost(part.packets, passes),
        reply=_lost(open_, found.reply),
        later=_lost(open_, found.later),
        goal=goal,
    )


def _lost(packets: PacketSet, passes: Outcome) -> Outcome:
    """What is lost. The bounds change places.

    What cannot pass at all is lost for certain, and what is not sure to pass is possibly lost.
    """
    return Outcome(minus(packets, passes.possible), minus(packets, passes.certain))


def goal_of(part: Part, family: Family) -> "Goal | None":
    """Where the device that sends packets on must send them, for whatever address they come."""
    way = part.way
    if way is None:
        return None
    # Of a public address that the site gives to no role, the rules alone say what is behind it.
    is_own = way.is_to_own
    is_any_port = part.destination.kind == "peer" and not (is_own or part.destination.published)
    here = way.arrives.addresses.of(family)
    is_one = part.destination.is_machine or bool(way.arrives.sure)
    ports = moved(part.destination, family)
    from linter.checks.goals import Goal

    return Goal(here, ports, is_any_port, is_as_sent=is_own and not is_one)


def goal_of_machine(answered: Answered, part: Part, site: Site) -> "Goal | None":
    """Where a machine must not send what is for it: to another one, which the site gives a role.

    What it sends elsewhere may get to its own containers, and what it sends to others of its role
    to one that does the same. None where it sends nothing to others.
    """
    device, family = answered.question.crossing.device, answered.space.family
    own = (device.own | device.local | device.perhaps).of(family)
    its = alike(site, device, part.destination).of(family)
    sender = part.way.source.addresses.of(family) if part.way else ()
    # Who gets back to itself has reached no other machine; of a network, others do.
    sender = sender if size(sender) == 1 else ()
    others = difference(_of_roles(site, family), union((*own, *difference(its, sender))))
    strands = answered.connections.passage.passed
    dst = answered.space.fields["dst"]
    sent = (s.header.numbers["dst"] for s in strands if s.header.numbers["dst"] is not dst)
    if all(answered.space.within(each, others) == answered.space.false for each in sent):
        return None
    every = full(len(answered.space.fields["dst"]))
    from linter.checks.goals import Goal

    return Goal(difference(every, others), is_any_port=True)


def _of_roles(site: Site, family: Family) -> Values:
    return union(interval for role in site.roles for interval in role.addresses.of(family))


def led_on(answered: Answered) -> PacketSet:
    """The packets that a device gives another address or port than they came to it for.

    Also those that it then drops: who translates them has to send them to the right place.
    """
    space, passage = answered.space, answered.connections.passage
    ends = {_goes_to(each.header) for each in answered.answer.arrivals}
    passed = (each.packets for each in passage.passed if _goes_to(each.header) not in ends)
    judged = (
        region.packets
        for result in passage.results
        if _goes_to(result.header) not in ends
        for region in result.regions
    )
    return without_flags(space, space.union((*passed, *judged)))


def _goes_to(header: Header) -> tuple[Bits, Bits]:
    return header.numbers["dst"], header.numbers["dport"]


def _delivered(answered: Answered, part: Part, goal: "Goal") -> Outcome:
    """What passes and leaves for the machine that is meant, and for the port that is."""
    space, strands = answered.space, answered.connections.passage.passed
    right = space.union(each.packets & _reaches(space, each, goal) for each in strands)
    anyway = _for_itself(answered) & space.union(each.packets for each in strands)
    asked = with_flags(space, part.packets, OPENING)
    certain = without_flags(space, space.always(right | anyway) & asked)
    possible = without_flags(space, space.some(right & asked))
    return Outcome(certain, possible)


def _for_itself(answered: Answered) -> PacketSet:
    """What a machine would send to itself if an address that nobody tells it has were its own.

    Docker and kube-proxy translate all that is for the machine at a published port, and the flow is
    to another machine. What surely is for itself is no such case.
    """
    space, around = answered.space, answered.answer.firewall.around
    if answered.question.crossing.traffic != "output" or around is None:
        return space.false
    told = space.within(space.fields["dst"], union((*around.own, *around.foreign)))
    return minus(space.within(space.fields["dst_type"], ((LOCAL, LOCAL),)), told)


def _reaches(space: Space, strand: Strand, goal: "Goal") -> PacketSet:
    """Those packets that leave for the goal; behind a target outside the model nobody knows."""
    if strand.is_out:
        return space.fresh(1, full(1))[0]
    numbers = strand.header.numbers
    return goal.reached(space, numbers["dst"], numbers["dport"])


def sends_on(
    way: Way, path: Path, likely: Sequence[Collection[tuple[str, ...]]]
) -> tuple[str, ...]:
    """The key of the crossing that must send packets to their machine; empty where none must.

    `likely`: those that lead any of them on, and then those that are likelier than others. It is
    the last one on the path that leads any on. For a public address one has to, and so it is the
    last likely router where none does; the machine's own address only has to stay what it is.
    """
    if way.is_to_own:
        keys = [crossing.key for crossing in path if crossing.traffic != "input"]
        return next((key for key in reversed(keys) if key in likely[0]), ())
    keys = [crossing.key for crossing in reversed(path) if crossing.traffic == "forward"]
    return next((key for those in (*likely, keys) for key in keys if key in those), ())


def blocked_by_unread(trial: Trial) -> PacketSet:
    """The packets that may be blocked even if every limit and memory favours them.

    A match with a memory (`volatile`) may be what blocks: `exists` lets each be as it has to be for
    the packet to pass. What is not sure to pass even then depends on something that was not read.
    """
    space, matcher = trial.space, trial.answered.answer.firewall.matcher
    accepted = space.union(strand.packets for strand in trial.answered.connections.passage.passed)
    lucky = accepted & space.domain
    for match in matcher.volatile:
        lucky = lucky.exists(match)
    asked = with_flags(space, trial.packets, OPENING)
    return without_flags(space, minus(asked, space.always(lucky))) & trial.blocked.possible


def service_packets(trial: Trial, services: tuple[Service, ...]) -> PacketSet:
    """All packets of a flow's services, as its part has them: at public ports if it comes by them.

    Whoever names a public address in a flow names its public ports too.
    """
    space, part = trial.space, trial.part
    if part.only != "all":
        return of_services(space, space.fields, services)
    return services_to(space, part.destination, services)


def inside_ports(trial: Trial, packets: PacketSet, limit: int) -> Values:
    """The ports of a flow's services that packets of its part have."""
    space, found = trial.space, list[Interval]()
    for each in moved(trial.part.destination, space.family) if trial.part.only == "all" else ():
        sent = each.packets(space)
        if packets & sent != space.false:
            found.append((each.inside, each.inside))
            packets = minus(packets, sent)
    return union((*found, *projected(space, packets, "dport", limit)))
