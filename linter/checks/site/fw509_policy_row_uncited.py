"""A row of the document has no flow, or a flow has no row.

**Reports.** A policy is made from a product's document: each of its flows cites the rows behind it, and each row is either cited or set aside with a reason.
This finding names rows and flows for which that is not so.
Only `fwlint policy check` reports it.

**Why it matters.** A row without a flow is a port that nobody checks; a flow without a row is one that nobody asked for.

**Example.** A new version of the document has another row, A2, and no flow cites it:

```yaml
flows:
  - {id: shop, from: internet, to: web, service: 443/tcp, rows: [A1]}
...
rows:
  A1: {line: 12, device: web, direction: in, protocol: tcp, port: 443}
  A2: {line: 13, device: web, direction: in, protocol: tcp, port: 8443}
```

**How to fix.** Cite the row in a flow, or set it aside with a reason.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rows without a flow, and the flows without a row."""
    return problems(CHECK, subject)


CHECK = Check("FW509", "policy-row-uncited", "error", __doc__, run)
