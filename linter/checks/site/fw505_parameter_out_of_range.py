"""A parameter, or a port derived from it, is not a port number.

**Reports.** A port in the site file, or a port derived from it, is not between 1 and 65535.

**Why it matters.** There is no such port, so no rule can be right.

**Example.** One port follows another:

```yaml
metrics_port: {value: $api_port + 1}
```

The site file leaves no room for it:

```yaml
parameters: {api_port: 65535}
```

**How to fix.** Choose a number that leaves room for the ports derived from it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The parameters that are no port numbers."""
    return problems(CHECK, subject)


CHECK = Check("FW505", "parameter-out-of-range", "error", __doc__, run)
