"""One device, asked by itself: what becomes of these packets, entering here and leaving there.

    matcher = Matcher(Space(4, names_in(rulesets)))
    firewall = Firewall(rulesets, matcher, program(everything))
    packets = Strand(between(firewall.space, sources, destinations, services), …)
    answer = ask(firewall, Place("forward", "wan0", "dmz0"), [packets])

A site asks its devices nothing else: `site/survey.py` only knows what to ask, and where.
"""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel.affected import ErrorPhase
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import RuleSet, Traffic
from linter.engine.device.connection import (
    Connections,
    Outcome,
    connections,
    unheard,
)
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import Place, arriving, first, kinds_of_many
from linter.engine.device.passage import Strand, cross
from linter.engine.device.program import everything, program
from linter.engine.device.routing import Forwarded, Routed
from linter.engine.sets.header import wire
from linter.engine.sets.space import PacketSet, Space, minus


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a device does to the packets that it was asked about.

    `connections.opening` holds the packets that pass for certain, and possibly; the passage in it
    which rule of which chain decided. `device.openings` sorts what passes by the rule that lets it
    pass, and `device.replay` puts one packet through the rules again.
    """

    firewall: Firewall
    place: Place
    arrivals: tuple[Strand, ...]
    """The packets as they came, one strand for each way in which others had translated them."""
    connections: Connections

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.firewall.space


def arrived(firewall: Firewall, place: Place, strand: Strand) -> Iterator[Strand]:
    """Packets on the wire, as the rules of the device see them when they come to it.

    Of packets to many machines there is one strand for each kind, if the strand has no others: who
    asks about all addresses means those of machines.
    """
    space = firewall.space
    header = arriving(firewall, place, strand.header)
    found = [
        Strand(mine, several.header, strand.box)
        for several in kinds_of_many(space, place, header)
        if (mine := several.packets & strand.packets) != space.false
    ]
    if not found or minus(strand.packets, space.union(one.packets for one in found)) != space.false:
        found = [Strand(strand.packets, header, strand.box)]
    yield from found


def ask(
    firewall: Firewall, place: Place, sent: Iterable[Strand], needed: PacketSet | None = None
) -> Answer:
    """The device's answer about connections whose first packets are sent as these strands.

    Answers and later packets are followed for the `needed` connections only, or for all of them.
    Raises TooComplexError.
    """
    arrivals = [here for each in sent for here in arrived(firewall, place, each)]
    return _answer(firewall, place, arrivals, needed)


def ask_again(
    answer: Answer, rulesets: Sequence[RuleSet], packets: PacketSet, *, translates: bool
) -> Answer:
    """The answer about some of its packets, if the device had these rule sets instead.

    `translates`: whether the new rules send packets elsewhere, so that those about other addresses,
    which were left out before, count now.
    """
    firewall = replace(answer.firewall, rulesets=tuple(rulesets))
    if translates:
        firewall = replace(firewall, program=program(everything), translates=True)
    empty = answer.space.false
    arrivals = [
        replace(strand, packets=strand.packets & packets)
        for strand in answer.arrivals
        if strand.packets & packets != empty
    ]
    return _answer(firewall, answer.place, arrivals, packets)


def _answer(
    firewall: Firewall, place: Place, arrivals: list[Strand], needed: PacketSet | None
) -> Answer:
    needed = firewall.space.true if needed is None else needed
    with firewall.budget.question():
        found = connections(firewall, place.traffic, arrivals, needed)
    return Answer(firewall, place, tuple(arrivals), found)


def errors_lost(answer: Answer, phase: ErrorPhase, needed: PacketSet) -> Outcome:
    """The needed connections of TCP that pass, and about which no path-MTU error does."""
    firewall, passage = answer.firewall, answer.connections.passage
    with firewall.budget.question():
        return unheard(
            firewall, answer.place.traffic, list(answer.arrivals), passage, needed, phase
        )


def sent_elsewhere(firewall: Firewall, place: Place, strands: Iterable[Strand]) -> list[Strand]:
    """The packets that leave the device with other ends than they were sent with.

    Whether it lets them pass does not matter: what is behind it is asked all the same.
    """
    space = firewall.space
    translating = firewall.translating()
    # Without filters, what is sent on and what stays would not be told apart.
    routing = Forwarded(firewall.around) if firewall.around is not None else None
    found: list[Strand] = []
    for here in (each for strand in strands for each in arrived(firewall, place, strand)):
        new = replace(here, header=first(space, here.header))
        with firewall.budget.question():
            passed = cross(translating, place.traffic, new, routing=routing).passed
        for after in passed:
            numbers = after.header.numbers
            if any(numbers[end] != space.fields[end] for end in ("src", "dst", "dport")):
                found.append(Strand(after.packets, after.header, {}))
    return found


def let_through(
    firewall: Firewall, traffic: Traffic, strand: Strand, routing: Routed | None = None
) -> Outcome:
    """The packets that pass as they are, whatever belongs before and behind them.

    Their header says of which connection they are, unlike those of `ask`.
    """
    space = firewall.space
    with firewall.budget.question():
        passage = cross(firewall, traffic, strand, routing=routing)
    accepted = space.union(each.packets for each in passage.passed)
    return Outcome(space.always(accepted), space.some(accepted))


def plain(packets: PacketSet, space: Space) -> Strand:
    """Packets as they are sent, of which nothing more is known."""
    return Strand(packets, wire(space), {})
