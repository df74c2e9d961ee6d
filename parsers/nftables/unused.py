"""Which sets and maps no rule names."""

import re
from collections.abc import Iterator
from typing import Final

from flowmodel.ruleset import Unused
from parsers.nftables.state import RawTable, State

_NAMES: Final = re.compile(r"@\s*([\w.\-/]+)")


def unused(state: State) -> Iterator[Unused]:
    """The sets and maps that are in no rule of their table, neither to be asked nor to be filled.

    Only rules name sets: an element of a set is a value, or a verdict (nft(8), SETS and MAPS).
    """
    for table in state.tables.values():
        names = _named(table) if table.sets else frozenset()
        for found in table.sets.values():
            if found.name not in names:
                kind = "map" if found.is_map else "set"
                holder = f"{table.family} {table.name}"
                yield Unused(kind, found.name, found.span, holder)


def _named(table: RawTable) -> frozenset[str]:
    texts = (rule.text for chain in table.chains.values() for rule in chain.rules)
    return frozenset(name for text in texts if "@" in text for name in names_in(text))


def names_in(rule: str) -> frozenset[str]:
    """The names of the sets and maps in a rule."""
    return frozenset(_NAMES.findall(rule))
