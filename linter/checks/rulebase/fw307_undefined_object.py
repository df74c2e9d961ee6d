"""A rule names an alias, set, group or the like that the export does not define.

**Reports.** A rule refers to an alias, a set, a group, an interface or another object that the export does not define.
The consequences differ, and the message states them: pfSense does not load such a rule at all, whether it passes or blocks; elsewhere the rule stays, and whether it matches counts as unknown.

**Why it matters.** The rule is listed and looks right, but does nothing.
If it was meant to block something, that is open, and no log shows it.

**Example.** An alias was renamed, but one rule kept its old name, `branch`:

```
<rule>
  <type>pass</type>
  <interface>lan</interface>
  <ipprotocol>inet</ipprotocol>
  <protocol>tcp</protocol>
  <source><address>branch</address></source>
  <destination><address>web</address><port>9000</port></destination>
  <descr>API</descr>
</rule>
```

**How to fix.** Refer to an object that exists, or remove the rule.
If the object exists on the device and is only missing from the export, export everything again.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules that name an object which is not there."""
    remedy = "define the missing object, add it to the exports, or remove the reference"
    return gaps(CHECK, subject, remedy)


CHECK = Check("FW307", "undefined-object", "error", __doc__, run)
