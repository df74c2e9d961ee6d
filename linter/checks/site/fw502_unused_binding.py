"""The site binds a role that no active flow uses.

**Reports.** The site file binds a name that no active flow of the policy uses.

**Why it matters.** It may be a typing error, or left over from an option that was turned off.

**Example.** The site file binds `catalog: 10.20.0.90`, but says `remote_catalog: no`.

**How to fix.** Remove the binding, or correct the option.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The bindings that no active flow uses."""
    return problems(CHECK, subject)


CHECK = Check("FW502", "unused-binding", "info", __doc__, run)
