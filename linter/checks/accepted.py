"""Which findings a baseline accepts: those that it has, as long as they are no worse.

A key names a finding and says nothing of its size: a set that a rule names can grow, and a default
can come to permit more. So a finding is accepted only if its packets were, all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from flowmodel.affected import Affected
from flowmodel.baseline import Baseline, Entry, Name, Unneeded, name_of
from flowmodel.finding import LEVELS, Finding, Related
from flowmodel.record import replace
from linter.checks.covering import Effort, is_within
from linter.checks.lasting import lasting
from linter.checks.subject import Accepted


def split(
    baseline: Baseline,
    findings: Sequence[Finding],
    waived: Sequence[Finding],
    ran: Callable[[str], bool],
    today: date,
) -> Accepted:
    """The findings that the baseline accepts, and those that count; one entry accepts one finding.

    Each finding takes the entry that is like it before one that is wider. Behind its last day, a
    baseline accepts nothing. What the site waives needs no entry, and is not gone either.
    """
    entries: dict[Name, list[Entry]] = {}
    for entry in baseline.entries:
        entries.setdefault(entry.name, []).append(entry)
    names = {name_of(each) for each in (*findings, *waived)}
    gone = tuple(each for each in baseline.entries if each.name not in names and ran(each.check))
    if baseline.is_over(today):
        return Accepted(tuple(findings), (), baseline, is_over=True, gone=gone)
    taken: dict[int, Entry] = {}
    effort = Effort()
    for fits in (_is_like, _is_no_worse):
        for finding in findings:
            rest = entries.get(name_of(finding), [])
            first = next((each for each in rest if fits(each, finding, effort)), None)
            if first is not None and id(finding) not in taken:
                taken[id(finding)] = first
                rest.remove(first)
    kept = (
        _worse(each, entries.get(name_of(each), []), effort)
        for each in findings
        if id(each) not in taken
    )
    used = tuple((taken[id(each)], each) for each in findings if id(each) in taken)
    return Accepted(tuple(kept), tuple(each for _, each in used), baseline, gone=gone, used=used)


def unneeded(baseline: Baseline, gone: Iterable[Entry]) -> Unneeded:
    """Which of the baseline's entries these are, and which of them it has first."""
    known = {id(each) for each in gone}
    numbers = tuple(n for n, each in enumerate(baseline.entries) if id(each) in known)
    if not numbers:
        return Unneeded()
    first = baseline.entries[numbers[0]]
    return Unneeded(numbers, first.span, first.message)


def is_comparable(finding: Finding) -> bool:
    """Whether a later run can tell that the finding is no worse."""
    affected = finding.affected
    is_known = affected is None or affected.is_complete or bool(affected.digest)
    return is_known and all(finding.about)


def _is_no_worse(entry: Entry, finding: Finding, effort: Effort) -> bool:
    return not _more(entry, finding, effort)


def _is_like(entry: Entry, finding: Finding, effort: Effort) -> bool:
    said = entry.level, entry.certainty, entry.about, entry.affected
    return said == (finding.level, finding.certainty, finding.about, finding.affected) and (
        _is_no_worse(entry, finding, effort)
    )


def _more(entry: Entry, finding: Finding, effort: Effort) -> str:
    """What of the finding is worse than what the entry accepts, in words; empty where nothing is.

    Where the packets are the same, words that differ tell of something else: that they are now sent
    on to another machine, say. With fewer packets the words differ too.
    """
    if LEVELS.index(finding.level) > LEVELS.index(entry.level):
        return f"it was of level {entry.level}"
    if finding.certainty == "certain" and entry.certainty == "possible":
        return "it was only possible"
    if not is_comparable(finding):
        return "how much it is about cannot be compared"
    mine, its = finding.affected, entry.affected
    if not _is_among(mine, its, effort):
        return "it is about other packets than it was, or more"
    if not set(finding.about) <= set(entry.about):
        return "it is about something else than it was, or more"
    is_same = _is_among(its, mine, effort)
    is_worded = mine is not None or not finding.about
    if is_same and is_worded and lasting(finding.message) != lasting(entry.message):
        return "it says something else than it did"
    return ""


def _is_among(mine: Affected | None, its: Affected | None, effort: Effort) -> bool:
    """Whether all packets are among the others; none told can be any, and is like none told."""
    return mine == its or (mine is not None and its is not None and is_within(mine, its, effort))


def _worse(finding: Finding, entries: Iterable[Entry], effort: Effort) -> Finding:
    """The finding with the place where the baseline accepts what it once was."""
    first = next(iter(entries), None)
    if first is None:
        return finding
    related = Related(first.span, f"accepted here, but {_more(first, finding, effort)}")
    return replace(finding, related=(*finding.related, related))
