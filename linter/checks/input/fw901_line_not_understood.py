"""A line of an export was not understood; what it does counts as unknown.

**Reports.** fwlint does not understand a line or element of the export.
Its effect counts as unknown: findings that depend on it are possible instead of certain, and nothing is called proved that is not.

**Why it matters.** A checker that skips what it does not understand gives wrong answers.

**Example.** A rule of a newer pfSense has an element that fwlint does not know:

```
<rule>
  <type>pass</type>
  <interface>lan</interface>
  ...
  <shiny>1</shiny>
</rule>
```

**How to fix.** Look at the line.
If the device accepts it, report it as a bug in fwlint, with the line.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The lines that were not understood."""
    return gaps(CHECK, subject)


CHECK = Check("FW901", "line-not-understood", "warning", __doc__, run)
