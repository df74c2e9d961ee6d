"""A parameter, or a port derived from it, is not a port number.

**Reports.** A port in the site file, or one that follows from it, does not lie between 1 and 65535.

**Why it matters.** There is no such port, so no rule can be right.

**Example.** `switch_port: 65535`, where another service uses the next port.

**How to fix.** Choose a number that leaves room for the ports that follow from it.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The parameters that are no port numbers."""
    return problems(CHECK, subject)


CHECK = Check("FW505", "parameter-out-of-range", "error", __doc__, run)
