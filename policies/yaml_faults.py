"""What libyaml says of a text that is no YAML, in words that name the cause, at its place."""

import re
from collections.abc import Sequence
from typing import Any

from flowmodel.record import NamedTuple


class Fault(NamedTuple):
    """What is wrong, and where: line and column from 0."""

    message: str
    line: int
    column: int


def fault(error: Any, at: tuple[int, int], lines: Sequence[str]) -> Fault:
    """The cause of an error that libyaml sees at a place; often that stands before it."""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    mark = getattr(error, "context_mark", None)
    cause = (mark.line, mark.column) if mark and mark.line < len(lines) else at
    line, column = at
    if problem == "found unexpected end of stream" and "quoted" in str(error.context):
        return Fault("this quote is not closed", *cause)
    if problem == "could not find expected ':'":
        return _keyless(lines, cause[0])
    if match := re.fullmatch(r"did not find expected ',' or '(.)'", problem):
        opening = {"]": "[", "}": "{"}[match[1]]
        return Fault(f"this `{opening}` is not closed, or a `,` is missing in it", *cause)
    if problem == "mapping values are not allowed in this context":
        return _second_colon(lines, line, column)
    if problem == "did not find expected key":
        return _no_key(lines, line, column)
    if problem == "did not find expected alphabetic or numeric character":
        sign = lines[cause[0]][cause[1]]
        return Fault(f"put text that starts with `{sign}` in quotes", *cause)
    if problem == "found character that cannot start any token":
        if lines[line][: column + 1].isspace():
            return Fault("a tab cannot indent a line; indent with spaces", line, column)
        return Fault(f"put text that starts with `{lines[line][column]}` in quotes", line, column)
    if problem == "found a tab character that violates indentation":
        return Fault("a tab cannot indent a line; indent with spaces", line, column)
    if problem == "did not find expected '-' indicator":
        message = "a list entry starts with `- `, and its other keys stand under its first one"
        return Fault(message, line, column)
    if problem == "block sequence entries are not allowed in this context":
        return Fault("a list stands on lines of its own, or as `[a, b]`", line, column)
    if problem == "found unknown escape character":
        return Fault("put text that contains a backslash in single quotes", line, column)
    return Fault(problem, line, column)


def _second_colon(lines: Sequence[str], line: int, column: int) -> Fault:
    """A colon where a value is, or behind a key that libyaml takes for more of a value."""
    if re.search(r":\s", lines[line][:column]):
        return Fault("put text that contains `: ` in quotes", line, column)
    return _misplaced(lines, line)


def _no_key(lines: Sequence[str], line: int, column: int) -> Fault:
    if line < len(lines) and not lines[line][:column].strip():
        if lines[line].lstrip().startswith("- "):
            return Fault("a list entry cannot stand among keys", line, column)
        return _misplaced(lines, line)
    return Fault("a value ends before this; put the whole value in quotes", line, column)


def _misplaced(lines: Sequence[str], line: int) -> Fault:
    """A line that libyaml takes for more of the one before it, or for none of its neighbours."""
    above = _above(lines, line)
    indent = _indent(lines[line])
    # What is deeper than the line is text below a key, not one.
    is_text = above >= 0 and _indent(lines[above]) > indent
    if above >= 0 and not is_text and not _has_key(lines[above]):
        return _keyless(lines, above)
    if above < 0:
        return Fault(
            f"this line is indented by {indent} spaces, unlike its neighbours", line, indent
        )
    other = _indent(lines[above])
    return Fault(
        f"this line is indented by {indent} spaces, and line {above + 1} by {other}; keys of one "
        "mapping have the same indent",
        line,
        indent,
    )


def _has_key(line: str) -> bool:
    return bool(re.search(r":(\s|$)|^\s*- ", line.partition(" #")[0]))


def _keyless(lines: Sequence[str], line: int) -> Fault:
    """A line without the colon and the space that make it a key."""
    text = lines[line].strip()
    match = re.fullmatch(r"((?:- )?[A-Za-z0-9_.-]+)(?::|\s+)?(\S.*)?", text)
    hint = f"; write `{match[1]}: {match[2] or ''}".rstrip() + "`" if match else ""
    return Fault(f"there is no `: ` behind this key{hint}", line, _indent(lines[line]))


def _above(lines: Sequence[str], line: int) -> int:
    """The last line before it that says something; -1 where there is none."""
    said = (n for n in range(line - 1, -1, -1) if lines[n].partition("#")[0].strip())
    return next(said, -1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
