"""Findings about rules that have a title, as those of XML and JSON exports have."""

from pathlib import Path

from flowmodel.finding import Finding
from flowmodel.record import replace
from flowmodel.ruleset import RuleSet
from fwlint.loading import read
from tests.linter.checks.samples import HTTPS, KEEP, Asking, load, policy, rules, site


def _found(folder: Path, *filter_rules: str) -> dict[str, Finding]:
    """What is found where each rule has its line as its title."""
    export = rules(KEEP, *filter_rules)
    loaded = load(folder, policy(), site(), {"edge.rules": export})
    (ruleset,) = read(loaded).rulesets["edge"]
    findings = Asking("FW101", "FW103", "FW202").of(loaded, {"edge": (_titled(ruleset),)})
    return {finding.check: finding for finding in findings}


def _titled(ruleset: RuleSet) -> RuleSet:
    tables = []
    for table in ruleset.tables:
        chains = {
            name: replace(
                chain, rules=tuple(rule._replace(title=f"rule {rule.line}") for rule in chain.rules)
            )
            for name, chain in table.chains.items()
        }
        tables.append(replace(table, chains=chains))
    return replace(ruleset, tables=tuple(tables))


def test_a_finding_has_the_title_of_the_rule_that_decides(tmp_path: Path) -> None:
    found = _found(tmp_path, "-A FORWARD -s 10.1.2.3/32 -j DROP", HTTPS)["FW103"]

    assert (found.title, found.span.line) == ("rule 6", 6)
    assert [step.split(": ")[1] for step in found.trace] == ["rule 6"]
    assert found.key[-1] == "rule 6"


def test_a_rule_that_opens_too_much_has_it_too(tmp_path: Path) -> None:
    found = _found(tmp_path, HTTPS.replace("-s 10.1.0.0/16 ", ""))["FW202"]

    assert (found.title, found.span.line) == ("rule 6", 6)


def test_the_default_policy_has_none(tmp_path: Path) -> None:
    found = _found(tmp_path)["FW101"]

    assert (found.title, found.span.line) == ("", 3)
    assert [related.title for related in found.related] == [""]
