"""What two rule sets of one device do differently, of all packets that there can be.

Both are asked about the same packets in one space: any header, any state of the connection, any
mark, any interfaces. What an export does not tell is the same free variable on both sides if it is
written alike there: an unread text of one answer, the n-th visit of a limit, the choice that one
translation leaves to the kernel. So what differs for all values of these differs for certain, and
what differs for none is treated the same, which is a proof. All else differs possibly.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from flowmodel.change import Change
from flowmodel.fields import NEW, ORIGINAL, UNTRACKED, Family, NameField, NumberField
from flowmodel.packet import Packet
from flowmodel.record import dataclass
from flowmodel.ruleset import Rule, RuleSet, Traffic
from flowmodel.values import Interval, Values, full
from flowmodel.verdict import Translation
from linter.engine.budget import Budget
from linter.engine.device.ask import Answer
from linter.engine.device.connection import Connections, Outcome
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import MARKED, SIDES, Place, missing_side, of_single_packets
from linter.engine.device.mentions import LOOPBACK, OTHER, believable, names_in
from linter.engine.device.openings import Opening, openings
from linter.engine.device.passage import Passage, Strand, cross
from linter.engine.device.program import everything, program
from linter.engine.sets.header import Header
from linter.engine.sets.matching import Matcher
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.sets.witness import lowest, number_of, wished

CHOICE = "the address or port that a translation chooses"
"""Why it is only possible that packets are sent elsewhere."""
MOST = 200
"""How many rules are told apart; what more of them let pass is one difference."""
TRAFFICS: tuple[Traffic, ...] = ("input", "forward", "output")
_ENDS: tuple[NumberField, ...] = ("src", "dst", "sport", "dport")


class _PairedSpace(Space):
    """A space in which a translation's open choices are the same ones on both sides.

    No packet meets with one translation twice, so the choice is one fact about the packet.
    """

    def __init__(self, family: Family, names: Sequence[str], capacity: int) -> None:
        super().__init__(family, names, capacity)
        self._chosen: dict[tuple[object, int], Bits] = {}
        self.choices = self.true
        """The cube of all bits that translations leave open."""

    def fresh(self, width: int, values: Values) -> Bits:
        """New bits; those of a translation are known again where it stands a second time."""
        if self.topic is None:
            return super().fresh(width, values)
        about, number = self.topic
        self.topic = about, number + 1
        if (about, number) not in self._chosen:
            found = self._chosen[about, number] = super().fresh(width, values)
            for bit in reversed(found):
                self.choices = bit & self.choices
        return self._chosen[about, number]

    def address_type(self, _context: str, _address: Values) -> Bits:
        """What an address is: of the choices too, as any of them may be asked about first."""
        return self.fresh(4, full(4))


class _PairedMatcher(Matcher):
    """A matcher whose visits of one text are counted by themselves, as on the other side."""

    def __init__(self, space: Space, budget: Budget) -> None:
        super().__init__(space, budget.spend)
        self._counts: Counter[str] = Counter()

    def unknown_visit(self, text: str) -> PacketSet:
        """The free variable of the n-th visit of this text."""
        self.visits += 1
        self._counts[text] += 1
        return self.space.unknown(text, f"visit {self._counts[text]}")


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Packets that one rule treats differently from the other rule set, in one traffic."""

    change: Change
    traffic: Traffic
    opening: Opening
    """The rule that lets them pass: of the new rule set, or of the old one where it closed."""
    outcome: Outcome
    """Those that surely are treated differently, and those that possibly are."""
    space: Space
    header: Header
    names: tuple[str, ...]
    passages: tuple[Passage, Passage]
    """How the packets pass the old rule sets, and the new ones."""
    matcher: Matcher
    """What says which packets fulfil conditions of the new ones."""

    def translations(self, packets: PacketSet) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """The rules that translate packets of the difference: old ones, and new ones."""
        old, new = (
            tuple(
                dict.fromkeys(
                    rule
                    for result in passage.results
                    for region in result.regions
                    if isinstance(region.verdict, Translation)
                    and region.packets & packets != self.space.false
                    for rule in region.rules
                )
            )
            for passage in self.passages
        )
        return old, new

    @property
    def opening_packets(self) -> Outcome:
        """Those of the packets that open connections."""
        first = self.space.within(self.header.numbers["state"], ((NEW, NEW),))
        return Outcome(self.outcome.certain & first, self.outcome.possible & first)

    def on_the_wire(self, packets: PacketSet) -> PacketSet:
        """The packets by their headers alone, at whatever interfaces and with whatever marks."""
        space = self.space
        extra = space.true
        for field in (*MARKED, *SIDES):
            for bit in self.header.numbers[field]:
                extra = extra & bit
        return packets.exists(extra)

    def interfaces(self, packets: PacketSet, side: NameField) -> tuple[str, ...]:
        """The interfaces at which the packets are, if these are not all but loopback.

        What stands for those that no rule names has an empty name.
        """
        if side == missing_side(self.traffic):
            return ()
        value = self.header.numbers[side]
        known = [(code, name) for code, name in enumerate(self.names, 1) if name != LOOPBACK]
        found = tuple(
            "" if name == OTHER else name
            for code, name in known
            if self.space.within(value, ((code, code),)) & packets != self.space.false
        )
        return () if len(found) == len(known) else found

    def packet(self, packets: PacketSet) -> tuple[Packet, PacketSet]:
        """One of the packets, and the set of those that differ from it in nothing that it tells.

        It is at an interface that people know, and without a mark, if there is such a packet.
        """
        space = self.space
        packets = wished(space, packets)
        for side in SIDES:
            usual = space.within(self.header.numbers[side], self._usual())
            packets = packets & usual if packets & usual != space.false else packets
        for field in MARKED:
            zero = space.within(self.header.numbers[field], ((0, 0),))
            packets = packets & zero if packets & zero != space.false else packets
        chosen = lowest(packets)
        numbers = {
            field: number_of(self.header.numbers[field], chosen)
            for field in (*_WIRE, *MARKED, *SIDES)
        }
        sides = {
            f"{side}_name": "" if side == missing_side(self.traffic) else self._name(numbers[side])
            for side in SIDES
        }
        for name, number in numbers.items():
            packets &= space.within(self.header.numbers[name], ((number, number),))
        told = {field: numbers[field] for field in (*_WIRE, *MARKED)}
        return Packet(family=space.family, **told, **sides), packets  # type: ignore[arg-type]

    def _usual(self) -> Values:
        """The codes of interfaces that a reader knows by their names."""
        known: list[Interval] = [
            (code, code) for code, name in enumerate(self.names, 1) if name != LOOPBACK
        ]
        return tuple(known)

    def _name(self, code: int) -> str:
        return believable(self.names[code - 1], self.names) if code else ""


_WIRE: tuple[NumberField, ...] = (
    *("src", "dst", "proto", "sport", "dport", "icmp_type", "icmp_code", "tcp_flags"),
    *("state", "ct_dir"),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """What one of the rule sets does with all packets of a traffic."""

    answer: Answer
    accepted: PacketSet

    @property
    def passage(self) -> Passage:
        return self.answer.connections.passage


def differences(
    old: Sequence[RuleSet], new: Sequence[RuleSet], family: Family, room: int, seconds: float
) -> Iterator[Difference]:
    """What the new rule sets do otherwise; raises TooComplexError and MemoryError."""
    names = names_in([*old, *new])
    budget = Budget(seconds)
    for traffic in TRAFFICS:
        # A space for each: the free variables of one traffic are none of the others.
        space = _PairedSpace(family, names, room)
        header = _header(space, traffic)
        before = _side(space, header, traffic, old, budget)
        after = _side(space, header, traffic, new, budget)
        changes: tuple[tuple[Change, _Side, PacketSet], ...] = (
            ("opened", after, minus(after.accepted, before.accepted)),
            ("closed", before, minus(before.accepted, after.accepted)),
            ("sent elsewhere", after, _moved(space, before, after)),
        )
        for change, side, packets in changes:
            for opening, outcome in _by_rule(space, side, packets):
                passages = before.passage, after.passage
                matcher = after.answer.firewall.matcher
                yield Difference(
                    change, traffic, opening, outcome, space, header, names, passages, matcher
                )


def _header(space: Space, traffic: Traffic) -> Header:
    every = full(len(space.fields["dst"]))
    header = of_single_packets(space, Matcher(space), traffic, (True, True), every)
    missing = missing_side(traffic)
    for side in SIDES:
        codes: Values = ((0, 0),) if side == missing else ((1, len(space.names) - 1),)
        space.assume(space.within(header.numbers[side], codes))
    space.assume(space.within(header.numbers["state"], ((0, UNTRACKED),)))
    # An answer is of a known connection (resolve_normal_ct in net/netfilter/nf_conntrack_core.c).
    is_new = space.within(header.numbers["state"], ((NEW, NEW),))
    space.assume(is_new.imp(space.within(header.numbers["ct_dir"], ((ORIGINAL, ORIGINAL),))))
    return header


def _side(
    space: Space, header: Header, traffic: Traffic, rulesets: Sequence[RuleSet], budget: Budget
) -> _Side:
    firewall = Firewall(
        tuple(rulesets), _PairedMatcher(space, budget), program(everything), budget=budget
    )
    strand = Strand(space.true, header, {})
    with budget.question():
        passage = cross(firewall, traffic, strand)
    accepted = space.union(each.packets for each in passage.passed)
    outcome = Outcome(space.always(accepted), space.some(accepted))
    connections = Connections(outcome, outcome, outcome, passage, space.true)
    return _Side(Answer(firewall, Place(traffic), (strand,), connections), accepted)


def _moved(space: _PairedSpace, before: _Side, after: _Side) -> PacketSet:
    """The packets that both let pass, and that leave with other ends."""
    found = space.false
    for one in before.passage.passed:
        for other in after.passage.passed:
            if (both := one.packets & other.packets) != space.false:
                found |= both & _unlike(space, one.header, other.header)
    return found


def _unlike(space: _PairedSpace, one: Header, other: Header) -> PacketSet:
    """The packets that have other ends in the one header than in the other.

    Whether what the kernel chooses is another value than what else stands there is left open: to
    compare two free addresses takes 2^32 nodes.
    """
    found = space.false
    for field in _ENDS:
        for left, right in zip(one.numbers[field], other.numbers[field], strict=True):
            if left == right:
                continue
            unlike = left ^ right
            if unlike.exists(space.choices) != unlike:
                found |= space.unknown(CHOICE)
                break
            found |= unlike
    return found


def _by_rule(space: Space, side: _Side, packets: PacketSet) -> Iterator[tuple[Opening, Outcome]]:
    """The packets by the rule that lets them pass on this side."""
    possible = space.some(packets)
    if possible == space.false:
        return
    certain = space.always(packets) & possible
    rest = space.false
    for number, opening in enumerate(openings(side.answer, possible)):
        if number < MOST:
            yield opening, Outcome(opening.packets & certain, opening.packets & possible)
        else:
            rest |= opening.packets
    if rest != space.false:
        yield Opening(None, rest), Outcome(rest & certain, rest & possible)
