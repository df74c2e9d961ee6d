"""The site does not say which addresses a role of a policy has.

**Reports.** An active flow names a role or peer that has no address in the site file.
The flow cannot be checked.

**Why it matters.** Nothing is proved about the flow, and silence would look like proof.

**Example.** The policy has a role `db`, but the site file has no `db` under `bind:`:

```yaml
use:
  shop:
    ...
    bind:
      web: 192.0.2.10
      cache: 10.2.0.30
      till: 10.2.0.40
```

**How to fix.** Bind it to its addresses, or to `none` if this site has no such machine.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The roles and peers without addresses."""
    return problems(CHECK, subject)


CHECK = Check("FW501", "unbound-role", "warning", __doc__, run)
