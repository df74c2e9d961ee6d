"""Packets from fwlint's own regions: for each rule that decides something, packets it decides.

They are only questions. Where fwlint draws a region too large or too small, its own examples lie in
the wrong part, and the kernel says so.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from flowmodel.packet import Packet
from flowmodel.ruleset import RuleSet
from linter.engine.device.conntrack import fresh_state_bits
from linter.engine.device.firewall import Firewall
from linter.engine.device.passage import Passage, Strand, cross
from linter.engine.device.program import everything, program
from linter.engine.sets.header import wire
from linter.engine.sets.matching import Matcher
from linter.engine.sets.rooms import with_room
from linter.engine.sets.space import PacketSet, Space
from linter.engine.sets.witness import example
from tests.oracles.kernel.cases import Case
from tests.oracles.kernel.packets import interface_pairs, is_believable, tidied

_FIELDS: Final = ("src", "dst", "proto", "sport", "dport", "icmp_type", "icmp_code", "tcp_flags")


def region_packets(case: Case, rulesets: Sequence[RuleSet]) -> list[Packet]:
    """Packets from every region of every base chain, at one pair of interfaces."""
    names = interface_pairs(case)[0]
    packets = with_room(lambda room: list(_at(case, rulesets, names, room)))
    return [packet for packet in packets if is_believable(packet)]


def _at(
    case: Case, rulesets: Sequence[RuleSet], names: tuple[str, str], room: int
) -> Iterator[Packet]:
    space = Space(case.family, capacity=room)
    passage = _passage(space, case, rulesets, names)
    for judged in passage.results:
        for region in judged.regions:
            certain = space.always(region.packets)
            if certain == space.false:
                continue
            for part in _parts(space, certain):
                values = example(space, part).values
                packet = Packet(
                    case.family,
                    **{field: values[field] for field in _FIELDS},
                    in_name=names[0],
                    out_name=names[1],
                )
                yield tidied(packet)


def _passage(
    space: Space, case: Case, rulesets: Sequence[RuleSet], names: tuple[str, str]
) -> Passage:
    header = wire(space).with_names(**{"in": names[0], "out": names[1]}, phys_in="", phys_out="")
    header = header.with_number(
        "state", fresh_state_bits(space, space.fields["tcp_flags"], space.fields["icmp_type"])
    )
    for field, width in (("ct_dir", 1), ("ct_status", 6), ("mark", 32), ("pkt_type", 2)):
        header = header.with_number(field, space.constant(0, width))
    firewall = Firewall(tuple(rulesets), Matcher(space), program(everything))
    return cross(firewall, case.hook, Strand(space.true, header, {}))


def _parts(space: Space, packets: PacketSet) -> Iterator[PacketSet]:
    """The set, and its halves by the lowest bits of the fields that rules cut."""
    yield packets
    for bit in (space.fields["src"][-1], space.fields["dst"][-1], space.fields["dport"][-1]):
        for half in (packets & bit, packets & ~bit):
            if half != space.false:
                yield half
