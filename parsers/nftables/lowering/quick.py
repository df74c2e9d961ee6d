"""A short way to what the statements test that most rules are made of."""

from collections.abc import Callable
from typing import Final

from flowmodel.match import Condition, Match, Test
from flowmodel.record import NamedTuple
from parsers.nftables.grammar.tree import Body, Matching, Select, Slot, Statement
from parsers.nftables.lowering.expressions import Expressions
from parsers.nftables.lowering.texts import free
from parsers.nftables.selectors import NUMBER_FIELDS
from parsers.nftables.sets import quick_interval
from parsers.nftables.values import ForeignError

_ENDS: Final = frozenset(("src", "dst", "sport", "dport"))


class Quick(NamedTuple):
    """What a test says with any literal, and what it says with one, if that is known.

    Raises RefusedError, or ForeignError where the long way has more to say.
    """

    depends: Match
    condition: Callable[[str], Condition]


def quick(statement: Statement, expressions: Expressions) -> Quick | None:
    """The short way, which says the same; only tests of addresses and ports with one literal."""
    if not isinstance(statement, Matching) or statement.relation not in ("", "=="):
        return None
    left, right = statement.left, statement.right
    if not isinstance(left, Select) or not isinstance(left.key, str):
        return None
    key = expressions.key(left)
    one = key.selectors[0]
    if one.field not in _ENDS or one.is_volatile:
        return None
    field, kind = NUMBER_FIELDS[one.field], one.kind
    if isinstance(right, Slot):
        return Quick(key.depends, lambda literal: Test(field, (quick_interval(kind, literal),)))
    if not isinstance(right, Body):
        return None
    among, contains = expressions.lookups.keys, expressions.lookups.contains

    def held(literal: str) -> Condition:
        text = f"{one.key} {{{literal}}}"
        found = contains(key.selectors, Body(literal), text, among)
        if free((found,)):
            raise ForeignError(literal)
        return found

    return Quick(key.depends, held)
