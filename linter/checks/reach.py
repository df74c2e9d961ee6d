"""Required flows that no export says anything about: FW113."""

from collections.abc import Iterable, Iterator

from linter.engine.survey import Survey
from linter.model.finding import Finding


def check(surveys: Iterable[Survey]) -> Iterator[Finding]:
    """One finding for each required flow that no device with an export was asked about."""
    asked: set[str] = set()
    unreached: dict[str, Finding] = {}
    for survey in surveys:
        for answered in survey.answers:
            asked |= {p.requirement.name for p in answered.question.required if p.requirement}
        for requirement, way in survey.unreached:
            if requirement.need not in ("must", "should"):
                continue
            unreached.setdefault(
                requirement.name,
                Finding(
                    check="FW113",
                    level="info",
                    certainty="certain",
                    message=f"no export shows whether {requirement.name} works",
                    span=requirement.span,
                    label="no device of the site with an export is on its way",
                    flow=requirement.name,
                    rows=tuple(str(row) for row in requirement.rows),
                    extent=f"from {way.source.network} to {way.arrives.network}",
                    remedy="name the device between the ends, with its export, in the site file",
                    key=("FW113", requirement.name),
                ),
            )
    for name, found in unreached.items():
        if name not in asked:
            yield found
