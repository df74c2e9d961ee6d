"""Packets that pass a device for certain, and still may not get where they seem to go."""

from collections.abc import Iterator, Mapping

from flowmodel.addresses import EVERYWHERE, Addresses, together
from flowmodel.record import dataclass
from flowmodel.site import End, Site
from linter.checks.exposure.policies import every_of
from linter.checks.exposure.translated import astray, led_away
from linter.checks.guesses import WHICH_WAY, whether_its, whose
from linter.engine.device.connection import without_flags
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import addresses_in_words
from linter.engine.site.asked import Part
from linter.engine.site.pieces import Piece
from linter.engine.site.survey import Answered

_TRANSLATION = "the address to which a translation sends the packets"
_WHOSE = "whose the address is to which a translation sends the packets"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Packets of which nobody knows something, and what that is."""

    packets: PacketSet
    reason: str


def doubts_about(
    answered: Answered, site: Site, known: Mapping[tuple[str, ...], Answered]
) -> tuple[Doubt, ...]:
    """What is open about the packets of a question; `known` are the answers at all crossings."""
    found = (
        *_sent_on(answered, site),
        *_on_other_ways(answered, known),
        *_led_away_behind(answered, known),
        *_unnamed(answered),
        *_past(answered),
        *_anywhere(answered),
        *_kept(answered),
        *_untranslated(answered),
    )
    return tuple(doubt for doubt in found if doubt.packets != answered.space.false)


def _sent_on(answered: Answered, site: Site) -> Iterator[Doubt]:
    """What a translation may send to where it seems to go, or elsewhere."""
    question, space = answered.question, answered.space
    goals = (each.header.numbers["dst"] for each in answered.connections.passage.passed)
    if question.crossing.traffic != "forward" or all(g is space.fields["dst"] for g in goals):
        return
    if question.forwarded:
        asked = space.union(part.packets for part in question.forwarded)
        yield Doubt(asked & astray(answered, site.roles), _TRANSLATION)
    parts: dict[int, list[Part]] = {}
    for part in (*question.inward, *question.forbidden):
        parts.setdefault(id(part.destination), []).append(part)
    for several in parts.values():
        asked = space.union(part.packets for part in several)
        yield Doubt(asked & astray(answered, (several[0].destination,)), _TRANSLATION)
        yield Doubt(asked & _to_nobody(answered, site, several[0].destination), _WHOSE)


def _to_nobody(answered: Answered, site: Site, end: End) -> PacketSet:
    """What a translation sends to an address of which the site says nothing."""
    space = answered.space
    known = together((*(every_of(role) for role in site.roles), every_of(end)))
    if end.kind == "internet":  # then whatever is not inside is there
        known = EVERYWHERE
    found = space.false
    for strand in answered.connections.passage.passed:
        dst = strand.header.numbers["dst"]
        if dst is not space.fields["dst"]:
            found |= minus(strand.packets, space.within(dst, known.of(space.family)))
    return without_flags(space, space.some(found))


def _on_other_ways(
    answered: Answered, known: Mapping[tuple[str, ...], Answered]
) -> Iterator[Doubt]:
    """What is sent on one of several ways, and does not surely pass on all of them."""
    space = answered.space
    open_ = {id(p.way): p.way for p in answered.question.parts if p.way and p.way.is_either}
    for key, way in open_.items():
        passing = space.true
        for path in way.paths:
            for crossing in path:
                if crossing.traffic == "forward":
                    other = known.get(crossing.key)
                    # Of a device that gave no answer nobody knows what passes.
                    certain = other.connections.opening.certain if other else space.false
                    passing = passing & certain
        parts = (part.packets for part in answered.question.parts if id(part.way) == key)
        here = space.union(parts)
        yield Doubt(minus(here, passing) | here & _in_two_forms(answered), WHICH_WAY)


def _led_away_behind(
    answered: Answered, known: Mapping[tuple[str, ...], Answered]
) -> Iterator[Doubt]:
    """What a router behind this one translates, so that another machine may get it."""
    here, space = answered.question.crossing, answered.space
    if here.traffic != "forward":
        return
    parts: dict[tuple[tuple[str, ...], int], list[Part]] = {}
    for part in (*answered.question.inward, *answered.question.forbidden):
        for path in part.way.paths if part.way and not part.is_sent_on else ():
            keys = [crossing.key for crossing in path if crossing.traffic == "forward"]
            for key in keys[keys.index(here.key) + 1 :] if here.key in keys else ():
                if key in known and known[key].answer.firewall.translates:
                    parts.setdefault((key, id(part.destination)), []).append(part)
    for (key, _), several in parts.items():
        away = led_away(known[key], every_of(several[0].destination))
        packets = space.union(part.packets for part in several) & away
        yield Doubt(
            packets, f"where {known[key].question.crossing.device.name} sends these packets"
        )


def _in_two_forms(answered: Answered) -> PacketSet:
    """The packets that come here with other ends on one way than on another."""
    space = answered.space
    seen = twice = space.false
    for strand in answered.question.sent:
        packets = without_flags(space, space.some(strand.packets))
        twice |= seen & packets
        seen |= packets
    return twice


def _unnamed(answered: Answered) -> Iterator[Doubt]:
    """What is sent to addresses that only the rules of a role's machine name, or by such ones."""
    space, question = answered.space, answered.question
    unsure: dict[str, PacketSet] = {}
    named: list[PacketSet] = []
    known: dict[tuple[int, ...], tuple[str, ...]] = {}
    for part in (*question.inward, *question.outward, *question.forwarded, *question.forbidden):
        pieces = (part.way.source, part.way.arrives) if part.way else ()
        reasons: list[str] = []
        for piece in pieces:
            # Ends of very many parts are those of a few machines.
            key = (id(piece.addresses), *map(id, piece.sure))
            if key not in known:
                known[key] = tuple(_whether_theirs(piece))
            reasons += known[key]
        for reason in reasons:
            unsure[reason] = unsure.get(reason, space.false) | part.packets
        if not reasons:
            named.append(part.packets)
    sure = space.union(named) if unsure else space.false
    for reason, packets in unsure.items():
        yield Doubt(minus(packets, sure), reason)


def _whether_theirs(piece: Piece) -> Iterator[str]:
    """What is open about addresses that only the rules of their machines name."""
    for host in piece.sure:
        if not piece.addresses & host.own:
            for _, reason in whether_its(host, piece.addresses):
                yield reason


def _past(answered: Answered) -> Iterator[Doubt]:
    """What is sent over a device that the replies do not come back over."""
    parts = (p.packets for p in answered.question.parts if p.way is not None and p.way.is_past)
    device = answered.question.crossing.device.name
    yield Doubt(answered.space.union(parts), f"whether the replies come back over {device}")


def _anywhere(answered: Answered) -> Iterator[Doubt]:
    """What is sent to a machine of which nobody knows an address in the family."""
    parts = (part.packets for part in answered.question.inward if part.is_anywhere)
    device, family = answered.question.crossing.device.name, answered.space.family
    yield Doubt(answered.space.union(parts), f"whether {device} has an address of IPv{family}")


def _kept(answered: Answered) -> Iterator[Doubt]:
    """What a router keeps for itself that it translates for others, if it has the address."""
    for part in answered.question.forbidden:
        for reason in whose(answered.question.crossing.device, part):
            yield Doubt(part.packets, reason)


def _untranslated(answered: Answered) -> Iterator[Doubt]:
    """What goes on to a machine's public address, which the machine itself has not."""
    space = answered.space
    if answered.question.crossing.traffic != "forward":
        return
    plain = space.union(
        each.packets
        for each in answered.connections.passage.passed
        if each.header.numbers["dst"] is space.fields["dst"]
    )
    packets, addresses = space.false, Addresses()
    for part in (*answered.question.inward, *answered.question.forbidden):
        if part.way is None or part.is_sent_on:
            continue
        public = part.way.destination - part.way.arrives.addresses
        packets |= part.packets & space.within(space.fields["dst"], public.of(space.family))
        addresses |= public
    words = addresses_in_words(addresses.of(space.family), space.family)
    yield Doubt(packets & without_flags(space, space.some(plain)), f"who translates {words}")
