"""The site does not answer a question that the policy asks.

**Reports.** The policy asks a question about this installation which has no usual answer, and the site file does not answer it.
The flows that depend on it count as wanted but not as needed.

**Why it matters.** A guess in either direction would be wrong for somebody.

**Example.** Whether users connect from outside decides about a port that is open to the internet.

**How to fix.** Answer under `options:` in the site file.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.site.problems import problems
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The questions that the site does not answer."""
    return problems(CHECK, subject)


CHECK = Check("FW503", "unanswered-option", "warning", __doc__, run)
