"""How conditions are put together: negation, full and empty sets, disjunctions."""

from collections.abc import Iterator

from linter.model.fields import Family, NumberField, bits
from linter.model.match import (
    NEVER,
    All,
    Any,
    Condition,
    Masked,
    Match,
    Not,
    Test,
    Unread,
    Volatile,
)
from linter.model.values import Values, complement, full


def in_set(field: NumberField, values: Values, family: Family) -> Match:
    """The field is in the set: no condition for the full set, one that never holds for none."""
    if not values:
        return (NEVER,)
    if values == full(bits(field, family)):
        return ()
    return (Test(field, values),)


def under_mask(field: NumberField, mask: int, value: int) -> Match:
    """`field & mask == value`, which never holds for a value with bits outside the mask."""
    if value & ~mask:
        return (NEVER,)
    return (Masked(field, mask, value),) if mask else ()


def one(match: Match) -> Condition:
    """The match as a single condition."""
    return match[0] if len(match) == 1 else All(match)


def negate(match: Match, family: Family) -> Match:
    """The packets that the match leaves out."""
    if match == ():
        return (NEVER,)
    if match == (NEVER,):
        return ()
    condition = one(match)
    if isinstance(condition, Test):
        return in_set(
            condition.field, complement(condition.values, bits(condition.field, family)), family
        )
    if isinstance(condition, Not):
        return (condition.condition,)
    return (Not(condition),)


def either(*matches: Match) -> Match:
    """The packets of any of the matches."""
    if () in matches:
        return ()
    rest = [match for match in matches if match != (NEVER,)]
    if len(rest) == 1:
        return rest[0]
    return (Any(tuple(one(match) for match in rest)),) if rest else (NEVER,)


def opaque_parts(match: Match) -> Iterator[Unread | Volatile]:
    """Every part of the match that the model does not look into."""
    for condition in match:
        if isinstance(condition, Unread | Volatile):
            yield condition
        elif isinstance(condition, Not):
            yield from opaque_parts((condition.condition,))
        elif isinstance(condition, All | Any):
            yield from opaque_parts(condition.conditions)
