"""Text from hostile files, made safe to show: nothing in it can move a cursor, hide or command.

Each kind of output has one function here that all of it goes through: `as_text`, `as_annotation`
and `as_json`. What a text is made of goes through `visible` before, so that columns stay true.
"""

import re
from typing import Any, Final

# A tab, an escape or a line feed becomes its control picture (U+2400 …): one character stays one
# character, so columns stay true.
_CONTROLS: Final = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
# Python calls these printable, and nobody sees them: joiners, fillers and variation selectors
# (Unicode, DerivedCoreProperties.txt, Default_Ignorable_Code_Point).
_UNSEEN: Final = (
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Commands to what runs a workflow: GitHub's runner takes `##[group]` anywhere in a line
# (actions/runner, ActionCommand.TryParse), Azure's agent `##vso[…]`, TeamCity `##teamcity[…]`.
_HASHES: Final = r"#(?=#\w*\[)"
# And `::error::` behind blanks (ActionCommand.TryParseV2); `::1` and `::/0` are addresses.
_COLONS: Final = r"(?m)^([^\S\n]*+):(?=:[A-Za-z](?:[A-Za-z-]*(?:\s|$|::)|[^\n]*::))"
# Texts have no line feeds in JSON, so that this is never a part of one.
_RANGE: Final = r'\[\n *("[\da-f.:]+"|\d+),\n *("[\da-f.:]+"|\d+)\n *\]'
# What linter/report/style.py writes.
_STYLES: Final = r"(\x1b\[(?:0|1|1;3[0-9])m)"


def visible(text: str) -> str:
    """The text with control characters as pictures, and what cannot be seen as U+FFFD."""
    if not text.isprintable():
        text = text.translate(_CONTROLS)
        text = "".join(char if char.isprintable() else _REPLACEMENT for char in text)
    return text if text.isascii() else re.sub(_UNSEEN, _REPLACEMENT, text)


def storable(text: str) -> str:
    """The text as JSON and SARIF have it: as it is shown, but with its tabs and line feeds."""
    if text.isprintable() and text.isascii():
        return text
    return re.sub(r"[^\t\n]+", lambda found: visible(found[0]), text)


def as_text(text: str, *, color: bool = False) -> str:
    """A whole text output, or some lines of it: nothing in them acts on a terminal or a runner."""
    pieces = re.split(_STYLES, text) if color else [text]
    lines = (
        piece if number % 2 else "\n".join(map(visible, piece.split("\n")))
        for number, piece in enumerate(pieces)
    )
    told = re.sub(_HASHES, _REPLACEMENT, "".join(lines))
    return re.sub(_COLONS, rf"\1{_REPLACEMENT}", told)


def as_annotation(text: str) -> str:
    """A message of a workflow command, of one line or several, as the runner wants it escaped."""
    text = re.sub(_HASHES, _REPLACEMENT, "\n".join(map(visible, text.split("\n"))))
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_property(text: str) -> str:
    """A property of a workflow command, likewise."""
    return as_annotation(text).replace(":", "%3A").replace(",", "%2C")


def as_json(value: Any, indent: int | None = None) -> str:
    """The value as JSON in ASCII: in a log, no text in it is a command either."""
    import json

    text = json.dumps(value, indent=indent)
    return re.sub(_HASHES, r"\\u0023", text).replace("\x7f", "\\u007f")


def compact_ranges(document: str) -> str:
    """A JSON document with each range, of two numbers or addresses, in one line."""
    return re.sub(_RANGE, r"[\1, \2]", document)


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )
