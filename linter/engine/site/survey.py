"""A site's exports asked about all its requirements: what passes where, for one address family."""

from collections.abc import Iterator, Mapping, Sequence

from flowmodel.addresses import together
from flowmodel.fields import Family
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Requirement, Site
from flowmodel.values import Values, union
from linter.engine.budget import Budget, TooComplexError
from linter.engine.device.ask import Answer, ask, sent_elsewhere
from linter.engine.device.connection import Connections, Outcome
from linter.engine.device.firewall import Firewall
from linter.engine.device.passage import Strand
from linter.engine.device.program import Joins
from linter.engine.sets.header import wire
from linter.engine.sets.longlists import Lists
from linter.engine.sets.space import Box, PacketSet, Space, minus
from linter.engine.site.asked import Part, Question, apart
from linter.engine.site.crossing import Crossing
from linter.engine.site.firewalls import Firewalls
from linter.engine.site.handed import Handed, Taking, handed
from linter.engine.site.paths import Topology
from linter.engine.site.pieces import Way
from linter.engine.site.publics import has_own_address, is_public, replies_past, sorted_out
from linter.engine.site.questions import Questions


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with the device's answer."""

    question: Question
    answer: Answer

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.answer.space

    @property
    def connections(self) -> Connections:
        """What becomes of the connections that were asked about."""
        return self.answer.connections


@dataclass(frozen=True, slots=True)
class Undecided:
    """A question that takes more work than the stated limit, and how much that was."""

    question: Question
    why: str


@dataclass(frozen=True, slots=True)
class Bypassed:
    """Required packets that a device translates, and that keep their sender.

    The replies go past the device, and nobody gives them the address that the sender expects.
    """

    part: Part
    lost: Outcome


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that the checks ask the engine about one family."""

    family: Family
    space: Space
    topology: Topology
    answers: tuple[Answered, ...]
    unreached: tuple[tuple[Requirement, Way], ...]
    """Requirements with a way that no device of the site is on."""
    unanswered: tuple[Question, ...] = ()
    """What is asked of devices whose exports say nothing about this family."""
    bypassed: tuple[Bypassed, ...] = ()
    handed: tuple[Handed, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    """What is asked of devices whose rules are too complex to be followed."""
    unfound: tuple[Part, ...] = ()
    """Required packets to a machine's public addresses, of which none leads to the machine."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """What devices were asked that have exports, decided or not."""
        decided = (each.question for each in self.answers)
        return (*decided, *(each.question for each in self.undecided))


def survey(
    site: Site,
    rulesets: Mapping[str, tuple[RuleSet, ...]],
    family: Family,
    room: int,
    budget: Budget | None = None,
    lists: Lists | None = None,
    joins: Joins | None = None,
) -> Survey:
    """The answers for one family, in a space of so many nodes and within the budget.

    `lists`: what is known of long lists of addresses, if it can be asked again (`UnfitError`);
    `joins`: what is known of long runs of rules.
    Raises MemoryError where they are too few, and TooComplexError where translations on the way
    are too complex to be followed.
    """
    firewalls = Firewalls(site, rulesets, family, room, budget or Budget(), lists, joins)
    questions = Questions(site, firewalls)
    questions.ask()
    asked = _Asked(questions, firewalls)
    return Survey(
        family,
        firewalls.space,
        questions.topology,
        tuple(asked.answers()),
        tuple(questions.unreached),
        tuple(asked.unanswered()),
        tuple(asked.bypassed()),
        tuple(asked.handed()),
        tuple(asked.undecided),
        tuple(asked.unfound),
    )


class _Asked:
    """Puts the questions to the devices, with the packets as other devices have left them."""

    def __init__(self, questions: Questions, firewalls: Firewalls) -> None:
        self.questions = questions
        self.firewalls = firewalls
        self.space = firewalls.space
        self.undecided: list[Undecided] = []
        self.unfound: list[Part] = []

    def answers(self) -> Iterator[Answered]:
        """The answers, crossing by crossing."""
        self._sort_out()
        self._send()
        for question in self.questions.by_crossing.values():
            firewall = self._firewall(question.crossing)
            if firewall is None:
                continue
            try:
                yield self._answered(question, firewall)
            except TooComplexError:
                yield from self._one_by_one(question, firewall)

    def _answered(self, question: Question, firewall: Firewall) -> Answered:
        needed = self.space.union(part.packets for part in question.required)
        return Answered(question, ask(firewall, question.crossing.place, question.sent, needed))

    def _one_by_one(self, question: Question, firewall: Firewall) -> Iterator[Answered]:
        """The answers about each requirement by itself, and about all else; some may be missing.

        Fewer packets meet fewer rules: one flow through a hard rule set may still be decided.
        """
        for each in apart(question):
            packets = self.space.union(part.packets for part in each.parts)
            each.sent += (
                replace(strand, packets=strand.packets & packets)
                for strand in question.sent
                if strand.packets & packets != self.space.false
            )
            try:
                yield self._answered(each, firewall)
            except TooComplexError as error:
                self.undecided.append(Undecided(each, str(error)))

    def unanswered(self) -> Iterator[Question]:
        """The questions at devices without a rule set for the family."""
        for question in self.questions.by_crossing.values():
            if self._firewall(question.crossing) is None:
                yield question

    def bypassed(self) -> Iterator[Bypassed]:
        """The required packets whose replies go past the device that translated them."""
        for path, parts in self.questions.paths.items():
            for part in parts:
                if part.requirement is None or part.way is None or not part.way.is_past:
                    continue
                strands = [
                    strand
                    for crossing in path
                    if crossing.traffic == "forward"
                    for strand in self._translated(crossing, [], part.packets, part.box)
                ]
                lost = replies_past(part, strands, self.space)
                if part.way.is_told:
                    lost = Outcome(self.space.false, lost.possible)
                if lost.possible != self.space.false:
                    yield Bypassed(part, lost)

    def handed(self) -> Iterator[Handed]:
        """What is open of the packets that machines hand on to others of their roles."""
        takers = {
            host.name: Taking(host, firewall)
            for host in self.questions.topology.hosts
            if (firewall := self._firewall(Crossing(host, "input", "", ""))) is not None
        }
        for question in self.questions.by_crossing.values():
            crossing = question.crossing
            taker = takers.get(crossing.device.name) if crossing.traffic == "input" else None
            if taker and taker.firewall.translates and crossing.is_sure:
                yield from handed(question, taker.firewall, self.questions.site, takers)

    def _sort_out(self) -> None:
        """Ask each machine of a role about those packets to public addresses that it may get."""
        space, questions = self.space, self.questions
        public: dict[int, tuple[Part, list[Strand], list[Values]]] = {}
        for path, parts in questions.paths.items():
            mine = [part for part in parts if is_public(part, space)]
            if not mine:
                continue
            sent = space.union(part.packets for part in mine)
            strands: list[Strand] = []
            translated: list[Values] = []
            for crossing in path:
                if not crossing.device.is_machine:
                    moved = space.union(strand.packets for strand in strands)
                    strands = self._translated(crossing, strands, minus(sent, moved), _hull(mine))
                    translated.append(self.firewalls.kept(crossing.device))
            for part in mine:
                _, known, values = public.setdefault(id(part), (part, [], []))
                known += strands
                values += translated
        kept: dict[int, Part | None] = {}
        found: set[tuple[object, ...]] = set()
        lost: list[Part] = []
        roles = together(r.addresses | r.beside for r in questions.site.roles).of(space.family)
        for key, (part, strands, values) in public.items():
            every = union(interval for each in values for interval in each)
            kept[key], is_found = sorted_out(part, strands, every, roles, space)
            if is_found:
                found.add(_machine_of(part))
            elif has_own_address(part, space.family):
                lost.append(part)
        # Addresses of several uplinks are asked about one by one: one that leads there is enough.
        self.unfound += (part for part in lost if _machine_of(part) not in found)
        questions.replace(kept)

    def _send(self) -> None:
        """Find the packets that are sent to each crossing, as others on the way translated them."""
        plain: dict[tuple[str, ...], list[Part]] = {}
        for path, parts in self.questions.paths.items():
            translated: list[Strand] = []
            moved = self.space.false
            everything, box = self.space.union(part.packets for part in parts), _hull(parts)
            for crossing in path:
                question = self.questions.by_crossing[crossing.key]
                plain.setdefault(crossing.key, []).extend(
                    replace(part, packets=minus(part.packets, moved))
                    for part in parts
                    if not (part.is_elsewhere and crossing.traffic == "input")
                )
                question.sent += translated
                rest = minus(everything, moved)
                translated = self._translated(crossing, translated, rest, box)
                moved = self.space.union(strand.packets for strand in translated)
        for key, parts in plain.items():
            to_groups = [part for part in parts if _is_to_group(part)]
            others = [part for part in parts if not _is_to_group(part)]
            many = self.space.union(part.packets for part in to_groups)
            packets = minus(self.space.union(part.packets for part in others), many)
            sent = [Strand(packets, wire(self.space), _hull(others or parts))]
            sent += [Strand(many, wire(self.space), _hull(to_groups))] if to_groups else []
            self.questions.by_crossing[key].sent[:0] = sent

    def _translated(
        self, crossing: Crossing, sent: list[Strand], untouched: PacketSet, box: Box
    ) -> list[Strand]:
        """The packets that leave the device with other ends than they were sent with.

        `sent` are those that others have translated, and `box` is that of the untouched ones. Of a
        machine that may not be on the way, none: what it would do is no news to the others.
        """
        firewall, device = self._firewall(crossing), crossing.device
        is_sure = crossing.is_sure and not device.is_one_of_several(self.space.family)
        if firewall is None or not firewall.translates or not is_sure:
            return sent
        strands = [Strand(untouched, wire(self.space), box), *sent]
        return sent_elsewhere(firewall, crossing.place, strands)

    def _firewall(self, crossing: Crossing) -> Firewall | None:
        return self.firewalls.of(crossing.device, self.questions.forwarded)


def _machine_of(part: Part) -> tuple[object, ...]:
    """Who needs which machine for what: the same for all its public addresses."""
    arrives = part.way.arrives.addresses if part.way else None
    flow = part.requirement.name if part.requirement else ""
    return flow, id(part.source), id(part.destination), arrives


def _is_to_group(part: Part) -> bool:
    return part.requirement is not None and bool(part.requirement.group)


def _hull(parts: Sequence[Part]) -> Box:
    """Per field, all values that the parts' packets have; a field that is open is left out."""
    box: Box = {}
    for name in ("src", "dst", "proto", "dport"):
        if all(name in part.box for part in parts):
            box[name] = union(interval for part in parts for interval in part.box[name])
    return box
