"""Text from hostile files, made safe to show: nothing in it can move a cursor or hide."""

from typing import Final

# A tab, an escape or a line feed becomes its control picture (U+2400 …): one character stays one
# character, so columns stay true.
_CONTROLS: Final = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def visible(text: str) -> str:
    """The text with control characters as pictures, and what cannot be printed as U+FFFD."""
    if text.isprintable():
        return text
    text = text.translate(_CONTROLS)
    return "".join(char if char.isprintable() else _REPLACEMENT for char in text)


def storable(text: str) -> str:
    """The text with question marks for lone surrogates, which are no text in any encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )
