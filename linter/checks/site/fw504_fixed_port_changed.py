"""The site sets a port that the product's document calls fixed.

**Reports.** The site file changes a port, but the product's document says that this port cannot be changed.

**Why it matters.** The service still uses its own port, so rules for the other port are wrong.

**Example.** The port of the VPN cannot be changed:

```yaml
vpn_port: {default: 1194, configurable: no}
```

The site file changes it:

```yaml
parameters: {api_port: 9443, vpn_port: 1195}
```

**How to fix.** Remove the parameter.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The fixed ports that the site sets."""
    return problems(CHECK, subject)


CHECK = Check("FW504", "fixed-port-changed", "error", __doc__, run)
