"""Rules that differ from the one before them in an address only, as lists of addresses do.

What one packet shows of the first, the same packet with the other address shows of the second, if
no other rule knows either address. Rules that do not ask for it match both packets or none. None of
them stands between the two rules, so that each comes to what stands behind it in the same way.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from flowmodel.fields import NumberField
from flowmodel.match import Condition, Masked, Relation, Test, leaves
from flowmodel.values import Values
from flowmodel.verdict import Lead
from linter.engine.device.lookup import Lookup
from linter.engine.device.row import Entry

Side = Literal["src", "dst"]
_NONE: Final = frozenset[int]()


class Alike:
    """Says of rules of one row that they fare as the ones before them."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._apart: dict[Side, frozenset[int]] = {}

    def fare_the_same(self, one: Entry, other: Entry) -> bool:
        """Whether the second rule is needed if one packet shows that the first one is.

        They stand one behind the other, and no rule of both leads to a chain or has an effect.
        """
        if one.at + 1 != other.at or one.jump is not other.jump or one.chain is not other.chain:
            return False
        mine, its = one.rule, other.rule
        verdict = mine.verdict
        # Most are the same object, and equality is slow.
        if verdict is not its.verdict and verdict != its.verdict:
            return False
        if isinstance(verdict, Lead):
            return False
        if mine.effects or its.effects or one.others != other.others:
            return False
        side = _only_side(one.tests, other.tests)
        if side is None:
            return False
        apart = self._apart_at(side)
        return one.at in apart and other.at in apart

    def _apart_at(self, side: Side) -> frozenset[int]:
        """The places of the rules whose addresses at one end no other rule of the row knows."""
        found = self._apart.get(side)
        if found is None:
            entries = self._lookup.entries
            is_told = not any(_is_about(side, each.others) for each in entries if each.others)
            found = self._apart[side] = self._lookup.apart(side) if is_told else _NONE
        return found


def _only_side(
    mine: Mapping[NumberField, Values], its: Mapping[NumberField, Values]
) -> Side | None:
    """The end whose addresses two rules ask for, if they agree in all else; None if not."""
    if len(mine) != len(its):
        return None
    side: Side | None = None
    for field, values in mine.items():
        if its.get(field) != values:
            if side or not (field == "src" or field == "dst"):  # noqa: PLR1714 - narrows the type
                return None
            side = field
    return side


def _is_about(side: Side, conditions: Sequence[Condition]) -> bool:
    """Whether a condition asks for the addresses at an end in another way than plain tests do."""
    for each in leaves(conditions):
        if isinstance(each, Test | Masked) and each.field == side:
            return True
        if isinstance(each, Relation) and side in each.fields:
            return True
    return False
