"""The keys that nft reads of each JSON object (libnftables-json(5)): it passes over any other."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

_NAMED: Final = "family table name handle comment"
_KEYS: Final = {
    kind: frozenset(words.split())
    for kind, words in {
        "metainfo": "version release_name json_schema_version",
        "table": "family name handle comment flags",
        "chain": f"{_NAMED} newname type hook prio dev policy",
        "rule": f"{_NAMED} chain expr index",
        "set": f"{_NAMED} type policy flags elem timeout gc-interval size auto-merge stmt map",
        "map": f"{_NAMED} type policy flags elem timeout gc-interval size auto-merge stmt map",
        "element": f"{_NAMED} elem",
        "flowtable": f"{_NAMED} hook prio dev flags",
        "counter": f"{_NAMED} packets bytes",
        "quota": f"{_NAMED} bytes used inv",
        "secmark": f"{_NAMED} context",
        "ct helper": f"{_NAMED} type protocol l3proto",
        "ct timeout": f"{_NAMED} protocol state value l3proto policy",
        "ct expectation": f"{_NAMED} l3proto protocol dport timeout size",
        "limit": f"{_NAMED} rate per burst unit rate_unit burst_unit inv",
        "synproxy": f"{_NAMED} mss wscale flags",
        "ruleset": "family",
    }.items()
}
KINDS: Final = frozenset(_KEYS)
"""The objects that a command can be about."""
_PARTS: Final = {
    kind: frozenset(words.split())
    for kind, words in {
        "match": "op left right",
        "counter": "packets bytes map family table name handle comment",
        "mangle": "key value",
        "quota": "val val_unit used used_unit inv map",
        "limit": "rate rate_unit per burst burst_unit inv map",
        "fwd": "dev family addr",
        "dup": "addr dev",
        "snat": "addr family port flags type_flags",
        "dnat": "addr family port flags type_flags",
        "masquerade": "port flags type_flags",
        "redirect": "port flags type_flags",
        "reject": "type expr",
        "log": "prefix group snaplen queue-threshold level flags",
        "ct count": "val inv",
        "meter": "key stmt size name",
        "queue": "num flags",
        "vmap": "key data",
        "tproxy": "family addr port",
        "synproxy": "mss wscale flags",
        "flow": "op flowtable",
        "jump": "target",
        "goto": "target",
        "prefix": "addr len",
        "payload": "protocol field base offset len tunnel",
        "exthdr": "name field offset",
        "tcp option": "name field base offset len",
        "ip option": "name field base offset len",
        "sctp chunk": "name field",
        "dccp option": "type",
        "meta": "key",
        "rt": "key family",
        "ct": "key family dir",
        "fib": "result flags",
        "socket": "key level",
        "osf": "key ttl",
        "ipsec": "key family dir spnum",
        "numgen": "mode mod offset",
        "jhash": "mod offset seed expr",
        "symhash": "mod offset",
        "elem": "val timeout expires comment counter limit quota last",
        "xt": "type name",
    }.items()
}
"""Statements and expressions in rules and elements; `set` and `map` are either, and not in it."""


class Keys:
    """Looks at each object while it is read, and remembers what is strange in it.

    Going through them once more takes as long as reading.
    """

    def __init__(self) -> None:
        self._count = 0
        self._strange: list[tuple[str, dict[str, Any]]] = []

    def look(self, made: dict[str, Any]) -> dict[str, Any]:
        """The object as it is."""
        count = len(made)
        self._count += count
        if count == 1:
            for kind, value in made.items():
                if type(value) is dict and kind in _PARTS and not _PARTS[kind].issuperset(value):
                    self._strange.append((kind, value))
        return made

    def clear(self) -> None:
        """Forget the last object."""
        self._count = 0
        self._strange.clear()

    def doubled(self, text: str, start: int, end: int) -> list[str]:
        """A sentence for each key that stands twice in the last object, which stands there."""
        # Each key has a colon, and so have some strings: if there are no more, no key was lost.
        if text.count(":", start, end) == self._count:
            return []
        return _doubled(text[start:end])

    def unknown(self, kind: str, value: object) -> Iterator[str]:
        """A sentence for each key of the last object that nft does not read, of whatever depth.

        The object is a command about `value`, which may be called as a statement is.
        """
        if kind in _KEYS and isinstance(value, dict):
            yield from _sentences(kind, value, _KEYS[kind])
        for part, found in self._strange:
            if found is not value:
                yield from _sentences(part, found, _PARTS[part])


def _doubled(text: str) -> list[str]:
    found: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        keys = [key for key, _ in pairs]
        if len(set(keys)) == len(keys):
            return
        twice = (key for index, key in enumerate(keys) if key in keys[:index])
        found.extend(f"the key `{key}` stands twice: the last one counts" for key in twice)

    json.loads(text, object_pairs_hook=look)
    return found


def _sentences(kind: str, value: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    for key in value:
        if key not in known:
            yield f"unknown key `{key}` in `{kind}`: nft passes over it"
