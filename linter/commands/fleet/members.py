"""The members of objects in files that can be anybody's: each is asked for by its type."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flowmodel.finding import Settings
from flowmodel.source import InputError

Fail = Callable[[str], InputError]
"""Makes the error about the place where the object is."""
_Kind = TypeVar("_Kind")

MOST: Final = 1 << 40
"""No run has so many of anything."""


class Object:
    """An object of which each member is asked for by its type; raises what `fail` makes."""

    def __init__(self, value: Any, fail: Fail) -> None:
        if type(value) is not dict:
            raise fail("expected an object")
        self.value: dict[str, Any] = value
        self.fail = fail

    def object(self, name: str) -> "Object":
        """A member that is an object."""
        return Object(self._of(name, dict, "object"), self.fail)

    def text(self, name: str) -> str:
        """A member that is a text."""
        return self._of(name, str, "text")

    def flag(self, name: str) -> bool:
        """A member that is true or false."""
        return self._of(name, bool, "flag")

    def number(self, name: str) -> int:
        """A member that is a number of things."""
        value = self._of(name, int, "number")
        if not 0 <= value < MOST:
            raise self.fail(f"`{name}` is no number of things")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A member that is a list of texts."""
        return self._all(name, str, "list of texts")

    def numbers(self, name: str) -> tuple[int, ...]:
        """A member that is a list of numbers of things."""
        found = self._all(name, int, "list of numbers")
        if not all(0 <= each < MOST for each in found):
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


def settings_of(its: Object) -> Settings | None:
    """What the member `settings` of a report says; None for null."""
    if its.value.get("settings", {}) is None:
        return None
    its = its.object("settings")
    path, site, level, baseline = map(its.text, ("path", "site", "fail_on", "baseline"))
    lists = map(its.texts, ("select", "ignore", "marked", "unmarked"))
    select, ignore, marked, unmarked = lists
    return Settings(path, site, level, select, ignore, baseline, marked, unmarked)
