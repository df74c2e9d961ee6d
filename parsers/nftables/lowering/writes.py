"""What rules change of packets, connections and sets: before and behind it, tests differ."""

import re
from typing import Final

from parsers.nftables.grammar.shapes import normal
from parsers.nftables.state import RawTable, State

_WRITES: Final = re.compile(r"((?:[a-z0-9-]+ ){1,5})set ")
# parser_bison.y, set_stmt: `add @s { ip saddr }`, and the older `set add ip saddr @s`.
_CHANGES: Final = re.compile(r"(?:add|update|delete)\s*@\s*([\w.\-/]+)")
_OLD_CHANGES: Final = re.compile(r"\bset\s+(?:add|update|delete)\s(.*)", re.DOTALL)
_NAME: Final = re.compile(r"@\s*([\w.\-/]+)")


def written_keys(state: State) -> frozenset[str]:
    """The keys that some rule sets, and the fields that they are; marks sets as dynamic.

    Where it is not clear how many words the key has, all possibilities are in it.
    """
    keys: set[str] = set()
    for table in state.tables.values():
        for chain in table.chains.values():
            for rule in chain.rules:
                text = rule.text
                if " set " in text:
                    keys |= _keys(normal(text))
                if "@" in text:
                    _mark_sets(table, text)
                if "notrack" in text:
                    keys.add("state")
    return frozenset(keys)


def _keys(text: str) -> set[str]:
    keys: set[str] = set()
    for found in _WRITES.finditer(text):
        words = found[1].split()
        keys.update(" ".join(words[start:]) for start in range(len(words)))
        keys.add(f"meta {words[-1]}")
        if words[-1] == "mark":
            keys.add("ct_mark" if words[-2:-1] == ["ct"] else "mark")
    return keys


def _mark_sets(table: RawTable, text: str) -> None:
    named = _CHANGES.findall(text)
    if found := _OLD_CHANGES.search(text):
        named += _NAME.findall(found[1])
    for name in named:
        if name in table.sets:
            table.sets[name].is_dynamic = True
