"""A file could not be read, so nothing was proved about what depends on it.

**Reports.** A file cannot be read at all: it is missing, is not of the format that was named, or is so broken that its structure is lost.
The exit status is 2.
The other devices are checked all the same, and nothing is said about the device to which this file belongs.

**Why it matters.** A run that did not see everything must not look clean.

**Example.** An export was saved as UTF-16, or the path in the site file is misspelt.

**How to fix.** The message names the place; mend the file or its path.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """What could not be evaluated: inputs, and checks that failed themselves."""
    for error, device, _ in subject.failures:
        yield CHECK.finding(
            error.message, at(error.span), device=device, key=(device, error.message)
        )


CHECK = Check("FW904", "input-not-evaluated", "error", __doc__, run, is_last=True)
