"""How conditions are put together: negation, full and empty sets, disjunctions."""

from collections.abc import Iterator

from flowmodel.fields import Family, NumberField, bits
from flowmodel.match import (
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
from flowmodel.values import Values, complement, full, intersection, union


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
    """The packets of any of the matches; sets of one field become one set."""
    if len(matches) == 1:
        return matches[0]
    if () in matches:
        return ()
    rest = [match for match in matches if match != (NEVER,)]
    if len(rest) == 1:
        return rest[0]
    if tests := _tests_of_one_field(rest):
        return (Test(tests[0].field, union(pair for test in tests for pair in test.values)),)
    return (Any(tuple(one(match) for match in rest)),) if rest else (NEVER,)


def both(left: Match, right: Match) -> Match:
    """The packets of both matches; sets of one field become one set."""
    if tests := _tests_of_one_field([left, right]):
        common = intersection(tests[0].values, tests[1].values)
        return (Test(tests[0].field, common),) if common else (NEVER,)
    return left + right


def _tests_of_one_field(matches: list[Match]) -> list[Test]:
    """The matches as tests of one field, or nothing if they are not."""
    tests = [match[0] for match in matches if len(match) == 1 and isinstance(match[0], Test)]
    is_one_field = len(tests) == len(matches) and len({test.field for test in tests}) == 1
    return tests if is_one_field else []


def opaque_parts(match: Match) -> Iterator[Unread | Volatile]:
    """Every part of the match that the model does not look into."""
    for condition in match:
        if isinstance(condition, Unread | Volatile):
            yield condition
        elif isinstance(condition, Not):
            yield from opaque_parts((condition.condition,))
        elif isinstance(condition, All | Any):
            yield from opaque_parts(condition.conditions)
