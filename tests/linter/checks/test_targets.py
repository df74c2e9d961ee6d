"""FW301, FW302 and FW314 of verdict maps: each target is judged by itself."""

import json
from pathlib import Path

import pytest

from tests.linter.checks.bare import findings

_CHECKS = ("FW301", "FW302", "FW314")
_Target = tuple[int, str]

_TABLE: list[tuple[list[_Target], list[tuple[str, str]]]] = [
    ([(22, "drop"), (80, "accept")], [("FW314", "`drop` of this rule")]),
    ([(22, "drop"), (81, "accept")], [("FW314", "`drop` of this rule")]),
    ([(22, "drop"), (23, "drop"), (81, "accept")], []),
    ([(22, "drop"), (80, "drop")], [("FW314", "this rule")]),
    ([(81, "drop"), (80, "accept")], []),
    ([(22, "accept"), (80, "accept")], [("FW302", "this rule")]),
    ([(22, "jump idle"), (80, "drop")], [("FW314", "`drop` of this rule")]),
    ([(22, "jump idle"), (80, "jump idle")], []),
    ([(22, "jump bans"), (80, "jump idle")], [("FW301", "`jump bans` of this rule")]),
    (
        [(22, "goto bans"), (80, "jump idle"), (81, "accept")],
        [("FW301", "`goto bans` of this rule")],
    ),
    ([(22, "jump bans"), (80, "jump bans")], [("FW301", "this rule")]),
    ([(22, "jump bans"), (81, "goto bans")], [("FW301", "`jump bans` of this rule")]),
    ([(85, "jump bans"), (81, "jump idle")], []),
]
_IDS = [
    "all targets lose, and one of them was to deny",
    "one loses, and one decides",
    "one of two ports of a target loses",
    "one target, which loses",
    "the one that denies decides",
    "all do what was done before",
    "an empty chain beside a target that loses",
    "empty chains alone",
    "an empty chain beside a chain that loses",
    "three targets, one of them loses",
    "one chain, which loses",
    "one of two ways into a chain loses",
    "nothing loses",
]
_NFT = """\
table ip filter {{
  chain idle {{ counter }}
  chain bans {{ drop }}
  chain input {{
    type filter hook input priority filter; policy drop;
    tcp dport {{ 22, 80 }} accept
    tcp dport vmap {{ {} }}
    tcp dport 82 jump bans
    tcp dport 83 goto bans
  }}
}}
"""
_IP = {"family": "ip", "table": "filter"}
_DPORT = {"payload": {"protocol": "tcp", "field": "dport"}}


def _json(targets: list[_Target]) -> str:
    vmap = {"key": _DPORT, "data": {"set": [[port, _verdict(text)] for port, text in targets]}}
    permitted = {"match": {"op": "==", "left": _DPORT, "right": {"set": [22, 80]}}}
    base = {"type": "filter", "hook": "input", "prio": 0, "policy": "drop"}
    also = [
        [{"match": {"op": "==", "left": _DPORT, "right": port}}, _verdict(text)]
        for port, text in ((82, "jump bans"), (83, "goto bans"))
    ]
    rules = [
        ("idle", [{"counter": {"packets": 0, "bytes": 0}}]),
        ("bans", [_verdict("drop")]),
        *(("input", each) for each in ([permitted, _verdict("accept")], [{"vmap": vmap}], *also)),
    ]
    items = [
        {"table": {"family": "ip", "name": "filter"}},
        *({"chain": {**_IP, "name": name}} for name in ("idle", "bans")),
        {"chain": {**_IP, "name": "input", **base}},
        *({"rule": {**_IP, "chain": chain, "expr": expr}} for chain, expr in rules),
    ]
    return json.dumps({"nftables": items})


def _verdict(text: str) -> dict[str, object]:
    kind, _, chain = text.partition(" ")
    return {kind: {"target": chain} if chain else None}


def _of_the_map(folder: Path, text: str) -> list[tuple[str, str]]:
    """What is said of the map: its check, and what it is called."""
    found = findings(folder, *_CHECKS, host=text)
    words = [(each.check, each.message.removeprefix("no packet comes to ")) for each in found]
    return [(check, said.partition(" of input")[0]) for check, said in words if "of input" in said]


@pytest.mark.parametrize(("targets", "expected"), _TABLE, ids=_IDS)
def test_what_one_target_does_says_nothing_of_another(
    targets: list[_Target], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    written = ", ".join(f"{port} : {text}" for port, text in targets)

    assert _of_the_map(tmp_path, _NFT.format(written)) == expected


@pytest.mark.parametrize(("targets", "expected"), _TABLE, ids=_IDS)
def test_the_same_in_json(
    targets: list[_Target], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert _of_the_map(tmp_path, _json(targets)) == expected
