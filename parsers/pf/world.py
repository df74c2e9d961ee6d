"""Which of the networks that tunnels and routes lead to stand for the world."""

from collections.abc import Iterable
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import NamedTuple
from flowmodel.values import overlaps, union
from parsers.pf.values import Network, addresses, interval

_WORLD: Final[dict[Family, int]] = {4: 1 << 32 - 6, 6: 1 << 128 - 6}
"""How many neighbouring addresses are no site's any more: those of a /6.

The halves `0.0.0.0/1` and `128.0.0.0/1` are for all that a default route is for, and so is a list
of all networks but the private ones, of which the smallest range ends at 9.255.255.255.
"""


class Reach(NamedTuple):
    """What networks are behind an interface, and whether the world is."""

    behind: Addresses
    is_world: bool


def reach(several: Iterable[Network]) -> Reach:
    """What networks lead to; those that only stand for the world together are none of a site.

    One that lies within another one is named for itself, and stays.
    """
    found = set(several)
    kept: list[Network] = []
    is_world = False
    for family in FAMILIES:
        mine = sorted(
            (each for each in found if each[0] == family),
            key=lambda each: (interval(each)[0], each[2]),
        )
        ranges = union(map(interval, mine))
        wide = tuple(each for each in ranges if each[1] - each[0] >= _WORLD[family] - 1)
        is_world = is_world or bool(wide)
        kept += _named(mine, wide)
    return Reach(addresses(kept), is_world)


def _named(ordered: list[Network], wide: tuple[tuple[int, int], ...]) -> Iterable[Network]:
    """Those outside the wide ranges, and those within others, which come before them."""
    before, end = -1, -1
    for each in ordered:
        low, high = interval(each)
        is_inner = high <= end and (low, high) != (before, end)
        if is_inner or not overlaps(((low, high),), wide):
            yield each
        if high > end:
            before, end = low, high
