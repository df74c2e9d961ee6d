"""A file could not be read, so nothing was proved about what depends on it.

**Reports.** An input cannot be evaluated: a file is missing, is not in the expected format, or is so broken that its structure is lost.
The exit status is 2.
Other devices are still checked, but nothing is said about the device that the file belongs to.

**Why it matters.** A run that did not see everything must not look clean.

**Example.** The last lines of an export were lost; `COMMIT` is missing at its end:

```
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
```

**How to fix.** Fix the file or its path; the message names the place.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """What could not be evaluated: inputs, and checks that failed themselves."""
    for each in subject.failures:
        message, device = each.error.message, each.device
        yield CHECK.finding(message, at(each.error.span), device=device, key=(device, message))


CHECK = Check("FW904", "input-not-evaluated", "error", __doc__, run, is_last=True)
