"""The device makes something else of a rule, or nothing, than what is written there.

**Reports.** The device loads a rule otherwise than it is written, and says nothing: a part of it is left out or widened, or the whole rule is.
fwlint judges what the device does, and the message says what that is.
A rule that is lost because an object is missing is FW307.

**Why it matters.** Who reads the rule sees one thing, and packets meet another.

**Example.** A rule of pfSense names port 8443 and no protocol: it is loaded for all of TCP, without the port.

**How to fix.** Write down what is meant: here, choose the protocol that has the port.
If the rule does what it should, write it so that it says so.
"""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.input.gaps import gaps
from linter.checks.subject import Subject


def run(subject: Subject) -> Iterator[Finding]:
    """The rules of which the device makes something else."""
    return gaps(CHECK, subject, "rewrite it so that the device loads what you intend")


CHECK = Check("FW313", "rule-not-loaded-as-written", "warning", __doc__, run)
