"""What tests of the constructs of port pages have in common: an edge, and what is found there."""

from pathlib import Path

from flowmodel.finding import Finding
from tests.linter.checks.samples import KEEP, REQUIRED, Asking, policy, rules, site

ASK = Asking(*REQUIRED, "FW212")
FWD = "-A FORWARD -s 10.1.0.0/16 -d 192.0.2.10/32"


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """The checks and how certain they are."""
    return [(one.check, one.certainty) for one in findings]


def at_edge(folder: Path, flows: tuple[str, ...], *filter_rules: str) -> list[tuple[str, str]]:
    """What the checks say of these flows through an edge with these rules."""
    found = ASK(folder, policy(*flows), site(), {"edge.rules": rules(KEEP, *filter_rules)})
    return told(found)
