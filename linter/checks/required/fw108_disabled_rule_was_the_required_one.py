"""A needed connection is blocked, and a disabled rule would have permitted it.

**Reports.** On a device a needed flow is blocked, in whole or in part (FW101, FW102, FW103), and one disabled rule of its export would open all that is certainly blocked: the first packets, the answers and the later packets.
The question is asked again with the rule enabled in its place, and the example packet is sent through the rules once more.
Where several disabled rules would do, the one that matches the least is named.
Two rules that only help together are named if one of them is a port-forward and the other lets its packets pass; else one rule must be enough.
Flows with several alternatives (FW106) have no such finding, and at most 100 rules are tried for a flow.

**Why it matters.** The rule was probably right, and switched off for a test or by mistake.

**Example.** In pfSense the rule for 3901/tcp is there, with `<disabled/>`, and the default deny drops the packets.

**How to fix.** Enable the rule again, or, if it is meant to stay off, say in the site file that the flow is not needed.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding, Related
from flowmodel.record import replace
from linter.checks.check import Check
from linter.checks.required.disabled import Helpful, helpful
from linter.checks.required.failing import Failing, failing
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject
from linter.checks.words import flow_words


def run(subject: Subject) -> Iterator[Finding]:
    """The disabled rules that would open all that is surely blocked of a flow."""
    for each in failing(subject):
        found = helpful(each.judgement)
        if found is not None:
            yield _finding(each, found)


def _finding(failing: Failing, found: Helpful) -> Finding:
    requirement = failing.requirement
    rule, *others = (group.first for group in found.groups)
    what, them = ("two disabled rules", "them") if others else ("a disabled rule", "it")
    here = Related(rule.span, "this rule is disabled", rule.title)
    now = found.blocked.place
    label = "also disabled, and needed together with it"
    made = CHECK.finding(
        f"{what} would permit required flow {flow_words(requirement)}, "
        f"which is blocked on {failing.device}",
        replace(found.works, place=here, text=rule.text),
        requirement=requirement,
        device=failing.device,
        level=level_of(requirement, "error"),
        remedy=f"enable {them} again, or say in the site file that the flow is not needed",
    )
    beside = [Related(other.span, label, other.title) for other in others]
    blocks = Related(now.span, f"now {now.label}", now.title)
    return replace(made, related=(*beside, blocks, *made.related))


CHECK = Check("FW108", "disabled-rule-was-the-required-one", "error", __doc__, run)
