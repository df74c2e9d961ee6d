"""What became of each flow that must, should or must never work, on each device and altogether."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Literal

from flowmodel.fields import Family
from flowmodel.proved import Judged, Proved, Result
from flowmodel.record import dataclass, field, replace
from flowmodel.site import Requirement, Site
from linter.checks.exposure.crossings import Crossing, crossings_in
from linter.checks.exposure.translated import meant
from linter.checks.required.alternatives import choices
from linter.checks.required.chosen import is_chosen, required
from linter.checks.required.judgements import Judgement
from linter.checks.required.reach import untold
from linter.checks.required.trials import PHASES
from linter.checks.silence import is_told
from linter.checks.subject import Subject
from linter.engine.device.connection import Outcome
from linter.engine.sets.space import PacketSet, minus
from linter.engine.site.asked import Part, Question
from linter.engine.site.crossing import Path
from linter.engine.site.survey import Survey

_NEEDED = ("must", "should")
_OF_NEEDED, _OF_NEVER = ("FW101", "FW104", "FW109"), "FW212"
"""The checks that ask whether flows work, and whether those work that must not."""
# Of what devices and ways say, the first of these that any of them says counts for the flow.
_WORST: tuple[Result, ...] = ("blocked", "not judged", "possible", "works")
_WORST_OF_NEVER: tuple[Result, ...] = ("works", "not judged", "possible", "blocked")

_UNREACHED = "no device with an export is on some way that it takes"
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
    because: dict[str, None] = field(default_factory=dict)
    """Why some of it is not judged, each reason once."""

    def leave(self, reason: str) -> None:
        """Say why some of it is not judged."""
        self.whole.append("not judged")
        self.because[reason] = None

    def note(self, device: str, family: Family, result: Result) -> None:
        """Add what a device says."""
        self.devices.setdefault((device, family), []).append(result)


def proved(subject: Subject, asked: Callable[[str], bool]) -> tuple[Proved, ...]:
    """The flows in the order of the site; those that no check was asked about are not judged."""
    flows = [
        flow
        for flow in subject.site.requirements
        if flow.need != "may" and not flow.inactive_because and flow.ends
    ]
    found = {flow.name: _Found() for flow in flows}
    is_needed = any(map(asked, _OF_NEEDED))
    for family in subject.families if is_needed else ():
        _needed(subject, family, found)
    if is_needed:
        flows = [flow for flow in flows if is_chosen(subject, flow)]
    for family in subject.families if asked(_OF_NEVER) else ():
        _never(subject, family, found)
    return tuple(_flow(flow, found[flow.name], asked) for flow in flows)


def not_judged(subject: Subject) -> tuple[Proved, ...]:
    """The flows where the engine could not answer."""
    flows = proved(subject, lambda _: False)
    return tuple(replace(each, because=("it could not be evaluated",)) for each in flows)


def _flow(flow: Requirement, found: _Found, asked: Callable[[str], bool]) -> Proved:
    order = _WORST_OF_NEVER if flow.need == "never" else _WORST
    devices = tuple(
        Judged(device, family, _worst(results, order))
        for (device, family), results in found.devices.items()
    )
    if not found.whole:
        found.leave(_unasked(flow, asked))
    return Proved(flow, devices, _worst(found.whole, order), tuple(found.because))


def _unasked(flow: Requirement, asked: Callable[[str], bool]) -> str:
    """Why nobody says anything of a flow."""
    checks = (_OF_NEVER,) if flow.need == "never" else _OF_NEEDED
    if not any(map(asked, checks)):
        return f"none of the checks that ask about it ({', '.join(checks)}) was asked for"
    if flow.is_self:
        return "both ends are one machine, and there is no export of its own firewall"
    return "no device with an export is on its way"


def _worst(results: Iterable[Result], order: tuple[Result, ...]) -> Result:
    return min(results, key=order.index)


def _needed(subject: Subject, family: Family, found: dict[str, _Found]) -> None:
    survey = subject.survey(family)
    states: dict[str, Result] = {}
    for state, result in _STATES:
        for choice in choices(subject, state):
            if choice.family == family:
                states[choice.requirement.name] = result
    absent = _absent(subject.site, family)
    for each in required(subject, family):
        flow, its = each.requirement, found[each.requirement.name]
        result = states.get(flow.name, "works") if flow.any_of else _result(each)
        its.note(each.device, family, result)
        its.whole.append(result)
        if each.device in absent:
            its.leave(_of_others(each.device))
    for question, why in _silent(survey):
        is_off = not _filters(question, family)
        for part in question.required:
            if is_off and not is_told(part, family):
                continue
            if (asked := part.requirement) and asked.need in _NEEDED:
                found[asked.name].note(question.crossing.device.name, family, "not judged")
                found[asked.name].leave(why)
    for flow, _ in survey.unreached:
        if flow.need in _NEEDED:
            found[flow.name].leave(_UNREACHED)
    for lost in survey.bypassed:
        if (asked := lost.part.requirement) and asked.need in _NEEDED:
            is_sure = lost.lost.certain != survey.space.false
            found[asked.name].whole.append("blocked" if is_sure else "possible")
    for doubtful in survey.handed:
        if (asked := doubtful.part.requirement) and asked.need in _NEEDED:
            found[asked.name].whole.append("possible")
    for part in survey.unfound:
        if part.requirement:
            found[part.requirement.name].whole.append("blocked")


def _silent(survey: Survey) -> Iterator[tuple[Question, str]]:
    """What is asked of devices that say nothing of the family or are too complex, and which."""
    for question in survey.unanswered:
        device = question.crossing.device.name
        yield question, f"no export of {device} says anything of IPv{survey.family}"
    for each in survey.undecided:
        device = each.question.crossing.device.name
        yield each.question, f"the rules of {device} are too complex to be decided ({each.why})"


def _of_others(device: str) -> str:
    return f"{device} is one of several machines, and the others have no export"


def _absent(site: Site, family: Family) -> set[str]:
    """The devices that are some machine's of a role, where others of it have no export."""
    devices = (device for each in untold(site) for device in each.devices)
    return {device.name for device in devices if device.is_one_of_several(family)}


def _result(judgement: Judgement) -> Result:
    empty = judgement.space.false
    failing = [judgement.all_of(phase) for phase in PHASES]
    if any(each.certain != empty for each in failing):
        return "blocked"
    return "possible" if any(each.possible != empty for each in failing) else "works"


@dataclass(frozen=True, slots=True)
class _Answers:
    """What is said of a part at the crossings that it was asked about."""

    crossings: dict[tuple[str, ...], Crossing] = field(default_factory=dict)
    silent: dict[tuple[str, ...], tuple[str, str]] = field(default_factory=dict)
    """Those that gave no answer, with their devices and the reason."""


def _never(subject: Subject, family: Family, found: dict[str, _Found]) -> None:
    survey, absent = subject.survey(family), _absent(subject.site, family)
    asked: dict[int, tuple[Part, _Answers]] = {}
    for crossing in crossings_in(subject, family):
        for part in crossing.question.forbidden:
            answers = asked.setdefault(id(part), (part, _Answers()))[1]
            answers.crossings[crossing.question.crossing.key] = crossing
        for led in crossing.led:
            result = _passing(crossing.outcome(led.packets), survey.space.false)
            if result != "blocked":
                found[led.flow.name].note(crossing.device.name, family, result)
                found[led.flow.name].whole.append(result)
    for question, why in _silent(survey):
        for part in question.forbidden if _filters(question, family) else ():
            answers = asked.setdefault(id(part), (part, _Answers()))[1]
            answers.silent[question.crossing.key] = question.crossing.device.name, why
    for part, answers in asked.values():
        if part.requirement is not None and part.way is not None:
            its = found[part.requirement.name]
            for device, _ in answers.silent.values():
                its.note(device, family, "not judged")
            for path in part.way.paths:
                _over(path, part, answers, absent, its)
    for flow, _ in survey.unreached:
        if flow.need == "never":
            found[flow.name].leave(_UNREACHED)


def _filters(question: Question, family: Family) -> bool:
    """Whether the device may let packets of the family pass; not if IPv6 is switched off there."""
    return family == 4 or question.crossing.device.ipv6


def _over(
    path: Path, part: Part, answers: _Answers, absent: Collection[str], found: _Found
) -> None:
    """Note whether packets of a part get through each device of a path, and through all."""
    asked = [answers.crossings[each.key] for each in path if each.key in answers.crossings]
    if not asked:
        found.leave(next(iter(_silences(path, answers)), _UNREACHED))
        return
    space = asked[0].policies.space
    certain = possible = _meant(part, asked)
    packets, guessed = possible, []
    silences = _silences(path, answers)
    is_open = bool(silences)
    for each in asked:
        passes = each.outcome(packets)
        found.note(each.device.name, space.family, _passing(passes, space.false))
        certain = certain & passes.certain
        if each.device.is_one_of_several(space.family):
            # It is of one of the machines, and may be of another than the one that is meant.
            guessed.append(passes.possible)
            if each.device.name in absent:
                is_open = True
                silences.append(_of_others(each.device.name))
        else:
            possible = possible & passes.possible
    if guessed and not is_open:
        possible = possible & space.union(guessed)
    result = _passing(Outcome(certain, possible), space.false)
    if not is_open or result == "blocked":
        found.whole.append(result)
        return
    for reason in silences:
        found.leave(reason)


def _meant(part: Part, asked: Sequence[Crossing]) -> PacketSet:
    """The packets of a part that translations do not keep from getting to where it is."""
    if part.is_sent_on:  # whichever device of a path sends them there
        return asked[0].policies.space.union(meant(each.answered, part) for each in asked)
    # What leaves the last one has been through all the others.
    return minus(part.packets, asked[-1].elsewhere.missed(part.destination))


def _silences(path: Path, answers: _Answers) -> list[str]:
    """Why devices on a path gave no answer."""
    return [answers.silent[each.key][1] for each in path if each.key in answers.silent]


def _passing(passes: Outcome, empty: PacketSet) -> Result:
    if passes.certain != empty:
        return "works"
    return "possible" if passes.possible != empty else "blocked"
