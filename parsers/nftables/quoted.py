"""Texts of iptables with quotation marks, which nft lists as if they ended in the middle."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from parsers.nftables.grammar.shapes import LITERAL, normal, parts
from parsers.nftables.state import is_named_of_iptables
from parsers.nftables.values import RefusedError

# `log prefix "a "b""`: nft prints the texts of iptables as they are (libxt_LOG.c, LOG_xlate).
LOG: Final = re.compile(
    r'(.*?\blog prefix )(".*")'
    r"(?: (?:group|snaplen|queue-threshold) [0-9]+| level [\w-]+| flags [a-z, ]+?)*"
    r"(?: counter packets [0-9]+ bytes [0-9]+)?(?: # handle [0-9]+)?\s*"
)
"""A rule that ends with a text to log, and how; ebtables counts behind that."""
_COUNTER: Final = re.compile(r"\bcounter packets [0-9]+ bytes [0-9]+")
_TABLE: Final = re.compile(
    r"\s*(?:(?:add|create)\s+)?table\s+(?:(\w+)\s+)?([^\s{}]+)\s*\{\s*(?:#.*)?"
)
_OTHER: Final = re.compile(r"(?:^|[;}])\s*(?:(?:add|create)\s+)?table\s|^\}")
_COMMAND: Final = re.compile(r"\s*(?:add|insert|create|replace)\s")
_TOKEN: Final = re.compile(r'"[^"]*"|[^"#;{}]+|.')
_PROPERTY: Final = re.compile(r"(?:type|policy|comment|flags|devices?|(?:re|un)?define|include)\s")


def mended(lines: Sequence[str]) -> tuple[str, frozenset[int]]:
    """The lines as one text of the same length, with apostrophes for such quotation marks.

    With it come the numbers of the lines that nft can read, and that may be of iptables instead.
    """
    text = "\n".join(lines)
    if 'log prefix "' not in text:
        return text, frozenset()
    made: list[str] = []
    doubtful: set[int] = set()
    is_inside = is_continued = False
    for number, line in enumerate(lines, 1):
        if "table" in line or line[:1] == "}":
            is_inside = _begins(line) or (is_inside and not _OTHER.search(line))
        is_strange = is_inside and not is_continued and _may_be_text(line)
        is_continued = line[-1:] == "\\"
        is_text = is_strange and not _is_of_nft(line)
        if is_strange and not is_text:
            doubtful.add(number)
        made.append(with_apostrophes(line) if is_text else line)
    return "\n".join(made), frozenset(doubtful)


def _begins(line: str) -> bool:
    """Whether a table that is named like one of iptables begins in the line."""
    found = _TABLE.fullmatch(line)
    return bool(found and is_named_of_iptables(found[1] or "ip", found[2]))


def _may_be_text(line: str) -> bool:
    if line.count('"') < 3 or _COMMAND.match(line):
        return False
    found = LOG.fullmatch(line)
    if not found or found[2].count('"') < 3 or not _COUNTER.search(line):
        return False
    # What begins or ends in another line is nft's own.
    return found[1].count("{") == found[1].count("}")


def with_apostrophes(line: str) -> str:
    """The rule with all from its first to its last quotation mark as one text to log."""
    found = LOG.fullmatch(line)
    if not found:
        return line
    prefix = found[2][1:-1].replace('"', "'")
    return f'{found[1]}"{prefix}"{line[found.end(2) :]}'


def _is_of_nft(line: str) -> bool:
    """Whether nft itself can read the line from its first text on."""
    return all(map(_is_statement, _statements(line[line.index("log prefix ") :])))


def _statements(line: str) -> Iterator[str]:
    """What the line is to nft, up to a comment; where it is nothing, that is the last one."""
    depth = 0
    made = ""
    for found in _TOKEN.finditer(line):
        word = found[0]
        if word == "#":
            break
        depth += (word == "{") - (word == "}")
        if word == '"' or depth < 0 or (word == ";" and depth):
            yield word
            return
        if word == ";":
            yield made
            made = ""
        else:
            made += word
    yield "{" if depth else made


def _is_statement(text: str) -> bool:
    # A backslash takes the meaning from an asterisk.
    text = text.strip().replace("\\*", "*")
    # A variable may be anything.
    if not text or "$" in re.sub('"[^"]*"', "", text) or _PROPERTY.match(text):
        return True
    try:
        return bool(parts("\x01".join(LITERAL.split(normal(text))[::2])))
    except RefusedError:
        return False
