"""What the rules of a chain mention, from one look at all of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flowmodel.match import Condition, Test
from flowmodel.record import NamedTuple
from flowmodel.verdict import Effect, Translation

if TYPE_CHECKING:
    from flowmodel.ruleset import Rule

_ENDS: Final = frozenset(("src", "dst", "sport", "dport"))


class Mentioned(NamedTuple):
    """What rules ask and do, each object once."""

    conditions: tuple[Condition, ...]
    """Conditions other than plain tests of addresses and ports, which few rules share."""
    several: tuple[Test, ...]
    """Tests of more than one range."""
    products: int
    """How many combinations of ranges the rules have: for each, the product of its tests."""
    effects: tuple[Effect, ...]
    translating: "tuple[Rule, ...]"
    """The rules that translate addresses or ports."""


def mentioned(rules: "Iterable[Rule]") -> Mentioned:
    """What the rules mention."""
    conditions: dict[int, Condition] = {}
    several: dict[int, Test] = {}
    effects: dict[int, Effect] = {}
    translating: list[Rule] = []
    products = 0
    for rule in rules:
        product = 1
        for each in rule.match:
            if isinstance(each, Test):
                if (ranges := len(each.values)) > 1:
                    several[id(each)] = each
                    product *= ranges
                if each.field in _ENDS:
                    continue
            conditions[id(each)] = each
        products += product
        if rule.effects:
            effects |= {id(each): each for each in rule.effects}
        if isinstance(rule.verdict, Translation):
            translating.append(rule)
    return Mentioned(
        tuple(conditions.values()),
        tuple(several.values()),
        products,
        tuple(effects.values()),
        tuple(translating),
    )
