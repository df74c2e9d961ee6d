"""Changes of XML: elements, names of elements, texts and attributes, by their places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.lost.change import Change, Deed, garbled, misspelled

_TAG = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<(/?)([\w.:-]+)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>", re.DOTALL
)
_ATTRIBUTE = re.compile(r"\s+([\w.:-]+)=([\"'])(.*?)\2", re.DOTALL)
_CDATA = "<![CDATA["


@dataclass(slots=True)
class _Open:
    path: str
    opening: re.Match[str]
    is_leaf: bool = True


def changes(text: str) -> Iterator[Change]:
    """All changes of a document; its root stays."""
    way: list[_Open] = []
    for tag in _TAG.finditer(text):
        if tag[2] is None:
            continue
        if tag[1]:
            opened = way.pop()
            if way:
                yield from _element(text, opened.path, opened.opening, tag)
                if opened.is_leaf:
                    yield from _text(text, opened, tag)
            continue
        if way:
            way[-1].is_leaf = False
        path = f"{way[-1].path}/{tag[2]}" if way else ""
        yield from _attributes(path, tag)
        if tag[4]:
            yield from _element(text, path, tag, tag)
        else:
            way.append(_Open(path, tag))


def _element(
    text: str, path: str, opening: re.Match[str], closing: re.Match[str]
) -> Iterator[Change]:
    start, end = opening.start(), closing.end()
    whole, name = text[start:end], opening[2]
    yield Change("delete", "element", path, start, end, "")
    yield Change("double", "element", path, start, end, whole + whole)
    body = whole[1 + len(name) :]
    names: tuple[tuple[Deed, str], ...] = (
        ("garble", garbled(name)),
        ("misspell", misspelled(name, start)),
    )
    for deed, put in names:
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", put):
            continue
        made = f"<{put}{body}"
        if closing is not opening:
            made = f"{made[: made.rindex('</')]}</{put}>"
        yield Change(deed, "name", path, start, end, made)


def _text(text: str, opened: _Open, closing: re.Match[str]) -> Iterator[Change]:
    start, end = opened.opening.end(), closing.start()
    said = text[start:end]
    if said.startswith(_CDATA):
        start, end = start + len(_CDATA), end - len("]]>")
        said = text[start:end]
    if not said.strip():
        yield Change("garble", "text", opened.path, start, end, "x9")
        return
    yield Change("delete", "text", opened.path, start, end, "")
    for match in re.finditer(r"[^\s,&;]+", said):
        word, first, last = match[0], start + match.start(), start + match.end()
        yield Change("garble", "text", opened.path, first, last, garbled(word))
        yield Change("misspell", "text", opened.path, first, last, misspelled(word, first))
        if word != said.strip():
            yield Change("delete", "text", opened.path, first, last, "")
            yield Change("double", "text", opened.path, first, last, f"{word} {word}")


def _attributes(path: str, tag: re.Match[str]) -> Iterator[Change]:
    for match in _ATTRIBUTE.finditer(tag[3]):
        at = tag.start(3)
        where = f"{path}/@{match[1]}"
        yield Change("delete", "attribute", where, at + match.start(), at + match.end(), "")
        start, end = at + match.start(3), at + match.end(3)
        yield Change("garble", "attribute", where, start, end, garbled(match[3]))
        if match[3]:
            put = misspelled(match[3], start)
            yield Change("misspell", "attribute", where, start, end, put)
