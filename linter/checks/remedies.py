"""What would let blocked packets pass, in words: behind a translation, as the filter sees them."""

from typing import TYPE_CHECKING

from flowmodel.affected import Affected
from flowmodel.fields import NumberField
from flowmodel.fix import Missing
from flowmodel.record import dataclass
from flowmodel.ruleset import NAT_DST, Chain
from flowmodel.values import contains
from linter.checks.affected import affected
from linter.checks.deciding import before, is_kept
from linter.engine.device.ask import Answer
from linter.engine.device.connection import Outcome, without_flags
from linter.engine.packet.state import State
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.sets.witness import Example
from linter.engine.sets.words import addresses_in_words, packets_in_words

if TYPE_CHECKING:
    from linter.checks.goals import Goal


_ENDS: tuple[NumberField, ...] = ("src", "dst", "dport")


@dataclass(frozen=True, slots=True)
class Blocked:
    """Packets that do not get where they should, and what became of one of them."""

    answer: Answer
    packets: PacketSet
    goal: "Goal | None"
    """Where the device must send them on to; None where they go where they were sent."""
    sent: Example
    """One of the packets as it was sent, and what became of it."""
    decided: State
    is_misled: bool
    """Whether it passes, to another place than the one that is meant."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to change on a device."""

    words: str
    missing: tuple[Missing, ...] = ()
    """What a rule would have to permit, where that is all."""


def remedy(about: Blocked, extent: str, sent: Affected) -> Remedy:
    """What to change on the device; `extent` and `sent` are the packets as they are sent."""
    if words := _translation(about, extent):
        return Remedy(words)
    device, space = about.answer.firewall.name, about.answer.space
    chain = about.decided.chain
    seen = as_seen(about.answer, about.packets, chain) if chain else about.packets
    words = extent if seen == about.packets else packets_in_words(space, seen)
    words = f"permit {words} on {device}, {before(about.decided)}"
    if chain is None:
        return Remedy(words)
    rule, place = about.decided.rule, about.answer.place
    told = affected(space, [(place, Outcome(seen, seen))]) if seen != about.packets else sent
    missing = Missing(
        space.family,
        _table_of(about.answer, chain),
        chain.name,
        rule.span if rule else chain.span,
        rule is None,
        told,
        sent,
    )
    return Remedy(words, (missing,))


def _table_of(answer: Answer, chain: Chain) -> str:
    """The name of the table that a chain is in."""
    results = answer.connections.passage.results
    return next(
        (r.table.name for r in results if any(c is chain for c in r.table.chains.values())), ""
    )


def _translation(about: Blocked, extent: str) -> str:
    """What to change of translations, or of what is sent; empty where a rule is missing."""
    device, space = about.answer.firewall.name, about.answer.space
    ports = about.goal.ports_in_words(space, about.packets) if about.goal else ""
    if about.goal and _lacks_translation(about, about.goal):
        goal = addresses_in_words(about.goal.addresses, space.family)
        into = f"{goal} and {ports}" if ports else goal
        return (
            f"on {device}, translate the destination of {extent} into {into}, and permit it there"
        )
    if is_kept(about.decided):
        return f"send it to an address that {device} passes on"
    if about.is_misled or (about.goal and _is_led_astray(about, about.goal)):
        if about.goal and not ports and contains(about.goal.addresses, about.sent.values["dst"]):
            if _is_at_another(about, about.goal):
                # A role lists the addresses of its machines: one that they share is none of these.
                return (
                    f"on {device}, do not translate the destination of {extent}; if several"
                    " machines share that address, list it as their `public:` one"
                )
            return f"on {device}, do not translate the destination of {extent}"
        rest = f"and {ports}" if ports else "and not the port"
        return f"on {device}, translate the public address to the machine's own, {rest}"
    return ""


def _lacks_translation(about: Blocked, goal: "Goal") -> bool:
    """Whether the packet came through all translations of destinations as it was sent."""
    decided, base = about.decided, about.decided.chain.base if about.decided.chain else None
    to = about.sent.values["dst"]
    if contains(goal.addresses, to) or decided.numbers["dst"] != to:
        return False
    is_early = base is not None and base.hook == "prerouting" and base.priority < NAT_DST
    return is_kept(decided) or about.is_misled or (base is not None and not is_early)


def _is_at_another(about: Blocked, goal: "Goal") -> bool:
    """Whether the packet is sent to another machine of the goal than it was meant for."""
    to = about.decided.numbers["dst"]
    return to is not None and to != about.sent.values["dst"] and contains(goal.addresses, to)


def _is_led_astray(about: Blocked, goal: "Goal") -> bool:
    """Whether a rule has sent the packet to another place than the one that is meant."""
    sent, numbers = about.sent.values, about.decided.numbers
    to, port = numbers["dst"], numbers["dport"]
    if to is None or (to, port) == (sent["dst"], sent["dport"]):
        return False
    return not goal.is_at(about.sent, to, port)


def as_seen(answer: Answer, packets: PacketSet, chain: Chain) -> PacketSet:
    """The packets with the ends that they have when they come to a chain.

    An end that is not the same for all packets of a strand is left as it was sent, and so are
    packets of other crossings.
    """
    space = answer.space
    rest, found = packets, space.false
    for result in answer.connections.passage.results:
        if result.chain is not chain:
            continue
        met = space.union(region.packets for region in result.regions)
        mine = without_flags(space, space.some(met)) & packets
        rest = minus(rest, mine)
        for field in _ENDS:
            new = result.header.numbers[field]
            number = None if new is space.fields[field] else _number(space, mine, new)
            if number is not None:
                to_it = space.within(space.fields[field], ((number, number),))
                mine = mine.exists(space.cube(field)) & to_it
        found |= mine
    return rest | found


def _number(space: Space, packets: PacketSet, bits: Bits) -> int | None:
    """The number that a field has for all of the packets; None where it is not one number."""
    number = 0
    for bit in bits:
        is_one = minus(packets, bit) == space.false
        if not is_one and packets & bit != space.false:
            return None
        number = number << 1 | is_one
    return number
