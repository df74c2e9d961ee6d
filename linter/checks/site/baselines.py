"""What is told of a baseline itself: that it has ended, and which of its entries nobody needs."""

from typing import TYPE_CHECKING

from flowmodel.finding import Finding
from flowmodel.source import Span
from linter.checks.check import Check
from linter.checks.evidence import at

if TYPE_CHECKING:
    from flowmodel.baseline import Unneeded


def ended(check: Check, expires: str, span: Span) -> Finding:
    """The finding that its last day is past; `span` is where it says that day."""
    return check.finding(
        f"the baseline ended on {expires}: what it accepted counts again",
        at(span, "its last day"),
        remedy="fix what it accepted, or make a new baseline with `fwlint baseline`",
        key=("baseline", "ended"),
    )


def no_longer_there(check: Check, its: "Unneeded", entries: int) -> Finding:
    """The finding that some of its entries, at least one of so many, are no longer there."""
    count = len(its.numbers)
    are = "is" if count == 1 else "are"
    assert its.span is not None, "one of them is the first"
    return check.finding(
        f"{count} of {entries} finding{'' if entries == 1 else 's'} in the baseline {are} no "
        "longer there",
        at(its.span, f"{'this' if count == 1 else 'the first'}: {its.message}"),
        level="info",
        remedy="take it out with `fwlint baseline --prune`, so that it cannot come back unseen",
        key=("baseline", "gone"),
    )
