"""Required traffic that is blocked: FW101 to FW112."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from linter.checks.evidence import Evidence, Phase, blocked
from linter.checks.judged import Judgement, Trial, closed_ports, judgements, with_services
from linter.checks.make import finding
from linter.engine.survey import Survey
from linter.model.finding import Finding, Level

Works = Mapping[tuple[str, str], bool]
"""Whether a requirement works on a device for certain, in the other family; absent: not asked."""


def check(survey: Survey, other_family: Works) -> Iterator[Finding]:
    """Findings about the required flows of one family."""
    every = judgements(survey, ("must", "should"))
    yield from _alternatives([each for each in every if each.requirement.any_of])
    for judgement in every:
        if not judgement.requirement.any_of:
            yield from _Judge(judgement, survey, other_family).findings()
    yield from _follow_on(survey, every)


def works(survey: Survey) -> dict[tuple[str, str], bool]:
    """Whether each required flow works on each device for certain."""
    result: dict[tuple[str, str], bool] = {}
    for each in judgements(survey, ("must", "should")):
        key = (each.requirement.name, each.device)
        result[key] = each.works and result.get(key, True)
    return result


@dataclass(frozen=True, slots=True)
class _Judge:
    judgement: Judgement
    survey: Survey
    other_family: Works

    def findings(self) -> Iterator[Finding]:
        judgement = self.judgement
        if judgement.works:
            return
        yield from self._answers()
        if not judgement.any_set("maybe_blocked"):
            return
        if not judgement.any_set("blocked"):
            yield from self._undecided()
        elif judgement.fully_blocked:
            yield self._blocked()
        else:
            yield from self._partly()

    def _level(self, level: Level, *, may_be_critical: bool = True) -> Level:
        requirement = self.judgement.requirement
        if requirement.need == "should":
            return "warning"
        return "critical" if requirement.is_critical and may_be_critical else level

    def _evidence(self, name: str) -> tuple[Trial, Evidence]:
        """Evidence from the first trial whose named set is not empty."""
        for trial in self.judgement.trials:
            packets = getattr(trial, name)
            if packets != trial.space.false:
                certain = packets if name == "blocked" else trial.space.false
                return trial, blocked(trial.answered, certain, packets)
        raise AssertionError(f"no trial has {name}")

    def _blocked(self) -> Finding:
        requirement, device = self.judgement.requirement, self.judgement.device
        _, evidence = self._evidence("blocked")
        if self.other_family.get((requirement.name, device)):
            family, other = (4, 6) if self.survey.family == 4 else (6, 4)
            return finding(
                "FW105",
                "warning",
                f"{requirement.name} works over IPv{other}, but not over IPv{family}",
                evidence,
                requirement,
                device,
            )
        if requirement.default_services and self._default_open():
            old = ", ".join(service.text for service in requirement.default_services)
            new = ", ".join(service.text for service in requirement.services)
            return finding(
                "FW107",
                self._level("error"),
                f"{requirement.name} needs {new} here, but {device} still has {old} open",
                evidence,
                requirement,
                device,
            )
        return finding(
            "FW101",
            self._level("error"),
            f"required flow {requirement.name} is blocked",
            evidence,
            requirement,
            device,
        )

    def _default_open(self) -> bool:
        """Whether the ports that the site moved away from are open for the same ends."""
        for trial in self.judgement.trials:
            space = trial.space
            cube = space.true
            for field in ("proto", "dport"):
                for bit in space.fields[field]:
                    cube = cube & bit
            moved = trial.packets.exists(cube)
            old = with_services(space, moved, self.judgement.requirement.default_services)
            if trial.answered.connections.opening.certain.imp_strict(old) != space.false:
                return False
        return True

    def _partly(self) -> Iterator[Finding]:
        requirement, device = self.judgement.requirement, self.judgement.device
        closed = dict(closed_ports(self.judgement))
        for check, message in (
            ("FW102", f"some required ports of {requirement.name} are blocked"),
            ("FW103", f"{requirement.name} works for some of its addresses only"),
        ):
            for trial in self.judgement.trials:
                space = trial.space
                ports = space.union(
                    space.within(space.fields["proto"], ((proto, proto),))
                    & space.within(space.fields["dport"], values)
                    for proto, values in closed.items()
                )
                found = trial.blocked & (ports if check == "FW102" else ~ports)
                if found != space.false:
                    evidence = blocked(trial.answered, found, found)
                    level = self._level("error", may_be_critical=check == "FW102")
                    yield finding(check, level, message, evidence, requirement, device)
                    break

    def _undecided(self) -> Iterator[Finding]:
        requirement, device = self.judgement.requirement, self.judgement.device
        _, evidence = self._evidence("maybe_blocked")
        level: Level = "error" if requirement.is_critical else "warning"
        yield finding(
            "FW109",
            level,
            f"cannot decide whether {requirement.name} works: the export does not say enough",
            evidence,
            requirement,
            device,
        )
        if requirement.is_critical:
            yield finding(
                "FW111",
                "warning",
                f"{requirement.name} must never be blocked, but depends on a rule that may fail",
                evidence,
                requirement,
                device,
            )

    def _answers(self) -> Iterator[Finding]:
        requirement, device = self.judgement.requirement, self.judgement.device
        phases: tuple[Phase, ...] = ("reply", "later")
        for phase in phases:
            what = "answers to" if phase == "reply" else "later packets of"
            for trial in self.judgement.trials:
                lost = trial.cut_reply if phase == "reply" else trial.cut_later
                if lost.possible == trial.space.false:
                    continue
                evidence = blocked(trial.answered, lost.certain, lost.possible, phase)
                check = "FW104" if evidence.certainty == "certain" else "FW109"
                level = self._level("error") if check == "FW104" else "warning"
                verb = "are blocked" if check == "FW104" else "may be blocked"
                message = f"{what} {requirement.name} {verb}"
                yield finding(check, level, message, evidence, requirement, device)
                break


def _alternatives(every: list[Judgement]) -> Iterator[Finding]:
    """FW106: of several services one must work on all devices together."""
    by_name: dict[str, list[Judgement]] = {}
    for judgement in every:
        by_name.setdefault(judgement.requirement.name, []).append(judgement)
    for group in by_name.values():
        requirement = group[0].requirement
        if any(_alternative(group, n, certain=True) for n in range(len(requirement.services))):
            continue
        undecided = any(
            _alternative(group, n, certain=False) for n in range(len(requirement.services))
        )
        name = "maybe_blocked" if undecided else "blocked"
        trial = next(
            (t for j in group for t in j.trials if getattr(t, name) != t.space.false), None
        )
        names = " or ".join(service.text for service in requirement.services)
        if trial is None:
            # Every service is cut behind its first packet.
            trial = group[0].trials[0]
            lost = (
                trial.cut_reply
                if trial.cut_reply.possible != trial.space.false
                else trial.cut_later
            )
            phase: Phase = "reply" if lost is trial.cut_reply else "later"
            evidence = blocked(trial.answered, lost.certain, lost.possible, phase)
        else:
            packets = getattr(trial, name)
            evidence = blocked(trial.answered, trial.space.false if undecided else packets, packets)
        device = trial.answered.question.crossing.device.name
        if undecided:
            message = f"cannot decide whether {requirement.name} works over {names}"
            yield finding("FW109", "warning", message, evidence, requirement, device)
        else:
            message = f"none of the alternatives of {requirement.name} is open: {names}"
            level: Level = "warning" if requirement.need == "should" else "error"
            yield finding("FW106", level, message, evidence, requirement, device)


def _alternative(group: list[Judgement], index: int, *, certain: bool) -> bool:
    """Whether one service of the requirement works everywhere, for certain or possibly."""
    for judgement in group:
        service = judgement.requirement.services[index]
        for trial in judgement.trials:
            failing = trial.maybe_blocked if certain else trial.blocked
            for lost in (trial.cut_reply, trial.cut_later):
                failing = failing | (lost.possible if certain else lost.certain)
            if with_services(trial.space, failing, (service,)) != trial.space.false:
                return False
    return True


def _follow_on(survey: Survey, required: list[Judgement]) -> Iterator[Finding]:
    """FW112: the first port works, and what the product continues on is blocked completely."""
    working = [each for each in required if not each.any_set("maybe_blocked")]
    for judgement in judgements(survey, ("may",)):
        requirement = judgement.requirement
        rows = {row.id for row in requirement.rows}
        first = next(
            (
                each.requirement
                for each in working
                if each.device == judgement.device
                and each.requirement.policy == requirement.policy
                and rows & {row.id for row in each.requirement.rows}
            ),
            None,
        )
        if first is None or not judgement.fully_blocked:
            continue
        trial = judgement.trials[0]
        evidence = blocked(trial.answered, trial.blocked, trial.blocked)
        message = (
            f"{first.name} is open, but what it may continue on is blocked: {requirement.name}"
        )
        yield finding("FW112", "info", message, evidence, requirement, judgement.device)
