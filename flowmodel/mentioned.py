"""What the rules of a chain mention, from one look at all of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from flowmodel.match import Condition, Test
from flowmodel.record import NamedTuple
from flowmodel.verdict import Effect, MapNetwork, TranslateDestination, TranslateSource

if TYPE_CHECKING:
    from flowmodel.ruleset import Rule

_ENDS: Final = frozenset(("src", "dst", "sport", "dport"))
_TRANSLATIONS: Final = (TranslateDestination, TranslateSource, MapNetwork)
_LONG: Final = 1000


class Mentioned(NamedTuple):
    """What rules ask and do, each object once."""

    conditions: tuple[Condition, ...]
    """Conditions other than plain tests of addresses and ports, which few rules share."""
    long: tuple[Test, ...]
    """Tests against more than 1,000 ranges."""
    products: int
    """How many combinations of ranges the rules have together: each the product of its tests."""
    effects: tuple[Effect, ...]
    translating: "tuple[Rule, ...]"
    """The rules that translate addresses or ports."""


def mentioned(rules: "Sequence[Rule]") -> Mentioned:
    """What the rules mention."""
    distinct = {id(each): each for rule in rules for each in rule.match}
    ranges: dict[int, int] = {}
    conditions: list[Condition] = []
    long: list[Test] = []
    for key, each in distinct.items():
        if isinstance(each, Test):
            if (count := len(each.values)) > 1:
                ranges[key] = count
                if count > _LONG:
                    long.append(each)
            if each.field in _ENDS:
                continue
        conditions.append(each)
    effects = {id(each): each for rule in rules if rule.effects for each in rule.effects}
    translating = (rule for rule in rules if isinstance(rule.verdict, _TRANSLATIONS))
    return Mentioned(
        tuple(conditions),
        tuple(long),
        _products(rules, ranges),
        tuple(effects.values()),
        tuple(translating),
    )


def _products(rules: "Sequence[Rule]", ranges: dict[int, int]) -> int:
    """The sum of the rules' products; `ranges` has those that are not 1, by the test's identity."""
    if not ranges:
        return len(rules)
    total = 0
    for rule in rules:
        product = 1
        for each in rule.match:
            if id(each) in ranges:
                product *= ranges[id(each)]
        total += product
    return total
