"""What a share says of the baseline of its run, read again."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from flowmodel.baseline import Terms, Unneeded
from flowmodel.finding import Agreed
from flowmodel.source import Span
from linter.commands.fleet.members import Object

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_POSITION: Final = 4
"""Numbers of a place: its first line and column, and its last."""


def terms_of(run: Object) -> Terms | None:
    """What the member `baseline` of a run says; None for null. Raises what the object does."""
    if run.value.get("baseline", {}) is None:
        return None
    its = run.object("baseline")
    expires, day = its.text("expires"), run.text("day")
    if not _DAY.fullmatch(expires) or its.flag("expired") != (day > expires):
        raise its.fail("`expires` is no day, or `expired` is not what it comes to")
    agreed = Agreed(its.text("path"), expires, its.number("entries"), its.flag("expired"))
    seen = its.text("seen")
    return Terms(
        agreed,
        its.text("sha256"),
        _place(its, "ends", seen),
        _unneeded(its.object("strays"), agreed.entries, seen),
        its.flag("tells"),
    )


def unneeded_of(its: Object, terms: Terms | None) -> Unneeded:
    """Which entries of the baseline a share says that its inputs do not need; raises likewise."""
    if terms is None:
        return _unneeded(its, 0, "")
    return _unneeded(its, terms.agreed.entries, terms.ends.path)


def rise(numbers: Sequence[int]) -> bool:
    """Whether each number is larger than the one before."""
    return all(one < following for one, following in pairwise(numbers))


def _unneeded(its: Object, entries: int, path: str) -> Unneeded:
    numbers = its.numbers("numbers")
    if not rise(numbers) or (numbers and numbers[-1] >= entries):
        raise its.fail("`numbers` are not those of entries of the baseline")
    if not numbers:
        return Unneeded()
    return Unneeded(numbers, _place(its, "place", path), its.text("message"))


def _place(its: Object, name: str, path: str) -> Span:
    found = its.numbers(name)
    if len(found) != _POSITION or not all(found):
        raise its.fail(f"`{name}` is no place in a file")
    return Span(path, *found)
