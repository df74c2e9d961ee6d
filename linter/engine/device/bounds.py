"""What surely and what possibly becomes of single packets, as the packet sets say."""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel import fields
from flowmodel.fields import Family, NumberField, bits
from flowmodel.match import Name
from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet
from flowmodel.values import full, union
from linter.engine.device.mentions import class_of, names_in
from linter.engine.device.passage import Firewall, Situation, Strand, all_chains, cross, passed
from linter.engine.device.program import everything, program
from linter.engine.device.walk import Box
from linter.engine.sets.header import Header, wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.membership import Membership
from linter.engine.sets.space import Bits, Space, with_room

HEADER: tuple[NumberField, ...] = (
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
"""The fields that a packet brings along as they are."""
_MARKED: tuple[NumberField, ...] = ("mark", "pkt_type")
_SIDES = ("in", "out")

_MANY_PACKETS = 100
_WHOLE_RULES = 10_000
_WHOLE_ROOM = 1 << 22

Bound = tuple[bool, bool]
"""Whether a packet is certainly and whether it is possibly accepted."""


class Bounds:
    """The packet sets of one situation, built as packets ask for them and then kept.

    For many packets, and rule sets that are not too long, all packets are asked about once; else
    just the ones at hand, a few at a time, so that most rules cannot concern them.
    """

    def __init__(self, rulesets: Sequence[RuleSet], situation: Situation) -> None:
        self._rulesets = tuple(rulesets)
        self._situation = situation
        self._names = names_in(rulesets)
        self._whole: dict[tuple[object, ...], _Judged | None] = {}
        self._is_long = all_chains(rulesets) > _WHOLE_RULES

    def of(self, packets: Sequence[Packet]) -> list[Bound]:
        """The bounds of each packet; raises TooComplexError."""
        groups: dict[tuple[Family, bool, bool], list[int]] = {}
        for index, packet in enumerate(packets):
            key = packet.family, bool(packet.in_name), bool(packet.out_name)
            groups.setdefault(key, []).append(index)
        found: list[Bound] = [(False, True)] * len(packets)
        for (family, *told), indices in groups.items():
            for part, judged in self._parts(family, tuple(told), indices, packets):
                for index in part:
                    found[index] = judged.bound(packets[index])
        return found

    def _parts(
        self, family: Family, told: tuple[bool, ...], indices: list[int], packets: Sequence[Packet]
    ) -> Iterator[tuple[list[int], "_Judged"]]:
        """Parts of the packets, and the sets that answer them."""
        key = (family, *told)
        if len(indices) >= _MANY_PACKETS and not self._is_long and key not in self._whole:
            try:
                self._whole[key] = self._judged(family, told, None, _WHOLE_ROOM)
            except MemoryError:
                self._whole[key] = None
        whole = self._whole.get(key)
        if whole:
            yield indices, whole
            return
        near = sorted(indices, key=lambda index: (packets[index].dst, packets[index].src))
        for start in range(0, len(near), _MANY_PACKETS):
            part = near[start : start + _MANY_PACKETS]
            asked = [packets[index] for index in part]
            yield part, with_room(lambda room: self._judged(family, told, asked, room))  # noqa: B023

    def _judged(
        self,
        family: Family,
        told: tuple[bool, ...],
        packets: Sequence[Packet] | None,
        room: int,
    ) -> "_Judged":
        return _Judged(self._rulesets, self._situation, family, told, packets, self._names, room)


class _Judged:
    """The sets of accepted packets of one family; of the given ones only, or of all."""

    def __init__(
        self,
        rulesets: tuple[RuleSet, ...],
        situation: Situation,
        family: Family,
        told: tuple[bool, ...],
        packets: Sequence[Packet] | None,
        names: tuple[str, ...],
        room: int,
    ) -> None:
        space = Space(family, names, capacity=room)
        matcher = Matcher(space)
        self._codes = {name: code for code, name in enumerate(space.names)}
        self._names = names
        self._told = told
        header = _header(space, matcher, situation, told)
        self._values = [header.numbers[field] for field in (*HEADER, *_MARKED, *_SIDES)]
        box: Box = {}
        asked = space.true
        if packets is not None:
            columns = list(zip(*map(self._numbers, packets), strict=True))
            for field, value, column in zip(
                (*HEADER, *_MARKED), self._values, columns[: len(HEADER) + 2], strict=False
            ):
                box[field] = union((number, number) for number in set(column))
                asked = space.within(value, box[field]) & asked
        firewall = Firewall(rulesets, matcher, program(everything))
        accepted = passed(cross(firewall, situation, Strand(asked, header, box)), matcher)
        certain, possible = space.always(accepted), space.some(accepted)
        places = _places(self._values)
        self._certain = Membership(certain, places)
        self._possible = Membership(possible, places) if possible != certain else None

    def bound(self, packet: Packet) -> Bound:
        """Whether one of the packets asked about is certainly, and possibly, accepted."""
        numbers = self._numbers(packet)
        is_certain = self._certain.holds(numbers)
        if is_certain or self._possible is None:
            return is_certain, is_certain
        return False, self._possible.holds(numbers)

    def _numbers(self, packet: Packet) -> list[int]:
        return [
            packet.src,
            packet.dst,
            packet.proto,
            packet.sport,
            packet.dport,
            packet.icmp_type,
            packet.icmp_code,
            packet.tcp_flags,
            packet.state,
            packet.ct_dir,
            packet.mark,
            packet.pkt_type,
            self._code(packet.in_name),
            self._code(packet.out_name),
        ]

    def _code(self, name: str | None) -> int:
        if not name:
            return 0
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = self._codes[class_of(name, self._names)]
        return code


def _header(space: Space, matcher: Matcher, situation: Situation, told: tuple[bool, ...]) -> Header:
    """What the rules see: what packets tell is a variable, what they leave open is free."""
    status = [space.false] * 6
    established = space.within(space.fields["state"], ((fields.ESTABLISHED, fields.ESTABLISHED),))
    for flag in (fields.SEEN_REPLY, fields.CONFIRMED):
        status[6 - flag.bit_length()] = established
    assured = 6 - fields.ASSURED.bit_length()
    status[assured] = established & space.fields["ct_status"][assured]
    related = space.within(space.fields["state"], ((fields.RELATED, fields.RELATED),))
    free = space.choose(related, space.fields["ct_status"], tuple(status))
    stateful = space.constant(0, 2)
    numbers: dict[str, Bits] = {
        **wire(space).numbers,
        "ct_status": free,
        "stateless": stateful,
    }
    # What began a connection is the other end's packet, to an answer (without translation).
    is_reply = space.within(space.fields["ct_dir"], ((fields.REPLY, fields.REPLY),))
    for field, other in (("src", "dst"), ("dst", "src"), ("sport", "dport"), ("dport", "sport")):
        original = space.choose(is_reply, space.fields[other], space.fields[field])
        # A related packet has the connection that it is about, which it does not tell.
        unknown = space.fresh(len(original), full(len(original)))
        numbers["orig_" + field] = space.choose(related, unknown, original)
    protocol = space.choose(related, space.fresh(8, full(8)), space.fields["proto"])
    numbers["orig_proto"] = protocol
    for field in _MARKED:
        numbers[field] = space.variables(bits(field, space.family))
    for side, is_told in zip(_SIDES, told, strict=True):
        if is_told or side == missing_side(situation):
            numbers[side] = space.variables(len(space.fields[side]))
        else:
            _leave_open(space, matcher, numbers[side])
    names = {"phys_in": "", "phys_out": ""}
    missing = missing_side(situation)
    return Header(numbers, {**names, missing: ""} if missing else names)


def missing_side(situation: Situation) -> str:
    """The interface that packets do not have there, whatever is told of them."""
    return {"input": "out", "output": "in"}.get(situation, "")


def _leave_open(space: Space, matcher: Matcher, value: Bits) -> None:
    """An interface that nobody told is any but the loopback one."""
    other = Name("in", frozenset({"", "lo"}))
    space.assume(~matcher.condition(other, Header({"in": value}, {})))


def _places(values: Iterable[Bits]) -> dict[int, tuple[int, int]]:
    """For each variable the index of its number, and the bit's place in it."""
    places: dict[int, tuple[int, int]] = {}
    for index, value in enumerate(values):
        for position, bit in enumerate(value):
            variable = bit.node_var()
            assert variable is not None
            places[variable] = index, len(value) - 1 - position
    return places
