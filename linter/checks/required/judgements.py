"""How each requirement fares on each device: what all checks of required traffic read.

A check decides nothing about packets itself. It reads what is certain here (no packet of the set
can do otherwise) and what is possible (some may, as far as the export tells), and says which.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flowmodel.record import dataclass, replace
from flowmodel.site import Requirement, Site
from linter.checks.guesses import whose
from linter.checks.proof import Case
from linter.checks.required.trials import (
    PHASES,
    Trial,
    blocked_by_unread,
    goal_of,
    goal_of_machine,
    led_on,
    sends_on,
    tried,
)
from linter.engine.device.connection import Outcome
from linter.engine.device.replay import Phase
from linter.engine.sets.space import PacketSet, Space, minus
from linter.engine.site.asked import Part
from linter.engine.site.survey import Answered, Survey

if TYPE_CHECKING:
    from linter.checks.goals import Goal


@dataclass(frozen=True, slots=True)
class Judgement:
    """All trials of a requirement on one device in one direction, for one family."""

    requirement: Requirement
    device: str
    trials: tuple[Trial, ...]
    everywhere: tuple[Trial, ...]
    """Those of the requirement on all devices: one way may fail where another does not."""

    @property
    def space(self) -> Space:
        """The space of the sets."""
        return self.trials[0].space

    @property
    def is_guessed(self) -> bool:
        """Whether nobody knows at which of several machines the device is."""
        return self.trials[0].crossing.device.is_one_of_several(self.space.family)

    def all_of(self, phase: Phase) -> Outcome:
        """The packets of all trials that fail in a phase."""
        return self.part_of(phase, self.space.true)

    def part_of(self, phase: Phase, packets: PacketSet) -> Outcome:
        """Those of some packets that fail in a phase, in any trial."""
        failing = [trial.failing(phase) for trial in self.trials]
        return Outcome(
            self._surely(phase, packets),
            packets & self.space.union(each.possible for each in failing),
        )

    def _surely(self, phase: Phase, packets: PacketSet) -> PacketSet:
        """Those that fail on every way that they may take."""
        if self.is_guessed:
            return self.space.false
        return packets & self.space.union(
            trial.failing(phase).certain & self._fails_on_all_ways(trial)
            for trial in self.trials
            if trial.failing(phase).certain != self.space.false
            and not whose(trial.crossing.device, trial.part)
        )

    def _fails_on_all_ways(self, trial: Trial) -> PacketSet:
        """The packets that fail somewhere on each of the ways that they may take.

        Where a device surely is: one that may be at another machine blocks nothing for certain.
        """
        way = trial.part.way
        if way is None or not way.is_either:
            return self.space.true
        lost: dict[tuple[str, ...], PacketSet] = {}
        for each in self.everywhere:
            device = each.crossing.device
            if each.part is trial.part and not (
                device.is_one_of_several(self.space.family) or whose(device, each.part)
            ):
                key = each.crossing.key
                lost[key] = lost.get(key, self.space.false) | each.surely_fails
        result = self.space.true
        for path in way.paths:
            on_it = (lost[crossing.key] for crossing in path if crossing.key in lost)
            result = result & self.space.union(on_it)
        return result

    def case(self, phase: Phase, packets: PacketSet) -> Case | None:
        """The case of those packets that fail in a phase; None where none of them does.

        The witness is one that certainly fails, if there is one.
        """
        whole = self.part_of(phase, packets)
        wanted = "certain" if whole.certain != self.space.false else "possible"
        failing = [trial.failing(phase) for trial in self.trials]
        here = [Outcome(each.certain & whole.certain, each.possible & packets) for each in failing]
        places = (trial.place for trial in self.trials)
        everywhere = tuple(zip(places, here, strict=True))
        for trial, outcome in zip(self.trials, here, strict=True):
            if getattr(outcome, wanted) != self.space.false:
                return trial.case(outcome, everywhere, phase)
        return None

    @property
    def packets(self) -> PacketSet:
        """All packets of the requirement here."""
        return self.space.union(trial.packets for trial in self.trials)

    @property
    def fully_blocked(self) -> bool:
        """Whether no packet may pass: neither here nor at another crossing of the device."""
        return all(trial.blocked.certain == trial.packets for trial in self.trials) and (
            self._surely("opening", self.space.true) != self.space.false
        )

    @property
    def is_open(self) -> bool:
        """Whether every opening packet passes for certain."""
        return self._passes("opening")

    @property
    def blocked_by_unread(self) -> PacketSet:
        """The packets that may be blocked even if every limit and memory favours them."""
        return self.space.union(blocked_by_unread(trial) for trial in self.trials)

    @property
    def works(self) -> bool:
        """Whether every connection works for certain."""
        return all(map(self._passes, PHASES))

    def _passes(self, phase: Phase) -> bool:
        return all(trial.failing(phase).possible == self.space.false for trial in self.trials)


def unanswered(survey: Survey) -> set[tuple[str, str]]:
    """The requirements that nobody knows all about, each with a device that gave no answer.

    Its exports say nothing of the family, or its rules are too complex to be followed. What the
    other answers show is no proof that such a flow works.
    """
    questions = (*survey.unanswered, *(each.question for each in survey.undecided))
    return {
        (part.requirement.name, question.crossing.device.name)
        for question in questions
        for part in question.required
        if part.requirement
    }


def judgements(survey: Survey, need: tuple[str, ...]) -> list[Judgement]:
    """The judgements on active requirements of the given needs, in the order of the site."""
    found: dict[tuple[str, str, str], list[Trial]] = {}
    named: dict[str, Requirement] = {}
    translating: dict[tuple[str, ...], PacketSet] = {}
    for each in survey.answers:
        if each.answer.firewall.translates:
            key = each.question.crossing.key
            translating[key] = translating.get(key, survey.space.false) | led_on(each)
    site = survey.topology.site
    for answered in survey.answers:
        crossing = answered.question.crossing
        for part in answered.question.required:
            requirement = part.requirement
            if requirement is not None and requirement.need in need:
                named[requirement.name] = requirement
                key = (requirement.name, crossing.device.name, crossing.traffic)
                found.setdefault(key, []).append(
                    tried(answered, part, _goal(answered, part, translating, site))
                )
    found = {key: left for key in found if (left := _arriving(key, found))}
    everywhere: dict[str, list[Trial]] = {}
    for (name, _, _), trials in found.items():
        everywhere.setdefault(name, []).extend(trials)
    return [
        Judgement(named[name], device, tuple(trials), tuple(everywhere[name]))
        for (name, device, _), trials in found.items()
    ]


def _goal(
    answered: Answered, part: Part, translating: Mapping[tuple[str, ...], PacketSet], site: Site
) -> "Goal | None":
    crossing, way, empty = answered.question.crossing, part.way, answered.space.false
    led = {key for key, those in translating.items() if those & part.packets != empty}
    paths = way.paths if way else ()
    # What a device translates of others that come the same way tells more than rules for others.
    some = {key for key, those in translating.items() if those != empty}
    likely = (led, some, translating)
    if way is None or crossing.key not in {sends_on(way, p, likely) for p in paths}:
        is_machine = crossing.traffic == "input" and crossing.key in translating
        return goal_of_machine(answered, part, site) if is_machine else None
    return goal_of(part, answered.space.family)


_Key = tuple[str, str, str]


def _arriving(key: _Key, found: Mapping[_Key, Sequence[Trial]]) -> list[Trial]:
    """The trials, without what others before surely sent astray, where they are told so.

    Who permits what is sent to another machine mends nothing. What comes before the one that has to
    send it on has to let it pass.
    """
    trials, left = found[key], []
    for trial in trials:
        astray = trial.astray
        if astray != trial.space.false:
            others = [e for k, its in found.items() if k[0] == key[0] and k != key for e in its]
            astray &= _told(trial, others)
        kept = minus(trial.packets, astray)
        if kept == trial.packets:
            left.append(trial)
        elif kept != trial.space.false:
            part = replace(trial.part, packets=kept)
            left.append(tried(trial.answered, part, trial.goal))
    return left


def _told(trial: Trial, others: Sequence[Trial]) -> PacketSet:
    """The packets of which the device that sends them on says, on each path, that it does not."""
    told = {e.crossing.key: e.blocked.certain for e in others if e.part is trial.part and e.goal}
    found, here = trial.packets, trial.crossing.key
    for path in trial.part.way.paths if trial.part.way else ():
        keys = [each.key for each in path]
        before = keys[: keys.index(here)] if here in keys else keys
        asked = next((key for key in reversed(before) if key in told), ())
        found &= told.get(asked, trial.space.false)
    return found
