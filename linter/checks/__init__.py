"""The checks: what a site's requirements and its firewalls' exports say about each other."""

from collections.abc import Mapping
from functools import partial

from flowmodel.fields import FAMILIES
from flowmodel.finding import Finding
from flowmodel.match import Test
from flowmodel.ruleset import RuleSet
from flowmodel.site import Site

_LARGE = 1000


def run(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]]) -> list[Finding]:
    """All findings that the exports and the requirements yield together.

    Raises TooComplexError (a question past the stated limits) and CrossCheckError (a defect).
    """
    from linter.engine.sets.space import with_room

    # Checks compute with sets too, so that it is they and the survey together that need the room.
    return with_room(partial(_findings, site, rulesets), _size(rulesets))


def _findings(site: Site, rulesets: Mapping[str, tuple[RuleSet, ...]], room: int) -> list[Finding]:
    from linter.checks import exposure, families, reach, required
    from linter.checks.make import merged
    from linter.engine.site.survey import survey

    surveys = {family: survey(site, dict(rulesets), family, room) for family in FAMILIES}
    judged = {family: required.required(surveys[family]) for family in FAMILIES}
    works = {family: required.works(judged[family]) for family in FAMILIES}
    findings = list(families.check(site, rulesets))
    unfiltered = frozenset(found.device for found in findings)
    findings += reach.check(site, surveys.values(), unfiltered)
    for family in FAMILIES:
        other = works[4 if family == 6 else 6]
        findings += required.check(surveys[family], judged[family], other)
        findings += exposure.check(site, surveys[family])
    return merged(findings)


def _size(rulesets: Mapping[str, tuple[RuleSet, ...]]) -> int:
    """How many rules the exports are like: those that test against sets need the room of many.

    A rule more stands for every ten values of large sets, and for every 200 pairs of values
    in a rule that tests against two sets: its packets are their product.
    """
    rules = [
        rule
        for found in rulesets.values()
        for ruleset in found
        for table in ruleset.tables
        for chain in table.chains.values()
        for rule in chain.rules
    ]
    sets: dict[int, int] = {}
    pairs = 0
    for rule in rules:
        product = 1
        for each in rule.match:
            if isinstance(each, Test) and len(each.values) > 1:
                product *= len(each.values)
                if len(each.values) > _LARGE:
                    sets[id(each)] = len(each.values)
        pairs += product
    return len(rules) + sum(sets.values()) // 10 + pairs // 200
