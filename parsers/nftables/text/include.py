"""Which files an `include` means, and whether it may have them."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from flowfiles.reach import OUTSIDE, Within, folder_of
from flowmodel.source import InputError, Source, Span
from parsers.nftables.state import error
from parsers.shared.reading import read_source

_WILD: Final = re.compile(r"[*?\[]")
_MAX_FOLDERS: Final = 10_000
"""Folders that one pattern looks into; links in a circle would make them endless."""


class Includes:
    """Finds included files within some trees."""

    def __init__(self, folders: Sequence[str], trees: Sequence[str] = ()) -> None:
        """Names are searched in `folders`, whose files may be included; those of `trees` may too.

        The first folder is that of the export itself.
        """
        self._own, *self._others = folders
        self._reach = Within((*map(os.path.realpath, folders), *trees))

    def sources(self, name: str, inside: Source, span: Span) -> list[Source] | None:
        """The files that an include names, sorted; raises InputError at its span.

        None for a pattern whose folder is not there. A pattern may match nothing, a name must be
        there (nft(8), INCLUDE FILES). What is outside the trees is refused whether it is there or
        not.
        """
        if "\0" in name:
            raise error("a name of a file has no zero byte", inside, span)
        is_refused = is_listed = False
        # nft looks in a folder that it is told, in /etc, or for `./name` where it runs
        # (src/scanner.l, scanner_include_file): the export's own folder stands for them.
        for place in dict.fromkeys((self._own, folder_of(inside.path), *self._others)):
            search = _Search(self._reach)
            found = sorted(search.paths(place, name))
            if search.is_endless:
                raise error(
                    f"the pattern `{name}` looks into more than {_MAX_FOLDERS} folders",
                    inside,
                    span,
                )
            is_refused = is_refused or search.is_refused
            is_listed = is_listed or search.is_listed
            if found and not search.is_refused:
                return [self._source(path, name, inside, span) for path in found]
        if is_refused:
            reason = "is outside the folder of the export: --include-dir allows it"
            raise error(f"the included file `{name}` {reason}", inside, span)
        if not _WILD.search(name):
            raise error(f"the included file `{name}` is not there", inside, span)
        return [] if is_listed else None

    def _source(self, path: str, name: str, inside: Source, span: Span) -> Source:
        try:
            return read_source(str(Path(path)), lambda _text: None, self._reach)
        except InputError as failure:
            message = f"the included file `{name}` {failure.message}"
            raise error(message, inside, span) from None


class _Search:
    """Finds what a name or a pattern means, and never looks into a folder outside the reach.

    `glob` would: it walks wherever links and `..` lead, and only its results could be judged.
    """

    def __init__(self, reach: Within) -> None:
        self._reach = reach
        self._real: dict[str, str] = {}
        self._looked = 0
        self.is_refused = False
        """Whether a path was left out because it is outside."""
        self.is_endless = False
        self.is_listed = False
        """Whether a folder in which files may match is there."""

    def paths(self, place: str, name: str) -> Iterator[str]:
        """The files of that name, or that match, from a folder on."""
        *folders, last = name.split("/")
        if name.startswith("/"):
            place = "/"
        yield from self._below(place, [part for part in folders if part], last)

    def _below(self, folder: str, parts: list[str], last: str) -> Iterator[str]:
        for number, part in enumerate(parts):
            if _WILD.search(part):
                for path in self._matching(folder, part):
                    if os.path.isdir(path) and self._has(path):  # noqa: PTH112
                        yield from self._below(path, parts[number + 1 :], last)
                return
            folder = os.path.join(folder, part)  # noqa: PTH118
        is_wild = _WILD.search(last)
        found = self._matching(folder, last) if is_wild else [os.path.join(folder, last)]  # noqa: PTH118
        for path in found:
            if self._has(path) and os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112
                yield path

    def _matching(self, folder: str, pattern: str) -> Iterator[str]:
        """What a folder holds that matches; names with a dot only match a pattern with one."""
        self._looked += 1
        self.is_endless = self.is_endless or self._looked > _MAX_FOLDERS
        if self.is_endless or not self._has(folder or "."):
            return
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - a path is text here
        except OSError:
            return
        self.is_listed = True
        # glob(3) takes both for `none of`, and fnmatch the second only.
        wanted = pattern.replace("[^", "[!")
        for name in names:
            is_shown = not name.startswith(".") or pattern.startswith(".")
            if is_shown and fnmatchcase(name, wanted):
                yield os.path.join(folder, name)  # noqa: PTH118

    def _has(self, path: str) -> bool:
        is_outside = self._reach.refusal(self._shortened(path)) == OUTSIDE
        self.is_refused = self.is_refused or is_outside
        return not is_outside

    def _shortened(self, path: str) -> str:
        """The path by its folder's own path: links in a circle make short paths long."""
        folder, name = os.path.split(path)
        if folder not in self._real:
            parent, last = os.path.split(folder)
            known = self._real.get(parent)
            with suppress(ValueError):  # what is no name of a file is for the reach to refuse
                start = folder if known is None else os.path.join(known, last)  # noqa: PTH118
                self._real[folder] = os.path.realpath(start)
        return os.path.join(self._real.get(folder, folder), name)  # noqa: PTH118
