"""The bound addresses contradict what the options say about the installation.

**Reports.** The options and the bindings of the site file contradict each other about how the product is installed.

**Why it matters.** One of the two is wrong, and the flows are derived from both.

**Example.** An option says that everything is on one server, but two of the roles are bound to different addresses.

**How to fix.** Correct the option or the binding.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The bindings that contradict the options."""
    return problems(CHECK, subject)


CHECK = Check("FW506", "topology-mismatch", "error", __doc__, run)
