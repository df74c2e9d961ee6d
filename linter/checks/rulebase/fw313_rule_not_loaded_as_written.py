"""The device loads a rule differently from how it is written, or not at all.

**Reports.** The device loads a rule differently from how it is written, without a warning: it ignores or widens part of the rule, or drops the whole rule.
fwlint judges what the device does, and the message says what that is.
A rule that is lost because an object is missing is reported as FW307.

**Why it matters.** What people read in the rule is not what happens to packets.

**Example.** A pfSense rule has port 9000 but no protocol, so pfSense loads it for all of TCP, without the port:

```
<rule>
  <type>pass</type>
  <interface>lan</interface>
  <ipprotocol>inet</ipprotocol>
  <source><network>lan</network></source>
  <destination><address>web</address><port>9000</port></destination>
  <descr>API</descr>
</rule>
```

**How to fix.** Write what you mean: in the example, choose the protocol that the port belongs to.
If the rule already does what it should, rewrite it so that it says so.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules of which the device makes something else."""
    return gaps(CHECK, subject, "rewrite it so that the device loads what you intend")


CHECK = Check("FW313", "rule-not-loaded-as-written", "warning", __doc__, run)
