"""A connection that the product needs is blocked completely.

**Reports.** The policy says that a flow *must* work, and the device blocks all of it: every pair of addresses, on every port.
fwlint takes the flow, and the devices between its two ends, from the site file.
The level is critical if the policy marks the flow `severity: critical`, and warning if the flow has `need: should`.
For a public address, the packets must also be sent on to the machine itself, on the port that they were sent to: a port-forward to another address or port counts as blocked.
So does a rule that translates what is sent to the machine's own address, such as one of a proxy that takes all connections, and one by which the machine itself hands them on to a machine of another role.
A flow that is only possibly blocked is reported as FW109.

**Why it matters.** The product, or part of it, does not work.
A blocked connection often shows up as a timeout somewhere else, long after the change that caused it.

**Example.** The policy says that the web server needs its database:

```yaml
- {id: sql, from: web, to: db, service: 5432/tcp}
```

The firewall drops what no rule permits. It has rules for the web server's other connections, but none for this one:

```
:FORWARD DROP [0:0]
...
-A FORWARD -s 192.0.2.10/32 -d 10.2.0.30/32 -i dmz0 -p tcp -m multiport --dports 6379,16379 -j ACCEPT
-A FORWARD -s 192.0.2.10/32 -d 10.2.0.25/32 -i dmz0 -p tcp -m multiport --dports 465,587 -j ACCEPT
```

**How to fix.** Permit the flow before the rule that the finding shows.
The line `fix:` says which packets to permit; behind a port-forward, it names the address and port that the filter sees.
If no rule translates a public address, it says what to translate.
If a chain's default policy decides, any position in the chain will do.
A second place shows a rule that nearly permits the packet: it comes after the one that decides, or names another port, protocol, address, interface or address family.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.near import near
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
            related=near(subject, evidence),
            level=level_of(requirement, "error", critical="critical"),
        )


CHECK = Check("FW101", "required-flow-blocked", "error", __doc__, run)
