"""The lines of a file with edits in them."""

from collections.abc import Iterable, Sequence

from flowmodel.fix import Edit
from flowmodel.record import replace


class HiddenError(Exception):
    """A line would be written anew of which a part is not shown: a password, a name."""


def edited(lines: Sequence[str], edits: Iterable[Edit]) -> list[str]:
    """The lines with the edits of the file; those of edits count in the file as it was."""
    found = list(lines)
    for each in sorted(edits, key=lambda one: (one.line, one.column), reverse=True):
        start = each.line - 1
        if each.column:
            text, first = found[start], each.column - 1
            found[start] = text[:first] + "".join(each.new) + text[first + _width(each) :]
        else:
            found[start : start + len(each.old)] = each.new
    return found


def trimmed(edit: Edit) -> Edit:
    """The edit without the lines at its ends that stay as they are."""
    old, new, line = list(edit.old), list(edit.new), edit.line
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    while old and new and old[0] == new[0]:
        del old[0], new[0]
        line += 1
    return replace(edit, line=line, old=tuple(old), new=tuple(new))


def _width(edit: Edit) -> int:
    """How many characters of its line an edit at a column takes away."""
    return sum(map(len, edit.old))


def rewritten(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The file with the edits, and else as it is, byte by byte: what is no UTF-8, and its ends.

    Whether these are the lines that the edits are about, only who reads it again can tell.
    Lines that go and come again are as they were, with what is not shown of them; raises
    HiddenError where such a line would have to be written.
    """
    lines, edits = data.decode("utf-8", "surrogateescape").split("\n"), list(edits)
    end = "\r" if lines[0].endswith("\r") else ""
    whole = [each for each in edits if not each.column]
    known = {each.old: lines[each.line - 1 : each.line - 1 + len(each.old)] for each in whole}
    ended = [each for each in edits if each.column]
    for each in whole:
        new = known.get(each.new, [f"{line}{end}" for line in each.new])
        is_shown = [f"{line}{end}" for line in each.old] == known[each.old]
        if new and each.new not in known and not is_shown:
            raise HiddenError
        ended.append(replace(each, new=tuple(new)))
    return "\n".join(edited(lines, ended)).encode("utf-8", "surrogateescape")


def place_of(edits: Iterable[Edit], edit: Edit) -> tuple[int, int]:
    """Where the new text of an edit begins, once all are made: the line, and the column if known.

    A column of 0 is anywhere in the line. Of lines that are put before the same one, those of the
    last edit come first, as `edited` has it.
    """
    line, column = edit.line, edit.column
    is_behind = False
    for each in edits:
        if each.path != edit.path:
            continue
        if each == edit:
            is_behind = True
        elif is_behind and each.line == edit.line and _only_puts(each) and _only_puts(edit):
            line += len(each.new)
        if each.column and each.line == edit.line and each.column < edit.column:
            column += sum(map(len, each.new)) - _width(each)
        elif not each.column and each.line < edit.line:
            line += len(each.new) - len(each.old)
    return line, column


def _only_puts(edit: Edit) -> bool:
    """Whether an edit puts whole lines before another one, and takes none away."""
    return not (edit.old or edit.column)


def clash(one: Edit, other: Edit) -> bool:
    """Whether two edits cannot both be made: lines before the same one can follow each other."""
    return meet(one, other) and not (_only_puts(one) and _only_puts(other))


def meet(one: Edit, other: Edit) -> bool:
    """Whether two edits are about the same place, so that they cannot both be made as they are."""
    if one.path != other.path:
        return False
    first, second = sorted((one, other), key=lambda each: (each.line, each.column))
    if first.column and second.column:
        behind = first.column + max(1, _width(first))
        return first.line == second.line and second.column < behind
    lines = 1 if first.column else len(first.old)
    return second.line <= first.line + max(0, lines - 1)
