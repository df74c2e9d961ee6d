"""A small fixture of every format, grown: a new format has this shape without a module of its own."""

from collections.abc import Iterator
from functools import cache, partial

from flowmodel.source import InputError, Source
from parsers.shared.context import Context
from tests.bounds.shape import Shape, check, one
from tests.parsers.contract.subjects import SUBJECTS, Subject, said, sample

_MOST = 14
"""Lines of what is repeated."""
_TRIED = 40
"""How often it stands in the trial."""


def shapes() -> Iterator[Shape]:
    """A shape of each dialect."""
    for subject in SUBJECTS:
        name = sample(subject).name
        grow = partial(_grown, subject)
        yield one(subject.dialect.name, name, "an export, grown", grow, (check(name),))


def _grown(subject: Subject, size: int) -> str:
    """The fixture with some of its lines as often as the size has room for them."""
    before, piece, behind = _parts(subject)
    return f"{before}{piece * max(1, size // len(piece))}{behind}"


@cache
def _parts(subject: Subject) -> tuple[str, str, str]:
    """The fixture, cut where a piece can stand again and again, and says most then."""
    lines = sample(subject).read_text(encoding="utf-8").splitlines(keepends=True)
    places = [
        (first, last)
        for first in range(len(lines))
        for last in range(first + 1, min(first + _MOST, len(lines)) + 1)
    ]
    cuts = [("".join(lines[:a]), "".join(lines[a:b]), "".join(lines[b:])) for a, b in places]
    return max(cuts, key=lambda each: _says(subject, f"{each[0]}{each[1] * _TRIED}{each[2]}"))


def _says(subject: Subject, text: str) -> int:
    """How much a text says; nothing if it cannot be read."""
    source = Source("export", text.removesuffix("\n").split("\n"))
    try:
        return sum(map(len, said(subject.format.parse([source], Context()))))
    except InputError:
        return 0
