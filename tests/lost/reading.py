"""What fwlint says of an export, and of the same with a change."""

from pathlib import Path
from typing import NamedTuple

from flowmodel.ruleset import RuleSet
from flowmodel.source import InputError
from parsers import read_exports
from tests.lost.change import Change
from tests.lost.exports import Export
from tests.parsers.contract.subjects import is_placed, said


class Reading(NamedTuple):
    """What is said of packets, and the remarks; or the error."""

    meaning: tuple[str, ...]
    remarks: tuple[str, ...]
    error: InputError | None = None


def _meaning(rulesets: tuple[RuleSet, ...]) -> tuple[str, ...]:
    machines = [
        f"{each.machine} {each.networks} {each.local} {each.foreign} {each.elsewhere}"
        f" {each.administration} {[link.leaving for link in each.links]}"
        for each in rulesets
    ]
    return (*said(rulesets), *machines)


def _remarks(rulesets: tuple[RuleSet, ...]) -> tuple[str, ...]:
    return tuple(sorted(f"{gap.check} {gap.message}" for each in rulesets for gap in each.gaps))


class Reader:
    """The files of an export in a folder, and how it is read with changes."""

    def __init__(self, export: Export, folder: Path) -> None:
        self.export = export
        self._path = folder / export.changed
        self._paths = [str(folder / name) for name in export.read]
        for name, text in export.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", newline="")
        self._texts = {str(folder / name): text for name, text in export.files}
        self.whole = self._read()

    def _read(self) -> Reading:
        try:
            found = read_exports(self._paths)
        except InputError as error:
            return Reading((), (), error)
        return Reading(_meaning(found), _remarks(found))

    def changed(self, change: Change) -> Reading:
        """What is said with the change."""
        text = change.made(self.export.text)
        self._path.write_text(text, encoding="utf-8", newline="")
        return self._read()

    def is_placed(self, error: InputError, change: Change) -> bool:
        """Whether an error has a place in the files."""
        texts = self._texts | {str(self._path): change.made(self.export.text)}
        return is_placed(error, texts)
