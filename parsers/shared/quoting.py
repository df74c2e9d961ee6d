"""Whether an error may quote a file: it may be another one, with passwords, named by mistake."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from flowmodel.source import InputError, Source
from parsers.shared.format import Readable

_LINES = 1000


def is_of(source: Source, of: Readable) -> bool:
    """Whether a whole file looks like the format, and not only something in it.

    A playbook or a script can hold a rule set, between lines that are nobody's business.
    """
    head = source.lines[:_LINES]
    first = next((line for line in head if line.strip() and not line.startswith("#")), "")
    if not of.begins or first.lstrip()[:1] in {"{", "[", "<"}:
        return of.detect("\n".join(head))
    return bool(re.match(of.begins, first))


def unquoted(error: InputError) -> InputError:
    """The error without a word of the file: its place alone."""
    message = "cannot be read; why is not shown, for the file does not begin like one of its format"
    return InputError(message, error.span)


@contextmanager
def quoting(source: Source, of: Readable) -> Iterator[None]:
    """Lets an error about the file quote it only if the file looks like the format."""
    try:
        yield
    except InputError as error:
        if error.span.path == source.path and not is_of(source, of):
            raise unquoted(error) from None
        raise
