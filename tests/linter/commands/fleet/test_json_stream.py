"""One JSON object in pieces: the same values, and every fault with its place."""

import json
from io import BytesIO
from typing import Any

import pytest

from flowmodel.source import InputError
from linter.commands.fleet import json_stream
from linter.commands.fleet.json_stream import JsonStream

DOCUMENT = {
    "version": 2,
    "long": ["x" * 50, {"a": [1, -2.5e10, None]}, 'é"\\\n', True, 12345678901234567890],
    "empty": [],
    "object": {"deep": {"er": [[], {}]}},
    "last": -7,
}


def _read(data: bytes) -> dict[str, Any]:
    stream = JsonStream("all.json", BytesIO(data))
    found: dict[str, Any] = {}
    for name in stream.members():
        is_list = name in ("long", "empty")
        found[name] = list(stream.elements()) if is_list else stream.value()
    return found


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read a few bytes at a time."""
    monkeypatch.setattr(json_stream, "_CHUNK", 3)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_is_the_same_in_pieces(indent: int | None, encoding: str) -> None:
    text = json.dumps(DOCUMENT, indent=indent, ensure_ascii=False)

    assert _read(text.encode(encoding)) == DOCUMENT
    assert _read(f"\n {text} \n".encode(encoding)) == DOCUMENT


@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: is no JSON object"),
        ("[]", "1:1: is no JSON object"),
        ("{", "1:2: this is no JSON: expecting value"),
        ("{1: 2}", "1:2: expected the name of a member"),
        ('{"a"}', "1:5: expected a colon"),
        ('{"a": 1', "1:8: expected a comma or `}`"),
        ('{"a": 1,}', "1:9: this is no JSON: expecting value"),
        ('{"a": 1, "a": 2}', "1:10: `a` is here twice"),
        ('{"a": 1}\n{', "2:1: something follows the report"),
        ('{"a":\n  {"b": 1, "b": 2}}', "2:3: this value has what no report has"),
        ('{"a": NaN}', "1:7: this value has what no report has"),
        (f'{{"a": {"9" * 5000}}}', "1:7: this value has what no report has"),
        (f'{{"a": {"[" * 100_000}', "1:7: this value is nested too deeply"),
        ('{"a": "b', "1:7: this is no JSON: unterminated string starting at"),
        ('{"a": tru}', "1:7: this is no JSON: expecting value"),
        ('{"a": "b\nc"}', "1:9: this is no JSON: invalid control character at"),
        ('{"long": 1}', "1:10: expected a list"),
        ('{"long": [1,\n2\n3]}', "3:1: expected a comma or `]`"),
        ('{"long": [1,\n]}', "2:1: this is no JSON: expecting value"),
        ('{"long": [1', "1:12: expected a comma or `]`"),
    ],
)
def test_a_fault_has_its_place(
    text: str, expected: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    with pytest.raises(InputError) as raised:
        _read(text.encode())

    assert f"{raised.value.span}: {raised.value.message}" == f"all.json:{expected}"


def test_what_is_no_text_is_told() -> None:
    with pytest.raises(InputError, match="is no UTF-8"):
        _read(b'{"a": "\xff"}')


def test_a_value_has_its_bound_and_a_list_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", 10)
    monkeypatch.setattr(json_stream, "LARGEST", 100)

    assert _read(json.dumps({"long": ["x"] * 1000}).encode()) == {"long": ["x"] * 1000}
    with pytest.raises(InputError) as raised:
        _read(json.dumps({"a": "x" * 1000}).encode())
    assert raised.value.message == "this value is larger than 0 MiB"


def test_what_is_not_needed_is_skipped() -> None:
    stream = JsonStream("all.json", BytesIO(b'{"a": [1, {"b": 2}], "c": {"d": 3}, "e": 4}'))
    for name in stream.members():
        if name == "e":
            assert stream.value() == 4
        else:
            stream.skip()
