"""Exports without a site, and what single checks say of them."""

from datetime import date
from pathlib import Path

from flowmodel.finding import Finding
from fwlint.loading import read, site_of
from linter.checks.evaluation import evaluate
from tests.linter.checks.samples import line


def findings(
    folder: Path, *ids: str, ipv6: str = "yes", today: str = "", **exports: str
) -> list[Finding]:
    """What the checks find in the exports of one device, in the order of the report."""
    for name, text in exports.items():
        (folder / name).write_text(text, encoding="utf-8")
    paths = [str(folder / name) for name in exports]
    site = site_of(paths, has_ipv6=ipv6 == "yes")
    reading = read(site)
    assert [failure.error.message for failure in reading.failures] == []
    day = date.fromisoformat(today) if today else None
    outcome = evaluate(site, reading.rulesets, asked=frozenset(ids).__contains__, today=day)
    assert [failure.error.message for failure in outcome.failed] == []
    return sorted(outcome.findings, key=lambda each: (each.span, each.check))


def said(folder: Path, *ids: str, ipv6: str = "yes", **exports: str) -> list[str]:
    """The same, each in one line."""
    return [
        line(each).replace(f"{folder}/", "")
        for each in findings(folder, *ids, ipv6=ipv6, **exports)
    ]
