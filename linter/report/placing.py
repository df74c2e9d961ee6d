"""Where a finding is shown to users of a repository: at a file of theirs, if it names one.

Code hosts show a place only if it is in the repository. A policy that comes with fwlint lies where
fwlint is installed, and its short path would name another file there, or none.
"""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import policies
from flowfiles.reach import STANDARD_INPUT
from flowmodel.finding import Finding, Related, Report
from flowmodel.record import dataclass
from flowmodel.source import Span


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding's places as a reader in the repository finds them."""

    place: Related
    """Where it is shown."""
    related: tuple[Related, ...]
    """What else it is about, in the repository."""
    elsewhere: tuple[Related, ...]
    """What is not in the repository, and so is named in words."""


def placed(finding: Finding, report: Report, directory: str) -> Placed:
    """The places of a finding for those who have the files in and below the directory.

    A finding about a file that is not among them is shown at the first of its places that is, or
    else at the first file that was read: without a place in the repository nobody would see it.
    """
    inside: list[Related] = []
    others: list[Related] = []
    for each in finding.related:
        (inside if is_inside(each.span.path, directory) else others).append(each)
    if is_inside(finding.span.path, directory):
        return Placed(finding.place, tuple(inside), tuple(others))
    anchor = next(chain(inside, _beginnings(report, directory)), None)
    if anchor is None:
        return Placed(finding.place, (), tuple(others))
    rest = tuple(each for each in inside if each is not anchor)
    return Placed(anchor, rest, (finding.place, *others))


def is_inside(path: str, directory: str) -> bool:
    """Whether a file lies in or below the directory, and is the user's own."""
    is_file = path not in (STANDARD_INPUT, policies.COMMAND_LINE)
    return is_file and not policies.is_shipped(path) and relative(path, directory) is not None


def relative(path: str, directory: str) -> str | None:
    """The path as seen from the directory, with slashes; None if it does not lie below it."""
    full = os.path.normpath(Path(directory, path))
    try:
        return Path(full).relative_to(os.path.normpath(directory)).as_posix()
    except ValueError:
        return None


def from_here(path: str, directory: str) -> str:
    """The path as seen from the directory; as it is given where it lies elsewhere."""
    return relative(path, directory) or path


def _beginnings(report: Report, directory: str) -> Iterator[Related]:
    for path in report.sources:
        if is_inside(path, directory):
            yield Related(Span(path, 1, 1, 1, 1), "")
