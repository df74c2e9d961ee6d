"""What a site leaves open: at which machine exports were made, and which of several ways counts.

Each answer is a guess that may be wrong. What depends on it is possible, with the question as the
reason: at another machine the packets are others, and on another way they meet other rules.
"""

from collections.abc import Iterator
from typing import Final

from flowmodel.addresses import LINK_LOCAL, Addresses, together
from flowmodel.fields import FAMILIES, Family
from flowmodel.site import Device
from flowmodel.values import Values, is_subset
from linter.engine.sets.words import addresses_in_words
from linter.engine.site.asked import Part

_EVERY_LINKS: Final[Values] = ((0xFE80 << 112, (0xFE80 << 112) + (1 << 64) - 1),)
"""fe80::/64, in which machines make the addresses of their links (RFC 4291, 2.5.6)."""
WHICH_WAY = "which of the site's ways these packets take"


def which_machine(device: Device, family: Family) -> tuple[str, ...]:
    """The reason where nobody knows at which of several machines the device stands."""
    if not device.is_one_of_several(family):
        return ()
    return (f"which machine of {' and '.join(device.roles)} the exports of {device.name} are of",)


def whose(device: Device, part: Part) -> tuple[str, ...]:
    """The reason where nobody knows whether a device has an address that packets are between."""
    way = part.way
    if way is None:
        return ()
    unsure = Addresses()
    if device.perhaps:
        on_it = (each.addresses for each in (way.source, way.arrives) if device in each.hosts)
        unsure = (together(on_it) - device.own) & device.perhaps
    if part.only == "kept" and way.arrives.router is device and way.destination - device.local:
        unsure |= way.destination
    return tuple(reason for _, reason in whether_its(device, unsure)) if unsure else ()


def whether_its(device: Device, addresses: Addresses) -> Iterator[tuple[Addresses, str]]:
    """Addresses that may be a machine's, each part with the reason why that is open.

    Of an address of a link that its exports tell (RFC 4291, 2.5.6; RFC 3927) one thing is open
    alone: no router passes on what is sent to it. Every machine with IPv6 has one of them
    (RFC 4291, 2.8), so that all of them together are told, too.
    """
    told = addresses & device.local
    if is_subset(_EVERY_LINKS, addresses.v6):
        told |= addresses & Addresses((), LINK_LOCAL)
    for each, reason in (
        (addresses - told, "whether {} is an address of {}"),
        (told, "whether the other end is on a link of {1}, as {0} is reached from there only"),
    ):
        if each:
            yield each, reason.format(_in_words(each), device.name)


def _in_words(addresses: Addresses) -> str:
    families = (family for family in FAMILIES if addresses.of(family))
    return ", ".join(addresses_in_words(addresses.of(family), family) for family in families)


def doubts(device: Device, family: Family, part: Part) -> tuple[str, ...]:
    """What is open about the packets of a part at a device, as reasons."""
    is_either = part.way is not None and part.way.is_either
    which_way = (WHICH_WAY,) if is_either else ()
    return (*which_machine(device, family), *which_way, *whose(device, part))
