"""Braces without an element: where nft takes them, and where it does not."""

import json

import pytest

from flowmodel.source import InputError
from tests.parsers.nftables.samples import FILTER, export, nft_accepts

_EMPTY = "define none = { }\n"
_NONE = "there is no element between these braces"
_COMMA = "there is no element before the first comma"


def _rule(rule: str) -> str:
    return f"table inet t {{\nchain c {{ type {FILTER};\n{rule}\n}}\n}}\n"


def _set(line: str, kind: str = "set s { type inet_service;") -> str:
    return f"table inet t {{\n{kind}\n{line}\n}}\n}}\n"


_ALL = "the set has no elements"
REFUSED = {
    "in a rule": (_rule("tcp dport { } accept"), 3, 11, _NONE),
    "behind another set": (_rule("ct state { new } tcp dport {} accept"), 3, 28, _NONE),
    "in two lines": (_rule("tcp dport {\n} accept"), 3, 11, _NONE),
    "behind a variable": (
        _EMPTY + _rule("tcp dport $none udp sport { } drop"),
        4,
        27,
        _NONE,
    ),
    "in a map": (_rule("tcp dport vmap { }"), 3, 16, _NONE),
    "in a set of a set": (_rule("tcp dport { 22, { } } accept"), 3, 17, _NONE),
    "in a block of a rule": (_rule("jump { tcp dport { } accept; }"), 3, 18, _NONE),
    "in what a rule adds": (_rule("add @s { }"), 3, 8, _NONE),
    "in elements": (_set("elements = { }"), 3, 12, _NONE),
    "in elements, with a comment": (_set("elements = { # $none\n}"), 3, 12, _NONE),
    "in elements of a map": (
        _set("elements = {}", "map m { type inet_service : verdict;"),
        3,
        12,
        _NONE,
    ),
    "in a command": (_set("") + "add element inet t s { }\n", 6, 22, _NONE),
    "in a command that removes": (_set("") + "delete element inet t s { }\n", 6, 25, _NONE),
    "in a definition": ("define x = { 22, { } }\n" + _set(""), 1, 18, _NONE),
    "a comma in a definition": ("define x = { , 22 }\n" + _set(""), 1, 14, _COMMA),
    "a comma": (_rule("tcp dport { 22, 23 } ip saddr { , 10.0.0.1 } accept"), 3, 33, _COMMA),
    "a comma in a set of a set": (_rule("tcp dport { 22, { , 23 } } accept"), 3, 19, _COMMA),
    "a comma in elements": (_set("elements = { , 22 }"), 3, 14, _COMMA),
    "a variable": (_EMPTY + _rule("tcp dport $none accept"), 4, 1, _ALL),
    "a variable, not": (_EMPTY + _rule("tcp dport != $none accept"), 4, 1, _ALL),
    "a variable in braces": (_EMPTY + _rule("tcp dport { $none } accept"), 4, 1, _ALL),
    "a variable of two parts": (_EMPTY + _rule("ip saddr . tcp dport { $none } drop"), 4, 1, _ALL),
    "a variable of flags": (_EMPTY + _rule("ct state $none accept"), 4, 1, _ALL),
}
ACCEPTED = {
    "elements of a variable": (_EMPTY + _set("elements = $none")),
    "elements of a variable in braces": (_EMPTY + _set("elements = { $none, 22 }")),
    "a variable of a variable": (_EMPTY + "define x = $none\n" + _set("elements = $x")),
    "a command": (_EMPTY + _set("") + "add element inet t s $none\n"),
    "a command that removes": (_EMPTY + _set("") + "delete element inet t s $none\n"),
    "a variable with others": (_EMPTY + _rule("tcp dport { $none, 22 } accept")),
    "a variable behind others": (_EMPTY + _rule("tcp dport { 22, $none } accept")),
    "a block": _rule("jump { }"),
    "a text": _rule('log prefix "{}" accept comment "{ , }"'),
    "a comment": _rule("tcp dport { 22 } accept # { }"),
}


@pytest.mark.parametrize(("content", "line", "column", "expected"), REFUSED.values(), ids=REFUSED)
def test_without_an_element_it_is_refused_with_its_place(
    content: str, line: int, column: int, expected: str
) -> None:
    with pytest.raises(InputError) as raised:
        export(content)

    assert raised.value.message == expected
    assert (raised.value.span.line, raised.value.span.column) == (line, column)


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_what_nft_takes_is_read(content: str) -> None:
    export(content)


@pytest.mark.usefixtures("nft")
def test_nft_has_it_so() -> None:
    assert [name for name, (content, *_) in REFUSED.items() if nft_accepts(content)] == []
    assert [name for name, content in ACCEPTED.items() if not nft_accepts(content)] == []


_TABLE = {"family": "inet", "table": "t"}
_SELECTED = {"payload": {"protocol": "tcp", "field": "dport"}}
JSON: dict[str, dict[str, object]] = {
    "in a rule": {
        "rule": {
            **_TABLE,
            "chain": "c",
            "expr": [{"match": {"op": "==", "left": _SELECTED, "right": {"set": []}}}],
        }
    },
    "in a map": {
        "rule": {
            **_TABLE,
            "chain": "c",
            "expr": [{"vmap": {"key": _SELECTED, "data": {"set": []}}}],
        }
    },
    "in elements": {"set": {**_TABLE, "name": "s", "type": "inet_service", "elem": []}},
    "in a text": {
        "rule": {
            **_TABLE,
            "chain": "c",
            "expr": [{"match": {"op": "==", "left": _SELECTED, "right": {"set": ["", 22]}}}],
        }
    },
}


@pytest.mark.parametrize("command", JSON.values(), ids=JSON)
def test_json_without_an_element_is_refused(command: dict[str, object]) -> None:
    objects = [
        {"table": {"family": "inet", "name": "t"}},
        {"chain": {**_TABLE, "name": "c"}},
        command,
    ]
    content = json.dumps({"nftables": [{"add": each} for each in objects]})

    with pytest.raises(InputError):
        export(content)
