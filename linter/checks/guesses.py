"""What a site leaves open: at which machine exports were made, and which of several ways counts.

Each answer is a guess that may be wrong. What holds for every guess is certain; what holds for some
of them is possible, with the question as the reason.
"""

from collections.abc import Iterable

from flowmodel.addresses import Addresses
from flowmodel.fields import Family
from flowmodel.site import Device
from linter.engine.site.paths import Way

WHICH_WAY = "which of the site's ways these packets take"


def at_all_machines(device: Device, family: Family, seen: Iterable[Addresses]) -> bool:
    """Whether what was seen at these machines was so at all at which the device may stand."""
    every = {each.of(family) for each in device.machines if each.of(family)}
    return every <= {each.of(family) for each in seen}


def which_machine(device: Device) -> tuple[str, ...]:
    """The reason where nobody knows at which of several machines the device stands."""
    if not device.machines:
        return ()
    return (f"which machine of {' and '.join(device.roles)} the exports of {device.name} are of",)


def doubts(device: Device, way: Way | None) -> tuple[str, ...]:
    """What is open about packets on a way at a device, as reasons."""
    is_either = way is not None and way.is_either
    return (*which_machine(device), *((WHICH_WAY,) if is_either else ()))
