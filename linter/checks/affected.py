"""The packets of a finding, and its example, as data."""

from collections.abc import Sequence
from typing import Final

from flowmodel.affected import Affected, Certainty, PacketBox, Witness
from flowmodel.fields import SYN
from flowmodel.packet import Packet
from linter.engine.device.ask import Answer
from linter.engine.device.connection import Outcome
from linter.engine.device.forms import form_of
from linter.engine.device.headers import Place
from linter.engine.device.replay import Phase
from linter.engine.sets.boxes import Ranges, bounds, boxes
from linter.engine.sets.digest import digest
from linter.engine.sets.readout import TooManyError
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.sets.witness import Example

BOXES: Final = 100
"""How many boxes are made for one finding of one address family; for more, there are bounds."""

Everywhere = Sequence[tuple[Place, Outcome]]
"""The packets of a finding, at each place where the device meets them."""


def affected(space: Space, everywhere: Everywhere) -> Affected:
    """The packets place by place: in boxes of their own, or within bounds if these are too many."""
    by_place: dict[Place, list[Outcome]] = {}
    for place, outcome in everywhere:
        by_place.setdefault(place, []).append(outcome)
    whole = {place: _together(space, outcomes) for place, outcomes in by_place.items()}
    try:
        return Affected(tuple(_exact(space, whole)), is_complete=True)
    except TooManyError:
        found = (
            _box(space, place, "possible", ranges)
            for place, outcome in whole.items()
            for ranges in bounds(space, outcome.possible)
        )
        every = (each for outcome in whole.values() for each in (outcome.certain, outcome.possible))
        places = [f"{each.traffic} {each.in_name} {each.out_name}" for each in whole]
        return Affected(tuple(found), False, digest(space, every, places))  # noqa: FBT003


def _together(space: Space, outcomes: Sequence[Outcome]) -> Outcome:
    possible = space.union(each.possible for each in outcomes)
    if all(each.certain == each.possible for each in outcomes):
        return Outcome(possible, possible)
    return Outcome(space.union(each.certain for each in outcomes), possible)


def _exact(space: Space, whole: dict[Place, Outcome]) -> list[PacketBox]:
    found: list[PacketBox] = []
    for place, outcome in whole.items():
        rest = minus(outcome.possible, outcome.certain)
        sets: tuple[tuple[Certainty, PacketSet], ...] = (
            ("certain", outcome.certain),
            ("possible", rest),
        )
        for certainty, packets in sets:
            some = boxes(space, packets, BOXES - len(found))
            found += (_box(space, place, certainty, each) for each in some)
    return found


def _box(space: Space, place: Place, certainty: Certainty, ranges: Ranges) -> PacketBox:
    return PacketBox(
        space.family,
        certainty,
        place.traffic,
        place.in_name,
        place.out_name,
        ranges["proto"],
        ranges["src"],
        ranges["dst"],
        ranges.get("sport", ()),
        ranges.get("dport", ()),
        ranges.get("icmp_type", ()),
        ranges.get("icmp_code", ()),
    )


def witness(answer: Answer, chosen: Example, phase: Phase) -> Witness:
    """The example as a packet, with the interfaces of the place."""
    values, place = chosen.values, answer.place
    packet = Packet(
        chosen.family,
        values["src"],
        values["dst"],
        values["proto"],
        sport=values["sport"],
        dport=values["dport"],
        icmp_type=values["icmp_type"],
        icmp_code=values["icmp_code"],
        tcp_flags=form_of(answer, chosen) or SYN,
        in_name=place.in_name,
        out_name=place.out_name,
    )
    return Witness(packet, place.traffic, phase)
