"""The verdict on single packets, from packet sets, each checked by the simple interpreter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from linter.engine.header import Header, wire
from linter.engine.interpret import OUTCOME_LIMIT, State, interpret
from linter.engine.matching import Matcher
from linter.engine.passage import Firewall, Situation, Strand, cross, passed
from linter.engine.program import everything, program
from linter.engine.space import Space, with_room
from linter.engine.universe import names_in
from linter.engine.walk import Box
from linter.model import fields
from linter.model.fields import NumberField
from linter.model.packet import Packet
from linter.model.ruleset import Rule, RuleSet
from linter.model.source import Span
from linter.model.values import union
from linter.model.verdict import Accept, Reject

_ASKED: tuple[NumberField, ...] = (
    "src",
    "dst",
    "proto",
    "sport",
    "dport",
    "icmp_type",
    "icmp_code",
    "tcp_flags",
    "state",
    "ct_dir",
)


# A connection that nothing translated was opened with the ends of its answers the other way round.
_MIRROR = {"src": "dst", "dst": "src", "sport": "dport", "dport": "sport"}


class CrossCheckError(Exception):
    """The two implementations disagree: a defect of fwlint, never printed as a verdict."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What happens to one packet.

    `verdict` is accept, drop, reject or unknown; `possible` holds what may happen, out of accept
    and drop. `place` is the deciding rule, or the chain whose default policy decides.
    """

    verdict: str
    possible: frozenset[str]
    place: Span | None
    text: str
    steps: tuple[Rule, ...]
    unread: tuple[str, ...]

    @property
    def path(self) -> str:
        """The file of the deciding rule."""
        return self.place.path if self.place else ""

    @property
    def line(self) -> int:
        """The line of the deciding rule; 0 where no chain sees the packet."""
        return self.place.line if self.place else 0


def judge(
    rulesets: Sequence[RuleSet], situation: Situation, packets: Sequence[Packet]
) -> list[Answer]:
    """One answer for each packet.

    For input and forward the packet enters before prerouting, as on the wire. Raises
    TooComplexError, and CrossCheckError where sets and interpreter disagree.
    """
    if any(None in (packet.in_name, packet.out_name) for packet in packets):
        return [_at_all_interfaces(rulesets, situation, packet) for packet in packets]
    bounds: list[tuple[bool, bool]] = [(False, False)] * len(packets)
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, packet in enumerate(packets):
        key = (packet.family, packet.in_name, packet.out_name, packet.pkt_type, packet.mark)
        groups.setdefault(key, []).append(index)
    for indices in groups.values():
        group = [packets[index] for index in indices]
        found = with_room(partial(_bounds, rulesets, situation, group))
        for index, bound in zip(indices, found, strict=True):
            bounds[index] = bound
    return [
        _answer(rulesets, situation, packet, bound)
        for packet, bound in zip(packets, bounds, strict=True)
    ]


def _at_all_interfaces(rulesets: Sequence[RuleSet], situation: Situation, packet: Packet) -> Answer:
    """The answer where an interface was not told: certain only if all give the same."""
    names = names_in(rulesets)
    arriving = names if situation != "output" else ("",)
    leaving = names if situation != "input" else ("",)
    packets = [
        replace(packet, in_name=in_name, out_name=out_name)
        for in_name in (arriving if packet.in_name is None else (packet.in_name,))
        for out_name in (leaving if packet.out_name is None else (packet.out_name,))
    ]
    answers = judge(rulesets, situation, packets)
    possible = frozenset(kind for answer in answers for kind in answer.possible)
    if len({answer.verdict for answer in answers}) == 1:
        return answers[-1]
    unread = dict.fromkeys(text for answer in answers for text in answer.unread)
    why = "the interface was not told: say `in NAME` or `out NAME`"
    verdict = "unknown" if len(possible) == 2 else next(iter(possible))
    return replace(answers[-1], verdict=verdict, possible=possible, unread=(why, *unread))


def _bounds(
    rulesets: Sequence[RuleSet], situation: Situation, packets: Sequence[Packet], room: int
) -> list[tuple[bool, bool]]:
    """For each packet of one family and one pair of interfaces: certainly and possibly accepted."""
    space = Space(packets[0].family, capacity=room)
    firewall = Firewall(tuple(rulesets), Matcher(space), program(everything))
    box: Box = {field: union((v, v) for v in _values(packets, field)) for field in _ASKED}
    asked = space.true
    for field in reversed(_ASKED):
        asked = space.within(space.fields[field], box[field]) & asked
    strand = Strand(asked, _header(space, packets[0]), box)
    accepted = passed(cross(firewall, situation, strand), firewall.matcher)
    certain, possible = space.always(accepted), space.some(accepted)
    assign = _Assignment(space)
    return [(certain.eval(bits), possible.eval(bits)) for bits in map(assign.of, packets)]


def _values(packets: Iterable[Packet], field: str) -> set[int]:
    return {getattr(packet, field) for packet in packets}


def _header(space: Space, packet: Packet) -> Header:
    header = wire(space).with_names(
        **{"in": packet.in_name or "", "out": packet.out_name or "", "phys_in": "", "phys_out": ""}
    )
    status = [space.false] * 6
    established = space.within(space.fields["state"], ((fields.ESTABLISHED, fields.ESTABLISHED),))
    for flag in (fields.SEEN_REPLY, fields.CONFIRMED):
        status[6 - flag.bit_length()] = established
    assured = 6 - fields.ASSURED.bit_length()
    status[assured] = established & space.fields["ct_status"][assured]
    is_reply = space.fields["ct_dir"][0]
    for field, other in _MIRROR.items():
        first = space.choose(is_reply, space.fields[other], space.fields[field])
        header = header.with_number("orig_" + field, first)
    return (
        header.with_number("ct_status", tuple(status))
        .with_number("mark", space.constant(packet.mark, 32))
        .with_number("pkt_type", space.constant(packet.pkt_type, 2))
    )


class _Assignment:
    """A packet as values of the space's variables; those of one field value are made once."""

    def __init__(self, space: Space) -> None:
        self.known: dict[tuple[str, int], list[tuple[int, bool]]] = {}
        self.first: dict[str, int] = {}
        self.width: dict[str, int] = {}
        for field in _ASKED:
            variable = space.fields[field][0].node_var()
            self.first[field] = variable if variable is not None else 0
            self.width[field] = len(space.fields[field])
        self.rest = [(index, False) for index in range(space.manager.num_vars())]

    def of(self, packet: Packet) -> list[tuple[int, bool]]:
        """Pairs of variable and value."""
        bits = list(self.rest)
        for field in _ASKED:
            value = getattr(packet, field)
            start = self.first[field]
            bits[start : start + self.width[field]] = self._of(field, value)
        return bits

    def _of(self, field: str, value: int) -> list[tuple[int, bool]]:
        key = (field, value)
        if key not in self.known:
            first, width = self.first[field], self.width[field]
            self.known[key] = [
                (first + n, bool(value >> (width - 1 - n) & 1)) for n in range(width)
            ]
        return self.known[key]


def start_state(packet: Packet) -> State:
    """The packet as the interpreter takes it; what nobody knows of it is None."""
    established = packet.state == fields.ESTABLISHED
    numbers: dict[str, int | None] = {field: getattr(packet, field) for field in _ASKED}
    for field in ("src", "dst", "proto", "sport", "dport"):
        told = _MIRROR.get(field, field) if packet.ct_dir == fields.REPLY else field
        numbers["orig_" + field] = numbers[told]
    numbers |= {
        "ct_status": None if established else 0,
        "mark": packet.mark,
        "ct_mark": None,
        "src_type": None,
        "dst_type": None,
        "pkt_type": packet.pkt_type,
    }
    names: dict[str, str | None] = {
        "in": packet.in_name,
        "out": packet.out_name,
        "phys_in": "",
        "phys_out": "",
    }
    return State(numbers, names, packet.family, tracked=packet.state)


def _answer(
    rulesets: Sequence[RuleSet], situation: Situation, packet: Packet, bound: tuple[bool, bool]
) -> Answer:
    certain, possible = bound
    outcomes = interpret(rulesets, situation, start_state(packet))
    accepts = [isinstance(outcome.verdict, Accept) for outcome in outcomes]
    if len(outcomes) < OUTCOME_LIMIT:
        _compare(packet, bound, accepts, is_exact=all(outcome.is_exact for outcome in outcomes))
    names = {True: "accept", False: "drop"}
    allowed = frozenset(
        names[kind] for kind, may in ((True, possible), (False, not certain)) if may
    )
    chosen = outcomes[0]
    verdict = "unknown" if len(allowed) == 2 else next(iter(allowed))
    if verdict == "drop" and all(isinstance(o.verdict, Reject) for o in outcomes):
        verdict = "reject"
    place = chosen.rule.span if chosen.rule else chosen.chain.span if chosen.chain else None
    text = chosen.rule.text if chosen.rule else "default policy"
    unread = tuple(dict.fromkeys(text for outcome in outcomes for text in outcome.unread))
    return Answer(verdict, allowed, place, text, chosen.path, unread if len(allowed) == 2 else ())


def _compare(
    packet: Packet, bound: tuple[bool, bool], accepts: list[bool], *, is_exact: bool
) -> None:
    """Compare both answers; the interpreter's may be wider only where it is not exact."""
    certain, possible = bound
    from_sets = {True} if certain else {True, False} if possible else {False}
    from_rules = set(accepts)
    if from_sets != from_rules and (is_exact or not from_sets <= from_rules):
        raise CrossCheckError(f"sets say {from_sets}, rules say {from_rules} for {packet}")
