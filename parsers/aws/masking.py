"""Masks what may let somebody in, before anything else sees a file of an account.

The answers that are read hold no passwords; what was put beside them by hand, or a file that is
another one, may.
"""

import re
from typing import Final

from flowmodel.source import Source

_WORDS: Final = {
    "assw": ("assword", "asswd"),
    "Token": ("AccessToken", "AuthToken", "SessionToken"),
    **{each: (each,) for each in ("ecret", "redential", "rivateKey", "UserData")},
}
"""By what they have in common, which is looked for first."""
_KEY: Final = re.compile(r"[\w.-]*")
# Behind a key: texts of JSON and YAML, and of YAML also words that stand in its line.
_TEXT: Final = re.compile(r"""["']?\s*:\s*(["'])((?>(?:(?!\1)[^\\]|\\.)*))""")
_PLAIN: Final = re.compile(r""":[ ]+([^\s"'{\[&*!|>#].*+)""")


def masked(source: Source) -> Source:
    """The file with `x` for such values, every character at its place."""
    text = source.text
    pieces: list[str] = []
    kept = at = 0  # Before these all is in the pieces, and is looked at.
    for word in _places(text):
        if word < at:
            continue
        key = _start(text, word, at)
        is_first = _begins_line(text, key, at)
        behind = _KEY.match(text, word)
        at = behind.end() if behind else word
        found = _TEXT.match(text, at) or (_PLAIN.match(text, at) if is_first else None)
        if found:
            first, at = found.span(found.lastindex or 0)
            pieces += text[kept:first], re.sub(r"\S", "x", text[first:at])
            kept = at
    if not pieces:
        return source
    return source.with_text("".join([*pieces, text[kept:]]))


def _places(text: str) -> list[int]:
    """Where the words stand: none is in most files, which is soon found."""
    found: list[int] = []
    every = (word for common, words in _WORDS.items() if common in text for word in words)
    for word in every:
        at = text.find(word)
        while at >= 0:
            found.append(at)
            at = text.find(word, at + len(word))
    return sorted(found)


def _start(text: str, word: int, least: int) -> int:
    """Where the key begins that has a word in it."""
    while word > least and (text[word - 1].isalnum() or text[word - 1] in "_.-"):
        word -= 1
    return word


def _begins_line(text: str, key: int, least: int) -> bool:
    """Whether a key is the first of its line, in an item of a list or not."""
    before = text[least:key].rstrip(" \t-")
    return before.endswith("\n") if before else least == 0
