"""Which routers packets of a planned site take: the shortest way, never through the internet."""

from collections import deque
from typing import NamedTuple, Protocol

from tests.oracles.site.plan import INTERNET, Router


class Hop(NamedTuple):
    """One router on the way, and its interfaces on both sides."""

    router: Router
    near: str
    far: str


class HasRouters(Protocol):
    """A plan, or what becomes one."""

    @property
    def routers(self) -> tuple[Router, ...]:
        """All routers."""


def ways(plan: HasRouters, start: str) -> dict[str, tuple[Hop, ...]]:
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


def way(plan: HasRouters, start: str, end: str) -> tuple[Hop, ...]:
    """The routers between two networks; none where there is no way."""
    return ways(plan, start).get(end, ())


def idle_uplinks(plan: HasRouters) -> frozenset[tuple[str, str]]:
    """Uplinks beside the one that a router sends by; only public addresses arrive there."""
    return frozenset((one.name, name) for one in plan.routers for name in one.uplinks[1:])


def crossings(plan: HasRouters, start: str, end: str) -> frozenset[Hop]:
    """All routers on any of the shortest ways between two networks: nobody knows which is taken."""
    there, back = ways(plan, start), ways(plan, end)
    if start == end or end not in there:
        return frozenset()
    return frozenset(
        Hop(router, near, far)
        for router in plan.routers
        for near, here in router.interfaces
        for far, beyond in router.interfaces
        if near != far
        and here in there
        and beyond in back
        and (here != INTERNET or here == start)
        and (beyond != INTERNET or beyond == end)
        and len(there[here]) + 1 + len(back[beyond]) == len(there[end])
    )
