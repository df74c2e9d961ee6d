"""A folder in which a program keeps files for itself: it follows no link in it, and trusts none.

Others may write there, a job before this one or a run beside it. A file is there as a whole or not
at all, and a name is never a way to another place.
"""

import os
import stat
from contextlib import suppress

from flowfiles.reach import RefusedError

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def make(folder: str) -> str:
    """The folder without links on its way, made if it is not there; raises OSError."""
    os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - a path is text here
    return os.path.realpath(folder)


def read(folder: str, name: str, most: int) -> bytes | None:
    """What the file of the name holds; None where there is none.

    Raises RefusedError where it is no regular file or has more than `most` bytes, and OSError.
    """
    path = os.path.join(folder, name)  # noqa: PTH118
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    # Opening a pipe waits for who writes, and opening a device can have effects.
    if not stat.S_ISREG(found.st_mode):
        raise RefusedError("it is no regular file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise RefusedError("it is no regular file")
        data = file.read(most + 1)
    if len(data) > most:
        raise RefusedError("it is too large")
    return data


def store(folder: str, name: str, data: bytes) -> None:
    """Have the file of the name hold this, whatever was there; raises OSError.

    It is not forced onto the disk: who reads it has to be able to tell that a part is missing.
    """
    path = os.path.join(folder, name)  # noqa: PTH118
    temporary = os.path.join(folder, f".{os.getpid()}-{os.urandom(8).hex()}")  # noqa: PTH118
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
