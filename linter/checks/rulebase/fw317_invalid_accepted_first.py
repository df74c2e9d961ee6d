"""Packets that belong to no connection are accepted before a rule drops them.

**Reports.** A rule drops packets of state INVALID, and rules before it accept TCP packets whatever their state.
What the machine says to itself does not count.

**Why it matters.** Whoever wrote the rule wanted no such packets at all.
They come from scans and from connections that the firewall has forgotten; the services that are open get them all the same.

**Example.** The web server gets them, and the rest of the machine does not:

```
-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
```

**How to fix.** Move the rule to the front, behind the one for known connections.
"""

from collections.abc import Iterator

from flowmodel.fields import INVALID, TCP
from flowmodel.finding import Finding, Related
from flowmodel.match import Test
from flowmodel.ruleset import Rule
from flowmodel.verdict import Accept, Drop, Reject
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.walked import Walked, filters
from linter.checks.subject import Subject
from linter.engine.device.fates import Fate
from linter.engine.device.mentions import LOOPBACK
from linter.engine.sets.space import PacketSet, minus

_SHOWN = 3


def run(subject: Subject) -> Iterator[Finding]:
    """The rules against packets of no connection that come too late for some."""
    told: set[int] = set()
    for each in filters(subject):
        for index, fate in enumerate(each.fates.rules):
            if not _is_against_invalid(fate.rule) or id(fate.rule) in told:
                continue
            before = list(_accepting(each, fate, each.fates.rules[:index]))
            if before:
                told.add(id(fate.rule))
                yield _finding(each, fate.rule, before)


def _is_against_invalid(rule: Rule) -> bool:
    return isinstance(rule.verdict, Drop | Reject) and any(
        isinstance(each, Test) and each.field == "state" and each.values == ((INVALID, INVALID),)
        for each in rule.match
    )


def _accepting(each: Walked, fate: Fate, before: tuple[Fate, ...]) -> Iterator[Rule]:
    space, numbers = each.fates.space, each.fates.header.numbers
    meant = fate.fits & space.within(numbers["proto"], ((TCP, TCP),))
    meant = minus(meant, _own(each))
    for other in before:
        is_accepting = isinstance(other.rule.verdict, Accept) and not other.rule.is_given
        if is_accepting and not each.fates.is_empty(other.hits & meant):
            yield other.rule


def _own(each: Walked) -> PacketSet:
    """What comes by the loopback interface."""
    space = each.fates.space
    code = space.names.index(LOOPBACK)
    sides = (each.fates.header.numbers[side] for side in ("in", "out"))
    return space.union(space.within(side, ((code, code),)) for side in sides)


def _finding(each: Walked, rule: Rule, before: list[Rule]) -> Finding:
    count = len(before)
    what = "a rule before it accepts" if count == 1 else f"{count} rules before it accept"
    return CHECK.finding(
        f"this rule of {each.device} drops packets of no connection, and {what} some of them",
        at(rule.span, "this comes too late", rule.title),
        related=[Related(one.span, "accepted here", one.title) for one in before[:_SHOWN]],
        device=each.device,
        remedy="move the rule to the front, behind the one for known connections",
        subject=rule.text,
    )


CHECK = Check("FW317", "invalid-accepted-first", "info", __doc__, run)
