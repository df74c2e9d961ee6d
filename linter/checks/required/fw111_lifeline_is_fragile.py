"""A critical connection is open only through rules that can stop matching.

**Reports.** Whether packets of a critical flow pass depends on matches with a memory or a die, and on nothing else: rate limits, recent addresses, quotas, sets that rules fill.
The limit may be on a rule that accepts or on one that drops.
What depends on a match that cannot be read at all is FW109.

**Why it matters.** A lifeline, such as the administrators' way in, should not hang on a counter.
It fails exactly when there is trouble.

**Example.** ```
-A INPUT -p tcp --dport 22 -m limit --limit 3/min -j ACCEPT
-A INPUT -j DROP
```

**How to fix.** Permit the administrators' addresses by a rule without such a condition, before the limited one.
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
