"""An export ends too early or lacks a part that it always has.

**Reports.** The export is incomplete: it ends too early, or it refers to something that belongs to it and is not there.
What is missing counts as unknown.

**Why it matters.** An incomplete copy looks like a firewall with fewer rules.

**Example.** The machine also has legacy rules, which judge every packet too, but the export only has those of nftables:

```
# Warning: iptables-legacy tables present, use iptables-legacy-save to see them
```

**How to fix.** Export again, and copy everything; in the example, add the output of `iptables-legacy-save`.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The exports that end too early or lack a part."""
    return gaps(CHECK, subject)


CHECK = Check("FW903", "truncated-export", "error", __doc__, run)
