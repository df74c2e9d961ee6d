"""What the site file and the policies get wrong, as findings of their checks."""

from collections.abc import Iterator

from flowmodel.finding import Finding
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject


def problems(check: Check, subject: Subject) -> Iterator[Finding]:
    """A finding for each problem of the check; they were found while the site was loaded."""
    for problem in subject.site.problems:
        if problem.check == check.id:
            yield check.finding(
                problem.message,
                at(problem.span),
                remedy=problem.remedy,
                key=(problem.message,),
            )
