"""Nothing of an export is left out in silence: each line and each word of it counts."""

import re
from collections.abc import Iterator
from pathlib import Path

from flowmodel.source import InputError, Source
from parsers.shared.context import Context
from tests.parsers.contract.subjects import WORD, Subject, each_meaning, index, said


def _read(subject: Subject, path: Path, text: str) -> list[str]:
    """What a text says, or the error that it is."""
    source = Source(path.name, text.removesuffix("\n").split("\n"))
    try:
        return said(subject.format.parse([source], Context()))
    except InputError as error:
        return [error.message]


def _changed(text: str) -> Iterator[tuple[int, int, str]]:
    """The text without each line, and with each word another one; and where that is."""
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line), text[:at] + text[at + len(line) :]
        for word in WORD.finditer(line):
            end = at + word.end()
            yield at + word.start(), end, f"{text[:end]}x9{text[end:]}"
        at += len(line)


def _silent(subject: Subject, text: str) -> list[tuple[int, int]]:
    """Where the text says nothing about packets: there a change need not change anything."""
    return [
        match.span(1 if match.re.groups else 0)
        for pattern in index(subject).says_nothing
        for match in re.finditer(pattern, text, re.MULTILINE)
    ]


@each_meaning
def test_a_line_or_word_less_or_another_is_another_meaning_a_remark_or_an_error(
    subject: Subject, path: Path
) -> None:
    text = path.read_text(encoding="utf-8")
    whole, silent = _read(subject, path, text), _silent(subject, text)
    lost = [
        text[start:end]
        for start, end, changed in _changed(text)
        # A line is changed with its end.
        if not any(first <= start and end <= last + 1 for first, last in silent)
        and _read(subject, path, changed) == whole
    ]

    assert lost == [], f"what says nothing about packets is named in {subject.index_file}"
