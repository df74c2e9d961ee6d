"""A needed connection is blocked, and a disabled rule would have permitted it.

**Reports.** A needed flow is blocked on a device, in whole or in part (FW101, FW102, FW103), and the export has a disabled rule that would permit everything that is certainly blocked: the first packets, the replies and the later packets.
fwlint checks the flow again with the rule enabled in its place, and sends the example packet through the rules once more.
If several disabled rules would help, the finding names the one that matches the least.
Two rules that only help together are named if one of them is a port-forward and the other permits its packets; otherwise a single rule must be enough.
Flows with several alternatives (FW106) are not covered, and fwlint tries at most 100 rules for a flow.

**Why it matters.** The rule was probably right, and was disabled for a test or by mistake.

**Example.** In pfSense, the rule for the API is there, but disabled, so the default rule drops the packets:

```
<rule>
  <type>pass</type>
  <interface>lan</interface>
  <ipprotocol>inet</ipprotocol>
  <protocol>tcp</protocol>
  <source><network>lan</network></source>
  <destination><address>web</address><port>9000</port></destination>
  <descr>API</descr>
  <disabled/>
</rule>
```

**How to fix.** Enable the rule again.
If it is meant to stay disabled, say in the site file that the flow is not needed.
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
