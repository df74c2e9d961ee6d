"""What a file says of the share that it is, read again: every value is of the type it should be."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar

from flowmodel.finding import LEVELS, Settings
from flowmodel.source import InputError
from linter.checks.catalogue import IDS
from linter.report.share import Sum
from linter.report.tally import Tally
from parsers.shared.reading import start_of

Fail = Callable[[str], InputError]
"""Makes the error about the place where the share is told."""
_Kind = TypeVar("_Kind")

_HOW: Final = "`fwlint check ... --shard I/N` writes parts as JSON, SARIF and HTML"
_TEXTS: Final = ("version", "program", "names", "asked", "day", "category")
_FLAGS: Final = ("trace", "include_waived")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOST: Final = 1 << 40
"""No run has so many of anything."""


class Head(NamedTuple):
    """A share, and of which run it is."""

    path: str
    number: int
    of: int
    inputs: int
    run: dict[str, Any]
    """What all shares of a run have in common: texts, two flags, and the settings."""
    settings: Settings | None
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
    its = Object(value, "shard", fail)
    number, of, inputs = (its.number(name) for name in ("number", "of", "inputs"))
    places = its.numbers("places")
    is_share = 0 < number <= of and len(places) <= inputs
    if not is_share or not _rise(places) or (places and places[-1] >= inputs):
        raise fail("this is no share of a run")
    numbers = _tally(its.object("numbers"))
    if numbers.inputs != len(places):
        raise fail("`numbers` is not about the inputs of the share")
    run = its.object("run")
    lists = its.object("lists")
    return Head(
        path,
        number,
        of,
        inputs,
        _run(run),
        _settings(run),
        places,
        its.texts("beside"),
        _checks(its),
        numbers,
        {name: _index(lists, name, frozenset(places)) for name in names},
        its.text("sum"),
        {name: each for name, each in its.value.items() if name != "sum"},
    )


class Object:
    """An object of which each member is asked for by its type; raises what `fail` makes."""

    def __init__(self, value: Any, name: str, fail: Fail) -> None:
        if type(value) is not dict:
            raise fail(f"`{name}` is no object")
        self.value: dict[str, Any] = value
        self.fail = fail

    def object(self, name: str) -> "Object":
        """A member that is an object."""
        return Object(self.value.get(name), name, self.fail)

    def text(self, name: str) -> str:
        """A member that is a text."""
        return self._of(name, str, "text")

    def flag(self, name: str) -> bool:
        """A member that is true or false."""
        return self._of(name, bool, "flag")

    def number(self, name: str) -> int:
        """A member that is a number of things."""
        value = self._of(name, int, "number")
        if not 0 <= value < _MOST:
            raise self.fail(f"`{name}` is no number of things")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A member that is a list of texts."""
        return self._all(name, str, "list of texts")

    def numbers(self, name: str) -> tuple[int, ...]:
        """A member that is a list of numbers of things."""
        found = self._all(name, int, "list of numbers")
        if not all(0 <= each < _MOST for each in found):
            raise self.fail(f"`{name}` is no list of numbers of things")
        return found

    def list(self, name: str) -> list[Any]:
        """A member that is a list of anything."""
        return self._of(name, list, "list")

    def _of(self, name: str, kind: type[_Kind], words: str) -> _Kind:
        value = self.value.get(name)
        if type(value) is not kind:
            raise self.fail(f"`{name}` is no {words}")
        return value

    def _all(self, name: str, kind: type[_Kind], words: str) -> tuple[_Kind, ...]:
        found = self._of(name, list, words)
        if not all(type(each) is kind for each in found):
            raise self.fail(f"`{name}` is no {words}")
        return tuple(found)


def _run(its: Object) -> dict[str, Any]:
    if its.value.get("fail_on") not in (*LEVELS, "never"):
        raise its.fail("`fail_on` is no level")
    if not _DAY.fullmatch(its.text("day")):
        raise its.fail("`day` is no day")
    if "settings" not in its.value:
        raise its.fail("`run` has no `settings`")
    texts = {name: its.text(name) for name in _TEXTS}
    flags = {name: its.flag(name) for name in _FLAGS}
    return {**texts, **flags, "fail_on": its.value["fail_on"], "settings": its.value["settings"]}


def _settings(run: Object) -> Settings | None:
    if run.value["settings"] is None:
        return None
    its = run.object("settings")
    path, site, level, baseline = map(its.text, ("path", "site", "fail_on", "baseline"))
    lists = map(its.texts, ("select", "ignore", "marked", "unmarked"))
    select, ignore, marked, unmarked = lists
    return Settings(path, site, level, select, ignore, baseline, marked, unmarked)


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
    if not are_pairs or not all(run[0] in places and 0 < run[1] < _MOST for run in runs):
        raise lists.fail(f"`{name}` does not say how many of which inputs there are")
    if not _rise([place for place, _ in runs]):
        raise lists.fail(f"`{name}` has its inputs in another order")
    return tuple((place, count) for place, count in runs)


def _rise(numbers: Sequence[int]) -> bool:
    return all(one < following for one, following in pairwise(numbers))
