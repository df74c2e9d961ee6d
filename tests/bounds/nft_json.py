"""The worst shapes of nft as JSON."""

import json
from collections.abc import Iterator
from typing import Any

from tests.bounds.shape import Make, Shape, address, filled, one, repeated


def _listing(objects: list[dict[str, Any]], hook: str = "input") -> str:
    base = [
        {"table": {"family": "inet", "name": "t"}},
        {
            "chain": {
                "family": "inet",
                "table": "t",
                "name": "i",
                "type": "filter",
                "hook": hook,
                "prio": 0,
                "policy": "drop",
            }
        },
    ]
    return json.dumps({"nftables": [*base, *objects]})


def _rule(*expr: object) -> dict[str, Any]:
    return {"rule": {"family": "inet", "table": "t", "chain": "i", "expr": expr}}


def _match(field: str, right: object, protocol: str = "ip") -> dict[str, Any]:
    return {
        "match": {
            "op": "==",
            "left": {"payload": {"protocol": protocol, "field": field}},
            "right": right,
        }
    }


def _nested(opener: str, inner: str, closer: str, share: int) -> Make:
    """A rule whose right side is nested."""

    def made(size: int) -> str:
        depth = size // (len(opener) + len(closer)) // share
        whole = _listing([_rule(_match("saddr", "HERE"), {"accept": None})] * share)
        return whole.replace('"HERE"', opener * depth + inner + closer * depth)

    return made


_JSON: dict[str, Make] = {
    "brackets": lambda size: repeated(size, "["),
    "braces": lambda size: repeated(size, '{"a":'),
    "nested lists": _nested("[", '"a"', "]", 1),
    "nested operators": _nested('{"|":[1,', "1", "]}", 1),
    "nested sets": _nested('{"set":[', '"10.0.0.1"', "]}", 1),
    "nested operators in rules": _nested('{"|":[1,', "1", "]}", 1000),
    "empty objects": lambda size: '{"nftables":[' + repeated(size, "{},")[:-1] + "]}",
    "empty lists": lambda size: '{"nftables":[' + repeated(size, "[],")[:-1] + "]}",
    "numbers": lambda size: '{"nftables":[' + repeated(size, "1,")[:-1] + "]}",
    "one number": lambda size: '{"nftables":[' + repeated(size, "1") + "]}",
    "one string": lambda size: '{"nftables":["' + repeated(size, "\\u0041") + '"]}',
    "keys": lambda size: "{" + filled(size, lambda n: f'"a{n}":1,')[:-1] + "}",
    "one key again": lambda size: "{" + repeated(size, '"a":1,')[:-1] + "}",
    "documents": lambda size: repeated(size, '{"nftables":[]}\n'),
    "chains": lambda size: _listing(
        [{"chain": {"family": "inet", "table": "t", "name": f"c{n}"}} for n in range(size // 66)]
    ),
    "rules": lambda size: _listing(
        [_rule(_match("saddr", address(n)), {"accept": None}) for n in range(size // 190)]
    ),
    "rules of nothing": lambda size: _listing([_rule()] * (size // 75)),
    "statements in a rule": lambda size: _listing([_rule(*[{"counter": None}] * (size // 20))]),
    "matches in a rule": lambda size: _listing(
        [_rule(*[_match("saddr", address(n)) for n in range(size // 105)])]
    ),
    "strange statements": lambda size: _listing(
        [_rule(*[{f"x{n}": None} for n in range(size // 16)])]
    ),
    "addresses in a rule": lambda size: _listing(
        [_rule(_match("saddr", {"set": [address(n) for n in range(size // 16)]}), {"accept": None})]
    ),
    "prefixes in a rule": lambda size: _listing(
        [
            _rule(
                _match(
                    "saddr",
                    {
                        "set": [
                            {"prefix": {"addr": address(n), "len": 32}} for n in range(size // 52)
                        ]
                    },
                ),
                {"accept": None},
            )
        ]
    ),
    "ranges in a rule": lambda size: _listing(
        [
            _rule(
                _match(
                    "dport",
                    {
                        "set": [
                            {"range": [2 * n % 65000, 2 * n % 65000 + 1]} for n in range(size // 26)
                        ]
                    },
                    "tcp",
                ),
                {"accept": None},
            )
        ]
    ),
    "a set in many rules": lambda size: _listing(
        [
            {
                "set": {
                    "family": "inet",
                    "table": "t",
                    "name": "s",
                    "type": "ipv4_addr",
                    "elem": [address(n) for n in range(size // 32)],
                }
            },
            *[_rule(_match("saddr", "@s"), {"accept": None})] * (size // 380),
        ]
    ),
    "strange remarks": lambda size: _listing([_rule({"xt": None}) for _ in range(size // 90)]),
}


def shapes() -> Iterator[Shape]:
    """All of them."""
    for name, make in _JSON.items():
        yield one("nft JSON", "r.json", name, make)
