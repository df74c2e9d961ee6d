"""Packets of known connections pass many rules before one accepts them.

**Reports.** The rule that accepts packets of known connections stands behind 50 other rules or more, those of called chains included.

**Why it matters.** Nearly all packets belong to a known connection, and each of them is compared with all rules before.
Rules before it can also drop what belongs to a connection that was permitted.

**Example.** A list of blocked addresses stands in front:

```
-A INPUT -s 198.51.100.1/32 -j DROP
...
-A INPUT -s 198.51.100.99/32 -j DROP
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
```

**How to fix.** Move the rule to the front.
If the list should also end connections that are open already, keep it in front as one set (ipset, or a set of nftables).
"""

from collections.abc import Iterator

from flowmodel.fields import ESTABLISHED, NEW
from flowmodel.finding import Finding
from flowmodel.match import Test
from flowmodel.ruleset import Rule
from flowmodel.values import contains
from flowmodel.verdict import Accept, Goto, Jump
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.walked import filters
from linter.checks.subject import Subject

_MANY = 50


def run(subject: Subject) -> Iterator[Finding]:
    """The rules for known connections that stand behind many others."""
    told: set[int] = set()
    for each in filters(subject):
        before = 0
        for fate in each.fates.rules:
            if _is_for_known(fate.rule):
                if before >= _MANY and id(fate.rule) not in told:
                    told.add(id(fate.rule))
                    yield CHECK.finding(
                        f"packets of known connections pass {before} rules of "
                        f"{each.fates.base.name} on {each.device} before this one accepts them",
                        at(fate.rule.span, "accepted here", fate.rule.title),
                        device=each.device,
                        remedy="move the rule to the front",
                        subject=fate.rule.text,
                    )
                break
            before += not isinstance(fate.rule.verdict, Jump | Goto)


def _is_for_known(rule: Rule) -> bool:
    """Whether the rule accepts packets of known connections, whatever else they are."""
    return (
        isinstance(rule.verdict, Accept)
        and bool(rule.match)
        and all(
            isinstance(each, Test)
            and each.field == "state"
            and contains(each.values, ESTABLISHED)
            and not contains(each.values, NEW)
            for each in rule.match
        )
    )


CHECK = Check("FW318", "known-connections-late", "info", __doc__, run)
