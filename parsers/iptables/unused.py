"""Which sets of the kernel no rule names, nor a set that some rule names."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from flowmodel.fields import Family
from flowmodel.ruleset import Unused
from flowmodel.source import Source
from parsers.shared.sets import Member, NamedSet

_NAMES: Final = re.compile(r'--(?:match|add|del|map)-set[\s=]+"?([^\s"]+)')
_OTHER: Final = "rules of the other address family are not in the exports, and may name it"


def unused(
    sets: Mapping[str, NamedSet], sources: Sequence[Source], families: Collection[Family]
) -> Iterator[Unused]:
    """The sets that are neither in the rules of these files, nor in a set that is (list:set).

    A set with addresses is of one family: nothing is said of it where no file has that one's rules.
    """
    if not sets:
        return
    used = _used(sets, sources)
    for each in sets.values():
        if each.span is None or each.name in used:
            continue
        is_of_family = not {"ip", "net"}.isdisjoint(each.parts)
        if each.family in families or not is_of_family:
            doubt = "" if is_of_family or len(families) > 1 else _OTHER
            yield Unused("set", each.name, each.span, doubt=doubt)


def _used(sets: Mapping[str, NamedSet], sources: Sequence[Source]) -> set[str]:
    waiting = [
        name
        for source in sources
        for line in source.lines
        if "-set" in line
        for name in _NAMES.findall(line)
    ]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in used and name in sets:
            used.add(name)
            waiting += _members(sets[name])
    return used


def _members(found: NamedSet) -> Iterator[str]:
    for entry in found.entries:
        for cell in entry.cells:
            if isinstance(cell, Member):
                yield cell.name
