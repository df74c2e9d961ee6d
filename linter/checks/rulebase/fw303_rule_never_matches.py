"""A rule that no packet can match.

**Reports.** No packet fulfils all conditions of the rule, or all of them and those of the jumps that lead to its chain.

**Why it matters.** Whoever wrote the rule meant some packets; the rule does nothing for them.
If it should block something, that is open.

**Example.** The chain is only for UDP, so its rule for TCP never matches:

```
-A INPUT -p udp -j services
-A services -p tcp -m tcp --dport 53 -j ACCEPT
```

**How to fix.** Correct the condition, move the rule to the chain where its packets come, or remove it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.match import NEVER
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.judged import written
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that match nothing, where packets come to their chain at all.

    NEVER is what no packet is of which rules are asked here, such as a fragment: tools have rules
    for them as well.
    """
    for each in written(subject):
        if each.never_matches and not any(NEVER in part.rule.match for part in each.parts):
            yield CHECK.finding(
                f"no packet can match this rule of {each.chain.name} on {each.device}",
                at(each.rule.span, "no packet fulfils all of this", each.rule.title),
                device=each.device,
                remedy="correct its conditions, or remove the rule",
                subject=each.rule.text,
            )


CHECK = Check("FW303", "rule-never-matches", "warning", __doc__, run)
