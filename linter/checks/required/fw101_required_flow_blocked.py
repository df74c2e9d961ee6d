"""A connection that the product needs is blocked completely.

**Reports.** No packet of a flow that the policy says *must* work passes the device: not for one pair of addresses, not on one port.
Both the flow and the devices between its two ends follow from the site file.
The level is critical for a flow that the policy marks `severity: critical`, and warning for one with `need: should`.
Behind a public address the packets must also leave for the machine itself, at the port that they were sent to: a port-forward to another address or port counts as blocked.
What is only possibly blocked is FW109.

**Why it matters.** The product does not work, or part of it does not.
A blocked connection often shows as a timeout somewhere else, long after the change that caused it.

**Example.** The policy needs 4100/tcp, and the firewall still knows the service by its old port:

```
-A FORWARD -d 192.0.2.11 -p tcp --dport 4000 -j ACCEPT
-A FORWARD -j DROP
```

**How to fix.** Permit the flow before the rule that the finding shows.
The line `fix:` says which packets to permit; where the deciding place is a default policy, any place in the chain will do.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.required.failing import failing
from linter.checks.required.levels import level_of
from linter.checks.subject import Subject
from linter.checks.words import flow_words


def run(subject: Subject) -> Iterator[Finding]:
    """The flows of which no packet passes a device, and there is no better reason to tell."""
    for each in failing(subject):
        if not each.is_blocked or each.works_in_other_family or each.is_old_port_open:
            continue
        requirement, device = each.requirement, each.device
        evidence = each.evidence()
        what = f"is blocked on {device}"
        if evidence.is_misled:
            what = f"is sent to the wrong address or port by {device}"
        yield CHECK.finding(
            f"required flow {flow_words(requirement)} {what}",
            evidence,
            requirement=requirement,
            device=device,
            level=level_of(requirement, "error", critical="critical"),
        )


CHECK = Check("FW101", "required-flow-blocked", "error", __doc__, run)
