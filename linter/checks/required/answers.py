"""Connections that may begin and then break: their replies or later packets are blocked.

Both phases are judged for the packets whose opening passes, by the opening packet. Where one place
blocks both, that is one thing to mend, and so one finding.
"""

from collections.abc import Iterator

from flowmodel.fields import Family
from flowmodel.record import dataclass
from linter.checks.evidence import Evidence
from linter.checks.proof import blocked
from linter.checks.required.clients import ports_of
from linter.checks.required.failing import failing_in
from linter.checks.required.judgements import Judgement
from linter.checks.subject import Subject
from linter.checks.words import flow_words
from linter.engine.device.replay import Phase
from linter.engine.sets.space import PacketSet

_PHASES: tuple[Phase, ...] = ("reply", "later")
_WORDS: dict[Phase, str] = {"reply": "replies to", "later": "later packets of"}


@dataclass(frozen=True, slots=True)
class Cut:
    """One place that blocks replies, later packets, or both, for certain or possibly."""

    judgement: Judgement
    phases: tuple[Phase, ...]
    evidence: Evidence

    @property
    def packets(self) -> PacketSet:
        """The opening packets of the connections that are cut."""
        failing = [self.judgement.all_of(phase) for phase in self.phases]
        is_certain = self.evidence.certainty == "certain"
        return self.judgement.space.union(
            each.certain if is_certain else each.possible for each in failing
        )

    def words(self, verb: str) -> str:
        """What is cut, on which device, and for which clients where these are not all."""
        what = " and ".join(_WORDS[phase] for phase in self.phases)
        ports = ports_of(self.judgement.space, self.packets)
        clients = f" for clients with source ports {ports}" if ports else ""
        flow = flow_words(self.judgement.requirement)
        return f"{what} {flow} {verb} blocked on {self.judgement.device}{clients}"

    @property
    def remedy(self) -> str:
        """What would let the packets pass."""
        return answers_remedy(self.evidence, self.judgement.device)


def cuts(subject: Subject) -> Iterator[Cut]:
    """What is cut, or may be, in either family."""
    for family in subject.families:
        yield from subject.once(_cuts, family)


def _cuts(subject: Subject, family: Family) -> list[Cut]:
    return [cut for each in failing_in(subject, family) for cut in _of(each.judgement)]


def _of(judgement: Judgement) -> Iterator[Cut]:
    found = {phase: judgement.case(phase, judgement.space.true) for phase in _PHASES}
    evidence = {phase: blocked(case) for phase, case in found.items() if case}
    if len({(each.place.span, each.certainty) for each in evidence.values()}) == 1:
        yield Cut(judgement, tuple(evidence), next(iter(evidence.values())))
        return
    for phase, each in evidence.items():
        yield Cut(judgement, (phase,), each)


def answers_remedy(evidence: Evidence, device: str) -> str:
    """What would let replies and later packets pass."""
    if not evidence.untracked:
        return f"accept packets of established connections on {device}, {evidence.where}"
    return (
        f"add rules for the later packets of the connection on {device}, "
        f"{evidence.where}: {evidence.untracked}"
    )
