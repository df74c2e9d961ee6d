"""What parsers could not take from an export as it stands there, as findings of their checks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import PurePath

from flowmodel.finding import Finding, Related
from flowmodel.ruleset import Gap
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject

_SHOWN = 3
_LISTED = 12
"""How many lines, or runs of lines, are listed."""


def gaps(
    check: Check,
    subject: Subject,
    remedy: str = "",
    matters: Callable[[str, Gap], bool] = lambda _device, _gap: True,
) -> Iterator[Finding]:
    """A finding for each gap of the check that matters; those of one reason are one finding."""
    for device, exports in subject.exports.items():
        # The exports of one account may each have all its gaps: the same objects, told by `id`.
        found = {id(gap): gap for export in exports for gap in export.gaps if gap.check == check.id}
        # One remark about a rule that is loaded twice, for both families, is one.
        told = (gap for gap in dict.fromkeys(found.values()) if matters(device, gap))
        for alike in _alike(told):
            yield _finding(check, device, alike, remedy)


def _alike(gaps: Iterable[Gap]) -> Iterable[list[Gap]]:
    groups: dict[tuple[str, ...], list[Gap]] = {}
    for gap in gaps:
        # Each rule that is lost is a place to look at; a match outside the model is not.
        if gap.reason:
            key: tuple[str, ...] = (gap.reason,)
        else:
            place = "" if gap.check == "FW902" else str(gap.span)
            key = (gap.span.path, gap.message, place)
        groups.setdefault(key, []).append(gap)
    return groups.values()


def _finding(check: Check, device: str, gaps: Sequence[Gap], remedy: str) -> Finding:
    first = gaps[0]
    is_one = all(gap.message == first.message for gap in gaps)
    name = first.reason or first.text
    return check.finding(
        first.message if is_one else first.reason,
        at(
            first.span,
            title=_title(first),
            extent=_places(gaps) if len(gaps) > 1 else "",
            about=[f"{gap.message}: {gap.text}" for gap in gaps],
        ),
        related=(
            *([Related(first.field, "this part")] if first.field else []),
            *(Related(gap.span, "also here", _title(gap)) for gap in gaps[1 : 1 + _SHOWN]),
        ),
        device=device,
        remedy=remedy,
        key=(device, first.reason or first.message, name),
    )


def _places(gaps: Sequence[Gap]) -> str:
    """How many places there are, and their lines."""
    by_path: dict[str, set[int]] = {}
    for gap in gaps:
        by_path.setdefault(gap.span.path, set()).add(gap.span.line)
    parts = []
    for path, lines in by_path.items():
        runs = list(_runs(sorted(lines)))
        more = "" if len(runs) <= _LISTED else " and more"
        word = "line" if len(lines) == 1 else "lines"
        name = f" of {PurePath(path).name}" if len(by_path) > 1 else ""
        parts.append(f"{word} {', '.join(runs[:_LISTED])}{more}{name}")
    return f"{len(gaps)} places: {'; '.join(parts)}"


def _runs(lines: Sequence[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(lines), lambda each: each[1] - each[0]):
        numbers = [line for _, line in run]
        yield str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"


def _title(gap: Gap) -> str:
    """What stands at a place of several lines; the first one of them may be a bare `<rule>`."""
    return gap.text if gap.span.last_line > gap.span.line else ""
