"""How iptables-restore cuts a line into words, and how the words of an option are told apart."""

import re

from flowmodel.record import NamedTuple
from parsers.shared.values import MalformedError

# iptables/xshared.c, add_param_to_argv: white space separates, double quotes hold together, a
# backslash escapes inside quotes only, a closing quote ends the word, an apostrophe is ordinary.
_WORD = re.compile(r'[^\s"]*"((?:[^"\\]|\\.)*)"|[^\s"]+')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Word(NamedTuple):
    """One word: its value without quotes, and the text of the line that it stands for."""

    value: str
    text: str
    column: int


def words(text: str) -> list[Word]:
    """The words of a rule's line; raises MalformedError for a quotation mark left open."""
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        if '"' in text[end : match.start()]:
            break
        raw, quoted, end = match.group(), match.group(1), match.end()
        value = raw
        if quoted is not None:
            value = raw[: raw.index('"')] + _ESCAPE.sub(r"\1", quoted)
        found.append(Word(value, raw, match.start() + 1))
    if '"' in text[end:]:
        raise MalformedError("a quotation mark is never closed", text[end:].strip())
    return found
