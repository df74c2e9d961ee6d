"""Findings in groups: by check, by rule, by owner and by policy."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final, TypeVar

from flowmodel.finding import LEVELS, Level
from flowmodel.record import NamedTuple
from linter.report.fleet.found import Told

NAMED: Final = 10
"""How many inputs a group names."""
_Key = TypeVar("_Key", bound=Hashable)


class Names(NamedTuple):
    """Some of the inputs, and how many more there are."""

    shown: tuple[str, ...]
    more: int

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.shown) + self.more

    @property
    def words(self) -> str:
        """`a, b and 210 more`."""
        more = f" and {self.more:,} more" if self.more else ""
        return ", ".join(self.shown) + more


class Group(NamedTuple):
    """Findings with something in common."""

    level: Level
    """The worst of theirs."""
    findings: int
    possible: int
    """How many of them are only possible."""
    inputs: Names
    first: Told


def names(several: Iterable[str], most: int = NAMED) -> Names:
    """The first of the names, each once."""
    found = tuple(dict.fromkeys(several))
    return Names(found[:most], len(found) - len(found[:most]))


def grouped(findings: Iterable[Told], key: Callable[[Told], _Key]) -> dict[_Key, Group]:
    """The groups: the worst level first, then those of most inputs, then in the order of keys."""
    sorted_out: dict[_Key, list[Told]] = {}
    for each in findings:
        sorted_out.setdefault(key(each), []).append(each)
    found = {its_key: _group(its) for its_key, its in sorted_out.items()}
    return dict(sorted(found.items(), key=lambda item: (*_weight(item[1]), item[0])))


def owners(inputs: Iterable[str]) -> Mapping[str, str]:
    """The owner of each input: its first folder below those that all inputs are in.

    What is in no further folder has that of all as its owner; `.` is the current one.
    """
    folders = {name: name.split("/")[:-1] for name in inputs}
    shared = _shared(list(folders.values()))
    own = "/".join(shared) or "."
    depth = len(shared)
    return {name: its[depth] if len(its) > depth else own for name, its in folders.items()}


def _shared(paths: list[list[str]]) -> list[str]:
    """The folders that all paths begin with."""
    if not paths:
        return []
    first, last = min(paths), max(paths)
    count = next((n for n, each in enumerate(first) if last[n : n + 1] != [each]), len(first))
    return first[:count]


def _group(findings: list[Told]) -> Group:
    return Group(
        level=max((each.level for each in findings), key=LEVELS.index),
        findings=len(findings),
        possible=sum(each.certainty == "possible" for each in findings),
        inputs=names(each.input for each in findings),
        first=findings[0],
    )


def _weight(group: Group) -> tuple[int, int, int]:
    return -LEVELS.index(group.level), -group.inputs.number, -group.findings
