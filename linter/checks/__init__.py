"""The checks: what a site's requirements and its firewalls' exports say about each other."""

from collections.abc import Mapping

from linter.model.fields import FAMILIES
from linter.model.finding import Finding
from linter.model.ruleset import RuleSet
from linter.model.site import Site


def run(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> list[Finding]:
    """All findings that the exports and the requirements yield together.

    Raises TooComplexError (a question past the stated limits) and CrossCheckError (a defect).
    """
    from linter.checks import exposure, families, reach, required
    from linter.engine.survey import survey

    surveys = {family: survey(site, dict(rulesets), family) for family in FAMILIES}
    judged = {family: required.required(surveys[family]) for family in FAMILIES}
    works = {family: required.works(judged[family]) for family in FAMILIES}
    findings = list(families.check(site, rulesets))
    unfiltered = frozenset(found.device for found in findings)
    findings += reach.check(site, surveys.values(), unfiltered)
    for family in FAMILIES:
        other = works[4 if family == 6 else 6]
        findings += required.check(surveys[family], judged[family], other)
        findings += exposure.check(site, surveys[family])
    return findings
