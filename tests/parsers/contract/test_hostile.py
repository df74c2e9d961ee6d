"""Whatever a file holds, a format gives rule sets or one error with a place in it, soon."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError, Source
from parsers import FORMATS, read_exports
from parsers.shared.context import Context
from parsers.shared.format import Format
from tests.parsers.contract.subjects import (
    SUBJECTS,
    WORD,
    Subject,
    each_subject,
    exports,
    is_placed,
    said,
    sample,
)

_SOON = 10
"""Seconds; the slowest takes one."""
_DEEP = 100_000
_SMALL = 40_000
TEXTS = {
    subject.dialect.name: [
        path.read_text(encoding="utf-8")
        for path in exports(subject)
        if path.stat().st_size < _SMALL
    ]
    for subject in SUBJECTS
}


def _parsed(format_: Format, text: str) -> None:
    """Raises whatever is no InputError, or an error without a place in the text."""
    wrong: InputError | None = None
    try:
        format_.parse([Source("export", text.split("\n"))], Context())
    except InputError as error:
        wrong = error
    assert wrong is None or is_placed(wrong, {"export": text}), wrong


@pytest.mark.parametrize("format_", FORMATS, ids=lambda each: each.name)
@given(text=st.text())
def test_any_text(format_: Format, text: str) -> None:
    _parsed(format_, text)


@each_subject
@given(data=st.data())
def test_any_fixture_cut_short_or_damaged(subject: Subject, data: st.DataObject) -> None:
    assert TEXTS[subject.dialect.name], f"there are fixtures in {subject.folder}"
    text = data.draw(st.sampled_from(TEXTS[subject.dialect.name]))
    at = data.draw(st.integers(0, len(text)))
    end = at + data.draw(st.sampled_from([0, 1, 1, 7, 300]))
    words = st.sampled_from(WORD.findall(text)) | st.sampled_from(list("{}[]()<>\"',:;\\ \n\t!-"))

    _parsed(subject.format, text[:at])
    _parsed(subject.format, text[:at] + data.draw(words | st.text(max_size=4)) + text[end:])


def _read(subject: Subject, folder: Path, data: bytes) -> tuple[RuleSet, ...]:
    path = folder / sample(subject).name
    path.write_bytes(data)
    return read_exports([str(path)], subject.format.name)


def _noise(_: str) -> bytes:
    return bytes(Random(1).randrange(1, 256) for _ in range(100_000))


def _deep(opening: str, _: str) -> bytes:
    return (opening * _DEEP).encode()


def _deep_inside(opening: str, text: str) -> bytes:
    middle = len(text) // 2
    return f"{text[:middle]}{opening * _DEEP}{text[middle:]}".encode()


HOSTILE: dict[str, Callable[[str], bytes]] = {
    "nothing": lambda _: b"",
    "white space": lambda _: b" \n\t\n",
    "a byte order mark alone": lambda _: b"\xef\xbb\xbf",
    "a zero byte": lambda text: text.encode().replace(b"\n", b"\0\n", 3),
    "noise": _noise,
    "a line without an end": lambda _: b"x" * 2_000_000,
    "a long line at the end": lambda text: f"{text}{'x ' * 1_000_000}".encode(),
    "all in one line": lambda text: text.replace("\n", " ").encode(),
    "no line at all": lambda text: text.replace("\n", "").encode(),
    "many lines": lambda text: (text * 200).encode(),
    "half": lambda text: text[: len(text) // 2].encode(),
    **{f"deep {each}": partial(_deep, each) for each in ("[", "{", "(", "<a>", '{"a":', "- ", '"')},
    **{f"deep {each} inside": partial(_deep_inside, each) for each in ("[", "{", "(", "<a>", "!")},
}


@pytest.mark.parametrize("kind", HOSTILE)
@each_subject
def test_a_hostile_file_is_one_error_or_read(subject: Subject, kind: str, tmp_path: Path) -> None:
    text = sample(subject).read_text(encoding="utf-8")
    data = HOSTILE[kind](text)
    wrong: InputError | None = None
    start = perf_counter()
    try:
        _read(subject, tmp_path, data)
    except InputError as error:
        wrong = error

    assert perf_counter() - start < _SOON
    if wrong:
        shown = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
        assert is_placed(wrong, {str(tmp_path / sample(subject).name): shown}), wrong.span


SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "no line end at the end": lambda text: text.rstrip("\n").encode(),
    "more line ends at the end": lambda text: f"{text}\n\n".encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@each_subject
def test_how_a_text_is_stored_does_not_change_what_it_says(
    subject: Subject, spelling: str, tmp_path: Path
) -> None:
    text = sample(subject).read_text(encoding="utf-8")
    whole = said(_read(subject, tmp_path, text.encode()))

    assert said(_read(subject, tmp_path, SPELLINGS[spelling](text))) == whole
