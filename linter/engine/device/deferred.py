"""What rules drop by very large sets, worked out only as far as a later rule needs it.

A blocklist of 100,000 prefixes is a large diagram, and most questions never come near it. A rule
that drops by such a set is noted down as a `Deferred` drop: its packets stay among the live ones.
This is sound because nothing is decided about a live packet before every deferred drop is taken
from it: a walk subtracts them from the packets that a later rule matches, and from what reaches the
end of the chain if that accepts. A chain that drops at its end need not ask: the packets are
dropped either way. Only who dropped them is lost, so a walk that must tell that (`tells_drops`)
defers nothing.
"""

from flowmodel.match import Match, Test
from flowmodel.record import dataclass
from flowmodel.values import Values, intersection
from linter.engine.sets.header import Header
from linter.engine.sets.space import Bits, PacketSet, Space, minus
from linter.engine.sets.standins import LONG

_LARGE = LONG
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
class Deferred:
    """A drop by a set: of the packets that reached the rule, those with a value in the set."""

    reached: PacketSet
    value: Bits
    values: Values
    whole: PacketSet | None = None
    """All packets with a value in the set, once a rule has needed it."""

    def without(self, space: Space, packets: PacketSet, match: Match, header: Header) -> PacketSet:
        """The packets that were not dropped; all of the given ones fulfil the match."""
        dropped = self._dropped(space, match, header)
        if dropped == space.false:
            return packets
        # A packet that never reached the rule was not dropped by it. Most often there is none.
        outside = minus(packets, self.reached)
        return minus(self.reached & packets, dropped) | outside

    def _dropped(self, space: Space, match: Match, header: Header) -> PacketSet:
        """The packets with a value in the set; perhaps only those that also fulfil the match."""
        for condition in match:
            if isinstance(condition, Test) and header.numbers[condition.field] is self.value:
                values = intersection(condition.values, self.values)
                # Where some addresses stand for lists, a part of one is harder to tell than all.
                is_short = space.stand_ins is None and len(values) <= _LARGE
                if not values or is_short or not space.has_short_lists:
                    return space.within(self.value, values)
        if self.whole is None:
            self.whole = space.within(self.value, self.values)
        return self.whole
