"""A baseline of many inputs: which of its entries are of which input.

Each entry is of one input, of which its device tells the name, or of none; so nothing is accepted
twice, whoever checks which inputs. docs/decisions/0037.
"""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from datetime import date
from pathlib import PurePath
from typing import Final

from flowmodel.baseline import Baseline, Entry
from flowmodel.record import NamedTuple
from flowmodel.source import Source
from parsers.shared.reading import start_of

_LONGEST: Final = 2_000
"""Characters of a line that is shown; a file that is one line is not sent along with each input."""


class Portion(NamedTuple):
    """The entries that are of one input."""

    path: str
    made: date
    expires: date
    numbers: tuple[int, ...] = ()
    """Which ones of the whole baseline they are, from 0 on."""
    entries: tuple[Entry, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()
    """The lines that have them, with their numbers from 1 on."""

    def is_over(self, today: date) -> bool:
        """Whether its last day is past."""
        return today > self.expires

    def baseline(self) -> Baseline:
        """They as a baseline, which has no other lines than theirs."""
        lines = [""] * max((number for number, _ in self.lines), default=0)
        for number, text in self.lines:
            lines[number - 1] = text
        start = start_of(self.path)
        return Baseline(
            self.path,
            "",
            self.made,
            self.expires,
            self.entries,
            start,
            start,
            Source(self.path, lines),
            (),
            is_portion=True,
        )

    def numbers_of(self, entries: Iterable[Entry]) -> tuple[int, ...]:
        """Which ones of the whole baseline these are."""
        known = {id(each) for each in entries}
        every = zip(self.numbers, self.entries, strict=True)
        return tuple(number for number, each in every if id(each) in known)


class Divided(NamedTuple):
    """A baseline, with the portion of each input."""

    baseline: Baseline
    portions: dict[str, Portion]
    strays: tuple[Entry, ...]
    """Those of inputs that would be below the folders of the run, and are not there."""
    known: frozenset[int]
    """By their numbers, the entries that can be called gone.

    Of what is called as if it were a machine of an input, nobody knows it: what lies beside the
    files of an account is called so too, and can be an input that was not named.
    """


def divided(
    baseline: Baseline, names: AbstractSet[str], folders: Iterable[str], asks: Callable[[str], bool]
) -> Divided:
    """The baseline, divided among the inputs of a run.

    `folders` are those that were named as inputs: all that is below them is known. `asks`: whether
    the run asks for the check of an id.
    """
    concerns = set(map(id, concerned(baseline, names, folders)))
    is_asked = {check: asks(check) for check in {each.check for each in baseline.entries}}
    found: dict[str, list[int]] = {}
    strays: list[Entry] = []
    for number, each in enumerate(baseline.entries):
        if owner := _owner(each.device, names):
            found.setdefault(owner, []).append(number)
        elif is_asked[each.check] and id(each) in concerns:
            strays.append(each)
    portions = {name: _portion(baseline, found.get(name, ())) for name in names}
    known = (number for number, each in enumerate(baseline.entries) if id(each) in concerns)
    return Divided(baseline, portions, tuple(strays), frozenset(known))


def concerned(
    baseline: Baseline, names: AbstractSet[str], folders: Iterable[str]
) -> tuple[Entry, ...]:
    """The entries of devices with these names, and of all that would be below the folders."""
    known = tuple(map(PurePath, folders))
    return tuple(
        each
        for each in baseline.entries
        if each.device in names or _is_below(PurePath(each.device), known)
    )


def _owner(device: str, names: AbstractSet[str]) -> str:
    """The input that a device is, or is a machine of (`aws/eni-0a1b`); empty where it is none."""
    while device not in names and "/" in device:
        device = device.rpartition("/")[0]
    return device if device in names else ""


def _is_below(path: PurePath, folders: Iterable[PurePath]) -> bool:
    return any(
        path.is_relative_to(each) and ".." not in path.relative_to(each).parts for each in folders
    )


def _portion(baseline: Baseline, numbers: Iterable[int]) -> Portion:
    numbers = tuple(numbers)
    entries = tuple(baseline.entries[number] for number in numbers)
    lines = baseline.source.lines
    shown = sorted(
        {each.span.line for each in entries if len(lines[each.span.line - 1]) < _LONGEST}
    )
    return Portion(
        baseline.path,
        baseline.made,
        baseline.expires,
        numbers,
        entries,
        tuple((number, lines[number - 1]) for number in shown),
    )
