"""Claims as findings: one for what one rule does at several crossings."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from flowmodel.finding import LEVELS, Finding, Level
from flowmodel.record import dataclass, replace
from flowmodel.ruleset import Rule
from linter.checks.affected import affected
from linter.checks.check import Check
from linter.checks.evidence import Evidence, at
from linter.checks.exposure.claims import Claim, Opened
from linter.checks.guesses import which_machine
from linter.checks.proof import Case, accepted
from linter.engine.budget import Budget
from linter.engine.device.connection import Outcome
from linter.engine.device.sent import arrivals
from linter.engine.sets.space import Space, minus
from linter.engine.sets.words import packets_in_words
from linter.engine.site.exported import PRIVATE

SHOWN = 50
"""How many rules of one reason are reported one by one; the rest are counted in one finding."""
CLOSE = "close it, or add it under `allow` in the site file"

Reasons = Callable[[Claim, Evidence], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A finding without its headline: the claims, the one that is shown, and its proof."""

    claims: list[Claim]
    """Those of the rule, or of the first one if it counts many: a headline may not cost much."""
    shown: Claim
    evidence: Evidence
    level: Level
    rest: int = 0
    """How many rules it counts; none if it is about one rule."""

    @property
    def alike(self) -> tuple[object, ...]:
        """What drafts share that will be one finding: see `evaluation.merged`."""
        proof = self.evidence
        return (self.shown.alike, proof.place, proof.certainty, proof.text, self.level, self.rest)


def reported(
    check: Check,
    claims: Iterable[Claim],
    remedy: Callable[[Claim], str],
    reasons: Reasons = lambda *_: (),
) -> Iterator[Finding]:
    """The findings of one check among the claims, which come family by family.

    `reasons` are what else there is to say of a claim, with its evidence. What several rules of the
    model do at one place of an export, for each family or each value of a list, is one finding. So
    the headline speaks of all of them, and they are proved before the first one is told.
    """
    mine = [claim for claim in claims if claim.reason.check is check]
    if not mine:
        return
    from linter.checks.exposure.words import opened

    drafts: dict[tuple[object, ...], list[_Draft]] = {}
    found: list[_Draft] = []
    fault: Exception | None = None
    try:
        for draft in _drafts(mine, reasons):
            drafts.setdefault(draft.alike, []).append(draft)
            found.append(draft)
    except MemoryError:
        # All begins again; kept, the error would keep the sets of this time too.
        raise
    except Exception as error:  # noqa: BLE001 - what was proved before counts, and then it is raised
        fault = error
    words = {key: opened([c for each in some for c in each.claims]) for key, some in drafts.items()}
    for draft in found:
        yield _finding(check, draft, words[draft.alike], remedy)
    if fault is not None:
        raise fault


def _drafts(claims: list[Claim], reasons: Reasons) -> Iterator[_Draft]:
    for _, of_family in groupby(claims, lambda claim: claim.answered.space.family):
        for by_rule in _alike(of_family):
            for group in by_rule[:SHOWN]:
                with _work_on(group).question():
                    draft = _proved(group, reasons)
                yield draft
            if rest := by_rule[SHOWN:]:
                with _work_on(rest[0]).question():
                    draft = _counted(rest)
                yield draft


def _work_on(claims: list[Claim]) -> Budget:
    """What the proof of the claims counts as: more of the work of asking the device."""
    return claims[0].answered.answer.firewall.budget


def _alike(claims: Iterable[Claim]) -> list[list[list[Claim]]]:
    """The claims that say the same, and of these the ones on each rule."""
    found: dict[tuple[str, ...], dict[Rule | None, list[Claim]]] = {}
    for claim in claims:
        found.setdefault(claim.alike, {}).setdefault(claim.rule, []).append(claim)
    return [list(by_rule.values()) for by_rule in found.values()]


def _proved(group: list[Claim], reasons: Reasons) -> _Draft:
    """What one rule does at several crossings, with a packet that it lets pass."""
    space = group[0].answered.space
    outcomes = [claim.outcome for claim in group]
    places = (claim.answered.answer.place for claim in group)
    everywhere = tuple(zip(places, outcomes, strict=True))
    # The witness is one that is certain and as bad as the finding says, if there is such a one.
    claim, outcome = max(
        zip(group, outcomes, strict=True),
        key=lambda pair: (pair[1].certain != space.false, LEVELS.index(pair[0].level)),
    )
    doubts = _doubts(claim, outcome)
    shown = _likely(outcome, space)
    evidence = accepted(
        Case(claim.answered.answer, shown, everywhere, rule=claim.rule, doubts=doubts)
    )
    more = evidence.reasons + reasons(claim, evidence)
    told = replace(evidence, reasons=more, about=_arrivals(group, outcomes))
    return _Draft(group, claim, told, _worst(group))


def _arrivals(claims: Iterable[Claim], outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Where packets arrive that are sent on: they can be the same, and go to another machine."""
    pairs = zip(claims, outcomes, strict=True)
    found = (arrivals(claim.answered.answer, outcome.possible) for claim, outcome in pairs)
    return tuple(dict.fromkeys(text for several in found for text in several))


def _likely(outcome: Outcome, space: Space) -> Outcome:
    """Those packets that are not sent to private addresses, if there are some: people know them."""
    private = space.within(space.fields["dst"], PRIVATE.of(space.family))
    likely = Outcome(minus(outcome.certain, private), minus(outcome.possible, private))
    if likely.possible == space.false or (likely.certain == space.false != outcome.certain):
        return outcome
    return likely


def _doubts(claim: Claim, outcome: Outcome) -> tuple[str, ...]:
    """What is open about the packets that may pass."""
    empty = claim.answered.space.false
    device = claim.answered.question.crossing.device
    found = (d.reason for d in claim.crossing.doubts if d.packets & outcome.possible != empty)
    return (*which_machine(device, claim.answered.space.family), *found)


def _counted(groups: list[list[Claim]]) -> _Draft:
    """What is not shown rule by rule."""
    claim = groups[0][0]
    device, rule = claim.answered.question.crossing.device, claim.rule
    why = (f"only the first {SHOWN} rules are listed individually",)
    span, title = (rule.span, rule.title) if rule else (device.span, "")
    place = at(span, "the first of them", title, reasons=why)
    level = _worst(claim for group in groups for claim in group)
    every = [each for group in groups for each in group]
    outcomes = [each.outcome for each in every]
    places = (each.answered.answer.place for each in every)
    packets = affected(claim.answered.space, tuple(zip(places, outcomes, strict=True)))
    told = replace(place, affected=packets, about=_arrivals(every, outcomes))
    return _Draft(groups[0], claim, told, level, len(groups))


def _worst(claims: Iterable[Claim]) -> Level:
    return max((each.level for each in claims), key=LEVELS.index)


def _finding(check: Check, draft: _Draft, words: Opened, remedy: Callable[[Claim], str]) -> Finding:
    claim, reason = draft.shown, draft.shown.reason
    if draft.rest:
        return check.finding(
            f"{draft.rest} more rules, such as: {reason.say(words)}",
            draft.evidence,
            device=claim.device,
            flow=reason.requirement.name if reason.requirement else "",
            level=draft.level,
            certainty="possible",
            key=(*claim.alike, "more"),
        )
    from linter.checks.exposure.unnamed import lines_to_add

    message = reason.say(words)
    added = _to_bind(claim) + lines_to_add(message, claim.crossing.policies.site)
    return check.finding(
        message,
        draft.evidence,
        requirement=reason.requirement,
        device=claim.device,
        level=draft.level,
        remedy=remedy(claim) + added,
        subject=f"{reason.subject} {draft.evidence.text}".strip(),
    )


def _to_bind(claim: Claim) -> str:
    """What else helps where nobody knows an address of the machine in the family."""
    if not any(part.is_anywhere for part in claim.answered.question.inward):
        return ""
    family = claim.answered.space.family
    none = ", or say `ipv6: no` if it has none" if family == 6 else ""
    return f"; or bind its address of IPv{family}{none}"


def only_needed(claim: Claim) -> str:
    """The remedy for what is open beside a flow: the flow alone."""
    flow, policies = claim.reason.requirement, claim.crossing.policies
    if flow is None:
        return CLOSE
    needed = policies.flow(flow, flow.services)
    if needed == policies.space.false:
        # The flow has no addresses of this family, so nothing of it is needed.
        return f"close it over IPv{policies.space.family}: {flow.name} does not use that here"
    return f"permit only {packets_in_words(policies.space, needed)}"
