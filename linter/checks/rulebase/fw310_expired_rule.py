"""A rule that has expired.

**Reports.** A rule only matches until a certain day, and that day is over: `-m time --datestop` in iptables, `meta time` in nftables.
The message says which day it was compared with: today, or the day given with `--date`.
An export does not tell the time zone of its dates, so a whole day must have passed in between.
Schedules of pfSense and OPNsense have no year and recur, so none of them ever expires.

**Why it matters.** An expired permission does no harm, but it clutters the rules.
An expired denial does not deny any more.

**Example.** The migration was over in May:

```
-A INPUT -p tcp -m tcp --dport 3389 -m time --datestop 2024-05-31T00:00:00 -j ACCEPT
```

**How to fix.** Remove the rule, or give it a new end.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from flowmodel.finding import Finding
from flowmodel.ruleset import Rule
from flowmodel.source import Span
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject
from linter.engine.device.mentions import distinct_rules, last_day

_BETWEEN = timedelta(days=1)
"""Time zones are less than a day apart from each other, in sum."""


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that can match no packet any more, each once."""
    for device, rulesets in subject.exports.items():
        told: set[Span] = set()
        for rule in distinct_rules(rulesets):
            last = last_day(rule)
            is_over = last is not None and last + _BETWEEN < subject.today
            if last and is_over and rule.span not in told:
                told.add(rule.span)
                yield _finding(device, rule, last, subject.today)


def _finding(device: str, rule: Rule, last: date, today: date) -> Finding:
    return CHECK.finding(
        f"the last day of this rule of {device} was {last}, and today is {today}",
        at(rule.span, "matches no packet any more", rule.title),
        device=device,
        remedy="remove it, or give it a new end",
        key=("FW310", device, rule.text),
    )


CHECK = Check("FW310", "expired-rule", "warning", __doc__, run)
