"""Which files an `include` means, and whether it may have them."""

import glob
from pathlib import Path
from typing import Final

from flowmodel.source import InputError, Source, Span
from parsers.nftables.state import error
from parsers.shared.reading import read_source

_WILD: Final = frozenset("*?[")


class Includes:
    """Finds included files within the trees of some folders."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = tuple(folder.resolve() for folder in folders)

    def sources(self, name: str, inside: Source, span: Span) -> list[Source]:
        """The files that an include names, sorted; raises InputError at its span.

        Names are relative to the file that includes them, or else to one of the folders. A pattern
        may match nothing, a name must be there (nft(8), INCLUDE FILES).
        """
        if "\0" in name:
            raise error("a name of a file has no zero byte", inside, span)
        places = (Path(inside.path).parent, *self._folders)
        paths = next((found for place in places if (found := self._paths(name, place))), [])
        if not paths and not _WILD & set(name):
            raise error(f"the included file `{name}` is not there", inside, span)
        return [self._source(path, name, inside, span) for path in paths]

    def _paths(self, name: str, folder: Path) -> list[Path]:
        if _WILD & set(name):
            pattern = name if name.startswith("/") else f"{glob.escape(str(folder))}/{name}"
            found = sorted(glob.glob(pattern))  # noqa: PTH207 - an absolute pattern is fine too
            return [path for path in map(Path, found) if path.is_file()]
        path = folder / name
        return [path] if path.is_file() else []

    def _source(self, path: Path, name: str, inside: Source, span: Span) -> Source:
        real = path.resolve()
        if not any(real.is_relative_to(folder) for folder in self._folders):
            reason = "is outside the folder of the export: --include-dir allows it"
            raise error(f"the included file `{name}` {reason}", inside, span)
        try:
            return read_source(str(path), lambda _text: None)
        except InputError as failure:
            message = f"the included file `{name}` {failure.message}"
            raise error(message, inside, span) from None
