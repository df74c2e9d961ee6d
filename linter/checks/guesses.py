"""What a site leaves open: at which machine an export was made, and which of several ways counts.

Each answer is a guess that may be wrong. What holds for every guess is certain; what holds for some
of them is possible, with the question as the reason.
"""

from collections.abc import Iterable
from itertools import product

from linter.engine.site.paths import Crossing, Way

Seen = tuple[Crossing, Way | None]
"""Where something was seen, and on which way."""


def is_for_all(several: Iterable[Seen]) -> bool:
    """Whether something that was seen at these crossings of a device holds for every guess."""
    open_: set[tuple[str, int]] = set()
    told: set[tuple[str, int]] = set()
    for crossing, way in several:
        machines = crossing.device.machines
        names = {str(index) for index in range(len(machines))} or {""}
        mine = str(machines.index(crossing.device.own)) if machines else ""
        open_ |= set(product(names, range(_ways(way))))
        told |= {(mine, each) for each in _taken(crossing, way)}
    return told >= open_


def doubts(crossing: Crossing, way: Way | None) -> tuple[str, ...]:
    """What is open there, as reasons."""
    found = []
    if crossing.device.machines:
        roles = " and ".join(crossing.device.roles)
        found.append(f"which machine of {roles} the exports of {crossing.device.name} are of")
    if way is not None and way.is_either:
        found.append("by which interface these packets come in")
    return tuple(found)


def _ways(way: Way | None) -> int:
    return len(way.paths) if way is not None and way.is_either else 1


def _taken(crossing: Crossing, way: Way | None) -> list[int]:
    """The paths of the way on which the crossing lies."""
    if way is None or not way.is_either:
        return [0]
    keys = [{each.key for each in path} for path in way.paths]
    return [index for index, path in enumerate(keys) if crossing.key in path]
