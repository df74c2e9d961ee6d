"""The keys that nft reads of each JSON object (libnftables-json(5)): it passes over any other."""

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


def strange(kind: str, value: object) -> Iterator[str]:
    """A sentence for each key of a command's object that nft does not read."""
    known = _KEYS.get(kind)
    if isinstance(value, Mapping):
        if known is not None:
            yield from (_sentence(kind, key) for key in value.keys() - known)
        for part in ("expr", "elem", "stmt"):
            yield from _within(value.get(part))


def _within(given: object) -> Iterator[str]:
    waiting = [given]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, Mapping):
            waiting += each.values()
            if len(each) == 1:
                ((kind, value),) = each.items()
                if isinstance(value, Mapping) and kind in _PARTS:
                    yield from (_sentence(kind, key) for key in value.keys() - _PARTS[kind])


def _sentence(kind: str, key: object) -> str:
    return f"unknown key `{key}` in `{kind}`: nft passes over it"


class Pairs:
    """Makes objects of the pairs that the file has, and remembers keys that stand twice."""

    def __init__(self) -> None:
        self.doubled: list[str] = []

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object; of two equal keys the last one counts, as for nft."""
        made = dict(pairs)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = (key for index, key in enumerate(keys) if key in keys[:index])
            self.doubled += [f"the key `{key}` stands twice: the last one counts" for key in twice]
        return made
