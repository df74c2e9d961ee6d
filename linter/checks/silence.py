"""Devices that say nothing of an address family in which needed flows cross them."""

from collections.abc import Iterator, Sequence

from flowmodel.site import Device
from linter.engine.site.questions import Question
from linter.engine.site.survey import Survey


def silent(survey: Survey) -> Iterator[tuple[Device, list[str]]]:
    """The devices whose exports say nothing of a family, with the needed flows that cross them."""
    for device, flows in _unanswered(survey):
        if device.exports and (survey.family == 4 or device.ipv6):
            yield device, flows


def switched_off(survey: Survey) -> Iterator[tuple[Device, list[str]]]:
    """The devices without IPv6, as the site says, with the needed flows that cross them over it."""
    for device, flows in _unanswered(survey):
        if survey.family == 6 and not device.ipv6:
            yield device, flows


def _unanswered(survey: Survey) -> Iterator[tuple[Device, list[str]]]:
    by_device: dict[str, list[Question]] = {}
    for question in survey.unanswered:
        by_device.setdefault(question.crossing.device.name, []).append(question)
    for questions in by_device.values():
        device = questions[0].crossing.device
        if flows := _flows(questions):
            yield device, flows


def _flows(questions: Sequence[Question]) -> list[str]:
    found = dict.fromkeys(
        part.requirement.name
        for question in questions
        for part in question.required
        if part.requirement is not None and part.requirement.need in ("must", "should")
    )
    return list(found)
