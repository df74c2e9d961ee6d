"""What a file says of the share that it is, read again: every value is of the type it should be."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from flowmodel.baseline import Terms, Unneeded
from flowmodel.finding import LEVELS, Settings
from flowmodel.record import NamedTuple
from flowmodel.source import InputError
from linter.checks.catalogue import IDS
from linter.commands.fleet.members import MOST, Fail, Object, settings_of
from linter.commands.fleet.merging.terms import rise, terms_of, unneeded_of
from linter.report.share import Sum
from linter.report.tally import Tally
from parsers.shared.reading import start_of

_HOW: Final = "`fwlint check ... --shard I/N` writes parts as JSON, SARIF and HTML"
_TEXTS: Final = ("version", "program", "names", "asked", "day", "category")
_FLAGS: Final = ("trace", "include_waived")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Head(NamedTuple):
    """A share, and of which run it is."""

    path: str
    number: int
    of: int
    inputs: int
    run: dict[str, Any]
    """What all shares of a run have in common: texts, two flags, and the settings."""
    settings: Settings | None
    terms: Terms | None
    """Of the baseline that the run knows."""
    unneeded: Unneeded
    """Its entries of the share's inputs that are no longer there."""
    places: tuple[int, ...]
    beside: tuple[str, ...]
    left_out: tuple[str, ...]
    numbers: Tally
    lists: dict[str, tuple[tuple[int, int], ...]]
    """For each list, the places of inputs that have texts in it, with how many."""
    sum: str
    data: dict[str, Any]
    """All that is told but the sum, as it is in the file."""

    def places_in(self, name: str) -> Iterator[int]:
        """For each text of a list, the place of its input."""
        return (place for place, count in self.lists[name] for _ in range(count))

    def refuse_changed(self, its: Sum) -> None:
        """Raises InputError where the sum of what was read is not the one that the file tells."""
        if its.now != self.sum:
            raise about(self.path, "was changed since it was written: its sum is another one")


def no_part(path: str) -> InputError:
    """The error about a file that is something else, or does not say which share it is."""
    return about(path, f"is no part of a run: {_HOW}")


def about(path: str, message: str) -> InputError:
    """The error about a whole file."""
    return InputError(message, start_of(path))


def head_of(path: str, value: Any, names: Sequence[str], fail: Fail) -> Head:
    """The share that a file says it is, made of these lists; raises what `fail` makes."""
    its = Object({"shard": value}, fail).object("shard")
    number, of, inputs = (its.number(name) for name in ("number", "of", "inputs"))
    places = its.numbers("places")
    is_share = 0 < number <= of and len(places) <= inputs
    if not is_share or not rise(places) or (places and places[-1] >= inputs):
        raise fail("this is no share of a run")
    numbers = _tally(its.object("numbers"))
    if numbers.inputs != len(places):
        raise fail("`numbers` is not about the inputs of the share")
    run = its.object("run")
    terms = terms_of(run)
    lists = its.object("lists")
    return Head(
        path,
        number,
        of,
        inputs,
        _run(run),
        settings_of(run),
        terms,
        unneeded_of(its.object("unneeded"), terms),
        places,
        its.texts("beside"),
        _checks(its),
        numbers,
        {name: _index(lists, name, frozenset(places)) for name in names},
        its.text("sum"),
        {name: each for name, each in its.value.items() if name != "sum"},
    )


def _run(its: Object) -> dict[str, Any]:
    if its.value.get("fail_on") not in (*LEVELS, "never"):
        raise its.fail("`fail_on` is no level")
    if not _DAY.fullmatch(its.text("day")):
        raise its.fail("`day` is no day")
    texts = {name: its.text(name) for name in _TEXTS}
    flags = {name: its.flag(name) for name in _FLAGS}
    return {
        **texts,
        **flags,
        "fail_on": its.value["fail_on"],
        "settings": its.value.get("settings"),
        "baseline": its.value.get("baseline"),
    }


def _checks(its: Object) -> tuple[str, ...]:
    found = its.texts("left_out")
    if not set(found) <= set(IDS):
        raise its.fail("`left_out` has what is no check")
    return found


def _tally(its: Object) -> Tally:
    levels, *names = Tally.__match_args__
    found = its.numbers(levels)
    if len(found) != len(LEVELS):
        raise its.fail(f"`{levels}` is no list of {len(LEVELS)} numbers")
    return Tally(found, *map(its.number, names))


def _index(lists: Object, name: str, places: frozenset[int]) -> tuple[tuple[int, int], ...]:
    runs = [tuple(each) if type(each) is list else () for each in lists.list(name)]
    are_pairs = all(len(run) == 2 and all(type(each) is int for each in run) for run in runs)
    if not are_pairs or not all(run[0] in places and 0 < run[1] < MOST for run in runs):
        raise lists.fail(f"`{name}` does not say how many of which inputs there are")
    if not rise([place for place, _ in runs]):
        raise lists.fail(f"`{name}` has its inputs in another order")
    return tuple((place, count) for place, count in runs)
