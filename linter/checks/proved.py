"""What became of each flow that must, should or must never work, on each device and altogether."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from flowmodel.fields import Family
from flowmodel.proved import Judged, Proved, Result
from flowmodel.record import dataclass, field
from flowmodel.site import Requirement
from linter.checks.required.alternatives import choices
from linter.checks.required.judgements import Judgement, required
from linter.checks.required.trials import PHASES
from linter.checks.subject import Subject
from linter.engine.device.connection import Outcome
from linter.engine.sets.space import PacketSet
from linter.engine.site.crossing import Path
from linter.engine.site.questions import Part, Question
from linter.engine.site.survey import Answered, Survey

_NEEDED = ("must", "should")
# Of what devices and ways say, the first of these that any of them says counts for the flow.
_WORST: tuple[Result, ...] = ("blocked", "not judged", "possible", "works")
_WORST_OF_NEVER: tuple[Result, ...] = ("works", "not judged", "possible", "blocked")

_STATES: tuple[tuple[Literal["undecided", "elsewhere", "closed"], Result], ...] = (
    ("undecided", "possible"),
    ("elsewhere", "blocked"),
    ("closed", "blocked"),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is said of one flow: device by device, and what counts for the whole."""

    devices: dict[tuple[str, Family], list[Result]] = field(default_factory=dict)
    whole: list[Result] = field(default_factory=list)


def proved(subject: Subject, asked: Callable[[str], bool]) -> tuple[Proved, ...]:
    """The flows in the order of the site; those that no check was asked about are not judged."""
    flows = [
        flow
        for flow in subject.site.requirements
        if flow.need != "may" and not flow.inactive_because and flow.ends
    ]
    found = {flow.name: _Found() for flow in flows}
    is_needed = any(asked(each) for each in ("FW101", "FW104", "FW109"))
    for family in subject.families if is_needed else ():
        _needed(subject, family, found)
    for family in subject.families if asked("FW212") else ():
        _never(subject.survey(family), found)
    return tuple(_flow(flow, found[flow.name]) for flow in flows)


def not_judged(subject: Subject) -> tuple[Proved, ...]:
    """The flows where the engine could not answer."""
    return proved(subject, lambda _: False)


def _flow(flow: Requirement, found: _Found) -> Proved:
    order = _WORST_OF_NEVER if flow.need == "never" else _WORST
    devices = tuple(
        Judged(device, family, _worst(results, order))
        for (device, family), results in found.devices.items()
    )
    return Proved(flow, devices, _worst(found.whole, order) if found.whole else "not judged")


def _worst(results: Iterable[Result], order: tuple[Result, ...]) -> Result:
    return min(results, key=order.index)


def _needed(subject: Subject, family: Family, found: dict[str, _Found]) -> None:
    survey = subject.survey(family)
    states: dict[str, Result] = {}
    for state, result in _STATES:
        for choice in choices(subject, state):
            if choice.family == family:
                states[choice.requirement.name] = result
    for each in required(subject, family):
        flow = each.requirement
        result = states.get(flow.name, "works") if flow.any_of else _result(each)
        found[flow.name].devices.setdefault((each.device, family), []).append(result)
        found[flow.name].whole.append(result)
    for device, flow in _unasked(survey):
        if flow.need in _NEEDED:
            found[flow.name].devices.setdefault((device, family), []).append("not judged")
            found[flow.name].whole.append("not judged")
    for flow, _ in survey.unreached:
        if flow.need in _NEEDED:
            found[flow.name].whole.append("not judged")


def _result(judgement: Judgement) -> Result:
    empty = judgement.space.false
    failing = [judgement.all_of(phase) for phase in PHASES]
    if any(each.certain != empty for each in failing):
        return "blocked"
    return "possible" if any(each.possible != empty for each in failing) else "works"


def _unasked(survey: Survey) -> Iterator[tuple[str, Requirement]]:
    """The devices that say nothing of the family or are too complex, with the flows over them.

    One that has IPv6 switched off has nothing to say of it.
    """
    questions = (*survey.unanswered, *(each.question for each in survey.undecided))
    for question in questions:
        if _counts(question, survey.family):
            for part in question.required:
                if part.requirement is not None:
                    yield question.crossing.device.name, part.requirement


def _counts(question: Question, family: Family) -> bool:
    return family == 4 or question.crossing.device.ipv6


def _never(survey: Survey, found: dict[str, _Found]) -> None:
    by_part: dict[int, dict[tuple[str, ...], Answered]] = {}
    parts: dict[int, Part] = {}
    for answered in survey.answers:
        for part in answered.question.forbidden:
            parts[id(part)] = part
            by_part.setdefault(id(part), {})[answered.question.crossing.key] = answered
    silent = _silent(survey, parts)
    for number, part in parts.items():
        flow = part.requirement
        if flow is None:
            continue
        mine = by_part.get(number, {})
        for answered in mine.values():
            device = answered.question.crossing.device.name
            passes = _of(part, answered)
            result = _passing(passes, survey.space.false)
            found[flow.name].devices.setdefault((device, survey.family), []).append(result)
        for device in silent.get(number, {}).values():
            found[flow.name].devices.setdefault((device, survey.family), []).append("not judged")
        for path in part.way.paths if part.way else ():
            found[flow.name].whole.append(_over(path, part, mine, silent.get(number, {})))
    for flow, _ in survey.unreached:
        if flow.need == "never":
            found[flow.name].whole.append("not judged")


def _silent(survey: Survey, parts: dict[int, Part]) -> dict[int, dict[tuple[str, ...], str]]:
    """The crossings that gave no answer, by the parts that they were asked about."""
    found: dict[int, dict[tuple[str, ...], str]] = {}
    for question in (*survey.unanswered, *(each.question for each in survey.undecided)):
        for part in question.forbidden if _counts(question, survey.family) else ():
            parts[id(part)] = part
            crossing = question.crossing
            found.setdefault(id(part), {})[crossing.key] = crossing.device.name
    return found


def _over(
    path: Path,
    part: Part,
    answers: dict[tuple[str, ...], Answered],
    silent: dict[tuple[str, ...], str],
) -> Result:
    """Whether packets of a part get through all devices of a path."""
    asked = [answers[crossing.key] for crossing in path if crossing.key in answers]
    if not asked:
        return "not judged"
    space = asked[0].space
    certain = possible = part.packets
    for answered in asked:
        passes = _of(part, answered)
        certain, possible = certain & passes.certain, possible & passes.possible
    result = _passing(Outcome(certain, possible), space.false)
    is_open = any(crossing.key in silent for crossing in path)
    return "not judged" if is_open and result != "blocked" else result


def _of(part: Part, answered: Answered) -> Outcome:
    passes = answered.connections.opening
    return Outcome(passes.certain & part.packets, passes.possible & part.packets)


def _passing(passes: Outcome, empty: PacketSet) -> Result:
    if passes.certain != empty:
        return "works"
    return "possible" if passes.possible != empty else "blocked"
