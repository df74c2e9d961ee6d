"""A line of an export was not understood; what it does counts as unknown.

**Reports.** A line of the export is not part of the format as fwlint knows it.
Whatever the line does counts as unknown, so that findings which depend on it are possible ones and nothing is called proved that is not.

**Why it matters.** Leaving out a line is how a checker lies.

**Example.** A module of a vendor's own that adds an option to `iptables`.

**How to fix.** Look at the line.
If the device does take it, report it as a fault of fwlint, with the line.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.input.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The lines that were not understood."""
    return gaps(CHECK, subject)


CHECK = Check("FW901", "line-not-understood", "warning", __doc__, run)
