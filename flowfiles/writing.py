"""How a file is written: whole or not at all, where its name says, and through no link.

The folder can be a checkout of somebody else, who may have put a link where the output goes.
"""

import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_DESCRIPTOR: Final = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")
_HEAD: Final = 4096
_REPORTS: Final = (".json", ".sarif", ".xml", ".html", ".md", ".txt")
"""What an empty file is called that may be a report; an empty `__init__.py` is none."""
_STREAMS: Final = {"/dev/stdout": 1, "/dev/stderr": 2}


class NotWrittenError(Exception):
    """A file that is not written; the message says why, for people."""


def write_whole(path: str, data: bytes | Iterable[bytes]) -> None:
    """Write a file by way of a temporary one beside it, which then takes its name.

    What is large can come in pieces. A device or a pipe is written into. Raises NotWrittenError, or
    OSError.
    """
    pieces = (data,) if isinstance(data, bytes) else data
    descriptor = _descriptor(path)
    if descriptor is not None:
        _write(os.dup(descriptor), pieces)
        return
    folder, name = os.path.split(path)
    if name in ("", os.curdir, os.pardir):
        raise NotWrittenError("it is a folder")
    _refuse_links(path)
    before = _found(path)
    if before is None or stat.S_ISREG(before.st_mode):
        _replace(folder, name, before, pieces)
    else:
        _write_into(path, before, pieces)


def refuse_outside(tree: str, path: str, ours: bytes) -> None:
    """Raise NotWrittenError where a file of the tree may not have a file written at the path.

    It may have one in the tree, in no hidden folder, and instead of nothing but an earlier one,
    which the pattern `ours` tells by its first bytes, or its name where it is empty. `write_whole`
    refuses a link in its place.
    """
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
    root = os.path.realpath(tree)
    real = os.path.realpath(folder)
    if real != root and not real.startswith(root.rstrip(os.sep) + os.sep):
        raise NotWrittenError("it is outside the tree of the file that names it")
    inside = Path(os.path.relpath(real, root), os.path.basename(path)).parts  # noqa: PTH119
    if any(part.startswith(".") for part in inside):
        raise NotWrittenError("it is hidden; a file of settings may name no such output")
    before = _found(path)
    if before is None:
        return
    if not stat.S_ISREG(before.st_mode):
        raise NotWrittenError("it is there already, and is no file that fwlint wrote")
    with open(path, "rb") as file:  # noqa: PTH123
        head = file.read(_HEAD)
    says_nothing = head.strip() in (b"", b"[]") and path.endswith(_REPORTS)
    if not (says_nothing or re.search(ours, head)):
        raise NotWrittenError(
            "it is there already, and is no report of fwlint; -o on the command line replaces it"
        )


def _descriptor(path: str) -> int | None:
    """The number of an open file that the path is a name of: these names are links by nature."""
    if path in _STREAMS:
        return _STREAMS[path]
    found = _DESCRIPTOR.fullmatch(path)
    return int(found[1]) if found else None


def _refuse_links(path: str) -> None:
    """Raise NotWrittenError for a link on the way, below the current folder, and at the end.

    Above the current folder, links are the system's own: `/tmp` is one on some.
    """
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow the links
    current = Path.cwd()
    inside = whole.relative_to(current).parts[:-1] if whole.is_relative_to(current) else ()
    for number in range(1, len(inside) + 1):
        folder = current.joinpath(*inside[:number])
        if folder.is_symlink():
            raise NotWrittenError(f"the folder {folder.relative_to(current)} is a link")
    if os.path.realpath(os.path.dirname(path) or ".") != os.path.realpath(whole.parent):  # noqa: PTH120
        raise NotWrittenError("behind a link, `..` leads elsewhere than the path says")
    if whole.is_symlink():
        raise NotWrittenError("it is a link, and nothing is written through one")


def _found(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _write_into(path: str, before: os.stat_result, pieces: Iterable[bytes]) -> None:
    """Write into a device or a pipe, which no file may replace."""
    if not (stat.S_ISCHR(before.st_mode) or stat.S_ISFIFO(before.st_mode)):
        kind = "a folder" if stat.S_ISDIR(before.st_mode) else "no file that can be written"
        raise NotWrittenError(f"it is {kind}")
    flags = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    _write(os.open(path, flags), pieces)


def _replace(
    folder: str, name: str, before: os.stat_result | None, pieces: Iterable[bytes]
) -> None:
    """Write a new file, and give it the name; one that was there keeps its permissions."""
    path = Path(folder, name)
    if before is not None and not os.access(path, os.W_OK):
        raise NotWrittenError("its permissions forbid it")
    temporary = path.with_name(f".fwlint-{os.getpid()}-{name[:100]}")
    temporary.unlink(missing_ok=True)
    try:
        # `x`: what is there already, a link above all, is never opened.
        with temporary.open("xb") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        if before is not None:
            temporary.chmod(stat.S_IMODE(before.st_mode) & 0o777)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _write(descriptor: int, pieces: Iterable[bytes]) -> None:
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines(pieces)
