"""Standard output and error, and files: where a run's text goes."""

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from io import TextIOWrapper
from typing import Any, TextIO

from flowfiles.reach import RefusedError, allowed
from flowmodel.record import NamedTuple
from flowmodel.source import InputError
from fwlint.errors import UsageError
from linter.report import FORMATS
from linter.report.visible import as_json, as_text, visible

LISTS = 1
"""The version of what `checks`, `explain` and `policy list` write as JSON: see docs/json.md."""
FAULT = "fwlint: internal error: this is a bug in fwlint, not in your input; please report it"


class Target(NamedTuple):
    """One output of a run: a format, and the file it goes to; empty is standard output."""

    format: str
    path: str = ""
    tree: str = ""
    """The folder that the file must be in, where a file of the checked tree names it."""


PRINTED = ("full", "concise", "github")
"""The formats for people and for logs, whose texts nothing tells apart from other texts."""


OURS = (
    rb'\A\{\s*"version": \d+,\s*"tool": \{\s*"name": "fwlint"'
    rb'|\A\{\s*(?:"\$schema": "[^"]*",\s*)?"runs": \[\s*\{\s*'
    rb'"tool": \{\s*"driver": \{\s*"name": "fwlint"'
    rb'|\A\[\s*\{\s*"type": "issue",\s*"check_name": "(?:FW\d|fwlint settings")'
    rb'|\A<\?xml [^>]*>\s*<testsuites name="fwlint"'
    rb"|\A<!doctype html>\s*<html [^>]*>\s*<head>\s*(?:<meta [^>]*>\s*)*"
    rb'<meta name="generator" content="fwlint '
    rb"|\A# [^\n]*: firewall proof report\n"
)
"""What tells a report for programs by its first bytes."""
_BASELINE = b'"fwlint-baseline"'


def targets(
    arguments: Sequence[str], formats: Collection[str] = FORMATS, default: str = "full"
) -> tuple[Target, ...]:
    """What the arguments `FORMAT[:PATH]` ask for, the default if nothing; raises UsageError."""
    return together([target_of(argument, formats) for argument in arguments or [default]])


def target_of(argument: str, formats: Collection[str] = FORMATS) -> Target:
    """What one argument `FORMAT[:PATH]` asks for; raises UsageError."""
    name, _, path = argument.partition(":")
    if name not in formats:
        raise UsageError(f"unknown output format {name!r}; expected one of {', '.join(formats)}")
    return Target(name, "" if path == "-" else path)


def together(several: Sequence[Target]) -> tuple[Target, ...]:
    """The outputs of one run; raises UsageError where they are in each other's way."""
    listed = tuple(several)
    if sum(not target.path for target in listed) > 1:
        raise UsageError("only one output can go to standard output; give the others a path")
    paths = [target.path for target in listed if target.path]
    real = list(map(os.path.realpath, paths))
    twice = next((path for path in paths if real.count(os.path.realpath(path)) > 1), "")
    if twice:
        raise UsageError(f"two outputs cannot go to one file, {twice}")
    return listed


def refuse_read(outputs: Iterable[Target], paths: Iterable[str]) -> None:
    """Raises UsageError for an output that would replace one of the files that are read."""
    files = [each.path for each in outputs if each.path and os.path.isfile(each.path)]  # noqa: PTH113
    if not files:
        return
    read = set(map(os.path.realpath, paths))
    for path in files:
        if os.path.realpath(path) in read:
            raise UsageError(f"{path} is not written: it is an input of this run")


def folders(named: Sequence[str]) -> tuple[str, ...]:
    """The folders of --allow-outside, without links; raises UsageError for what is none."""
    try:
        return allowed(named)
    except RefusedError as refused:
        raise UsageError(f"--allow-outside {refused}") from None


def ask(question: str) -> None:
    """Puts a question to a person: on standard error, as it is no part of the output."""
    sys.stderr.write(visible(question))
    sys.stderr.flush()


def write(target: Target, text: str | Iterable[str]) -> None:
    """Writes the text, in pieces if it is large, to where the target says.

    Raises UsageError where that cannot be.
    """
    pieces = (text,) if isinstance(text, str) else text
    if not target.path:
        sys.stdout.writelines(pieces)
        return
    from flowfiles.writing import NotWrittenError, refuse_outside, write_whole

    is_baseline = target.format == "baseline"
    try:
        if target.tree:
            refuse_outside(target.tree, target.path, _BASELINE if is_baseline else OURS)
        write_whole(target.path, (piece.encode("utf-8", "replace") for piece in pieces))
    except BrokenPipeError:
        raise
    except NotWrittenError as refused:
        raise UsageError(f"{target.path} is not written: {refused}") from None
    except OSError as error:
        raise UsageError(f"{target.path} is not written: {error.strerror}") from None


def stream(pieces: Iterable[str]) -> None:
    """Writes pieces of an output to standard output, where they are seen at once."""
    sys.stdout.writelines(pieces)
    sys.stdout.flush()


def say(text: str) -> None:
    """Writes lines to standard output, made safe to show."""
    sys.stdout.write(as_text(text) + "\n")


def say_json(value: Any, indent: int | None = None) -> None:
    """Writes a value as JSON to standard output."""
    sys.stdout.write(as_json(value, indent) + "\n")


def show_line(text: str) -> None:
    """Puts a text for people in the place of the line that a terminal shows at its end."""
    sys.stderr.write(f"\r\x1b[K{visible(text)}")
    sys.stderr.flush()


def complain(message: str) -> None:
    """Writes a message for people to standard error, in one line."""
    complain_in_lines(visible(message))


def complain_in_lines(text: str) -> None:
    """Writes lines to standard error, made safe to show."""
    sys.stderr.write(as_text(text) + "\n")


def complain_of(errors: Iterable[InputError]) -> None:
    """Writes what cannot be read to standard error, with places and carets."""
    from linter.report.errors import render_error

    for error in errors:
        complain_in_lines(render_error(error))


def forgive_encoding() -> None:
    """Makes standard output and error write escapes for what their encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def open_closed() -> None:
    """Opens the standard streams that are closed, so that no file of ours gets their numbers.

    Nothing comes from standard input, what is written to standard output is an error (EBADF), and
    standard error goes nowhere.
    """
    # In the order of their numbers: each gets the lowest that is free.
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def close_quietly(*streams: TextIO) -> None:
    """Writes what can still be written, and lets the interpreter flush the other streams in peace.

    Those are the ones that nobody reads, and those that cannot be written.
    """
    for stream in streams:
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
