"""The export does not say enough to tell whether a needed connection works.

**Reports.** Whether a needed flow passes depends on something that the export does not show: a set that is filled at run time, a match outside fwlint's model, a line that fwlint does not understand, or a target that is not part of netfilter.
The level is error if the policy marks the flow as critical.
If only rate limits and other stateful matches can block such a flow, the finding is FW111 instead.
If one part of a flow is certainly blocked and another part possibly, each part has its own finding.
A machine may hand on what is for it to another machine of its role. That works for certain only if the machine translates the source too, so that the replies come back over it, if the other one lets in what it sends on, and if that is not the machine that has sent it.

A device whose rules take more work to follow than a stated limit has this finding too, and the exit status is 2 because nothing is said of what else is open there.

**Why it matters.** fwlint does not guess.
Without this finding, a flow that was never proved would look like one that works.

**Example.** The staff need the API:

```yaml
- {id: api, from: staff, to: web, service: $api_port/tcp, app: API}
```

The rule permits it to the set `partners`, which is not in the export:

```
-A FORWARD -m set --match-set partners src -d 192.0.2.10/32 -i lan0 -p tcp -m tcp --dport 9443 -j ACCEPT
```

**How to fix.** The line `because:` names what is missing.
Add it to the export (for a set, the output of `ipset save`), or permit the flow with a rule that does not depend on it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.site import Requirement
from linter.checks.check import Check
from linter.checks.evidence import Evidence, at
from linter.checks.required.alternatives import choices
from linter.checks.required.answers import bypasses, cuts
from linter.checks.required.chosen import is_chosen
from linter.checks.required.failing import failing
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject
from linter.checks.words import flow_words

_NEEDED = ("must", "should")


def run(subject: Subject) -> Iterator[Finding]:
    """The flows that may be blocked: their replies, their first packets, or every alternative."""
    for cut in cuts(subject):
        if cut.evidence.certainty == "possible":
            requirement, device = cut.judgement.requirement, cut.judgement.device
            yield _finding(cut.words("may be"), cut.evidence, requirement, device, cut.remedy)
    for past in bypasses(subject):
        if past.evidence.certainty == "possible":
            message = past.words("may go")
            requirement, device = past.requirement, past.device
            yield _finding(message, past.evidence, requirement, device, past.remedy, past.doubt)
    for each in failing(subject):
        # Of a critical flow, what only limits and memories may block is FW111's.
        packets = each.unread if each.requirement.is_critical else each.undecided
        if each.has(packets):
            flow = flow_words(each.requirement)
            message = f"cannot decide whether required flow {flow} is permitted on {each.device}"
            yield _finding(message, each.evidence(packets), each.requirement, each.device)
    for choice in choices(subject, "undecided"):
        (obstacle,) = choice.obstacles
        device = obstacle.judgement.device
        message = (
            f"cannot decide whether any alternative of required flow "
            f"{flow_words(choice.requirement)} works: "
            f"{obstacle.service.text} may be blocked on {device}"
        )
        yield _finding(message, obstacle.evidence, choice.requirement, device, obstacle.remedy)

    yield from _unfollowed(subject)


def _unfollowed(subject: Subject) -> Iterator[Finding]:
    """The flows through devices whose rules take more work than the stated limit."""
    said: set[tuple[str, str]] = set()
    for survey in subject.surveys:
        for undecided in survey.undecided:
            device = undecided.question.crossing.device
            for part in undecided.question.required:
                flow = part.requirement
                if flow is None or flow.need not in _NEEDED or (flow.name, device.name) in said:
                    continue
                if not is_chosen(subject, flow):
                    continue
                said.add((flow.name, device.name))
                yield CHECK.finding(
                    f"cannot decide whether required flow {flow_words(flow)} is permitted on "
                    f"{device.name}: its rules are too complex",
                    at(device.span, "its rules are too complex", reasons=(undecided.why,)),
                    requirement=flow,
                    device=device.name,
                    level=level_of(flow, "warning", critical="error"),
                    certainty="possible",
                    key=(CHECK.id, device.name, flow.name, "limit"),
                )


def _finding(
    message: str,
    evidence: Evidence,
    requirement: Requirement,
    device: str,
    remedy: str = "",
    subject: str = "",
) -> Finding:
    return CHECK.finding(
        message,
        evidence,
        requirement=requirement,
        device=device,
        level=level_of(requirement, "warning", critical="error"),
        remedy=remedy,
        subject=subject,
    )


CHECK = Check("FW109", "cannot-decide", "warning", __doc__, run)
