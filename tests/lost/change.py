"""One change of one place in a text: what is done, where, and what stands there then."""

from random import Random
from typing import Literal, NamedTuple

Deed = Literal["delete", "double", "garble", "misspell", "empty"]


class Change(NamedTuple):
    """A piece of a text is replaced by another."""

    deed: Deed
    what: str
    """What kind of thing is changed: `line`, `word`, `option`, `member`, `key`, `element` …"""
    path: str
    """Where it stands in the structure of the file: `nat/rule/source`; of a line, the line."""
    start: int
    end: int
    put: str

    def made(self, text: str) -> str:
        """The text with the change."""
        return text[: self.start] + self.put + text[self.end :]


def garbled(word: str) -> str:
    """The word with something behind it that belongs to no language."""
    return f"{word}x9"


def misspelled(word: str, at: int) -> str:
    """The word with one letter or digit changed, left out, or exchanged with its neighbour."""
    random = Random(f"{at} {word}")
    deeds = [_other, _dropped, _swapped]
    random.shuffle(deeds)
    for deed in deeds:
        made = deed(word, random)
        if made and made != word:
            return made
    return garbled(word)


def _other(word: str, random: Random) -> str:
    places = [place for place, letter in enumerate(word) if letter.isalnum()]
    if not places:
        return ""
    place = random.choice(places)
    letter = word[place]
    if letter.isdigit():
        put = str((int(letter) + random.choice((1, 9))) % 10) if letter.isascii() else "1"
    else:
        put = random.choice("abdegiklmnoprstu")
    return word[:place] + put + word[place + 1 :]


def _dropped(word: str, random: Random) -> str:
    place = random.randrange(len(word))
    return word[:place] + word[place + 1 :]


def _swapped(word: str, random: Random) -> str:
    places = [place for place in range(len(word) - 1) if word[place] != word[place + 1]]
    if not places:
        return ""
    place = random.choice(places)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
