"""How many nodes the diagrams of a question may have; it starts again where these are too few."""

from collections.abc import Callable
from typing import Final, TypeVar

from linter.engine.budget import TooComplexError
from linter.engine.sets.longlists import UnfitError

_Result = TypeVar("_Result")

_ROOMS = {
    200_000: (1 << 24, 1 << 26),
    100_000: (1 << 22, 1 << 24, 1 << 26),
    20_000: (1 << 22,),
    1_000: (1 << 20, 1 << 22),
    0: (1 << 17, 1 << 20, 1 << 22),
}
"""The capacities that are tried, by the number of rules: few may be hard, but not fill a machine.

A file of 1 MB takes no more than 500 MB with 2^22 nodes (tests/bounds).
"""


_AGAIN: Final = 100
"""How often, at most: what is known of lists comes to an end long before (`longlists`)."""


def with_room(work: Callable[[int], _Result], rules: int = 0) -> _Result:
    """The result of `work`, which gets a node capacity and is started again with a larger one.

    Many rules start with a larger capacity, so that the first ones are not tried in vain.
    A manager's capacity is fixed when it is made; the second costs 10 ms and 20 MB, the last 2 GB.
    Raises TooComplexError when the largest is not enough.
    """
    found = rooms(rules)
    for capacity in found:
        try:
            return _steadily(work, capacity)
        except MemoryError:
            continue
    raise TooComplexError(f"more than {found[-1]:,} diagram nodes")


def _steadily(work: Callable[[int], _Result], capacity: int) -> _Result:
    """The result of work that starts again where more is known of its long lists."""
    for _ in range(_AGAIN):
        try:
            return work(capacity)
        except UnfitError:
            continue
    raise MemoryError


def rooms(rules: int = 0) -> tuple[int, ...]:
    """The node capacities with which a question about so many rules is tried, in this order."""
    return next(found for many, found in _ROOMS.items() if rules >= many)
