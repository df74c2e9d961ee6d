"""A site's exports asked about all its requirements: what passes where, for one address family."""

from collections.abc import Iterator, Sequence

from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.record import dataclass, field, replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import Device, End, Requirement, Site
from flowmodel.values import (
    Values,
    complement,
    difference,
    full,
    intersection,
    is_subset,
    overlaps,
    size,
    union,
)
from linter.engine.device.ask import Answer, ask, sent_elsewhere
from linter.engine.device.connection import Connections
from linter.engine.device.firewall import Firewall
from linter.engine.device.mentions import (
    forwards,
    interface_names,
    translation_targets,
)
from linter.engine.device.passage import Strand
from linter.engine.device.program import near, program
from linter.engine.sets.between import between, same_ends
from linter.engine.sets.header import wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Box, PacketSet, Space, minus
from linter.engine.site.paths import Crossing, Path, Topology, Way, self_path

LOOPBACK = Addresses(((0x7F000001, 0x7F000001),), ((1, 1),))


# At a machine's own firewall, packets of the other direction are not what is asked about.
_ELSEWHERE = frozenset({("inward", "output"), ("forwarded", "output"), ("outward", "input")})


@dataclass(frozen=True, slots=True)
class Part:
    """The packets of a requirement (or, without one, of all services) on one way."""

    requirement: Requirement | None
    source: End | None
    destination: End
    way: Way | None
    packets: PacketSet
    box: Box
    is_elsewhere: bool = False
    """Whether they are sent to other machines' addresses: only translated ones get to this one."""


@dataclass(slots=True)
class Question:
    """What is asked at one crossing: required, inward and outward packets, and how they come."""

    crossing: Crossing
    required: list[Part] = field(default_factory=list)
    inward: list[Part] = field(default_factory=list)
    outward: list[Part] = field(default_factory=list)
    forbidden: list[Part] = field(default_factory=list)
    forwarded: list[Part] = field(default_factory=list)
    """Packets to other addresses, which a rule on the way may send to a role."""
    sent: list[Strand] = field(default_factory=list)
    """All these packets as they come to the device, in the ends that others have given them."""


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


def survey(
    site: Site, rulesets: dict[str, tuple[RuleSet, ...]], family: Family, room: int
) -> Survey:
    """The answers for one family, in a space of so many nodes.

    Raises MemoryError where they are too few, and TooComplexError at the limit of steps.
    """
    questions = _Questions(site, rulesets, family, room)
    questions.ask()
    return Survey(
        family,
        questions.space,
        questions.topology,
        tuple(questions.answers()),
        tuple(questions.unreached),
        tuple(questions.unanswered()),
    )


class _Questions:
    """Collects what each crossing is asked, then asks."""

    def __init__(
        self,
        site: Site,
        rulesets: dict[str, tuple[RuleSet, ...]],
        family: Family,
        room: int,
    ) -> None:
        self.site = site
        self.family = family
        self.rulesets = {
            name: tuple(each for each in found if family in each.families)
            for name, found in rulesets.items()
        }
        self.topology = Topology(site)
        self.space = Space(family, interface_names(self.rulesets, site), room)
        self.matcher = Matcher(self.space)
        self.by_crossing: dict[tuple[str, ...], Question] = {}
        self.unreached: list[tuple[Requirement, Way]] = []
        self.firewalls: dict[str, Firewall] = {}
        self.paths: dict[Path, list[Part]] = {}
        self.forwards: dict[str, list[tuple[Values, Values]]] = {}
        self.forwarded: Values = ()

    def ask(self) -> None:
        """Put every requirement, and everything towards and from the roles, to the crossings."""
        on_machines = {role for device in self.site.devices for role in device.roles}
        for end in (end for flow in self.site.requirements for pair in flow.ends for end in pair):
            if end.kind != "internet" and end.name not in on_machines:
                continue
            title = "the internet" if end.kind == "internet" else end.name
            for addresses in (end.addresses, end.wide):
                values = addresses.of(self.family)
                # A short list of prefixes says more than a name, unless it is nearly everything.
                if len(values) > 2 or size(values) > 1 << (len(self.space.fields["src"]) - 1):
                    self.space.titles.setdefault(values, title)
        for requirement in self.site.requirements:
            for source, destination in requirement.ends:
                if requirement.is_self:
                    self._ask_self(requirement, destination)
                elif not requirement.inactive_because:
                    self._ask_flow(requirement, source, destination)
        everywhere = self._everywhere()
        for role in self.site.roles:
            for network in everywhere:
                for way in self.topology.ways(network, role):
                    self._ask_way("inward", None, network, role, way)
                    self._ask_forwarded(network, role, way)
            for way_out in self._outward(role, everywhere):
                self._ask_way("outward", None, role, *way_out)

    def _everywhere(self) -> list[End]:
        known = [End(n, "peer", a) for n, a in self.site.networks.items()]
        inside = Addresses()
        for each in known:
            inside = inside | each.addresses
        outside = Addresses(complement(inside.v4, 32), complement(inside.v6, 128))
        return [*known, End("internet", "internet", outside)]

    def _outward(self, role: End, everywhere: Sequence[End]) -> Iterator[tuple[End, Way]]:
        for network in everywhere:
            for way in self.topology.ways(role, network):
                yield network, way

    def _ask_flow(self, requirement: Requirement, source: End, destination: End) -> None:
        kind = "forbidden" if requirement.need == "never" else "required"
        for way in self.topology.ways(source, destination):
            self._ask_way(kind, requirement, source, destination, way)

    def _ask_self(self, requirement: Requirement, role: End) -> None:
        if requirement.inactive_because or requirement.need not in ("must", "should"):
            return
        for host in self.topology.hosts:
            own = role.addresses.of(self.family)
            if not intersection(host.own.of(self.family), own):
                continue
            both = union(own + LOOPBACK.of(self.family))
            packets, box = between(self.space, both, both, requirement.services)
            same = same_ends(self.space, both)
            part = Part(requirement, role, role, None, packets & same, box)
            self._enlist("required", self_path(host), part)

    def _ask_way(
        self,
        kind: str,
        requirement: Requirement | None,
        source: End,
        destination: End,
        way: Way,
    ) -> None:
        ends = way.source.addresses.of(self.family), way.destination.of(self.family)
        if not all(ends):
            return
        services = requirement.services if requirement else ()
        packets, box = between(self.space, *ends, services)
        part = Part(requirement, source, destination, way, packets, box)
        if requirement and not (any(way.paths) and self.topology.is_linked(way)):
            self.unreached.append((requirement, way))
        for path in way.paths:
            self._enlist(kind, path, part)

    def _ask_forwarded(self, source: End, role: End, way: Way) -> None:
        """Ask about packets to any address that a device on the way may replace by the role's."""
        names = {
            crossing.device.name
            for path in way.paths
            for crossing in path
            if crossing.traffic == "forward"
        }
        goal = way.arrives.addresses.of(self.family)
        from_ = [
            sent_to
            for name in names
            for sent_to, addresses in self._forwards(name)
            if overlaps(addresses, goal)
        ]
        asked = union(way.destination.of(self.family) + goal)
        other = difference(union(i for values in from_ for i in values), asked)
        sources = way.source.addresses.of(self.family)
        if not other or not sources:
            return
        self.forwarded = union(self.forwarded + other)
        packets, box = between(self.space, sources, other, ())
        part = Part(None, source, role, way, packets, box, is_elsewhere=True)
        for path in way.paths:
            self._enlist("forwarded", path, part)

    def _forwards(self, name: str) -> list[tuple[Values, Values]]:
        if name not in self.forwards:
            self.forwards[name] = forwards(self.rulesets.get(name, ()), self.family)
        return self.forwards[name]

    def _enlist(self, kind: str, path: Path, part: Part) -> None:
        self.paths.setdefault(path, []).append(part)
        for crossing in path:
            question = self.by_crossing.setdefault(crossing.key, Question(crossing))
            if (kind, crossing.traffic) not in _ELSEWHERE:
                getattr(question, kind).append(part)

    def answers(self) -> Iterator[Answered]:
        """The answers, crossing by crossing."""
        self._send()
        for question in self.by_crossing.values():
            firewall = self._firewall(question.crossing.device)
            if firewall is None:
                continue
            needed = self.space.union(part.packets for part in question.required)
            yield Answered(question, ask(firewall, question.crossing.place, question.sent, needed))

    def unanswered(self) -> Iterator[Question]:
        """The questions at devices without a rule set for the family."""
        for question in self.by_crossing.values():
            if self._firewall(question.crossing.device) is None:
                yield question

    def _send(self) -> None:
        """Find the packets that are sent to each crossing, as others on the way translated them."""
        plain: dict[tuple[str, ...], list[Part]] = {}
        for path, parts in self.paths.items():
            translated: list[Strand] = []
            moved = self.space.false
            for crossing in path:
                question = self.by_crossing[crossing.key]
                plain.setdefault(crossing.key, []).extend(
                    replace(part, packets=minus(part.packets, moved))
                    for part in parts
                    if not (part.is_elsewhere and crossing.traffic == "input")
                )
                question.sent += translated
                everything = self.space.union(part.packets for part in parts)
                translated = self._translated(crossing, translated, minus(everything, moved))
                moved = self.space.union(strand.packets for strand in translated)
        for key, parts in plain.items():
            packets = self.space.union(part.packets for part in parts)
            strand = Strand(packets, wire(self.space), _hull(parts))
            self.by_crossing[key].sent.insert(0, strand)

    def _translated(
        self, crossing: Crossing, sent: list[Strand], untouched: PacketSet
    ) -> list[Strand]:
        """The packets that leave the device with other ends than they were sent with."""
        firewall = self._firewall(crossing.device)
        if firewall is None or not firewall.translates:
            return sent
        strands = [Strand(untouched, wire(self.space), {}), *sent]
        return sent_elsewhere(firewall, crossing.place, strands)

    def _own(self, device: Device) -> Values:
        """The addresses that surely are a machine's own; of one that has them all, nobody knows."""
        own = device.own.of(self.family)
        loopback = LOOPBACK.of(self.family)
        if own == full(len(self.space.fields["src"])):
            return loopback
        return union(own + loopback)

    def _close(self) -> Values:
        """Addresses of which every packet of every question has one, at one end at least."""
        roles = [each for role in self.site.roles for each in (role.addresses, role.public)]
        close = union(i for addresses in roles for i in addresses.of(self.family))
        pairs = [pair for requirement in self.site.requirements for pair in requirement.ends]
        for ends in pairs:
            sides = [end.addresses | end.public for end in ends]
            values = [addresses.of(self.family) for addresses in sides]
            if not any(is_subset(each, close) for each in values):
                close = union(close + min(values, key=size))
        return union(close + self.forwarded)

    def _firewall(self, device: Device) -> Firewall | None:
        """The device's rule sets made ready; None where it has none for this family."""
        name = device.name
        if name not in self.firewalls:
            found = self.rulesets.get(name, ())
            if not found:
                return None
            targets = translation_targets(found, self.family)
            relevant = near(union(self._close() + targets + LOOPBACK.of(self.family)))
            self.firewalls[name] = Firewall(
                found,
                self.matcher,
                program(relevant),
                translates=bool(targets),
                own=self._own(device),
                name=name,
                span=device.span,
            )
        return self.firewalls[name]


def _hull(parts: Sequence[Part]) -> Box:
    """Per field, all values that the parts' packets have; a field that is open is left out."""
    box: Box = {}
    for name in ("src", "dst", "proto", "dport"):
        if all(name in part.box for part in parts):
            box[name] = union(interval for part in parts for interval in part.box[name])
    return box
