"""Places in TOML: every key and value that `tomllib` reads has one, and it is the right one."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linter.commands.toml_places import Path, places

_TEXT = '''\
# head
fail-on = "error"   # x
"ignore" = [ # c
  "FW1", # d

  'FW2',
]
marked.add = ["8080/tcp"]
a = {b = 1, c.d = [1, {x = 1}]}
day = 1979-05-27 07:32:00
number = -3.14e2
quoted = """x
"" # no
\\""" y"""
\'it is\' = \'\'\'a 'b' \'\'\'\'
[tool.ruff]
x = [[1, 2], [3]]
[[tool.x]]
y = 1
[[tool.x]]
y = 2
[[tool.x.z]]
w = 3
[tool.x.sub]
z = true
[ tool . "fw lint" ]
site = "a"'''


def _paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, (*path, key))
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _paths(each, (*path, number))


def _check(text: str) -> None:
    found = places(text)
    for path, value in _paths(tomllib.loads(text)):
        where = found.values.get(path)
        if where is not None:
            said = text[where.first : where.last + 1]
            assert tomllib.loads(f"x = {said}")["x"] == value, path
        else:
            assert path == () or isinstance(value, (dict, list)), path


def test_each_value_stands_where_it_is_said() -> None:
    _check(_TEXT)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (("fail-on",), "fail-on"),
        (("ignore",), '"ignore"'),
        (("marked", "add"), "marked.add"),
        (("a", "c", "d", 1, "x"), "x"),
        (("it is",), "'it is'"),
        (("tool", "x", 1, "z", 0, "w"), "w"),
        (("tool", "x", 1, "sub", "z"), "z"),
        (("tool", "fw lint"), 'tool . "fw lint"'),
        (("tool", "fw lint", "site"), "site"),
    ],
)
def test_each_key_stands_where_it_is_said(path: Path, key: str) -> None:
    where = places(_TEXT).keys[path]

    assert _TEXT[where.first : where.last + 1] == key


_KEYS = st.text("ab-_1", min_size=1, max_size=3) | st.just('"q. k"') | st.just("'#'")
_SCALARS = st.sampled_from(
    [
        *("1", "0x1f", "true", '""', '"#]"', "'},'", '"""\na"b\n"""', "'''x\n'''"),
        *("1.5e3", "inf", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", '"\\"\\\\"'),
    ]
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3).map(
        lambda each: "[ " + " ,\n# c ]\n".join(each) + "]"
    ),
    max_leaves=5,
)
_LINES = st.one_of(
    st.tuples(_KEYS, _VALUES).map(lambda pair: f"{pair[0]} = {pair[1]} # c"),
    st.tuples(_KEYS, _KEYS, _VALUES).map(lambda each: f"{each[0]} . {each[1]} = {each[2]}"),
    st.tuples(_KEYS, _KEYS, _SCALARS).map(
        lambda each: f"{each[0]} = {{ {each[1]} = {each[2]} }}".replace("\n", "")
    ),
    _KEYS.map(lambda key: f"[{key}]"),
    _KEYS.map(lambda key: f"  [[ {key} ]] # t"),
    st.tuples(_KEYS, _KEYS).map(lambda keys: f"[[{keys[0]}.{keys[1]}]]"),
    st.sampled_from(["", "# [x]", "\t"]),
)


@given(st.lists(_LINES, max_size=8))
def test_any_document_has_its_places(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        tomllib.loads(text)
    except ValueError:
        return
    _check(text)
