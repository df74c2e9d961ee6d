"""A rule tests something outside the model; whether it matches counts as unknown.

**Reports.** A rule tests something that a packet's header and its connection do not show: the program that sent it, its payload, the time, a rate.
The rule stays, and whether it matches counts as unknown: once for each packet, or anew at each visit if the test is stateful.
One finding lists all rules that test the same kind of thing, with their lines.
A rule is not reported if it makes no difference to any packet whether it matches: it only logs or counts, or the rules after it do the same with its packets.

**Why it matters.** It explains why some findings are possible instead of certain.

**Example.** A rule drops packets by their content:

```
-A FORWARD -m string --string portal --algo bm -j DROP
```

**How to fix.** Nothing needs fixing if few findings depend on it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from flowmodel.ruleset import Gap
from linter.checks.check import Check
from linter.checks.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that test something outside the model, where anything depends on it."""

    def matters(device: str, gap: Gap) -> bool:
        if not gap.reason:
            return True
        from linter.checks.input.undecisive import undecisive

        return not subject.once(undecisive).is_at(device, gap.span)

    return gaps(CHECK, subject, matters=matters)


CHECK = Check("FW902", "match-not-modelled", "info", __doc__, run)
