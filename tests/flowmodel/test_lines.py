"""The lines of a text that is kept as one are those of the list that it stands for."""

import pickle

import pytest

from flowmodel.source import Lines, Source, digest_of

_TEXTS = ["", "a", "a\n", "\n", "\n\n", "a\nb", "a\n\nb\n", "ab\ncd\nef", "é\nü\n€", "\r\na"]


@pytest.mark.parametrize("size", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize("text", _TEXTS)
def test_lines_are_those_of_a_list(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowmodel.source._PIECE", size)
    monkeypatch.setattr("flowmodel.source._BLOCK", size)
    lines, listed = Lines(text), text.split("\n")

    assert [*lines] == listed
    assert len(lines) == len(listed)
    assert [lines[number] for number in range(len(listed))] == listed
    assert [lines[-1 - number] for number in range(len(listed))] == listed[::-1]
    assert lines[1:3] == listed[1:3]
    assert lines[:-1] == listed[:-1]
    assert lines == listed
    assert listed == lines
    assert lines != [*listed, ""]
    assert pickle.loads(pickle.dumps(lines)) == listed
    with pytest.raises(IndexError):
        lines[len(listed)]


@pytest.mark.parametrize("size", [1, 2, 3, 1 << 10])
@pytest.mark.parametrize("text", _TEXTS)
def test_each_character_is_in_the_line_that_its_end_closes(
    text: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowmodel.source._BLOCK", size)
    lines = Lines(text)

    for offset in range(len(text) + 1):
        before = text[:offset].split("\n")
        assert lines.position(offset) == (len(before), len(before[-1]) + 1)


@pytest.mark.parametrize("text", _TEXTS)
def test_a_source_says_the_same_of_both(text: str) -> None:
    listed, kept = Source("a", text.split("\n")), Source("a", Lines(text))

    assert kept.text == listed.text == text
    assert kept.one_text == listed.one_text == listed.lines
    assert kept.length == listed.length == sum(len(line) + 1 for line in kept.lines)
    assert kept.with_text("b\nc").lines == listed.with_text("b\nc").lines == ["b", "c"]
    assert isinstance(kept.with_text("b").lines, Lines)


def test_the_hash_is_of_the_bytes_whether_they_are_kept_or_not() -> None:
    data = b'{"a": 1}\n'

    assert Source("a", [], data).sha256 == Source("a", [], digest=digest_of(data)).sha256
    assert Source("a", []).sha256 == ""
