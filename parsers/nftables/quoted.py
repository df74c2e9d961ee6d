"""Texts of iptables with quotation marks, which nft lists as if they ended in the middle."""

import re
from typing import Final

# `log prefix "a "b""`: nft prints the texts of iptables as they are (libxt_LOG.c, LOG_xlate).
LOG: Final = re.compile(
    r'(.*?\blog prefix )(".*")'
    r"(?: (?:group|snaplen|queue-threshold) \d+| level [\w-]+| flags [a-z, ]+?)*"
    r"(?: counter packets \d+ bytes \d+)?(?: # handle \d+)?\s*"
)
"""A rule that ends with a text to log, and how; ebtables counts behind that."""
_COUNTER: Final = re.compile(r"\bcounter packets \d+ bytes \d+")
_QUOTED: Final = re.compile(r'"[^"]*"')


def mended(lines: list[str]) -> str:
    """The lines as one text of the same length, with apostrophes for such quotation marks."""
    text = "\n".join(lines)
    if 'log prefix "' not in text:
        return text
    return "\n".join(map(_mended, lines))


def _mended(line: str) -> str:
    if line.count('"') < 3 or not _COUNTER.search(line):
        return line
    found = LOG.fullmatch(line)
    if not found or is_of_nft(found[2]):
        return line
    prefix = found[2][1:-1].replace('"', "'")
    return f'{found[1]}"{prefix}"{line[found.end(2) :]}'


def is_of_nft(text: str) -> bool:
    """Whether nft itself may have meant the words from the first to the last quotation mark.

    Then it is a text with statements behind it: each text is a word, and braces fit.
    """
    if text.count('"') % 2:
        return False
    *between, last = _QUOTED.split(text)[1:]
    if any(not words or words[0].isalnum() or words[-1].isalnum() for words in between):
        return False
    outside = "".join([*between, last])
    depth = 0
    for mark in outside:
        depth += (mark == "{") - (mark == "}")
        if depth < 0 or mark in "#$\\" or (mark == ";" and not depth):
            return False
    return not depth
