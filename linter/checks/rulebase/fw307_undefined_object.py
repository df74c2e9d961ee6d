"""A rule names an alias, set, group or the like that the export does not define.

**Reports.** A rule names an alias, a set, a group, an interface or another object that the export does not define.
The message says what follows, for that differs: pfSense does not load such a rule at all, be it one that passes or one that blocks; elsewhere the rule stays, and whether it matches counts as unknown.

**Why it matters.** The rule is in the list, looks right, and does nothing.
Where it should block, everything it was there for is open, and no log says so.

**Example.** An alias was renamed, and one rule kept the old name:

```
<rule>
  <type>block</type>
  <interface>wan</interface>
  <source><address>bad_hosts</address></source>
  <destination><any/></destination>
  <descr>Known scanners</descr>
</rule>
```

**How to fix.** Name an object that exists, or remove the rule.
If the object is only missing from the export, export again with everything in it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.input.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that name an object which is not there."""
    remedy = "define the missing object, add it to the exports, or remove the reference"
    return gaps(CHECK, subject, remedy)


CHECK = Check("FW307", "undefined-object", "error", __doc__, run)
