"""An export ends too early or lacks a part that it always has.

**Reports.** The export ends in the middle, or lacks something that the format always has.
What is missing counts as unknown.

**Why it matters.** A copy that stopped half way looks like a firewall with fewer rules.

**Example.** The output of `iptables-save` without its closing `COMMIT`.

**How to fix.** Export again, and copy the whole file.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.input.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The exports that end too early or lack a part."""
    return gaps(CHECK, subject)


CHECK = Check("FW903", "truncated-export", "error", __doc__, run)
