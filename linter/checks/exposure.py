"""Openings that are too broad, as findings: FW201 to FW214."""

import re
from collections.abc import Iterator

from flowmodel.finding import LEVELS, Finding
from flowmodel.record import replace
from flowmodel.ruleset import Rule
from flowmodel.site import Site
from flowmodel.values import contains
from linter.checks import neighbours
from linter.checks.claims import Claim, Claims
from linter.checks.evidence import Case, Evidence, accepted
from linter.checks.make import finding
from linter.checks.permitted import Policies
from linter.engine.device.connection import Outcome
from linter.engine.sets.words import packets_in_words
from linter.engine.site.questions import Part
from linter.engine.site.survey import Answered, Survey

SHOWN = 50
"""How many rules of one reason are reported one by one; the rest are counted in one finding."""

_PORT = re.compile(r"\b([0-9]{1,5})(?:/(?:tcp|udp))?\b")


def check(site: Site, survey: Survey) -> Iterator[Finding]:
    """Findings about what one family's packets may reach beyond the policies."""
    policies = Policies(site, survey.space)
    permitted = policies.permitted()
    forbidden = policies.forbidden()
    kinds = list(policies.kinds())
    required: dict[str, list[tuple[Answered, Part]]] = {}
    for answered in survey.answers:
        mine = required.setdefault(answered.question.crossing.device.name, [])
        mine += [(answered, part) for part in answered.question.required]
    reasons: dict[tuple[str, ...], dict[Rule | None, list[Claim]]] = {}
    for answered in survey.answers:
        parts = required[answered.question.crossing.device.name]
        for claim in Claims(policies, permitted, forbidden, kinds, answered, parts).all():
            reasons.setdefault(claim.reason, {}).setdefault(claim.rule, []).append(claim)
    for by_rule in reasons.values():
        groups = list(by_rule.values())
        for group in groups[:SHOWN]:
            yield _finding(policies, group)
        if len(groups) > SHOWN:
            yield _rest(groups[SHOWN:])
    yield from neighbours.check(policies, permitted, survey, SHOWN)


def _finding(policies: Policies, group: list[Claim]) -> Finding:
    """One finding for what one rule does at several crossings."""
    space = policies.space
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
    level = max((each.level for each in group), key=LEVELS.index)
    evidence = accepted(Case(claim.answered.answer, outcome, whole, rule=claim.rule))
    made = finding(
        claim.check,
        level,
        claim.message,
        evidence,
        claim.requirement,
        claim.device,
        remedy=_remedy(policies, claim),
        subject=f"{claim.subject} {evidence.text}".strip(),
    )
    return replace(made, reasons=(*made.reasons, *_left_out(policies.site, claim, evidence)))


def _left_out(site: Site, claim: Claim, evidence: Evidence) -> tuple[str, ...]:
    """For FW205: what the document leaves out on purpose, if the opening may belong to it."""
    policy = claim.subject.partition(".")[0]
    said = (site.not_covered or {}).get(policy, ()) if claim.check == "FW205" else ()
    lines = "; ".join(line for line in said if _may_belong(line, evidence))
    return (f"it may belong to what the document of {policy} leaves out: {lines}",) if lines else ()


def _may_belong(line: str, evidence: Evidence) -> bool:
    """Whether a line is not about what goes out, and names no ports or one of those opened."""
    ports = [int(number) for number in _PORT.findall(re.sub(r"\([^)]*line[^)]*\)", "", line))]
    opened = evidence.destinations
    if line.lower().startswith("outgoing"):
        return False
    return not (ports and opened) or any(
        contains(each.ports, port) for each in opened for port in ports
    )


def _rest(groups: list[list[Claim]]) -> Finding:
    claim = groups[0][0]
    device = claim.answered.question.crossing.device
    return Finding(
        check=claim.check,
        level=max((each.level for group in groups for each in group), key=LEVELS.index),
        certainty="possible",
        message=f"{claim.message}, by {len(groups)} more rules of {device.name}",
        span=claim.rule.span if claim.rule else device.span,
        label="the first of them",
        device=device.name,
        flow=claim.requirement.name if claim.requirement else "",
        reasons=(f"only the first {SHOWN} rules are shown one by one",),
        key=(*claim.reason, "more"),
        title=claim.rule.title if claim.rule else "",
    )


def _remedy(policies: Policies, claim: Claim) -> str:
    flow = claim.requirement
    if flow is not None and claim.check in ("FW202", "FW203", "FW206"):
        needed = policies.flow(flow, flow.services)
        return f"permit only {packets_in_words(policies.space, needed)}"
    if claim.check == "FW210":
        return "use an encrypted protocol, or accept the finding with a reason"
    if claim.check == "FW212":
        return "drop it before this rule, or narrow the rule"
    return "close it, or name it under `allow` in the site file"
