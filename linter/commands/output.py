"""Standard output and error, and files: where a run's text goes."""

import os
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from flowmodel.source import InputError
from linter.report import FORMATS
from linter.report.errors import render_error

FAULT = "fwlint: internal error: this is a bug in fwlint, not in your input; please report it"


class UsageError(Exception):
    """What the arguments ask for is not to be had; the message is for people."""


class Target(NamedTuple):
    """One output of a run: a format, and the file it goes to; empty is standard output."""

    format: str
    path: str = ""


def targets(arguments: Sequence[str]) -> tuple[Target, ...]:
    """What the arguments `FORMAT[:PATH]` ask for, `full` if nothing; raises UsageError."""
    listed = tuple(Target(*argument.split(":", 1)) for argument in arguments or ["full"])
    for target in listed:
        if target.format not in FORMATS:
            raise UsageError(
                f"unknown output format {target.format!r}; expected one of {', '.join(FORMATS)}"
            )
    if sum(not target.path for target in listed) > 1:
        raise UsageError("only one output can go to standard output; give the others a path")
    return listed


def write(target: Target, text: str) -> None:
    """Writes the text to where the target says."""
    if target.path:
        Path(target.path).write_text(text, encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(text)


def complain(message: str) -> None:
    """Writes a message for people to standard error."""
    print(message, file=sys.stderr)


def complain_of(errors: Iterable[InputError]) -> None:
    """Writes what cannot be read to standard error, with places and carets."""
    for error in errors:
        complain(render_error(error))


def forgive_encoding() -> None:
    """Makes standard output and error write escapes for what their encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close_quietly() -> None:
    """Lets the interpreter flush standard output in peace after its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
