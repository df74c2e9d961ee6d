"""Which files may be read: what a person typed, and what a file names within its own tree.

A site file, a policy or an export can come from somebody else. What such a file names is read only
if it is a regular file in the same tree; a person may type whatever they can read, pipes too.
"""

import os
import re
import stat
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from flowmodel.record import dataclass

STANDARD_INPUT: Final = "-"
OUTSIDE: Final = "is outside the tree of the file that names it; --allow-outside DIR allows it"
_NO_PATH: Final = "is no name of a file"
# What actions/checkout leaves in .git/config lets a reader in.
_GIT: Final = "is in .git, which holds none of the repository's own files"

_STREAM: Final = r"/dev/(?:stdin|fd/\d+)|/proc/(?:self|\d+)/fd/\d+"
_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISLNK, "a link"),
)
# What the kernel answers when they are read is no file's content, and can have effects.
_KERNELS: Final = ("/proc", "/sys")


class RefusedError(Exception):
    """A file that is not read; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The reach of the command line: every file and pipe; `allowed` are folders beside the tree."""

    allowed: tuple[str, ...] = ()
    streams: tuple[tuple[str, bytes], ...] = ()
    """What was read of pipes already, which cannot be read twice, by their paths."""

    @property
    def trees(self) -> tuple[str, ...]:
        """The folders from which what was typed may name files, beside its own."""
        return self.allowed

    def refusal(self, path: str) -> str:
        """Nothing: whoever types a path means it."""
        del path
        return ""

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """The file; raises OSError. `-` is standard input, which stays open."""
        for known, data in self.streams:
            if known == path:
                return BytesIO(data)
        if path == STANDARD_INPUT:
            return nullcontext(sys.stdin.buffer)
        return open(path, "rb")  # noqa: PTH123 - the path stays as the user wrote it

    def below(self, path: str) -> "Within":
        """The reach of what a file at the path names, or of what a folder there holds."""
        return Within((tree_of(path), *self.allowed))


@dataclass(frozen=True, slots=True)
class Within:
    """The reach of what a file names: regular files in some trees, whose paths have no links."""

    trees: tuple[str, ...]

    def refusal(self, path: str) -> str:
        """Why the path may not be read; empty if it may, or if nothing is there.

        Outside the trees nothing is asked of the file system: not even whether a file is there.
        """
        if not _is_path(path):
            return _NO_PATH
        real = os.path.realpath(path)
        tree = self._tree(real)
        if tree is None:
            return OUTSIDE
        if _is_git(real, tree):
            return _GIT
        try:
            found = os.stat(real)  # noqa: PTH116
        except OSError:
            return ""
        return "" if stat.S_ISDIR(found.st_mode) else _refusal(found)

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """The regular file; raises OSError, or RefusedError."""
        if not _is_path(path):
            raise RefusedError(_NO_PATH)
        real = os.path.realpath(path)
        tree = self._tree(real)
        if tree is None:
            raise RefusedError(OUTSIDE)
        if _is_git(real, tree):
            raise RefusedError(_GIT)
        return os.fdopen(_opened(tree, os.path.relpath(real, tree)), "rb")

    def below(self, path: str) -> "Within":
        """The same trees: what a file in them names is in them too."""
        del path
        return self

    def _tree(self, real: str) -> str | None:
        return next((tree for tree in self.trees if is_below(real, tree)), None)


@dataclass(frozen=True, slots=True)
class Edited:
    """Another reach, in which some files have other contents than on the disk."""

    around: Typed | Within
    files: tuple[tuple[str, bytes], ...]
    """By their paths, as they are asked for."""

    @property
    def trees(self) -> tuple[str, ...]:
        """The folders from which files may be named."""
        return self.around.trees

    def refusal(self, path: str) -> str:
        """Why the path may not be read."""
        return self.around.refusal(path)

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """The file; raises OSError, or RefusedError."""
        for known, data in self.files:
            if known == path:
                return BytesIO(data)
        return self.around.open(path)

    def below(self, path: str) -> "Edited":
        """The reach of what a file at the path names, with the same other contents."""
        return Edited(self.around.below(path), self.files)


Reach = Typed | Within | Edited
TYPED: Final = Typed()


def begun(path: str, reach: Typed, count: int, most: int) -> tuple[bytes, Typed]:
    """The first bytes of a file, and the reach in which all of it can still be read.

    Of a pipe at most `most` bytes are kept. Raises OSError.
    """
    with reach.open(path) as file:
        if path != STANDARD_INPUT and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return file.read(count), reach
        data = file.read(most)
    return data[:count], Typed(reach.allowed, (*reach.streams, (path, data)))


def is_below(path: str, folder: str) -> bool:
    """Whether a path is the folder, or in it; both without links."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def folder_of(path: str) -> str:
    """The folder that relative paths in a file count from; a stream's is the current one."""
    if path == STANDARD_INPUT or _is_stream(os.path.normpath(path)):
        return ""
    with suppress(OSError, ValueError):
        if stat.S_ISFIFO(os.stat(path).st_mode):  # noqa: PTH116
            return ""
    return os.path.dirname(path)  # noqa: PTH120


def _is_stream(path: str) -> bool:
    return path.startswith(("/dev/", "/proc/")) and bool(re.fullmatch(_STREAM, path))


def tree_of(path: str) -> str:
    """The tree of a file or folder: the repository that it is in, or else its own folder."""
    own = Path(os.path.realpath(path if os.path.isdir(path) else folder_of(path) or "."))  # noqa: PTH112
    for folder in (own, *own.parents):
        # A repository at the root of the file system would make the whole machine one tree.
        if folder != folder.parent and os.path.lexists(folder / ".git"):
            return str(folder)
    return str(own)


def allowed(folders: Sequence[str]) -> tuple[str, ...]:
    """Folders that the command line allows, without links; raises RefusedError for what is none."""
    for folder in folders:
        if not os.path.isdir(folder):  # noqa: PTH112
            raise RefusedError(f"{folder}: there is no such folder")
    return tuple(map(os.path.realpath, folders))


def _is_path(text: str) -> bool:
    """Whether the system could have a file of the name: what a file says may be anything."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _is_git(real: str, tree: str) -> bool:
    return ".git" in Path(os.path.relpath(real, tree)).parts


def _refusal(found: os.stat_result) -> str:
    """Why a thing of this kind is not read; empty for a regular file."""
    kind = next((name for test, name in _KINDS if test(found.st_mode)), "")
    if not kind and found.st_dev in _kernel_devices():
        kind = "an entry of the kernel"
    return f"is {kind}, not a regular file" if kind else ""


def _kernel_devices() -> set[int]:
    mounts = (path for path in _KERNELS if os.path.ismount(path))
    return {os.stat(path).st_dev for path in mounts}  # noqa: PTH116


def _opened(tree: str, inside: str) -> int:
    """The descriptor of a regular file, reached without following a link.

    The path had no links when it was checked. Someone may have put one there since, so every step
    is taken from the folder before it, and refuses links.
    """
    if os.open not in os.supports_dir_fd:
        return _checked(os.open(os.path.join(tree, inside), os.O_RDONLY))  # noqa: PTH118
    walk = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
    *folders, name = Path(inside).parts or (os.curdir,)
    here = os.open(tree, walk)
    try:
        for folder in folders:
            deeper = os.open(folder, walk | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = deeper
        # Opening a device can have effects, and a pipe's may wait: their kind is asked before.
        refusal = _refusal(os.stat(name, dir_fd=here, follow_symlinks=False))
        if refusal:
            raise RefusedError(refusal)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return _checked(os.open(name, flags, dir_fd=here))
    finally:
        os.close(here)


def _checked(descriptor: int) -> int:
    """The descriptor, if it is of a regular file: what was asked before may have been replaced."""
    refusal = _refusal(os.fstat(descriptor))
    if refusal:
        os.close(descriptor)
        raise RefusedError(refusal)
    return descriptor
