"""Devices that say nothing of an address family in which needed flows cross them."""

from collections.abc import Iterator

from flowmodel.addresses import unbounded
from flowmodel.fields import Family
from flowmodel.site import Device
from linter.engine.site.asked import Part
from linter.engine.site.survey import Survey


def silent(survey: Survey) -> Iterator[tuple[Device, list[str]]]:
    """The devices whose exports say nothing of a family, with the needed flows that cross them."""
    for device, parts in _unanswered(survey):
        if device.exports and (survey.family == 4 or device.ipv6):
            yield device, list(parts)


def switched_off(survey: Survey) -> Iterator[tuple[Device, list[str]]]:
    """The devices without IPv6, as the site says, with the needed flows that cross them over it."""
    for device, parts in _unanswered(survey):
        family = survey.family
        flows = [name for name, its in parts.items() if any(is_told(each, family) for each in its)]
        if family == 6 and not device.ipv6 and flows:
            yield device, flows


def is_told(part: Part, family: Family) -> bool:
    """Whether the site says that both ends have addresses of a family; `any` says nothing."""
    ends = (part.source, part.destination)
    return not any(e and e.kind == "role" and unbounded(e.wide).of(family) for e in ends)


def _unanswered(survey: Survey) -> Iterator[tuple[Device, dict[str, list[Part]]]]:
    """The devices that gave no answer, with the parts of each needed flow over them."""
    found: dict[str, tuple[Device, dict[str, list[Part]]]] = {}
    for question in survey.unanswered:
        device = question.crossing.device
        parts = found.setdefault(device.name, (device, {}))[1]
        for part in question.required:
            if part.requirement is not None and part.requirement.need in ("must", "should"):
                parts.setdefault(part.requirement.name, []).append(part)
    yield from (each for each in found.values() if each[1])
