"""Connections that may begin and then break: their replies or later packets are blocked.

Both phases are judged for the packets whose opening passes, by the opening packet. Where one place
blocks both, that is one thing to mend, and so one finding.
"""

from collections.abc import Iterator

from flowmodel.fields import Family
from flowmodel.record import dataclass, replace
from flowmodel.site import Requirement
from linter.checks.evidence import Evidence, at
from linter.checks.proof import blocked
from linter.checks.required.chosen import is_chosen
from linter.checks.required.clients import ports_of
from linter.checks.required.failing import failing_in
from linter.checks.required.judgements import Judgement
from linter.checks.subject import Subject
from linter.checks.words import flow_words
from linter.engine.device.replay import Phase
from linter.engine.sets.digest import digest
from linter.engine.sets.space import PacketSet, minus
from linter.engine.sets.words import packets_in_words
from linter.engine.site.handed import Handed, Loss
from linter.engine.site.survey import Survey

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
        ports = ports_of(self.judgement, self.packets)
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


@dataclass(frozen=True, slots=True)
class Bypass:
    """Replies to a flow inside, by a public address, that do not come back over the translator.

    Or what a machine hands on to another one of its role, and that may not work there.
    """

    requirement: Requirement
    device: str
    evidence: Evidence
    doubt: str = ""
    """What nobody knows of what is handed on."""
    loss: Loss = "the replies"

    def words(self, verb: str) -> str:
        """What becomes of them."""
        flow = flow_words(self.requirement)
        if self.loss == "at the other":
            return (
                f"required flow {flow} is handed on by {self.device} to another machine of its "
                "role, where it may be blocked"
            )
        if self.loss == "to its sender":
            return f"required flow {flow} may be sent back by {self.device} to its sender"
        return (
            f"replies to required flow {flow} {verb} past {self.device} with another address than "
            "was asked"
        )

    @property
    def remedy(self) -> str:
        """What would bring them back, or let them in."""
        if self.loss == "at the other":
            return f"permit there what {self.device} sends on, as it is then"
        if self.loss == "to its sender":
            return f"on {self.device}, leave what that machine sends out of the translation"
        return f"on {self.device}, translate the source of these packets too"


def bypasses(subject: Subject) -> Iterator[Bypass]:
    """What goes past a device, or may, in either family."""
    for survey in subject.surveys:
        for each in survey.bypassed:
            flow, way = each.part.requirement, each.part.way
            if flow is None or way is None or flow.need not in ("must", "should"):
                continue
            if not is_chosen(subject, flow):
                continue
            device = next(c.device.name for c in way.paths[0] if c.traffic == "forward")
            ends = f"from {way.source.network} to {way.arrives.network} by a public address"
            sure, open_ = each.lost.certain, minus(each.lost.possible, each.lost.certain)
            if sure != survey.space.false:
                extent = packets_in_words(survey.space, sure)
                about = [digest(survey.space, [sure])]
                yield Bypass(flow, device, at(flow.span, ends, extent=extent, about=about))
            if open_ != survey.space.false:
                why = (f"whether {device} translates the source of these packets",)
                if way.is_told:
                    why = (f"whether the replies come back over {device}",)
                place = at(
                    flow.span,
                    ends,
                    extent=packets_in_words(survey.space, open_),
                    reasons=why,
                    about=[digest(survey.space, [open_])],
                )
                yield Bypass(flow, device, replace(place, certainty="possible"))
        yield from _handed_on(subject, survey)


def _handed_on(subject: Subject, survey: Survey) -> Iterator[Bypass]:
    """What is open of the packets of each flow that a machine hands on, doubt by doubt."""
    found: dict[tuple[str, str, str], list[Handed]] = {}
    for each in survey.handed:
        flow = each.part.requirement
        if flow and flow.need in ("must", "should") and is_chosen(subject, flow):
            found.setdefault((flow.name, each.device.name, each.doubt), []).append(each)
    for (_, device, doubt), several in found.items():
        flow, loss = several[0].part.requirement, several[0].loss
        packets = survey.space.union(each.packets for each in several)
        if flow is not None:
            place = at(
                flow.span,
                f"handed on by {device}",
                extent=packets_in_words(survey.space, packets),
                reasons=(doubt,),
                about=[digest(survey.space, [packets])],
            )
            yield Bypass(flow, device, replace(place, certainty="possible"), doubt, loss)


def answers_remedy(evidence: Evidence, device: str) -> str:
    """What would let replies and later packets pass."""
    if not evidence.untracked:
        return f"accept packets of established connections on {device}, {evidence.where}"
    return (
        f"add rules for the later packets of the connection on {device}, "
        f"{evidence.where}: {evidence.untracked}"
    )
