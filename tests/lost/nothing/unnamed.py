"""Sets and objects of nft that no rule names: what is in them decides about no packet."""

import json
import re
from collections.abc import Iterator

_BLOCK = re.compile(r"^[ \t]*(?:set|map) (\S+) \{", re.MULTILINE)
_COMMAND = re.compile(r"^add (?:set|map|element) \w+ \S+ (\S+) \{.*\n?", re.MULTILINE)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where they stand."""
    if text.lstrip()[:1] == "{":
        yield from _in_json(text)
        return
    starts = [match.start() for match in re.finditer(r"^table ", text, re.MULTILINE)]
    for match in _BLOCK.finditer(text):
        first = max((start for start in starts if start <= match.start()), default=0)
        last = min((start for start in starts if start > match.start()), default=len(text))
        # Commands behind the blocks name the sets of any table.
        others = re.findall(r"^(?:add|insert|replace|create) .*", text, re.MULTILINE)
        if not _is_named(match[1], "\n".join([text[first:last], *others])):
            # A line is changed with its end.
            yield match.start(), _closed(text, match.end()) + 1
    for match in _COMMAND.finditer(text):
        if not _is_named(match[1], text):
            yield match.span()


def _is_named(name: str, text: str) -> bool:
    return bool(re.search(rf"@\s*{re.escape(name)}\b", text))


def _closed(text: str, at: int) -> int:
    depth = 1
    while depth and at < len(text):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def _in_json(text: str) -> Iterator[tuple[int, int]]:
    try:
        objects = json.loads(text)["nftables"]
    except (ValueError, KeyError):
        return
    told = [next(iter(each.items())) for each in objects if len(each) == 1]
    by_table: dict[str, list[str]] = {}
    for kind, value in told:
        if kind in ("rule", "map", "set", "element"):
            key = f"{value.get('family')} {value.get('table')}"
            by_table.setdefault(key, []).append(json.dumps(value))
    for match in re.finditer(r'\{\s*"(?:set|map)":\s*\{', text):
        end = _closed(text, match.start() + 1)
        name, table, family = (
            re.search(rf'"{key}":\s*"([^"]*)"', text[match.start() : end])
            for key in ("name", "table", "family")
        )
        if name and table and family:
            users = by_table.get(f"{family[1]} {table[1]}", [])
            if not _is_named(name[1], "\n".join(users)):
                # An item goes with the comma before or behind it.
                yield match.start() - len(", "), end + len(", ")
