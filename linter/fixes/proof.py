"""Whether edited rule sets differ from those before only in what an edit is for.

Both are compared for all packets, as `fwlint diff` does it: see `engine/device/compare.py`.
"""

from collections.abc import Callable, Iterable, Sequence

from flowmodel.addresses import together
from flowmodel.affected import PacketBox
from flowmodel.fields import ESTABLISHED, FAMILIES, RELATED, Family, NameField, NumberField
from flowmodel.record import dataclass, field, replace
from flowmodel.ruleset import Rule, RuleSet
from flowmodel.values import Values, full
from flowmodel.verdict import Drop
from linter.engine.budget import TooComplexError, seconds_for
from linter.engine.device.compare import Difference, differences
from linter.engine.device.connection import Outcome, without_flags
from linter.engine.device.headers import SIDES
from linter.engine.device.mentions import LOOPBACK, length, weight
from linter.engine.sets.rooms import with_room
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import packets_in_words
from linter.fixes.boxes import answer

IsMeant = Callable[[Difference], bool]
"""Whether all packets of a difference are such that they should be treated otherwise."""
RuleSets = Sequence[RuleSet]


@dataclass(frozen=True, slots=True)
class Proof:
    """That all differences are meant, and what they are, in words."""

    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def effect(self) -> str:
        """What changes."""
        told = [
            f"{verb} {'; '.join(dict.fromkeys(words))}"
            for verb, words in (("opens", self.opened), ("closes", self.closed))
            if words
        ]
        if not told:
            return "no packet is treated differently"
        return f"{', and '.join(told)}; no other packet is treated differently"


@dataclass(slots=True)
class _Told:
    is_meant: bool = True
    opened: list[str] = field(default_factory=list[str])
    closed: list[str] = field(default_factory=list[str])


def proved(
    old: RuleSets, new: RuleSets, is_meant: IsMeant, seconds: float, *, forwards: bool = True
) -> Proof | None:
    """The proof that nothing else differs; None where there is none.

    Where nothing is forwarded, nothing can be opened there.
    """
    before, after = _by_place(old), _by_place(new)
    if before.keys() != after.keys():
        return None
    all_told: list[_Told] = []
    for place, mine in before.items():
        for family in FAMILIES:
            pair = mine, after[place]
            told = [any(family in each.families for each in side) for side in pair]
            if not any(told):
                continue
            judged = _of_family(*pair, family, is_meant, seconds, forwards) if all(told) else None
            if judged is None or not judged.is_meant:
                return None
            all_told.append(judged)
    opened = (words for each in all_told for words in each.opened)
    closed = (words for each in all_told for words in each.closed)
    return Proof(tuple(opened), tuple(closed))


def _of_family(
    old: RuleSets,
    new: RuleSets,
    family: Family,
    is_meant: IsMeant,
    seconds: float,
    forwards: bool,  # noqa: FBT001 - as its caller has it
) -> _Told | None:
    both = [*old, *new]
    seconds = seconds_for(length(both), seconds)

    own = together(each.own for each in both).of(family)

    def attempt(room: int) -> _Told:
        found = differences(old, new, family, room, seconds)
        there = (e for e in found if forwards or (e.traffic, e.change) != ("forward", "opened"))
        return _judged((_arriving(each, own) for each in there), is_meant)

    try:
        return with_room(attempt, weight(both))
    except TooComplexError:
        return None


def _arriving(difference: Difference, own: Values) -> Difference:
    """Of what is opened to a machine whose addresses are known, or from it, what has one of them.

    Security groups ask for no address of the machine's own, and AWS brings nothing else to it
    (VPC User Guide, "Source/destination checks"). What is closed counts at whatever address.
    """
    end = {"input": "dst", "output": "src"}.get(difference.traffic)
    if not own or end is None or difference.change != "opened":
        return difference
    space, outcome = difference.space, difference.outcome
    mine = space.within(difference.header.numbers[end], own)
    return replace(difference, outcome=Outcome(outcome.certain & mine, outcome.possible & mine))


def _judged(found: Iterable[Difference], is_meant: IsMeant) -> _Told:
    told = _Told()
    for each in found:
        if each.outcome.possible == each.space.false:
            continue
        if each.change == "sent elsewhere" or not is_meant(each):
            told.is_meant = False
            break
        (told.opened if each.change == "opened" else told.closed).append(_words(each))
    return told


def _words(difference: Difference) -> str:
    space, first = difference.space, difference.opening_packets.possible
    packets = first if first != space.false else difference.outcome.possible
    words = packets_in_words(space, without_flags(space, difference.on_the_wire(packets)))
    for side in SIDES:
        names = [name for name in difference.interfaces(packets, side) if name]
        words += f" {side} {' or '.join(names)}" if names else ""
    return words if first != space.false else f"{words} (packets of known connections)"


def _by_place(rulesets: RuleSets) -> dict[str, list[RuleSet]]:
    found: dict[str, list[RuleSet]] = {}
    for each in rulesets:
        found.setdefault(each.place, []).append(each)
    return found


def nothing(_: Difference) -> bool:
    """No difference at all is meant."""
    return False


def either(one: IsMeant, other: IsMeant) -> IsMeant:
    """What either of two edits is meant to change."""
    return lambda difference: one(difference) or other(difference)


def _is_of_known(difference: Difference) -> bool:
    """Whether no packet of the difference opens a connection with another machine."""
    local = packets_at(difference, "in", LOOPBACK) | packets_at(difference, "out", LOOPBACK)
    return minus(difference.opening_packets.possible, local) == difference.space.false


_KNOWN: Values = ((ESTABLISHED, ESTABLISHED), (RELATED, RELATED))


def opens_only(boxes: Sequence[PacketBox], *, with_answers: bool = False) -> IsMeant:
    """Whether what is opened is in the boxes, at their interfaces, or answers what is in them."""
    answers = (
        [replace(answer(each), source_ports=full(16)) for each in boxes] if with_answers else []
    )

    def is_meant(difference: Difference) -> bool:
        if difference.change != "opened":
            return False
        space, numbers = difference.space, difference.header.numbers
        wanted = space.union(packets_of(difference, each) for each in boxes)
        # Whether they answer others too is no matter of these rules: see `no_more_begins`.
        back = space.union(packets_of(difference, each) for each in answers)
        back &= space.within(numbers["state"], _KNOWN)
        return minus(difference.outcome.possible, wanted | back) == space.false

    return is_meant


def no_more_begins(
    new: RuleSets, boxes: Sequence[PacketBox], seconds: float, *, forwards: bool
) -> bool:
    """Whether of all connections between the ends of the boxes only those in them can begin.

    Then a rule for answers, which asks for no port of the machine, lets through no others: what
    would go the other way as a first packet is one of the differences.
    """
    wider = [replace(each, destination_ports=full(16)) for each in boxes]

    def is_meant(difference: Difference) -> bool:
        space = difference.space
        some, wanted = (
            space.union(packets_of(difference, each) for each in those) for those in (wider, boxes)
        )
        begins = difference.opening_packets.possible & some
        return difference.change == "opened" and minus(begins, wanted) == space.false

    return (
        proved([_shut(each) for each in new], new, is_meant, seconds, forwards=forwards) is not None
    )


def _shut(ruleset: RuleSet) -> RuleSet:
    """The same with nothing that lets a packet through."""
    tables = (
        replace(
            table,
            chains={
                name: replace(chain, rules=(), written=(), end=Drop() if chain.base else chain.end)
                for name, chain in table.chains.items()
            },
        )
        for table in ruleset.tables
    )
    return replace(ruleset, tables=tuple(tables))


def packets_of(difference: Difference, box: PacketBox) -> PacketSet:
    """The packets of a box; none in another traffic or family."""
    space = difference.space
    if box.hook != difference.traffic or box.family != space.family:
        return space.false
    told: tuple[tuple[NumberField, Values], ...] = (
        ("proto", box.protocols),
        ("src", box.sources),
        ("dst", box.destinations),
        ("sport", box.source_ports),
        ("dport", box.destination_ports),
        ("icmp_type", box.icmp_types),
        ("icmp_code", box.icmp_codes),
    )
    found = space.true
    for name, values in told:
        if values:
            found = found & space.within(space.fields[name], values)
    if box.in_name:
        found = found & packets_at(difference, "in", box.in_name)
    return found & packets_at(difference, "out", box.out_name) if box.out_name else found


def packets_at(difference: Difference, side: NameField, name: str) -> PacketSet:
    """The packets that come in or go out at an interface."""
    if name not in difference.names:
        return difference.space.false
    code = difference.names.index(name) + 1
    return difference.space.within(difference.header.numbers[side], ((code, code),))


def closes_only(rules: Sequence[Rule]) -> IsMeant:
    """Whether what is closed fulfils the conditions of one of some rules of the new rule set.

    Where a chain is met by packets that were translated in several ways, the rule is held against
    each as it looks there.
    """

    def is_meant(difference: Difference) -> bool:
        if difference.change != "closed":
            return False
        mine = difference.space.union(_matched(difference, rule) for rule in rules)
        return minus(difference.outcome.possible, mine) == difference.space.false

    return is_meant


def _matched(difference: Difference, rule: Rule) -> PacketSet:
    space, passage = difference.space, difference.passages[1]
    matcher = difference.matcher
    results = [
        each
        for each in passage.results
        if any(mine is rule for chain in each.table.chains.values() for mine in chain.rules)
    ]
    by_chain: dict[int, int] = {}
    for each in results:
        by_chain[id(each.chain)] = by_chain.get(id(each.chain), 0) + 1
    found = space.false
    for each in results:
        matched = space.some(matcher.match(rule.match, each.header))
        if by_chain[id(each.chain)] > 1:
            matched &= space.union(space.some(region.packets) for region in each.regions)
        found |= matched
    return found


def same_for_first_packets(old: RuleSets, new: RuleSets, seconds: float) -> bool:
    """Whether all packets that open connections with other machines are treated alike."""
    return proved(old, new, _is_of_known, seconds) is not None
