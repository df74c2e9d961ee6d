"""Packets that belong to no connection are accepted before a rule drops them.

**Reports.** A rule drops packets of state INVALID, but rules before it accept TCP packets whatever their state.
What the machine sends to itself does not count.

**Why it matters.** Whoever wrote the rule wanted no such packets at all.
They come from scans and from connections that the firewall has forgotten, and the open services still get them.

**Example.** The web server still gets them; only the rest of the machine does not:

```
-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
```

**How to fix.** Move the rule to the front, right after the one for known connections.
"""

from collections.abc import Iterator

from flowmodel.fields import INVALID, TCP
from flowmodel.finding import Finding, Related
from flowmodel.match import Test
from flowmodel.record import NamedTuple
from flowmodel.ruleset import Rule
from flowmodel.values import Values
from flowmodel.verdict import Accept, Denial
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.rulebase.judged import error, looked
from linter.checks.subject import Subject
from linter.engine.budget import Budget
from linter.engine.device.fates import Fate, Fates, Undecided
from linter.engine.device.mentions import distinct_rules
from linter.engine.sets.space import minus

_INVALID: Values = ((INVALID, INVALID),)
_SHOWN = 3


class _Late(NamedTuple):
    """A rule against packets of no connection, and those that accept some of them before it."""

    rule: Rule
    before: list[Rule]


def run(subject: Subject) -> Iterator[Finding]:
    """The rules against packets of no connection that come too late for some."""
    every = (ruleset for its in subject.exports.values() for ruleset in its)
    if not any(map(_is_against_invalid, distinct_rules(every))):
        return
    told: set[int] = set()
    undecided: list[tuple[str, Undecided]] = []
    for device, looks in looked(subject, _late):
        for look in looks:
            if isinstance(look, Undecided):
                undecided.append((device, look))
                continue
            for each in look.found:
                if id(each.rule) not in told:
                    told.add(id(each.rule))
                    yield _finding(device, *each)
    if failed := error(undecided):
        raise failed


def _late(chain: Fates, _: Budget, __: bool, /) -> Iterator[_Late]:  # noqa: FBT001
    if chain.base.base is None or chain.base.base.purpose != "filter":
        return
    for index, fate in enumerate(chain.rules):
        if _is_against_invalid(fate.rule):
            before = list(_accepting(chain, fate, chain.rules[:index]))
            if before:
                yield _Late(fate.rule, before)


def _is_against_invalid(rule: Rule) -> bool:
    if not isinstance(rule.verdict, Denial):
        return False
    # No generator: all rules are asked.
    for each in rule.match:
        if isinstance(each, Test) and each.field == "state" and each.values == _INVALID:
            return True
    return False


def _accepting(chain: Fates, fate: Fate, before: tuple[Fate, ...]) -> Iterator[Rule]:
    space, numbers = chain.space, chain.header.numbers
    meant = fate.fits & space.within(numbers["proto"], ((TCP, TCP),))
    meant = minus(meant, chain.local)
    for other in before:
        is_accepting = isinstance(other.rule.verdict, Accept) and not other.rule.is_given
        if is_accepting and not chain.is_empty(other.hits & meant):
            yield other.rule


def _finding(device: str, rule: Rule, before: list[Rule]) -> Finding:
    count = len(before)
    what = "a rule before it accepts" if count == 1 else f"{count} rules before it accept"
    return CHECK.finding(
        f"this rule of {device} drops packets of no connection, and {what} some of them",
        at(rule.span, "this comes too late", rule.title, about=[one.text for one in before]),
        related=[Related(one.span, "accepted here", one.title) for one in before[:_SHOWN]],
        device=device,
        remedy="move the rule to the front, behind the one for known connections",
        subject=rule.text,
    )


CHECK = Check("FW317", "invalid-accepted-first", "info", __doc__, run)
