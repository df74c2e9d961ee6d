"""What conditions are made of."""

import pytest

from flowmodel import match
from flowmodel.match import NEVER, All, Any, IsFamily, Match, Not, Unread, leaves

_PORT = match.Test("dport", ((22, 22),))
_TEXT = Unread("-m string")
_FAMILY = IsFamily(4)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((), []),
        ((NEVER, All(())), []),
        ((_PORT, _FAMILY), [_PORT, _FAMILY]),
        ((Not(_PORT),), [_PORT]),
        ((Any((All((_PORT, Not(_TEXT))), _TEXT)),), [_PORT, _TEXT, _TEXT]),
    ],
)
def test_only_what_holds_no_others_is_left(conditions: Match, expected: list[object]) -> None:
    assert list(leaves(conditions)) == expected
