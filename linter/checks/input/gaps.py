"""What parsers could not take from an export as it stands there, as findings of their checks."""

from collections.abc import Iterable, Iterator, Sequence

from flowmodel.finding import Finding, Related
from flowmodel.ruleset import Gap
from linter.checks.check import Check
from linter.checks.evidence import at
from linter.checks.subject import Subject

_SHOWN = 3


def gaps(check: Check, subject: Subject, remedy: str = "") -> Iterator[Finding]:
    """A finding for each gap of the check; equal remarks about one export are one finding."""
    for device, exports in subject.exports.items():
        # The exports of one account may each have all its gaps: the same objects, told by `id`.
        found = {id(gap): gap for export in exports for gap in export.gaps if gap.check == check.id}
        # One remark about a rule that is loaded twice, for both families, is one.
        for alike in _alike(dict.fromkeys(found.values())):
            yield _finding(check, device, alike, remedy)


def _alike(gaps: Iterable[Gap]) -> Iterable[list[Gap]]:
    groups: dict[tuple[str, ...], list[Gap]] = {}
    for gap in gaps:
        # Each rule that is lost is a place to look at; a match outside the model is not.
        place = "" if gap.check == "FW902" else str(gap.span)
        groups.setdefault((gap.span.path, gap.message, place), []).append(gap)
    return groups.values()


def _finding(check: Check, device: str, gaps: Sequence[Gap], remedy: str) -> Finding:
    first = gaps[0]
    extent = f"{len(gaps)} places" if len(gaps) > 1 else ""
    return check.finding(
        first.message,
        at(first.span, title=_title(first), extent=extent),
        related=(
            *([Related(first.field, "this part")] if first.field else []),
            *(Related(gap.span, "also here", _title(gap)) for gap in gaps[1 : 1 + _SHOWN]),
        ),
        device=device,
        remedy=remedy,
        key=(device, first.message, first.text),
    )


def _title(gap: Gap) -> str:
    """What stands at a place of several lines; the first one of them may be a bare `<rule>`."""
    return gap.text if gap.span.last_line > gap.span.line else ""
