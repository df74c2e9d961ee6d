"""Which of the networks that tunnels and routes lead to stand for the world."""

from collections.abc import Collection, Iterable
from typing import Final

from flowmodel.addresses import Addresses
from flowmodel.fields import FAMILIES, Family
from flowmodel.record import NamedTuple
from flowmodel.values import Interval, overlaps, union
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

    One that lies within another one is named for itself: it stays, unless it stands for the world
    together with others of its kind (the halves beside `0.0.0.0/0`).
    """
    found = set(several)
    kept: list[Network] = []
    is_world = False
    for family in FAMILIES:
        # Of those with the same addresses, any.
        waiting = {interval(each): each for each in found if each[0] == family}
        while waiting:
            ranges = union(waiting)
            wide = tuple(each for each in ranges if each[1] - each[0] >= _WORLD[family] - 1)
            is_world = is_world or bool(wide)
            outer = _outermost(waiting)
            kept += [waiting[each] for each in outer if not overlaps((each,), wide)]
            for each in outer:
                del waiting[each]
    return Reach(addresses(kept), is_world)


def behind(tunnels: Iterable[Iterable[Network]]) -> Addresses:
    """What is behind several tunnels, of which each may be a way to the world by itself."""
    found = Addresses()
    for each in tunnels:
        found |= reach(each).behind
    return found


def standing_in(found: Iterable[str], groups: Iterable[Collection[str]]) -> frozenset[str]:
    """The interfaces that the world is behind, and those that stand in for them.

    `groups` are of interfaces whose gateways stand in for each other, some through several groups.
    """
    outside, waiting = set(found), list(groups)
    while near := [each for each in waiting if not outside.isdisjoint(each)]:
        waiting = [each for each in waiting if outside.isdisjoint(each)]
        outside.update(*near)
    return frozenset(outside)


def _outermost(several: Iterable[Interval]) -> list[Interval]:
    """Those that lie within no other one; two networks overlap only so."""
    found: list[Interval] = []
    for low, high in sorted(several, key=lambda each: (each[0], -each[1])):
        if not found or high > found[-1][1]:
            found.append((low, high))
    return found
