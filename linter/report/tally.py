"""The numbers that a report comes to, which those of several inputs add up to."""

from flowmodel.finding import LEVELS, Report
from flowmodel.record import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """How much was checked, and how much was found."""

    levels: tuple[int, ...] = (0,) * len(LEVELS)
    """How many findings each level has, the mildest level first."""
    possible: int = 0
    """How many of them are only possible."""
    waived: int = 0
    accepted: int = 0
    failures: int = 0
    unread: int = 0
    """How many files could not be evaluated: some have several failures."""
    exports: int = 0
    rules: int = 0
    requirements: int = 0
    inputs: int = 1
    with_findings: int = 0
    """How many inputs have findings."""

    def __add__(self, other: "Tally") -> "Tally":
        """The numbers of both."""
        levels = tuple(map(sum, zip(self.levels, other.levels, strict=True)))
        names = self.__match_args__[1:]
        return Tally(levels, *(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def counts(self) -> dict[str, int]:
        """How many findings each level has, the worst level first."""
        return dict(reversed(list(zip(map(str, LEVELS), self.levels, strict=True))))

    @property
    def findings(self) -> int:
        """How many findings there are."""
        return sum(self.levels)


NOTHING = Tally(inputs=0)


def tally(report: Report) -> Tally:
    """The numbers of a report on one input."""
    found = report.findings
    return Tally(
        levels=tuple(sum(each.level == level for each in found) for level in LEVELS),
        possible=sum(each.certainty == "possible" for each in found),
        waived=len(report.waived),
        accepted=len(report.accepted),
        failures=len(report.failures),
        unread=len({failure.span.path for failure in report.failures}),
        exports=report.exports,
        rules=report.rules,
        requirements=report.requirements,
        with_findings=int(bool(report.findings)),
    )
