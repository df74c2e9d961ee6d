"""The site binds a role that no active flow uses.

**Reports.** The site file binds a name that no active flow of the policy uses.

**Why it matters.** It may be a typing error, or left over from an option that was turned off.

**Example.** Reports are an option that is off unless the site says otherwise:

```yaml
reports:
  question: Do the auditors read reports?
  default: no
```

The site file does not turn it on, and yet it binds the auditors:

```yaml
auditors: 10.1.50.0/24
```

**How to fix.** Remove the binding, or correct the option.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The bindings that no active flow uses."""
    return problems(CHECK, subject)


CHECK = Check("FW502", "unused-binding", "info", __doc__, run)
