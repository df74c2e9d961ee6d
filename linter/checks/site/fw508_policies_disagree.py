"""One policy requires a connection that another one forbids.

**Reports.** A flow that one policy requires is one that another policy, or the site itself, forbids.

**Why it matters.** No rule can satisfy both.

**Example.** A product needs SSH from its own servers, and the site says that nothing but the administrators may use SSH.

**How to fix.** Decide, and change the flow that loses.
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
