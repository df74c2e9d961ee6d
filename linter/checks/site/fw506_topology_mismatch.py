"""The bound addresses contradict what the options say about the installation.

**Reports.** The options say how the product is installed, and the bound addresses say something else.

**Why it matters.** One of the two is wrong, and the flows are derived from both.

**Example.** The installation is said to be on one server, and two of its parts are bound to different addresses.

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
