"""Masks what may let somebody in, before anything else sees a file of an account.

The answers that are read hold no passwords; what was put beside them by hand, or a file that is
another one, may.
"""

import re
from typing import Final

from flowmodel.source import Source

_WORDS: Final = (
    *("assword", "asswd", "ecret", "redential", "rivateKey", "UserData"),
    *("AccessToken", "AuthToken", "SessionToken"),
)
# A word is looked at once, from where it begins, and never again from within it.
_KEY: Final = rf"(?<![\w.-])(?=[\w.-]*?(?:{'|'.join(_WORDS)}))[\w.-]*+"
_VALUES: Final = re.compile(
    # Texts of JSON and YAML, and of YAML also words that stand behind a key in its line.
    rf"""(["']?{_KEY}["']?\s*:\s*(["']))((?>(?:(?!\2)[^\\]|\\.)*))"""
    rf"""|^([ \t-]*{_KEY}:[ ]+)([^\s"'{{\[&*!|>#].*+)""",
    re.MULTILINE,
)


def masked(source: Source) -> Source:
    """The file with `x` for such values, every character at its place."""
    text = "\n".join(source.lines)
    if not any(word in text for word in _WORDS):
        return source
    return Source(source.path, _VALUES.sub(_hidden, text).split("\n"))


def _hidden(found: "re.Match[str]") -> str:
    key, value = (found[1], found[3]) if found[1] else (found[4], found[5])
    return key + re.sub(r"\S", "x", value)
