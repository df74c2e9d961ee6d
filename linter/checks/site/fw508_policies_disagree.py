"""One policy requires a connection that another one forbids.

**Reports.** One policy requires a flow that another policy, or the site itself, forbids.

**Why it matters.** No rule can satisfy both.

**Example.** The product needs SSH from administrators:

```yaml
- {id: ssh, from: admins, to: web, service: 22/tcp, admin: yes, severity: critical}
```

The site forbids SSH from the whole office, where the administrators are:

```yaml
- {id: no-ssh, from: office, to: shop.web, service: 22/tcp, need: never}
```

**How to fix.** Decide which one applies, and change the other flow.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The flows that one policy requires and another one forbids."""
    return problems(CHECK, subject)


CHECK = Check("FW508", "policies-disagree", "error", __doc__, run)
