"""Rules that are written like an earlier one: one match of a pattern finds all their literals."""

import re
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

_Found = TypeVar("_Found")
_WORDS: Final = re.compile(r"[a-z0-9_{}!= ]*")
_NUMBER: Final = r"[0-9][0-9a-fx./:-]*+"
_QUOTED: Final = r'"[^"{}@\s]*+"'
_BODY: Final = r' ?(?>(?:[^{}"@\s]++ ?)*)'
_MOST: Final = 8
"""How many patterns of rules with as many spaces are tried before a rule is split."""
_LONGEST: Final = 2_000
"""The module `re` keeps the last 512 patterns that it has made, however long they are."""


def pattern(parts: Sequence[str]) -> re.Pattern[str] | None:
    """A pattern of rules with these words and literals like these; its groups are the literals.

    `parts` are words and literals in turn, as `shapes.LITERAL` splits a rule that `shapes.normal`
    has made. All texts that the pattern matches are normal too, and are split at the same places:
    a literal of theirs cannot reach into the next words, nor change how those are read. None where
    that is not sure.
    """
    if not all(map(_WORDS.fullmatch, parts[::2])) or not all(parts[2:-1:2]):
        return None
    made = [re.escape(parts[0])]
    for before, literal, after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
        found = re.escape(literal)
        if before.endswith("{"):
            found = _BODY
        elif literal[:1] == '"':
            found = _QUOTED
        elif re.fullmatch(_NUMBER, literal) and not before.endswith(("jump ", "goto ")):
            found = _NUMBER
        if not re.fullmatch(found, literal) or (found == _BODY and after[:1] != "}"):
            return None
        made += [f"({found})", re.escape(after)]
    text = "".join(made)
    return re.compile(text) if len(text) <= _LONGEST else None


class Patterns(Generic[_Found]):
    """What is known of rules, by patterns of their texts."""

    def __init__(self) -> None:
        self._known: dict[int, list[tuple[re.Pattern[str], _Found]]] = {}
        self._seen: set[tuple[int, str]] = set()

    def add(self, text: str, parts: Sequence[str], known: _Found) -> None:
        """Remember this for all rules that are written like this one, which has these parts."""
        spaces, shape = text.count(" "), "\x01".join(parts[::2])
        same = self._known.setdefault(spaces, [])
        if len(same) == _MOST or (spaces, shape) in self._seen:
            return
        self._seen.add((spaces, shape))
        made = pattern(parts)
        if made and made.fullmatch(text):
            same.append((made, known))

    def find(self, text: str) -> tuple[_Found, Sequence[str]] | None:
        """What is known of a rule, and its literals; None for a rule that looks like no other."""
        for each, known in self._known.get(text.count(" "), ()):
            found = each.fullmatch(text)
            if found:
                return known, found.groups()
        return None
