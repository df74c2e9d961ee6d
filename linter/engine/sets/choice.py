"""One packet of a set in whose diagram some addresses stand for others.

It is the same that the set in full would give: wishes about addresses are asked of the cells, as a
cell goes with all else of a packet or not at all, whichever of its addresses the packet has.
"""

from typing import Final

from flowmodel.fields import NumberField
from flowmodel.record import dataclass, replace
from flowmodel.values import Values, contains, union
from linter.engine.sets.readout import coded
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space
from linter.engine.sets.standins import StandIns

_ENDS: Final[tuple[NumberField, ...]] = ("src", "dst")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The last bits that an address has to have, and one that it may not be."""

    mask: int = 0
    bits: int = 0
    but: int = -1

    def first(self, values: Values) -> int | None:
        """The lowest fitting address."""
        if values and self.mask >= values[-1][1]:
            fits = self.bits != self.but and contains(values, self.bits)
            return self.bits if fits else None
        step = self.mask + 1
        for first, last in values:
            address = first + (self.bits - first) % step
            if address == self.but:
                address += step
            if address <= last:
                return address
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """Packets of a set: those of a diagram whose addresses fit."""

    space: Space
    stand_ins: StandIns
    packets: PacketSet
    src: _Wanted = _Wanted()
    dst: _Wanted = _Wanted()

    def wish(self, field: NumberField, mask: int, wanted: int) -> "Choice":
        """Those with these bits under the mask, if there are any; else the same."""
        if field not in _ENDS:
            fitting = self.packets & self.space.masked(self.space.fields[field], mask, wanted)
            return self if fitting == self.space.false else replace(self, packets=fitting)
        assert not mask & (mask + 1), "wishes are about the last bits of addresses"
        before = self._wanted(field)
        common = mask & before.mask
        if (wanted ^ before.bits) & common:
            return self
        if mask > before.mask:
            before = replace(before, mask=mask, bits=wanted)
        if mask >> len(self.space.fields[field]) - 1:
            # One address alone: it is in one cell.
            packets = self.packets & self.space.at(field, wanted)
            if packets == self.space.false:
                return self
            return self._of(field, before, packets)
        return self._with(field, before) or self

    def other_ends(self) -> "Choice":
        """Those whose ends are not the one address that both have, which one has if it can be."""
        values = self.lowest()
        if values["src"] != values["dst"]:
            return self
        others = self._with("dst", replace(self.dst, but=values["dst"]))
        if others is None:
            return self
        every = (1 << len(self.space.fields["src"])) - 1
        return others._with("src", _Wanted(every, values["src"])) or others  # noqa: SLF001

    def lowest(self) -> dict[str, int]:
        """The header fields of the lowest packet."""
        found: dict[str, int] = {}
        packets = self.packets
        for field in HEADER_FIELDS:
            codes = self._codes(packets, field)
            if field in _ENDS:
                wanted = self._wanted(field)
                cells = self.stand_ins.cells(codes)
                fitting = (wanted.first(cell.addresses) for cell in cells)
                found[field] = min(each for each in fitting if each is not None)
            else:
                found[field] = codes[0][0]
            packets &= self.space.at(field, found[field])
        return found

    def _wanted(self, field: NumberField) -> _Wanted:
        return self.src if field == "src" else self.dst

    def _with(self, field: NumberField, wanted: _Wanted) -> "Choice | None":
        """Those whose address is fitting; None without any."""
        cells = self.stand_ins.cells(self._codes(self.packets, field))
        fitting = (each.codes for each in cells if wanted.first(each.addresses) is not None)
        codes = union(interval for each in fitting for interval in each)
        packets = self.packets & self.space.of_codes(field, codes)
        if packets == self.space.false:
            return None
        return self._of(field, wanted, packets)

    def _of(self, field: NumberField, wanted: _Wanted, packets: PacketSet) -> "Choice":
        if field == "src":
            return replace(self, packets=packets, src=wanted)
        return replace(self, packets=packets, dst=wanted)

    def _codes(self, packets: PacketSet, field: NumberField) -> Values:
        """What stands for all values that the field has in a set."""
        others = self.space.cube(*(name for name in HEADER_FIELDS if name != field))
        several = coded(self.space, packets.exists(others), field).values()
        return union(interval for each in several for interval in each)
