"""Two different services would need the same port of the same address.

**Reports.** Two flows with different purposes need the same port on the same address.

**Why it matters.** Two programs cannot listen there, so one of them will not start.

**Example.** The web server offers the shop on port 443. The site file moves the API of the same machine there too:

```yaml
parameters: {api_port: 443}
bind:
  web: 192.0.2.10
```

**How to fix.** Give one of them another port or another address.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The ports that two services would need at one address."""
    return problems(CHECK, subject)


CHECK = Check("FW507", "port-collision", "error", __doc__, run)
