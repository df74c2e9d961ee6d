"""Where translations send the packets of a strand."""

from collections.abc import Iterator
from typing import Final

from flowmodel.record import dataclass
from flowmodel.ruleset import Rule
from flowmodel.values import Values, full
from flowmodel.verdict import MapNetwork, TranslateDestination
from linter.engine.device.ask import Answer
from linter.engine.device.passage import Passage, Strand
from linter.engine.sets.digest import digest
from linter.engine.sets.space import PacketSet, Space

_ENDS: Final = ("dst", "dport")


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """Where a translation sends packets; full sets mean "as it was"."""

    addresses: Values
    ports: Values
    rule: Rule
    is_own: bool
    """Whether to an address of the device's own that it chooses (REDIRECT)."""


def is_sent(strand: Strand, space: Space) -> bool:
    """Whether a strand's packets may go to other ends than they came for."""
    numbers = strand.header.numbers
    return any(numbers[field] is not space.fields[field] for field in _ENDS)


def sent_by(answer: Answer, passage: Passage, strand: Strand) -> Sent | None:
    """Where a strand's packets were sent, if to other ends than they came for."""
    numbers = strand.header.numbers
    if not is_sent(strand, answer.space):
        return None
    for result in reversed(passage.results):
        for region in result.regions:
            rule = region.rules[0] if region.rules else None
            if rule is None or region.packets & strand.packets == answer.space.false:
                continue
            match region.verdict:
                case TranslateDestination(addresses, ports, is_own):
                    return Sent(addresses, ports, rule, is_own)
                case MapNetwork("dst", network, mask):
                    last = network | (full(len(numbers["dst"]))[0][1] & ~mask)
                    return Sent(((network, last),), full(16), rule, is_own=False)
                case _:
                    pass
    return None


def arrivals(answer: Answer, packets: PacketSet) -> Iterator[str]:
    """What stands for where packets arrive that are sent on: another machine, another text.

    There is one for each strand; it is empty where the sets are too large for a digest.
    """
    space, passage = answer.space, answer.connections.passage
    for strand in passage.passed:
        numbers = strand.header.numbers
        moved = [field for field in _ENDS if numbers[field] is not space.fields[field]]
        if not moved or (mine := space.some(strand.packets & packets)) == space.false:
            continue
        # What the kernel chooses has variables of the run; these tell what it chooses from.
        sent = sent_by(answer, passage, strand)
        ranges = (strand.box.get("dst"), sent and sent.ports)
        bits = (space.some(bit & mine) for field in moved for bit in numbers[field])
        yield digest(space, [mine, *bits], map(str, ranges))
