"""Which routers packets of a planned site take: the shortest way, never through the internet."""

from collections import deque
from typing import NamedTuple

from tests.oracles.site.plan import INTERNET, Plan, Router


class Hop(NamedTuple):
    """One router on the way, and its interfaces on both sides."""

    router: Router
    near: str
    far: str


def ways(plan: Plan, start: str) -> dict[str, tuple[Hop, ...]]:
    """The way from one network to each that can be reached from there."""
    found: dict[str, tuple[Hop, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == INTERNET and here != start:
            continue
        for router in plan.routers:
            for near in (name for name, network in router.interfaces if network == here):
                for far, there in router.interfaces:
                    if there not in found:
                        found[there] = (*found[here], Hop(router, near, far))
                        waiting.append(there)
    return found


def way(plan: Plan, start: str, end: str) -> tuple[Hop, ...]:
    """The routers between two networks; none where there is no way."""
    return ways(plan, start).get(end, ())
