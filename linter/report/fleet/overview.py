"""A fleet's answers, whatever they are written in."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import linter
from flowmodel.finding import LEVELS
from flowmodel.record import NamedTuple
from linter.report.fleet.found import Example, Failed, Kind, Run, Told
from linter.report.fleet.groups import Group, grouped, names, owners
from linter.report.fleet.trend import Trend, trend
from linter.report.summary import told
from linter.report.tally import Tally

LISTED: Final[dict[str, str]] = {
    "new": "new",
    "changed": "changed",
    "first_checked": "not checked before",
    "settled": "waived or accepted now",
    "gone": "gone",
    "not_checked": "not checked any more",
}
"""What became of findings, in the order in which they are shown, in words."""


class Change(NamedTuple):
    """Findings of which the same became."""

    name: str
    words: str
    findings: tuple[Told, ...]
    by_rule: dict[Kind, Group]


class Overview(NamedTuple):
    """What there is to say of a fleet."""

    tool: str
    files: tuple[str, ...]
    numbers: Tally
    settled: int
    """How many findings are waived or accepted."""
    failed: dict[str, tuple[Failed, ...]]
    """The inputs that could not be evaluated, every one."""
    by_check: dict[tuple[str, str], Group]
    """By id and name."""
    by_rule: dict[Kind, Group]
    by_owner: dict[str, Group]
    by_policy: dict[str, Group]
    users: dict[str, int]
    examples: dict[Kind, Example]
    trend: Trend | None
    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def overview(now: Run, before: Run | None) -> Overview:
    """A fleet's answers from one run, and from the run before where there is one."""
    owner = owners(now.inputs)
    its = trend(before, now) if before else None
    return Overview(
        tool=f"fwlint {linter.__version__}",
        files=now.files,
        numbers=_numbers(now),
        settled=len(now.settled),
        failed={name: its.failures for name, its in now.inputs.items() if its.failures},
        by_check=grouped(now.findings, lambda each: each.kind[:2]),
        by_rule=_by_rule(now.findings),
        by_owner=grouped(now.findings, lambda each: owner[each.input]),
        by_policy=grouped(now.findings, lambda each: each.policy),
        users=now.users,
        examples={**(before.examples if before else {}), **now.examples},
        trend=its,
        changes=tuple(_changes(its)) if its else (),
        notes=tuple(_notes(now, before)),
    )


def _numbers(now: Run) -> Tally:
    levels = Counter(each.level for each in now.findings)
    return Tally(
        levels=tuple(levels[level] for level in LEVELS),
        possible=sum(each.certainty == "possible" for each in now.findings),
        failures=sum(bool(each.failures) for each in now.inputs.values()),
        inputs=len(now.inputs),
        with_findings=len({each.input for each in now.findings}),
    )


def _by_rule(findings: Iterable[Told]) -> dict[Kind, Group]:
    return grouped(findings, lambda each: each.kind)


def _changes(its: Trend) -> Iterable[Change]:
    for name, words in LISTED.items():
        findings: tuple[Told, ...] = getattr(its, name)
        yield Change(name, words, findings, _by_rule(findings))


def _notes(now: Run, before: Run | None) -> Iterable[str]:
    """What makes the answers less than they look."""
    left_out = sorted({check for each in now.inputs.values() for check in each.left_out})
    if left_out:
        yield f"Some checks were left out: {names(left_out).words}."
    for each in now.settings:
        yield from told(each)
    versions = {*now.versions, *(before.versions if before else ())}
    if len(versions) > 1:
        yield (
            f"The files are of several versions of fwlint ({', '.join(sorted(versions))}): what "
            "one of them calls otherwise is new and gone here."
        )
