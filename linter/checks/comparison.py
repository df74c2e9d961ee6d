"""What a change of one device's rules does: each difference with a packet that shows it.

The packet is sent through both rule sets by the interpreter too, which shares nothing with the sets
that found it.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from flowmodel.change import Change, Changed, Decided
from flowmodel.fields import (
    ACK,
    ESTABLISHED,
    FAMILIES,
    PACKET_TYPES,
    RELATED,
    REPLY,
    STATES,
    SYN,
    TCP,
    UNICAST,
    Family,
    NumberField,
)
from flowmodel.packet import Packet, flags_in_words
from flowmodel.record import replace
from flowmodel.ruleset import Rule, RuleSet
from linter.checks.affected import affected
from linter.engine.budget import TooComplexError, seconds_for
from linter.engine.device.compare import CHOICE, Difference, differences
from linter.engine.device.connection import Outcome, with_flags, without_flags
from linter.engine.device.conntrack import fresh_state
from linter.engine.device.forms import FORMS
from linter.engine.device.headers import SIDES, Place
from linter.engine.device.mentions import LOOPBACK, OTHER, length, weight
from linter.engine.device.trace import Trace, Tracer
from linter.engine.packet.interpret import CrossCheckError
from linter.engine.sets.rooms import with_room
from linter.engine.sets.space import PacketSet
from linter.engine.sets.witness import Example
from linter.engine.sets.words import packets_in_words

_SHOWN = 4
_STATE_NAMES = {number: name for name, number in STATES.items()}
_TYPE_NAMES = {number: name for name, number in PACKET_TYPES.items()}
_USUAL: tuple[tuple[NumberField, int], ...] = (("state", ESTABLISHED), ("tcp_flags", ACK))
"""What most packets of known connections have."""


def compared(
    old: Sequence[RuleSet], new: Sequence[RuleSet], seconds: float, device: str = ""
) -> tuple[list[Changed], list[str]]:
    """The differences between two rule sets of a device, and what could not be compared, and why.

    `seconds` is the processor time for each family: see `engine/budget.py`.
    """
    changes: list[Changed] = []
    undecided: list[str] = []
    where = f" of {device}" if device else ""
    for family in FAMILIES:
        told = [any(family in each.families for each in side) for side in (old, new)]
        if not any(told):
            continue
        if not all(told):
            which = "new" if told[0] else "old"
            undecided.append(
                f"IPv{family}{where} is not compared: the {which} export says nothing about it"
            )
            continue
        try:
            changes += _of_family(old, new, family, seconds, device)
        except TooComplexError as error:
            undecided.append(f"IPv{family}{where} is too complex to decide: {error}")
    return changes, undecided


def _of_family(
    old: Sequence[RuleSet], new: Sequence[RuleSet], family: Family, seconds: float, device: str
) -> list[Changed]:
    both = [*old, *new]
    seconds = seconds_for(length(both), seconds)

    def attempt(room: int) -> list[Changed]:
        found = [_Drafted(each) for each in differences(old, new, family, room, seconds)]
        return list(_told(old, new, found, device))

    return with_room(attempt, weight(both))


class _Drafted:
    """A difference, the packets of it that are told, and one of them."""

    def __init__(self, difference: Difference) -> None:
        space, first = difference.space, _first(difference)
        self.difference = difference
        self.is_of_known = first.possible == space.false
        self.outcome = difference.outcome if self.is_of_known else first
        self.is_certain = self.outcome.certain != space.false
        self.shown = self.outcome.certain if self.is_certain else self.outcome.possible
        chosen = _usual(difference, self.shown) if self.is_of_known else self.shown
        self.packet, self.one = difference.packet(chosen)


def _first(difference: Difference) -> Outcome:
    """The first packets among them, in the forms that a listener answers."""
    space, first = difference.space, difference.opening_packets
    return Outcome(
        with_flags(space, first.certain, FORMS), with_flags(space, first.possible, FORMS)
    )


def _usual(difference: Difference, packets: PacketSet) -> PacketSet:
    """Those of the packets that look most like packets of known connections."""
    space = difference.space
    for field, number in _USUAL:
        usual = packets & space.within(difference.header.numbers[field], ((number, number),))
        packets = packets if usual == space.false else usual
    return packets


def _told(
    old: Sequence[RuleSet], new: Sequence[RuleSet], drafts: Sequence[_Drafted], device: str
) -> Iterator[Changed]:
    """The differences, each with what both sides do with its packet."""
    for traffic, several in groupby(drafts, key=lambda each: each.difference.traffic):
        mine = list(several)
        packets = [each.packet for each in mine]
        sides = (Tracer(side, traffic).traces(packets) for side in (old, new))
        for draft, *traces in zip(mine, *sides, strict=True):
            before, after = map(_decided, traces)
            yield _changed(draft, before, after, device)


def _changed(draft: _Drafted, before: Decided, after: Decided, device: str) -> Changed:
    difference = draft.difference
    if draft.is_certain and not _shows(difference.change, before, after):
        raise CrossCheckError(f"{difference.change}: {before.verdict} and {after.verdict}")
    space = difference.space
    if difference.change == "sent elsewhere":
        old, new = difference.translations(draft.one)
        open_ = () if draft.is_certain else (CHOICE,)
        before, after = _translated(before, old, open_), _translated(after, new, open_)
    told = Outcome(
        without_flags(space, difference.on_the_wire(draft.outcome.certain)),
        without_flags(space, difference.on_the_wire(draft.outcome.possible)),
    )
    return Changed(
        change=difference.change,
        device=device,
        traffic=difference.traffic,
        family=space.family,
        certainty="certain" if draft.is_certain else "possible",
        is_of_known=draft.is_of_known,
        words=packets_in_words(space, told.certain if draft.is_certain else told.possible)
        + _interfaces(difference, draft.shown),
        affected=affected(space, [(Place(difference.traffic), told)]),
        packet=draft.packet,
        packet_text=packet_in_words(draft.packet),
        before=before,
        after=after,
    )


def _translated(decided: Decided, rules: Sequence[Rule], reasons: tuple[str, ...]) -> Decided:
    """The same with the rules that translate the packet."""
    told = tuple(f"{rule.source.path}:{rule.line}: {rule.text}" for rule in rules)
    return replace(decided, translations=told, reasons=decided.reasons or reasons)


def _interfaces(difference: Difference, packets: PacketSet) -> str:
    """` in eth0 or eth1 out wan0`; empty where the rules do not tell interfaces apart."""
    words = ""
    for side in SIDES:
        names = [
            name.replace(OTHER, "*") or "any other interface"
            for name in difference.interfaces(packets, side)
            if name != LOOPBACK
        ]
        more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
        if names:
            words += f" {side} {' or '.join([*names[:_SHOWN], *more])}"
    return words


def _decided(trace: Trace) -> Decided:
    return Decided(trace.verdict, trace.path, trace.line, trace.text, trace.unread)


def _shows(change: Change, before: Decided, after: Decided) -> bool:
    """Whether the interpreter says of the packet what the sets say."""
    passes = before.verdict == "accept", after.verdict == "accept"
    return passes == {"opened": (False, True), "closed": (True, False)}.get(change, (True, True))


def packet_in_words(packet: Packet) -> str:
    """The packet as an expression that `fwlint trace` takes."""
    names = ("src", "dst", "proto", "sport", "dport", "icmp_type", "icmp_code")
    values = {name: getattr(packet, name) for name in names}
    words = [str(Example(packet.family, values))]
    words += [f"in {packet.in_name}"] if packet.in_name else []
    words += [f"out {packet.out_name}"] if packet.out_name else []
    words += [f"{word} {value}" for word, value in _unusual(packet)]
    return " ".join(words)


def _unusual(packet: Packet) -> Iterator[tuple[str, str]]:
    """What has to be said of the packet, as it is not what an expression means without it."""
    flags = ACK if packet.state in (ESTABLISHED, RELATED) else SYN
    if packet.proto == TCP and packet.tcp_flags != flags:
        yield "flags", flags_in_words(packet.tcp_flags)
    fresh = fresh_state(packet.family, packet.proto, packet.icmp_type, packet.tcp_flags)
    if packet.state != fresh:
        yield "state", _STATE_NAMES[packet.state]
    if packet.ct_dir == REPLY:
        yield "ct_dir", "reply"
    if packet.pkt_type != UNICAST:
        yield "pkt_type", _TYPE_NAMES[packet.pkt_type]
    if packet.mark:
        yield "mark", str(packet.mark)
