"""Required traffic that is blocked: FW101 to FW112."""

from collections.abc import Iterator, Mapping

from flowmodel.fields import Family
from flowmodel.finding import Finding, Level, Related
from flowmodel.record import dataclass, replace
from linter.checks import alternatives, disabled
from linter.checks.clients import are_rare, ports_of
from linter.checks.evidence import Evidence, blocked
from linter.checks.judged import Judgement, closed_ports, judgements, service_packets
from linter.checks.make import answers_remedy, finding
from linter.checks.names import pinned
from linter.engine.device.replay import Phase
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.witness import counted
from linter.engine.site.survey import Survey

_FEW = 100
"""A ban list shuts out less than the hundredth part of the internet."""


@dataclass(frozen=True, slots=True)
class Works:
    """What works for certain in one family; what was not asked is absent."""

    on_device: Mapping[tuple[str, str], bool]
    """By the names of a requirement and of a device."""
    alternatives: Mapping[str, bool]
    """By the name of a requirement with alternatives: whether one works all the way."""


def required(survey: Survey) -> list[Judgement]:
    """The judgements on everything that must or should work."""
    return judgements(survey, ("must", "should"))


def check(survey: Survey, every: list[Judgement], other_family: Works) -> Iterator[Finding]:
    """Findings about the required flows of one family."""
    for judgement in every:
        if not judgement.requirement.any_of:
            yield from _Judge(judgement, survey, other_family).findings()
    any_of = [each for each in every if each.requirement.any_of]
    yield from alternatives.check(any_of, other_family.alternatives)
    yield from _follow_on(survey, every)


def works(every: list[Judgement]) -> Works:
    """What works for certain."""
    on_device: dict[tuple[str, str], bool] = {}
    for each in every:
        key = (each.requirement.name, each.device)
        on_device[key] = each.works and on_device.get(key, True)
    any_of = [each for each in every if each.requirement.any_of]
    return Works(on_device, alternatives.works(any_of))


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
        failing = judgement.all_of("opening")
        empty = judgement.space.false
        if judgement.fully_blocked:
            yield self._blocked()
        elif failing.certain != empty:
            yield from self._partly()
        yield from disabled.check(judgement, self._level("error"))
        rest = minus(failing.possible, failing.certain)
        if rest != empty:
            yield self._undecided(rest)

    def _level(self, level: Level, *, may_be_critical: bool = False) -> Level:
        requirement = self.judgement.requirement
        if requirement.need == "should":
            return "warning"
        return "critical" if requirement.is_critical and may_be_critical else level

    def _evidence(self, packets: PacketSet) -> Evidence:
        found = self.judgement.case("opening", packets)
        if found is None:
            raise AssertionError("no trial fails for these packets")
        return blocked(found)

    def _finding(self, check: str, level: Level, message: str, evidence: Evidence) -> Finding:
        judgement = self.judgement
        return finding(check, level, message, evidence, judgement.requirement, judgement.device)

    def _has_both_families(self) -> bool:
        """Whether all ends that are cut off could talk in the other family instead."""
        other: Family = 6 if self.survey.family == 4 else 4
        ends = [end for t in self.judgement.trials for end in (t.part.source, t.part.destination)]
        return all(end is not None and end.addresses.of(other) for end in ends)

    def _blocked(self) -> Finding:
        requirement, device = self.judgement.requirement, self.judgement.device
        evidence = self._evidence(self.judgement.space.true)
        name = requirement.name
        if self.other_family.on_device.get((name, device)) and self._has_both_families():
            family, other = (4, 6) if self.survey.family == 4 else (6, 4)
            message = f"{name} works over IPv{other}, but not over IPv{family}"
            return self._finding("FW105", "warning", message, evidence)
        if requirement.default_services and self._default_open():
            old = ", ".join(service.text for service in requirement.default_services)
            new = ", ".join(service.text for service in requirement.services)
            message = f"{name} needs {new} here, but only its old port {old} is open"
            return self._finding("FW107", self._level("error"), message, evidence)
        level = self._level("error", may_be_critical=True)
        if evidence.is_misled:
            message = f"required flow {name} is not sent to the machine that it is for"
        else:
            message = f"required flow {name} is blocked"
        return self._finding("FW101", level, message, evidence)

    def _default_open(self) -> bool:
        """Whether the ports that the site moved away from are open for the same ends."""
        for trial in self.judgement.trials:
            space = trial.space
            moved = trial.packets.exists(space.cube("proto", "dport"))
            services = self.judgement.requirement.default_services
            old = moved & service_packets(space, services)
            if minus(old, trial.answered.connections.opening.certain) != space.false:
                return False
        return True

    def _partly(self) -> Iterator[Finding]:
        judgement = self.judgement
        space, name = judgement.space, judgement.requirement.name
        closed = space.union(
            space.within(space.fields["proto"], ((proto, proto),))
            & space.within(space.fields["dport"], values)
            for proto, values in closed_ports(judgement)
        )
        failing = judgement.all_of("opening").certain
        level = self._level("error", may_be_critical=True)
        if failing & closed != space.false:
            message = f"some required ports of {name} are blocked"
            yield self._finding("FW102", level, message, self._evidence(failing & closed))
        shut = minus(failing, closed)
        if shut != space.false:
            evidence = self._evidence(shut)
            rule = pinned(judgement)
            if rule is None:
                passing = space.union(
                    minus(trial.packets, trial.blocked.possible) for trial in judgement.trials
                )
                message = f"{name} works for some of its addresses only"
                if failing & passing != space.false:
                    message = f"{name} works over some interfaces only"
                elif ports := ports_of(space, shut):
                    message = f"{name} is blocked for clients with the ports {ports}"
                if self._is_ban(shut) or are_rare(space, shut):
                    level = "warning"
                yield self._finding("FW103", level, message, evidence)
                return
            fqdn = judgement.requirement.fqdn
            message = f"{name} goes to {fqdn}, and only literal addresses are permitted for it"
            made = self._finding("FW110", "warning", message, evidence)
            permitted = "permitted by this, as long as the name has these addresses"
            label = Related(rule.span, permitted, rule.title)
            remedy = f"permit it by name or to every address, or bind {fqdn} to its addresses"
            yield replace(made, related=(*made.related, label), remedy=remedy)

    def _is_ban(self, failing: PacketSet) -> bool:
        """Whether only few addresses of the internet are shut out, as a list of bans does it."""
        space = self.judgement.space
        trials = [t for t in self.judgement.trials if t.packets & failing != space.false]
        sources = [trial.part.source for trial in trials]
        if not all(source is not None and source.kind == "internet" for source in sources):
            return False
        every = space.union(trial.packets for trial in trials)
        return counted(space, failing, "src") * _FEW < counted(space, every, "src")

    def _undecided(self, packets: PacketSet) -> Finding:
        requirement = self.judgement.requirement
        name = requirement.name
        if requirement.is_critical:
            unread = self.judgement.blocked_by_unread & packets
            if unread == self.judgement.space.false:
                message = f"{name} must never be blocked, and a limit or the like may block it"
                return self._finding("FW111", "warning", message, self._evidence(packets))
            packets = unread
        message = f"cannot decide whether {name} works: the export does not say enough"
        level = self._level("error" if requirement.is_critical else "warning")
        return self._finding("FW109", level, message, self._evidence(packets))

    def _answers(self) -> Iterator[Finding]:
        """FW104, or FW109 where it is only possible; one finding where one place does it all."""
        judgement = self.judgement
        phases: tuple[Phase, ...] = ("reply", "later")
        found = {phase: judgement.case(phase, judgement.space.true) for phase in phases}
        evidence = {phase: blocked(case) for phase, case in found.items() if case}
        if len({(each.span, each.certainty) for each in evidence.values()}) == 1:
            yield self._cut(list(evidence), next(iter(evidence.values())))
            return
        for phase, each in evidence.items():
            yield self._cut([phase], each)

    def _cut(self, phases: list[Phase], evidence: Evidence) -> Finding:
        requirement, device = self.judgement.requirement, self.judgement.device
        words: dict[Phase, str] = {"reply": "answers to", "later": "later packets of"}
        what = " and ".join(words[phase] for phase in phases)
        remedy = answers_remedy(evidence, device)
        space = self.judgement.space
        failing = [self.judgement.all_of(phase) for phase in phases]
        packets = space.union(each.possible for each in failing)
        if evidence.certainty == "certain":
            packets = space.union(each.certain for each in failing)
            check, verb = "FW104", "are blocked"
            level = self._level("warning" if are_rare(space, packets) else "error")
        else:
            check, verb = "FW109", "may be blocked"
            level = self._level("error" if requirement.is_critical else "warning")
        ports = ports_of(space, packets)
        clients = f" for clients with the ports {ports}" if ports else ""
        message = f"{what} {requirement.name} {verb}{clients}"
        return finding(check, level, message, evidence, requirement, device, remedy=remedy)


def _follow_on(survey: Survey, required: list[Judgement]) -> Iterator[Finding]:
    """FW112: the first port works, and what the product continues on is blocked completely."""
    working = [each for each in required if each.is_open]
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
        found = judgement.case("opening", judgement.space.true)
        if found is not None:
            message = (
                f"{first.name} is open, but what it may continue on is blocked: {requirement.name}"
            )
            yield finding("FW112", "info", message, blocked(found), requirement, judgement.device)
