"""Claims as findings: one for what one rule does at several crossings."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from flowmodel.finding import LEVELS, Finding
from flowmodel.record import replace
from flowmodel.ruleset import Rule
from linter.checks.check import Check
from linter.checks.evidence import Evidence, at
from linter.checks.exposure.claims import Claim, Opened
from linter.checks.exposure.words import opened
from linter.checks.proof import Case, accepted
from linter.engine.device.connection import Outcome
from linter.engine.sets.words import packets_in_words

SHOWN = 50
"""How many rules of one reason are reported one by one; the rest are counted in one finding."""
CLOSE = "close it, or add it under `allow` in the site file"


def reported(
    check: Check,
    claims: Iterable[Claim],
    remedy: Callable[[Claim], str],
    reasons: Callable[[Claim, Evidence], tuple[str, ...]] = lambda *_: (),
) -> Iterator[Finding]:
    """The findings of one check among the claims, which come family by family.

    `reasons` are what else there is to say of a claim, with its evidence.
    """
    mine = [claim for claim in claims if claim.reason.check is check]
    both_families = _alike(mine)
    for _, of_family in groupby(mine, lambda claim: claim.answered.space.family):
        for alike, by_rule in _alike(of_family).items():
            groups = list(by_rule.items())
            for rule, group in groups[:SHOWN]:
                words = opened(both_families[alike][rule])
                yield _finding(check, group, words, remedy, reasons)
            if len(groups) > SHOWN:
                rule, group = groups[SHOWN]
                words = opened(both_families[alike][rule])
                yield _rest(check, [each for _, each in groups[SHOWN:]], words)


def _alike(claims: Iterable[Claim]) -> dict[tuple[str, ...], dict[Rule | None, list[Claim]]]:
    """The claims that say the same, and of these the ones on each rule."""
    found: dict[tuple[str, ...], dict[Rule | None, list[Claim]]] = {}
    for claim in claims:
        found.setdefault(claim.alike, {}).setdefault(claim.rule, []).append(claim)
    return found


def _finding(
    check: Check,
    group: list[Claim],
    words: Opened,
    remedy: Callable[[Claim], str],
    reasons: Callable[[Claim, Evidence], tuple[str, ...]],
) -> Finding:
    space = group[0].answered.space
    outcomes = [claim.outcome for claim in group]
    whole = Outcome(
        space.union(each.certain for each in outcomes),
        space.union(each.possible for each in outcomes),
    )
    # The witness is one that is certain and as bad as the finding says, if there is such a one.
    claim, outcome = max(
        zip(group, outcomes, strict=True),
        key=lambda pair: (pair[1].certain != space.false, LEVELS.index(pair[0].level)),
    )
    evidence = accepted(Case(claim.answered.answer, outcome, whole, rule=claim.rule))
    more = reasons(claim, evidence)
    return check.finding(
        claim.reason.say(words),
        replace(evidence, reasons=evidence.reasons + more),
        requirement=claim.reason.requirement,
        device=claim.device,
        level=max((each.level for each in group), key=LEVELS.index),
        remedy=remedy(claim),
        subject=f"{claim.reason.subject} {evidence.text}".strip(),
    )


def _rest(check: Check, groups: list[list[Claim]], words: Opened) -> Finding:
    """The finding that counts what is not shown."""
    claim = groups[0][0]
    device, rule = claim.answered.question.crossing.device, claim.rule
    why = (f"only the first {SHOWN} rules are listed individually",)
    return check.finding(
        f"{claim.reason.say(words)}; {len(groups) - 1} more rules do the same",
        at(
            rule.span if rule else device.span,
            "the first of them",
            rule.title if rule else "",
            reasons=why,
        ),
        device=device.name,
        flow=claim.reason.requirement.name if claim.reason.requirement else "",
        level=max((each.level for group in groups for each in group), key=LEVELS.index),
        certainty="possible",
        key=(*claim.alike, "more"),
    )


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
