"""A rule tests something outside the model; whether it matches counts as unknown.

**Reports.** A rule tests something that a packet's header and its connection do not show: the program that sent it, its payload, the time, a rate.
The rule stays, and whether it matches counts as unknown: once for each packet, or anew at each visit if the test is stateful.
A rule that only logs or counts is not reported: no verdict depends on whether it matches.

**Why it matters.** It explains why some findings are possible instead of certain.

**Example.** The rule depends on the user who sent the packet:

```
-A OUTPUT -m owner --uid-owner backup -j ACCEPT
```

**How to fix.** Nothing needs fixing if few findings depend on it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.input.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that test something outside the model."""
    return gaps(CHECK, subject)


CHECK = Check("FW902", "match-not-modelled", "info", __doc__, run)
