"""A page of a share: what it is made of, cut where its last line says."""

import io
from collections.abc import Iterator
from itertools import repeat
from typing import Any, BinaryIO, Final

from flowmodel.record import NamedTuple
from linter.commands.fleet.json_stream import LARGEST, JsonStream
from linter.commands.fleet.members import Object
from linter.commands.fleet.merging.head import Head, about, head_of, no_part
from linter.commands.fleet.merging.merged import Merged
from linter.report.proof.many import BODIES, COMMENT, LISTS, ROWS, TONES
from linter.report.proof.markup import foreign
from linter.report.share import Sum

_FIRST: Final = 1 << 16
_END: Final = b"-->\n"
"""What the last line ends with."""
_KNOWN: Final = ("good", "unsure", "bad")


class _Cuts(NamedTuple):
    """What the verdicts are, and how many characters each piece of the page has."""

    tones: tuple[str, ...]
    top: int
    rows: tuple[int, ...]
    middle: int
    bodies: tuple[int, ...]


def read_page(path: str, file: BinaryIO, merged: Merged) -> None:
    """Read the page of a share; raises InputError."""
    value = _share(path, file)
    head = head_of(path, value, LISTS, lambda message: about(path, message))
    cuts = _cuts(head)
    merged.begin(head)
    its = Sum(head.data)
    for tone, place in zip(cuts.tones, head.places, strict=True):
        its.add(f"{tone}\n")
        merged.add(TONES, place, f"{tone}\n")
    file.seek(0)
    for name, place, text in _texts(head, cuts, file):
        if what := foreign(text):
            raise about(path, f"has what no report has: {what[:100]}")
        its.add(text)
        merged.add(name, place, text)
    head.refuse_changed(its)


def _share(path: str, file: BinaryIO) -> Any:
    """What the last line of the page says."""
    stream = JsonStream(path, io.BytesIO(_last_line(path, file)))
    value = stream.value()
    stream.end()
    return value


def _last_line(path: str, file: BinaryIO) -> bytes:
    """What stands in the comment behind the page; what a text of it says has no `<`."""
    mark = COMMENT.encode()
    size = file.seek(0, io.SEEK_END)
    length = _FIRST
    while True:
        file.seek(max(0, size - length))
        text = file.read(length)
        if not text.endswith(_END):
            raise no_part(path)
        if (at := text.rfind(mark)) >= 0:
            return text[at + len(mark) : -len(_END)]
        if length >= min(size, LARGEST):
            raise no_part(path)
        length *= 2


def _cuts(head: Head) -> _Cuts:
    its = Object(head.data, lambda message: about(head.path, message))
    lengths = its.object("lengths")
    found = _Cuts(
        its.texts("tones"),
        lengths.number("top"),
        lengths.numbers(ROWS),
        lengths.number("middle"),
        lengths.numbers(BODIES),
    )
    number = len(head.places)
    one_each = tuple(zip(head.places, repeat(1)))
    is_whole = (len(found.tones), len(found.rows), len(found.bodies)) == (number,) * 3
    sizes = (found.top, found.middle, *found.rows, *found.bodies)
    if not is_whole or any(head.lists[name] != one_each for name in LISTS) or max(sizes) > LARGEST:
        raise its.fail("does not say where the pieces of the page are")
    if not set(found.tones) <= set(_KNOWN):
        raise its.fail("`tones` has what is no verdict")
    return found


def _texts(head: Head, cuts: _Cuts, file: BinaryIO) -> Iterator[tuple[str, int, str]]:
    """The pieces of the page that are of an input, with their lists and places."""
    page = io.TextIOWrapper(file, "utf-8", newline="")
    pieces = ((cuts.top, ROWS, cuts.rows), (cuts.middle, BODIES, cuts.bodies))
    try:
        for before, name, lengths in pieces:
            page.read(before)
            for place, length in zip(head.places, lengths, strict=True):
                yield name, place, page.read(length)
    except UnicodeDecodeError:
        raise about(head.path, "is no UTF-8") from None
    finally:
        page.detach()
