"""Whether packets are all among others: both told in boxes, without a packet set."""

from collections.abc import Iterable
from typing import Final

from flowmodel.affected import Affected, PacketBox
from flowmodel.record import replace
from flowmodel.values import difference, intersection

_FIELDS: Final = (
    "protocols",
    "sources",
    "destinations",
    "source_ports",
    "destination_ports",
    "icmp_types",
    "icmp_codes",
)
STEPS: Final = 200_000
"""How many boxes are cut for all findings of a run, which takes two seconds. A baseline can be
anybody's; what is not compared any more counts as worse."""


class Effort:
    """What may still be done for comparisons."""

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps


def is_within(packets: Affected, others: Affected, effort: Effort) -> bool:
    """Whether all packets are among the others, and none is certain that was only possible.

    What is not told exactly is within the same alone.
    """
    if not (packets.is_complete and others.is_complete):
        is_alike = packets.is_complete == others.is_complete
        return is_alike and bool(packets.digest) and packets.digest == others.digest
    certain = [box for box in others.boxes if box.certainty == "certain"]
    return all(
        _is_covered(box, certain if box.certainty == "certain" else others.boxes, effort)
        for box in packets.boxes
    )


def _is_covered(box: PacketBox, others: Iterable[PacketBox], effort: Effort) -> bool:
    rest = [box]
    for other in others:
        effort.left -= len(rest)
        if effort.left < 0:
            return False
        if _place(other) == _place(box):
            rest = [piece for each in rest for piece in _without(each, other)]
        if not rest:
            return True
    return False


def _place(box: PacketBox) -> tuple[object, ...]:
    """Where packets are met, and which fields they have: packets of two such are never the same."""
    has = bool(box.destination_ports), bool(box.icmp_types)
    return box.family, box.hook, box.in_name, box.out_name, has


def _without(box: PacketBox, other: PacketBox) -> list[PacketBox]:
    """The packets of a box that are not in the other one: what sticks out, field by field.

    Behind a field, only the values that both have are left to look at.
    """
    pieces: list[PacketBox] = []
    rest = box
    for field in _FIELDS:
        mine, its = getattr(rest, field), getattr(other, field)
        if not mine:
            continue
        common = intersection(mine, its)
        if not common:
            return [box]
        outside = difference(mine, its)
        if outside:
            pieces.append(replace(rest, **{field: outside}))
            rest = replace(rest, **{field: common})
    return pieces
