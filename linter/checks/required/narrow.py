"""Path-MTU errors that do not reach an end of a required connection of TCP.

Packets of TCP must not be fragmented on their way; a router that cannot pass one on says so to the
sender, who then sends smaller ones (RFC 1191, RFC 8201). Without the error, it sends the same
packet again and again: the connection opens, and stalls with the first big packet.
"""

from collections.abc import Iterator

from flowmodel.affected import ErrorPhase
from flowmodel.fields import Family
from flowmodel.record import dataclass
from flowmodel.ruleset import Traffic
from flowmodel.site import Requirement
from linter.checks.guesses import doubts
from linter.checks.proof import Case
from linter.checks.required.chosen import required
from linter.checks.required.trials import Trial
from linter.checks.subject import Subject
from linter.engine.device.ask import errors_lost
from linter.engine.device.connection import OWN_ERRORS, Outcome
from linter.engine.sets.space import minus
from linter.engine.site.survey import Answered

# At the machines themselves, what comes to them: they are the ones who have to know.
_PHASES: dict[Traffic, tuple[ErrorPhase, ...]] = {
    "input": ("error",),
    "output": ("answer error",),
    "forward": ("error", "answer error", *OWN_ERRORS),
}


@dataclass(frozen=True, slots=True)
class Unheard:
    """Errors about connections of one flow that a device blocks, or may."""

    requirement: Requirement
    device: str
    family: Family
    case: Case


def unheard(subject: Subject, family: Family) -> Iterator[Unheard]:
    """What is blocked in one family, in the order of the flows."""
    known: dict[int, dict[ErrorPhase, Outcome]] = {}
    for judgement in required(subject, family):
        for trial in judgement.trials:
            part = trial.part
            if part.way is None or (part.requirement is not None and part.requirement.is_self):
                continue
            answered = trial.answered
            if id(answered) not in known:
                known[id(answered)] = _unheard(answered)
            for phase, unheard_of in known[id(answered)].items():
                lost = _of(trial, unheard_of)
                if lost.possible == trial.space.false:
                    continue
                open_ = doubts(trial.crossing.device, family, part)
                if open_:
                    lost = Outcome(trial.space.false, lost.possible)
                place = answered.answer.place
                case = Case(answered.answer, lost, ((place, lost),), phase=phase, doubts=open_)
                yield Unheard(judgement.requirement, judgement.device, family, case)


def _unheard(answered: Answered) -> dict[ErrorPhase, Outcome]:
    """About which of the required connections no error arrives."""
    needed = answered.space.union(part.packets for part in answered.question.required)
    phases = _PHASES[answered.answer.place.traffic]
    return {phase: errors_lost(answered.answer, phase, needed) for phase in phases}


def _of(trial: Trial, lost: Outcome) -> Outcome:
    """Those of the trial's connections that work otherwise: what is blocked is another finding."""
    if lost.certain == lost.possible == trial.space.false:
        return lost
    failing = (trial.blocked, trial.reply, trial.later)
    dead = trial.space.union(each.certain for each in failing)
    doubtful = trial.space.union(each.possible for each in failing)
    certain = minus(lost.certain & trial.packets, dead)
    return Outcome(certain, certain | minus(lost.possible & trial.packets, doubtful))
