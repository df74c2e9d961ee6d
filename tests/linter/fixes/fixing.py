"""Runs of `fwlint check --fix`, and what they print."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from linter.cli import main


class Edited(NamedTuple):
    """A finding in short, and its edit."""

    check: str
    line: int
    changes: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...]
    """The line of each change, the lines that go, and those that come."""
    commands: tuple[str, ...]
    steps: tuple[str, ...]
    effect: str
    columns: tuple[int, ...] = ()
    """Of each change, if parts of long lines are edited."""


def fixes(
    folder: Path, capsys: pytest.CaptureFixture[str], files: Mapping[str, str], *arguments: str
) -> list[Edited | tuple[str, int]]:
    """The findings of a run in the folder, with the edit of each; without one, its id and line."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        status = main(["check", "--fix", "-o", "json", *arguments])
    printed = capsys.readouterr()
    assert (status in (0, 1), printed.err) == (True, "")
    return [_short(each) for each in json.loads(printed.out)["findings"]]


def _short(finding: dict[str, Any]) -> Edited | tuple[str, int]:
    edit, line = finding["edit"], finding["place"]["line"]
    if edit is None:
        return finding["check"], line
    changes = tuple(
        (each["line"], tuple(each["old"]), tuple(each["new"])) for each in edit["changes"]
    )
    texts = tuple(edit["commands"]), tuple(edit["steps"])
    columns = tuple(each["column"] for each in edit["changes"])
    some = columns if any(columns) else ()
    return Edited(finding["check"], line, changes, *texts, edit["effect"], some)


def edited(text: str, edit: Edited) -> str:
    """The file with the edit in it, put together without fwlint."""
    lines = text.splitlines()
    columns = edit.columns or (0,) * len(edit.changes)
    places = zip(edit.changes, columns, strict=True)
    for (line, old, new), column in sorted(places, key=lambda e: (e[0][0], e[1]), reverse=True):
        if column:
            whole, gone = lines[line - 1], "".join(old)
            front, rest = whole[: column - 1], whole[column - 1 :]
            assert rest.startswith(gone)
            lines[line - 1] = front + "".join(new) + rest.removeprefix(gone)
            continue
        assert tuple(lines[line - 1 : line - 1 + len(old)]) == old
        lines[line - 1 : line - 1 + len(old)] = new
    return "\n".join(lines) + "\n"
