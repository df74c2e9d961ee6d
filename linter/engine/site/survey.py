"""A site's exports asked about all its requirements: what passes where, for one address family."""

from collections.abc import Iterator, Sequence

from flowmodel import fields
from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.record import dataclass, field, replace
from flowmodel.ruleset import RuleSet
from flowmodel.site import End, Requirement, Site
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
from linter.engine.device.connection import Connections, connections
from linter.engine.device.mentions import (
    forwards,
    interface_names,
    owned_marks,
    translation_targets,
)
from linter.engine.device.passage import Firewall, Strand, cross
from linter.engine.device.program import near, program
from linter.engine.device.walk import Box
from linter.engine.sets.header import Header, wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.paths import Crossing, Path, Topology, Way, self_path
from linter.engine.site.questions import between, constant_state, same_ends

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
    """What is asked at one crossing: required, inward and outward packets, and how they arrive."""

    crossing: Crossing
    required: list[Part] = field(default_factory=list)
    inward: list[Part] = field(default_factory=list)
    outward: list[Part] = field(default_factory=list)
    forbidden: list[Part] = field(default_factory=list)
    forwarded: list[Part] = field(default_factory=list)
    """Packets to other addresses, which a rule on the way may send to a role."""
    arrivals: list[Strand] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer."""

    question: Question
    firewall: Firewall
    arrivals: tuple[Strand, ...]
    connections: Connections


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
        self.owned: dict[str, int] = {}
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
                # A short list of prefixes says more than a name.
                if len(addresses.of(self.family)) > 2:
                    self.space.titles.setdefault(addresses.of(self.family), title)
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
            if crossing.situation == "forward"
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
            if (kind, crossing.situation) not in _ELSEWHERE:
                getattr(question, kind).append(part)

    def answers(self) -> Iterator[Answered]:
        """The answers, crossing by crossing."""
        self._arrive()
        for question in self.by_crossing.values():
            firewall = self._firewall(question.crossing.device.name)
            if firewall is None:
                continue
            needed = self.space.union(part.packets for part in question.required)
            found = connections(firewall, question.crossing.situation, question.arrivals, needed)
            yield Answered(question, firewall, tuple(question.arrivals), found)

    def unanswered(self) -> Iterator[Question]:
        """The questions at devices without a rule set for the family."""
        for question in self.by_crossing.values():
            if self._firewall(question.crossing.device.name) is None:
                yield question

    def _arrive(self) -> None:
        """Find the headers with which packets come to each crossing, as others translated them."""
        plain: dict[tuple[str, ...], list[Part]] = {}
        for path, parts in self.paths.items():
            translated: list[Strand] = []
            moved = self.space.false
            for crossing in path:
                question = self.by_crossing[crossing.key]
                plain.setdefault(crossing.key, []).extend(
                    replace(part, packets=minus(part.packets, moved))
                    for part in parts
                    if not (part.is_elsewhere and crossing.situation == "input")
                )
                for strand in translated:
                    question.arrivals.append(self._here(strand, crossing))
                everything = self.space.union(part.packets for part in parts)
                translated = self._translated(crossing, translated, minus(everything, moved))
                moved = self.space.union(strand.packets for strand in translated)
        for key, parts in plain.items():
            question = self.by_crossing[key]
            packets = self.space.union(part.packets for part in parts)
            strand = Strand(packets, wire(self.space), _hull(parts))
            question.arrivals.insert(0, self._here(strand, question.crossing))

    def _translated(
        self, crossing: Crossing, arrived: list[Strand], untouched: PacketSet
    ) -> list[Strand]:
        """The strands that leave the device with other ends than the packets were sent with."""
        firewall = self._firewall(crossing.device.name)
        if firewall is None or not firewall.translates:
            return arrived
        start = self._here(Strand(untouched, wire(self.space), {}), crossing)
        new = constant_state(self.space, start)
        translating = firewall.translating()
        strands: list[Strand] = []
        for strand in (
            new,
            *(constant_state(self.space, self._here(s, crossing)) for s in arrived),
        ):
            for after in cross(translating, crossing.situation, strand).passed:
                moved = any(
                    after.header.numbers[f] != self.space.fields[f] for f in ("src", "dst", "dport")
                )
                if moved:
                    strands.append(Strand(after.packets, after.header, {}))
        return strands

    def _here(self, strand: Strand, crossing: Crossing) -> Strand:
        """The strand as it comes to a device: new to its connection tracking, and unmarked."""
        space, device = self.space, crossing.device
        names = {}
        if crossing.situation == "output":
            names["in"] = ""
        elif crossing.in_name:
            names["in"] = crossing.in_name
        if crossing.situation == "input":
            names["out"] = ""
        elif crossing.out_name:
            names["out"] = crossing.out_name
        owned = self._owned(device.name)
        mark = tuple(
            space.false if owned >> (31 - position) & 1 else bit
            for position, bit in enumerate(space.fields["mark"])
        )
        numbers = {
            **space.fields,
            **{f: strand.header.numbers[f] for f in ("src", "dst", "sport", "dport")},
            "mark": mark,
            # Packets come in where the site says that their senders are.
            "rp_filter": space.constant(fields.WAY_BACK, 1),
        }
        # What comes to input was routed to this machine, and what it sends has its own address
        # (ip_route_input_slow in net/ipv4/route.c); `-m addrtype` asks for just that.
        if crossing.situation != "forward":
            own = "dst_type" if crossing.situation == "input" else "src_type"
            numbers[own] = space.constant(fields.ADDRESS_TYPES["LOCAL"], 4)
        return Strand(strand.packets, Header(numbers, names, device.name), strand.box)

    def _own(self, name: str) -> Values:
        """The addresses that surely are a machine's own; of one that has them all, nobody knows."""
        own = [device.own.of(self.family) for device in self.site.devices if device.name == name]
        loopback = LOOPBACK.of(self.family)
        if own[0] == full(len(self.space.fields["src"])):
            return loopback
        return union(own[0] + loopback)

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

    def _owned(self, name: str) -> int:
        if name not in self.owned:
            self.owned[name] = owned_marks(self.rulesets.get(name, ()))
        return self.owned[name]

    def _firewall(self, name: str) -> Firewall | None:
        """The device's rule sets made ready; None where it has none for this family."""
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
                own=self._own(name),
            )
        return self.firewalls[name]


def _hull(parts: Sequence[Part]) -> Box:
    """Per field, all values that the parts' packets have; a field that is open is left out."""
    box: Box = {}
    for name in ("src", "dst", "proto", "dport"):
        if all(name in part.box for part in parts):
            box[name] = union(interval for part in parts for interval in part.box[name])
    return box
