"""What rules drop by very large sets, worked out only as far as a later rule needs it."""

from flowmodel.match import Match, Test
from flowmodel.record import dataclass
from flowmodel.values import Values, intersection
from linter.engine.sets.header import Header
from linter.engine.sets.space import Bits, PacketSet, Space, minus

_LARGE = 1000
"""A set of more ranges waits: making its diagram costs more than all else that its rule does."""


def large(match: Match) -> Test | None:
    """The condition of a rule that asks for an address in a very large set, if one does."""
    for condition in match:
        if (
            isinstance(condition, Test)
            and len(condition.values) > _LARGE
            and condition.field in ("src", "dst")
        ):
            return condition
    return None


@dataclass(slots=True)
class Shadow:
    """Packets that were dropped: of those that reached a rule, the ones with a value in its set."""

    reached: PacketSet
    value: Bits
    values: Values
    whole: PacketSet | None = None
    """All packets with a value in the set, once a rule has needed it."""

    def without(self, space: Space, packets: PacketSet, match: Match, header: Header) -> PacketSet:
        """The packets on which the shadow does not lie; all of them fulfil the match."""
        dropped = self._dropped(space, match, header)
        if dropped == space.false:
            return packets
        # Most often all the packets have reached the rule, and nothing is outside.
        outside = minus(packets, self.reached)
        return minus(self.reached & packets, dropped) | outside

    def _dropped(self, space: Space, match: Match, header: Header) -> PacketSet:
        """The packets with a value in the set; perhaps only those that also fulfil the match."""
        for condition in match:
            if isinstance(condition, Test) and header.numbers[condition.field] is self.value:
                return space.within(self.value, intersection(condition.values, self.values))
        if self.whole is None:
            self.whole = space.within(self.value, self.values)
        return self.whole
