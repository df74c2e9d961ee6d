"""What surely and what possibly becomes of single packets, as the packet sets say.

The sets are those of the packets that are asked about (or of all packets, where many are asked and
the rules are few). Asking about fewer packets changes no answer: a walk keeps disjoint sets of live
packets, and each of its steps works on each packet for itself. Fields that packets bring along are
variables of their own beside the wire's, so that one set answers for every value of them.
"""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel.fields import Family, NumberField
from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet, Traffic
from flowmodel.values import union
from linter.engine.device.ask import let_through
from linter.engine.device.firewall import Firewall
from linter.engine.device.headers import MARKED, SIDES, of_single_packets
from linter.engine.device.mentions import class_of, names_in, rule_count
from linter.engine.device.passage import Strand
from linter.engine.device.program import everything, program
from linter.engine.device.routing import Routed, routed
from linter.engine.packet.routing import Own, leads_of, shown_own
from linter.engine.sets.header import Header
from linter.engine.sets.matching import Matcher
from linter.engine.sets.membership import Membership
from linter.engine.sets.rooms import with_room
from linter.engine.sets.space import Bits, Box, Space

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

_MANY_PACKETS = 100
_WHOLE_RULES = 10_000
_WHOLE_ROOM = 1 << 22

Bound = tuple[bool, bool]
"""Whether a packet is certainly and whether it is possibly accepted."""


class Bounds:
    """The packet sets of one traffic, or of wherever packets go, built as asked for and then kept.

    For many packets, and rule sets that are not too long, all packets are asked about once; else
    just the ones at hand, a few at a time, so that most rules cannot concern them.
    """

    def __init__(self, rulesets: Sequence[RuleSet], traffic: Traffic | Own) -> None:
        self._rulesets = tuple(rulesets)
        self._traffic = traffic
        self._names = names_in(rulesets)
        self._whole: dict[tuple[object, ...], _Asked | None] = {}
        self._is_long = rule_count(rulesets) > _WHOLE_RULES

    def of(self, packets: Sequence[Packet]) -> list[Bound]:
        """The bounds of each packet; raises TooComplexError."""
        groups: dict[tuple[Family, bool, bool], list[int]] = {}
        for index, packet in enumerate(packets):
            key = packet.family, bool(packet.in_name), bool(packet.out_name)
            groups.setdefault(key, []).append(index)
        found: list[Bound] = [(False, True)] * len(packets)
        for (family, *told), indices in groups.items():
            for part, asked_of in self._parts(family, tuple(told), indices, packets):
                for index in part:
                    found[index] = asked_of.bound(packets[index])
        return found

    def _parts(
        self, family: Family, told: tuple[bool, ...], indices: list[int], packets: Sequence[Packet]
    ) -> Iterator[tuple[list[int], "_Asked"]]:
        """Parts of the packets, and the sets that answer them."""
        key = (family, *told)
        if len(indices) >= _MANY_PACKETS and not self._is_long and key not in self._whole:
            try:
                self._whole[key] = self._asked(family, told, None, _WHOLE_ROOM)
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
            yield part, with_room(lambda room: self._asked(family, told, asked, room))  # noqa: B023

    def _asked(
        self,
        family: Family,
        told: tuple[bool, ...],
        packets: Sequence[Packet] | None,
        room: int,
    ) -> "_Asked":
        return _Asked(self._rulesets, self._traffic, family, told, packets, self._names, room)


def _routed(
    space: Space,
    header: Header,
    own: Own,
    rulesets: tuple[RuleSet, ...],
    told: tuple[bool, ...],
) -> tuple[Header, Routed]:
    """Where packets go by themselves; an interface that they name is the one they leave by."""
    leaves = told[SIDES.index("out")]
    leads = () if leaves else leads_of(rulesets, space.family)
    return routed(space, header, own, leads, leaves=leaves)


class _Asked:
    """The sets of accepted packets of one family; of the given ones only, or of all."""

    def __init__(
        self,
        rulesets: tuple[RuleSet, ...],
        traffic: Traffic | Own,
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
        local = shown_own(rulesets).local(family)
        header = of_single_packets(space, matcher, traffic, told, local)
        self._values = [header.numbers[field] for field in (*HEADER, *MARKED, *SIDES)]
        box: Box = {}
        asked = space.true
        if packets is not None:
            columns = list(zip(*map(self._numbers, packets), strict=True))
            for field, value, column in zip(
                (*HEADER, *MARKED), self._values, columns[: len(HEADER) + 2], strict=False
            ):
                box[field] = union((number, number) for number in set(column))
                asked = space.within(value, box[field]) & asked
        firewall = Firewall(rulesets, matcher, program(everything))
        if isinstance(traffic, Own):
            header, routing = _routed(space, header, traffic, rulesets, told)
            found = let_through(firewall, "input", Strand(asked, header, box), routing)
        else:
            found = let_through(firewall, traffic, Strand(asked, header, box))
        places = _places(self._values)
        self._certain = Membership(found.certain, places)
        is_open = found.possible != found.certain
        self._possible = Membership(found.possible, places) if is_open else None

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


def _places(values: Iterable[Bits]) -> dict[int, tuple[int, int]]:
    """For each variable the index of its number, and the bit's place in it."""
    places: dict[int, tuple[int, int]] = {}
    for index, value in enumerate(values):
        for position, bit in enumerate(value):
            variable = bit.node_var()
            assert variable is not None
            places[variable] = index, len(value) - 1 - position
    return places
