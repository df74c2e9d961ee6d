"""What a site leaves open: at which machine exports were made, and which of several ways counts.

Each answer is a guess that may be wrong. What depends on it is possible, with the question as the
reason: at another machine the packets are others, and on another way they meet other rules.
"""

from flowmodel.fields import Family
from flowmodel.site import Device
from linter.engine.site.paths import Way

WHICH_WAY = "which of the site's ways these packets take"


def is_guessed(device: Device, family: Family) -> bool:
    """Whether the device may stand at one of several machines, so that its packets are others."""
    return len({each.of(family) for each in device.machines}) > 1


def which_machine(device: Device, family: Family) -> tuple[str, ...]:
    """The reason where nobody knows at which of several machines the device stands."""
    if not is_guessed(device, family):
        return ()
    return (f"which machine of {' and '.join(device.roles)} the exports of {device.name} are of",)


def doubts(device: Device, family: Family, way: Way | None) -> tuple[str, ...]:
    """What is open about packets on a way at a device, as reasons."""
    is_either = way is not None and way.is_either
    return (*which_machine(device, family), *((WHICH_WAY,) if is_either else ()))
