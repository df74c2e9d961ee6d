"""Sets of packets as binary decision diagrams, one variable for each bit of a field."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from operator import and_, or_
from typing import Final

from flowmodel.fields import Family, NameField, NumberField, bits
from flowmodel.values import Values
from linter.engine.budget import TooComplexError
from linter.engine.sets.diagrams import BDDFunction, BDDManager
from linter.engine.sets.longlists import Lists, UnfitError
from linter.engine.sets.ranges import of_ranges
from linter.engine.sets.standins import StandIns

PacketSet = BDDFunction
Bits = tuple[PacketSet, ...]
"""A field's value as a function of the packet: one set for each bit, the highest first."""

Box = dict[str, Values]
"""For some fields, all values that the question's packets have there; other fields may be any."""

# Few-valued fields first and addresses late keeps the diagrams of real rule bases small: the large
# address sets below are then shared by all ports and protocols above them.
ORDER: tuple[NumberField, ...] = (
    "state",
    "ct_dir",
    "proto",
    "icmp_type",
    "icmp_code",
    "tcp_flags",
    "dport",
    "dst",
    "src",
    "sport",
    "ct_status",
    "pkt_type",
    "rp_filter",
    "stateless",
    "dst_type",
    "src_type",
    "mark",
    "ct_mark",
)
HEADER_FIELDS: tuple[NumberField, ...] = ORDER[: ORDER.index("ct_status")]
"""The fields that a packet has on the wire or by its connection; the others surround it."""
SURROUNDINGS: frozenset[NumberField] = frozenset(ORDER[len(HEADER_FIELDS) :])
NAME_FIELDS: tuple[NameField, ...] = ("in", "out", "phys_in", "phys_out")

_LONG: Final = 16
_KEPT: Final = 300_000
_MOST_VARIABLES: Final = 30_000
"""The library calls itself once for each variable of a set: 8 MB of stack are full after 70,000."""


def minus(packets: PacketSet, taken: PacketSet) -> PacketSet:
    """The packets of the first set that are not in the second one."""
    return taken.imp_strict(packets)


def _pairwise(
    join: Callable[[PacketSet, PacketSet], PacketSet], sets: Iterable[PacketSet], none: PacketSet
) -> PacketSet:
    level = list(sets)
    while len(level) > 1:
        level = [join(*level[index : index + 2]) for index in range(0, len(level) - 1, 2)] + (
            level[-1:] if len(level) % 2 else []
        )
    return level[0] if level else none


class Space:
    """The variables of one address family, and the sets that the engine builds from them.

    `names` are representatives of the interface names that rules tell apart; they are only needed
    where a question leaves an interface open. Code 0 is the empty name: no interface.
    `lists`: what is known of long lists of addresses, if some of these may stand for all; who asks
    has to start again where a set is none that can be told so (`UnfitError`).
    """

    def __init__(
        self,
        family: Family,
        names: Sequence[str] = (),
        capacity: int = 1 << 20,
        lists: Lists | None = None,
    ) -> None:
        self.family = family
        self.names = ("", *names)
        self.manager = BDDManager(capacity, capacity >> 4, 1)
        self.true = self.manager.true()
        self.false = self.manager.false()
        self.fields: dict[str, Bits] = {}
        self._known_domain = self.true
        self._new_domain: list[PacketSet] = []
        for field in ORDER:
            self.fields[field] = self.variables(bits(field, family))
        width = max(1, (len(self.names) - 1).bit_length())
        for name_field in NAME_FIELDS:
            self.fields[name_field] = self.variables(width)
        for same in ("src", "dst", "proto", "sport", "dport"):
            self.fields["orig_" + same] = self.fields[same]
        self._lists = lists
        self.stand_ins: StandIns | None = lists.stand_ins() if lists else None
        """Which addresses stand for all those of long lists, in sources and destinations."""
        self._addresses = {id(self.fields[end]): self.fields[end] for end in ("src", "dst")}
        """The values, by their identity, that are addresses."""
        self.topic: tuple[object, int] | None = None
        """The translation whose open choices are being made, and how many were made for it."""
        self.titles: dict[Values, str] = {}
        """What people call some sets of addresses."""
        self.aside: Values = ()
        """Destinations of which words say nothing: no firewall passes packets on to them."""
        self.unread: dict[tuple[str, ...], PacketSet] = {}
        self._types: dict[tuple[str, Values], Bits] = {}
        self._known_free = self.true
        self._new_free: list[PacketSet] = []
        self.is_open = False
        """Whether a set may depend on a free variable; without one, bounds need no work."""
        for free in (*ORDER[len(HEADER_FIELDS) :], *NAME_FIELDS):
            self._quantify(self.fields[free])
        self._built: dict[tuple[int, Values], tuple[Bits, PacketSet]] = {}
        """By identity of the value, which is kept so that no other can take its place."""
        self._long: dict[tuple[int, int], tuple[Bits, Values, PacketSet]] = {}
        """The same for long sets, of which to compare the values takes as long as to count them."""
        self._kept = 0
        self._full: Space | None = None
        self._masked: dict[tuple[int, int, int], tuple[Bits, PacketSet]] = {}
        self._cubes: dict[tuple[str, ...], PacketSet] = {}
        self._levels: dict[str, dict[int | None, int]] = {}
        for name_field in NAME_FIELDS:
            first = 0 if name_field.startswith("phys") or not names else 1
            self.assume(self.within(self.fields[name_field], ((first, len(names)),)))

    def variables(self, count: int) -> Bits:
        """New bits that a question tells apart, as it does the header's: they are not free.

        Raises TooComplexError where there are too many of them.
        """
        if self.manager.num_vars() > _MOST_VARIABLES:
            raise TooComplexError(f"more than {_MOST_VARIABLES:,} variables")
        return tuple(self.manager.var(index) for index in self.manager.add_vars(count))

    def _quantify(self, variables: Bits) -> None:
        self._new_free += variables

    @property
    def _free(self) -> PacketSet:
        """All free variables.

        New ones are joined when these are asked for, the last one first: so each is above the
        others. One that is below all known ones costs as many steps as there are.
        """
        if self._new_free:
            new = self.true
            for variable in reversed(self._new_free):
                new = variable & new
            self._known_free = self._known_free & new
            self._new_free.clear()
        return self._known_free

    def address(self) -> Bits:
        """New bits for an address that a question tells apart, as it does sources."""
        made = self.variables(len(self.fields["src"]))
        self._addresses[id(made)] = made
        return made

    def within(self, value: Bits, values: Values) -> PacketSet:
        """The packets for which the value lies in the set."""
        if len(values) > _LONG:
            same = id(value), id(values)
            if same in self._long:
                return self._long[same][2]
            codes = self._codes(value, values)
            packets = self._within(value, codes)
            # Intersections are made anew each time: to keep them all would fill a machine.
            self._kept += len(codes)
            if self._kept < _KEPT:
                self._long[same] = value, values, packets
            return packets
        return self._within(value, self._codes(value, values))

    def once(self, value: Bits, values: Values) -> PacketSet:
        """The same for values that hardly anybody asks for again: they are not kept."""
        return of_ranges(value, self._codes(value, values), self.true, self.false)

    def _codes(self, value: Bits, values: Values) -> Values:
        """What stands for the values."""
        if self._lists is None or len(value) != len(self.fields["src"]):
            return values
        return self._lists.codes(values, self.stand_ins, is_address=id(value) in self._addresses)

    def told(self, field: str, codes: Values) -> Values:
        """The values for which those stand that a field has in a set."""
        if self.stand_ins is None or field not in ("src", "dst"):
            return codes
        found = self.stand_ins.told(codes)
        if found is None:
            raise self.needs_bits()
        return found

    def is_told(self, values: Values) -> bool:
        """Whether addresses can be told from all others without the diagrams of long lists."""
        return self.stand_ins is None or self.stand_ins.coded(values) is not None

    def needs_bits(self) -> UnfitError:
        """The error to raise where single bits of addresses are asked for that stand for others."""
        assert self._lists is not None, "asked for above"
        return self._lists.give_up()

    @property
    def has_short_lists(self) -> bool:
        """Whether long lists of addresses cost little, as a few of these stand for all."""
        if self._lists is None:
            return False
        return self.stand_ins is not None or not self._lists.are_long

    def code(self, field: str, number: int) -> int:
        """What stands for a packet's value of a field."""
        if self.stand_ins is None or field not in ("src", "dst"):
            return number
        return self.stand_ins.cell(number).codes[0][0]

    def at(self, field: str, number: int) -> PacketSet:
        """A packet's value of a field, to ask whether it is in sets: with all that no set parts."""
        value = self.fields[field]
        if self.stand_ins is None or field not in ("src", "dst"):
            return self.within(value, ((number, number),))
        return self._within(value, self.stand_ins.cell(number).codes)

    def of_codes(self, field: str, codes: Values) -> PacketSet:
        """The packets whose address is one for which these stand."""
        return self._within(self.fields[field], codes)

    def in_full(self) -> "Space":
        """The same space without stand-ins."""
        if self._full is None:
            self._full = copy(self)
            nothing: dict[str, object] = {"_built": {}, "_long": {}, "_masked": {}, "_kept": 0}
            vars(self._full).update(nothing, _lists=None, stand_ins=None)
        return self._full

    def _within(self, value: Bits, values: Values) -> PacketSet:
        key = (id(value), values)
        if key in self._built:
            return self._built[key][1]
        packets = of_ranges(value, values, self.true, self.false)
        self._built[key] = (value, packets)
        return packets

    def masked(self, value: Bits, mask: int, wanted: int) -> PacketSet:
        """The packets for which the value's bits under the mask are as wanted."""
        key = (id(value), mask, wanted)
        if self.stand_ins is not None and id(value) in self._addresses:
            raise self.needs_bits()
        if key in self._masked:
            return self._masked[key][1]
        result = self.true
        for position in range(len(value) - 1, -1, -1):
            shift = len(value) - 1 - position
            if mask >> shift & 1:
                bit = value[position]
                result = (bit if wanted >> shift & 1 else ~bit) & result
        self._masked[key] = (value, result)
        return result

    def cube(self, *fields: str) -> PacketSet:
        """All bits of the fields, for quantifying them away."""
        if fields not in self._cubes:
            result = self.true
            # The last bit first: each is above the others, as in `_free`.
            for bit in reversed([bit for field in fields for bit in self.fields[field]]):
                result = bit & result
            self._cubes[fields] = result
        return self._cubes[fields]

    def levels(self, field: str) -> dict[int | None, int]:
        """The positions of a field's bits, by their variables."""
        if field not in self._levels:
            bits_ = enumerate(self.fields[field])
            self._levels[field] = {bit.node_var(): position for position, bit in bits_}
        return self._levels[field]

    def constant(self, value: int, width: int) -> Bits:
        """The bits of a known value."""
        return tuple(
            self.true if value >> (width - 1 - position) & 1 else self.false
            for position in range(width)
        )

    def choose(self, condition: PacketSet, chosen: Bits, otherwise: Bits) -> Bits:
        """The bits of `chosen` where the condition holds, and of `otherwise` elsewhere."""
        if self.stand_ins is not None and not self._addresses.keys().isdisjoint(
            (id(chosen), id(otherwise))
        ):
            raise self.needs_bits()
        return tuple(
            condition.ite(left, right) for left, right in zip(chosen, otherwise, strict=True)
        )

    def fresh(self, width: int, values: Values) -> Bits:
        """Bits that nobody knows, except that their value lies in the set."""
        self.is_open = True
        variables = self.variables(width)
        self._quantify(variables)
        if values != ((0, (1 << width) - 1),):
            self.assume(self.within(variables, values))
        return variables

    def address_type(self, context: str, address: Values) -> Bits:
        """What an address is to a machine where nobody knows: the same whenever it is asked there.

        Of many translations, asked about often, new bits would be more than diagrams can be deep.
        """
        if (context, address) not in self._types:
            self._types[context, address] = self.fresh(4, ((0, 15),))
        return self._types[context, address]

    def unknown(self, *key: str) -> PacketSet:
        """The set of packets with an unread property: one free variable for each key."""
        if key not in self.unread:
            self.unread[key] = self.fresh(1, ((0, 1),))[0]
        return self.unread[key]

    def assume(self, constraint: PacketSet) -> None:
        """Restrict the domain of the free variables."""
        self._new_domain.append(constraint)

    @property
    def domain(self) -> PacketSet:
        """What free variables can be at all; questions are asked within it.

        New limits are joined as in `_free`: most are about variables that are below all others.
        """
        if self._new_domain:
            new = self.true
            for constraint in reversed(self._new_domain):
                new = constraint & new
            self._known_domain = self._known_domain & new
            self._new_domain.clear()
        return self._known_domain

    def some(self, packets: PacketSet) -> PacketSet:
        """The packets that are in the set for some values of the free variables."""
        if not self.is_open:
            return packets
        return (packets & self.domain).exists(self._free)

    def at_interfaces(self, packets: PacketSet) -> PacketSet:
        """The packets and the interfaces with which some other free values put them in the set."""
        if not self.is_open:
            return packets
        others = self._free.exists(self.cube("in", "out"))
        return (packets & self.domain).exists(others)

    def always(self, packets: PacketSet) -> PacketSet:
        """The packets that are in the set for all values of the free variables."""
        if not self.is_open:
            return packets
        return ~(self.domain & ~packets).exists(self._free)

    def union(self, sets: Iterable[PacketSet]) -> PacketSet:
        """The union of many sets, joined pairwise so that intermediate diagrams stay small."""
        return _pairwise(or_, sets, self.false)

    def intersection(self, sets: Iterable[PacketSet]) -> PacketSet:
        """The intersection of many sets, joined as a union is."""
        return _pairwise(and_, sets, self.true)
