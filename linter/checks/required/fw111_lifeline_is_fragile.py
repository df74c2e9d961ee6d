"""A critical connection is open only through rules that can stop matching.

**Reports.** Whether packets of a critical flow pass depends only on stateful or random matches: rate limits, recently seen addresses, quotas, or sets that rules fill.
The match may be on a rule that accepts or on a rule that drops.
A flow that depends on a match which fwlint cannot read at all is reported as FW109.

**Why it matters.** Critical access, such as the administrators' way in, should not depend on a counter.
It fails exactly when there is trouble.

**Example.** The administrators' access is critical:

```yaml
- {id: ssh, from: admins, to: web, service: 22/tcp, admin: yes, severity: critical}
```

It is accepted below a rate limit only:

```
-A FORWARD -s 10.1.99.0/24 -d 192.0.2.10/32 -i lan0 -p tcp -m tcp --dport 22 -m limit --limit 3/min -j ACCEPT
```

**How to fix.** Before the limited rule, add one without such a condition that permits the administrators' addresses.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.required.failing import failing
from linter.checks.subject import Subject
from linter.checks.words import flow_words


def run(subject: Subject) -> Iterator[Finding]:
    """The critical flows that nothing but limits and memories may block."""
    for each in failing(subject):
        if each.requirement.is_critical and each.has(each.undecided) and not each.has(each.unread):
            yield CHECK.finding(
                f"critical flow {flow_words(each.requirement)} can be blocked by a rate limit "
                f"or similar on {each.device}",
                each.evidence(each.undecided),
                requirement=each.requirement,
                device=each.device,
            )


CHECK = Check("FW111", "lifeline-is-fragile", "warning", __doc__, run)
