"""The way of a finding's packet over several devices: what decides on each of them.

A check is about one device. Whoever mends what it found wants to know what the others on the way do
with the same packet: each is asked by itself, whatever those before it do.
"""

from collections.abc import Iterator, Sequence

from flowmodel.affected import Witness
from flowmodel.finding import Finding, Related
from flowmodel.record import replace
from flowmodel.verdict import Accept
from linter.checks.deciding import of_verdict
from linter.checks.subject import Subject
from linter.engine.device.replay import replayed
from linter.engine.sets.space import HEADER_FIELDS, PacketSet, Space
from linter.engine.sets.witness import Example
from linter.engine.site.crossing import Crossing, Path
from linter.engine.site.survey import Answered, Survey

Answers = dict[tuple[str, ...], Answered]


def with_ways(subject: Subject, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with the ways of those whose first packet meets several devices."""
    surveys = {survey.family: survey for survey in subject.surveyed}
    answers = {family: _by_crossing(survey) for family, survey in surveys.items()}
    return [
        replace(each, way=tuple(_way(each, each.example, answers[each.example.packet.family])))
        if each.device
        and each.example is not None
        and each.example.phase == "opening"
        and each.example.packet.family in surveys
        else each
        for each in findings
    ]


def _by_crossing(survey: Survey) -> Answers:
    return {each.question.crossing.key: each for each in survey.answers}


def _way(finding: Finding, example: Witness, answers: Answers) -> Iterator[Related]:
    """What decides on each device, in the order of the way; nothing if the packet meets one."""
    packet = example.packet
    chosen = Example(packet.family, {field: getattr(packet, field) for field in HEADER_FIELDS})
    here = next(
        (a for a in answers.values() if _is_at(a.question.crossing, finding, example)), None
    )
    path = _path(here, chosen) if here is not None else ()
    if here is None or len(path) < 2:
        return
    found = []
    for crossing in path:
        if crossing.key == here.question.crossing.key:
            found.append(_said(crossing, finding.place, is_sure=finding.certainty == "certain"))
        elif crossing.key in answers:
            found += _decided(answers[crossing.key], chosen)
    if len(found) > 1:
        yield from found


def _is_at(crossing: Crossing, finding: Finding, example: Witness) -> bool:
    packet = example.packet
    return (crossing.device.name, crossing.traffic, crossing.in_name, crossing.out_name) == (
        finding.device,
        example.hook,
        packet.in_name or "",
        packet.out_name or "",
    )


def _path(here: Answered, chosen: Example) -> Path:
    """The first path that the packet may take over the crossing."""
    one = _alone(here.space, chosen)
    for part in here.question.parts:
        if part.way is not None and part.packets & one != here.space.false:
            for path in part.way.paths:
                if any(crossing.key == here.question.crossing.key for crossing in path):
                    return path
    return ()


def _alone(space: Space, chosen: Example) -> PacketSet:
    found = space.true
    for field in HEADER_FIELDS:
        found = found & space.at(field, chosen.values[field])
    return found


def _decided(answered: Answered, chosen: Example) -> Iterator[Related]:
    """What the device does with the packet; nothing where it does not come there."""
    states = replayed(answered.answer, chosen, "opening").outcomes
    if not states:
        return
    opening, one = answered.connections.opening, _alone(answered.space, chosen)
    ways = {isinstance(state.verdict, Accept) for state in states}
    is_sure = len(ways) == 1 and (
        one & (opening.certain if True in ways else opening.possible) != answered.space.false
    ) == (True in ways)
    place = of_verdict(answered.answer, states[0])
    yield _said(
        answered.question.crossing, Related(place.span, place.label, place.title), is_sure=is_sure
    )


def _said(crossing: Crossing, place: Related, *, is_sure: bool) -> Related:
    label = place.label or "decided here"
    if not (is_sure or label.startswith("possibly")):
        label = f"possibly {label}"
    return replace(place, label=f"on {crossing.device.name}: {label}")
