"""How a file becomes text: its size, its encoding, and what makes it no text at all."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENOENT
from typing import BinaryIO

from flowfiles.reach import TYPED, Reach, RefusedError
from flowmodel.source import InputError, Lines, Source, Span, digest_of
from parsers.shared.hints import binary

LARGEST = 512 * 1024 * 1024
"""Bytes; the largest known exports, of 100 000 rules, have 10 million."""
_LARGE = 1 << 20
"""Bytes of JSON of which only the text is kept: what needs every byte of a file is no JSON."""
HEAD = 65536
"""How much is read before a format is found: a wrong file is refused by its first lines."""


def read_source(path: str, check: Callable[[str], None], reach: Reach = TYPED) -> Source:
    """The file's lines; `check` sees the beginning before the rest is read.

    UTF-8 and, with a byte order mark, UTF-16; what is neither is taken for Latin-1, so that no
    comment in an older encoding stops a check. Raises InputError.
    """
    with _opened(path, reach) as file:
        return _read(path, file, check)


def beginning(path: str, reach: Reach = TYPED, most: int = HEAD) -> str:
    """The first lines of a file as `read_source` sees them, up to so many bytes.

    Raises InputError.
    """
    with _opened(path, reach) as file:
        return _begun(path, file.read(most), most)


@contextmanager
def _opened(path: str, reach: Reach) -> Iterator[BinaryIO]:
    try:
        with reach.open(path) as file:
            yield file
    except RefusedError as refused:
        raise InputError(str(refused), start_of(path)) from None
    except OSError as error:
        # A shell leaves a pattern that fits nothing as it is, and a site file has no shell.
        is_pattern = error.errno == ENOENT and any(sign in path for sign in "*?[")
        hint = "; patterns are not expanded: name the files, or their folder" * is_pattern
        raise InputError(f"cannot be read: {error.strerror}{hint}", start_of(path)) from error


def head_of(path: str, reach: Reach = TYPED) -> str:
    """How the text of a file begins; raises InputError, OSError."""
    with reach.open(path) as file:
        head = file.read(HEAD)
    return _decoded(path, head, is_whole=len(head) < HEAD)


def start_of(path: str) -> Span:
    """The place to name when a whole file is wrong."""
    return Span(path, 1, 1, 1, 1)


def _read(path: str, file: BinaryIO, check: Callable[[str], None]) -> Source:
    head = file.read(HEAD)
    check(_begun(path, head, HEAD))
    data = head + file.read(LARGEST + 1 - len(head))
    if len(data) > LARGEST:
        raise InputError(f"is larger than {LARGEST >> 20} MiB", start_of(path))
    text = _decoded(path, data, is_whole=True)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.removesuffix("\n")
    if text.lstrip()[:1] not in ("{", "["):
        return Source(path, text.split("\n"), data)
    if len(data) < _LARGE:
        return Source(path, Lines(text), data)
    return Source(path, Lines(text), digest=digest_of(data))


def _begun(path: str, head: bytes, most: int) -> str:
    if told := binary(head):
        raise InputError(told, start_of(path))
    return _decoded(path, head, is_whole=len(head) < most)


def _decoded(path: str, data: bytes, *, is_whole: bool) -> str:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    data = data.removeprefix(BOM_UTF8)
    if not data.strip():
        raise InputError(
            "is empty: the command that was to write it may have failed", start_of(path)
        )
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise InputError("is no text: it has a zero byte", Span(path, line, 1, line, 1))
    try:
        return data.decode("utf-8", errors="strict" if is_whole else "replace")
    except UnicodeDecodeError:
        return data.decode("latin-1")
