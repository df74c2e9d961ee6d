"""The lines of a file with edits in them."""

from collections.abc import Iterable, Sequence

from flowmodel.fix import Edit
from flowmodel.record import replace


def edited(lines: Sequence[str], edits: Iterable[Edit]) -> list[str]:
    """The lines with the edits of the file; those of edits count in the file as it was."""
    found = list(lines)
    for each in sorted(edits, key=lambda one: one.line, reverse=True):
        start = each.line - 1
        found[start : start + len(each.old)] = each.new
    return found


def rewritten(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The file with the edits, and else as it is, byte by byte: what is no UTF-8, and its ends.

    Whether these are the lines that the edits are about, only who reads it again can tell.
    """
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    ended = [replace(each, new=tuple(f"{line}{end}" for line in each.new)) for each in edits]
    return "\n".join(edited(lines, ended)).encode("utf-8", "surrogateescape")


def line_of(edits: Iterable[Edit], edit: Edit) -> int:
    """The line at which the first new line of an edit stands, once all are made."""
    before = (each for each in edits if each.path == edit.path and each.line < edit.line)
    return edit.line + sum(len(each.new) - len(each.old) for each in before)


def meet(one: Edit, other: Edit) -> bool:
    """Whether two edits are about the same line, so that they cannot both be made as they are."""
    if one.path != other.path:
        return False
    first, second = sorted((one, other), key=lambda each: each.line)
    return second.line <= first.line + max(0, len(first.old) - 1)
