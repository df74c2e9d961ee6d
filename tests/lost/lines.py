"""Changes of texts that are made of lines and words: iptables-save, ipset save, nft, YAML."""

import re
from collections.abc import Iterator

from tests.lost.change import Change, garbled, misspelled

_WORD = re.compile(r'[^\s{}();,"=!<>]+|[{}();,"=!<>]+')
_OPTION = re.compile(
    r'(?:! )?(?<![^\s])--?[A-Za-z][\w-]*(?: (?!--?[A-Za-z]|! --?[a-z])(?:"[^"]*"|\S+))*'
)


def changes(text: str, *, options: bool = False) -> Iterator[Change]:
    """Each line and each word deleted, doubled, garbled and misspelled; options likewise."""
    at = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield from _line(line, at)
            if options:
                yield from _options(line, at)
        at += len(line)


def _line(line: str, at: int) -> Iterator[Change]:
    end = at + len(line)
    whole, path = line.removesuffix("\n"), line.strip()
    yield Change("delete", "line", path, at, end, "")
    yield Change("double", "line", path, at, end, f"{whole}\n{whole}\n")
    for match in _WORD.finditer(line):
        word, start, stop = match[0], at + match.start(), at + match.end()
        yield Change("delete", "word", path, start, stop, "")
        yield Change("double", "word", path, start, stop, f"{word} {word}")
        yield Change("garble", "word", path, start, stop, garbled(word))
        yield Change("misspell", "word", path, start, stop, misspelled(word, start))


def _options(line: str, at: int) -> Iterator[Change]:
    path = line.strip()
    for match in _OPTION.finditer(line):
        option, start, stop = match[0], at + match.start(), at + match.end()
        yield Change("delete", "option", path, start, stop, "")
        yield Change("double", "option", path, start, stop, f"{option} {option}")
        tail = line[match.end() :]
        # The option as if somebody had put the end of the line in its place.
        if tail.strip():
            yield Change("garble", "option", path, start, stop, "--x9 y")
