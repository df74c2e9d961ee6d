"""What a site leaves open: at which machine exports were made, and which of several ways counts.

Each answer is a guess that may be wrong. What holds for every guess is certain; what holds for some
of them is possible, with the question as the reason.
"""

from collections.abc import Iterable

from flowmodel.addresses import Addresses
from linter.engine.site.paths import Crossing, Way


def at_all_machines(device: Crossing, seen: Iterable[Addresses]) -> bool:
    """Whether what was seen at these machines was so at all at which the device may stand."""
    return set(device.device.machines) <= set(seen)


def doubts(crossing: Crossing, way: Way | None) -> tuple[str, ...]:
    """What is open there, as reasons."""
    found = []
    device = crossing.device
    if device.machines:
        roles = " and ".join(device.roles)
        found.append(f"which machine of {roles} the exports of {device.name} are of")
    if way is not None and way.is_either:
        found.append("which of the site's ways these packets take")
    return tuple(found)
