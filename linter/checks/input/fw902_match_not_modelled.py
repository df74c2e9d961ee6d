"""A rule tests something outside the model; whether it matches counts as unknown.

**Reports.** A rule tests something that a packet's header and its connection do not tell: the program that sent it, its payload, the time, a rate.
The rule stays, and whether it matches counts as unknown: once for each packet, or each time anew where the test has a memory.

**Why it matters.** It explains why some findings are possible instead of certain.

**Example.** ```
-A OUTPUT -m owner --uid-owner backup -j ACCEPT
```

**How to fix.** Nothing, if the findings that depend on it are few.
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
