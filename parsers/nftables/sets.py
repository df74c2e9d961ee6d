"""Elements of sets and maps: how they are written, and which values they stand for."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from socket import AF_INET, inet_pton
from struct import unpack
from typing import Final

from flowmodel.record import NamedTuple, dataclass, field
from flowmodel.source import Source, Span
from flowmodel.values import Interval
from parsers.nftables.values import BITS, ForeignError, RefusedError, interval

_ITEM: Final = re.compile(r'(?:[^,"]|"[^"]*")+')
_OPTION: Final = re.compile(
    r'\s+(?:(timeout|expires)\s+(\w+)|comment\s+(?:"[^"]*"|[\w.-]+)'
    r"|counter(?:\s+packets\s+[0-9]+\s+bytes\s+[0-9]+)?|last(?:\s+used\s+\w+)?"
    r"|(limit\s+rate\s.*?(?=\s:\s|$)|quota\s.*?(?=\s:\s|$)|ct\s+count\s.*?(?=\s:\s|$)))"
)
_OPTION_WORDS: Final = re.compile("timeout|expires|comment|counter|last|limit|quota|ct")
_SPACED_COLON: Final = re.compile(r"\s+:\s*")
_DOT: Final = re.compile(r"\s+\.\s+")


_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_LENGTHS: Final = {"": 0, **{str(length): (1 << 32 - length) - 1 for length in range(33)}}


class Element(NamedTuple):
    """One element: key and data as written.

    `is_passing` is true where the element goes by itself (timeout) or answers differently from
    packet to packet (limit, quota, ct count).
    """

    key: str
    data: str = ""
    is_passing: bool = False


def elements(body: str, *, is_map: bool) -> list[Element]:
    """The elements between the braces of a set or map; raises RefusedError.

    nft takes commas that end nothing (parser_bison.y, set_list_expr), and variables without
    elements.
    """
    items = _ITEM.findall(body) if '"' in body else body.split(",")
    stripped = filter(None, map(str.strip, items))
    if is_map or _OPTION_WORDS.search(body):
        return [_element(item, is_map=is_map) for item in stripped]
    return [Element(item) for item in stripped]


def anonymous(body: str, *, is_map: bool) -> list[Element]:
    """The elements of a set or map in a rule, which has some; raises RefusedError."""
    found = elements(body, is_map=is_map)
    if not found:
        # src/evaluate.c: "Set is empty".
        raise RefusedError("the set has no elements", "")
    return found


def _element(text: str, *, is_map: bool) -> Element:
    is_passing = False
    for found in _OPTION.finditer(text):
        kind, time, stateful = found.groups()
        if stateful or (kind and time not in ("0s", "never")):
            is_passing = True
    text = _OPTION.sub("", text)
    if not is_map:
        return Element(text.strip(), "", is_passing)
    parts = _SPACED_COLON.split(text, maxsplit=1)
    if len(parts) == 1:
        parts = text.split(":", maxsplit=1)
    if len(parts) == 1:
        raise RefusedError(f"the element `{text}` of a map has no value", text)
    return Element(parts[0].strip(), parts[1].strip(), is_passing)


def intervals(kind: str, keys: Sequence[str]) -> list[Interval]:
    """The interval of each key; raises RefusedError or ForeignError."""
    if kind == "ipv4":
        try:
            addresses = b"".join(map(inet_pton, repeat(AF_INET), keys))
        except (OSError, ValueError):
            # Some are prefixes, ranges or names.
            pass
        else:
            numbers = unpack(f">{len(keys)}I", addresses)
            return list(zip(numbers, numbers, strict=True))
    return [quick_interval(kind, key) for key in keys]


def quick_interval(kind: str, text: str) -> Interval:
    """The interval of one value, as `interval` gives it, by a short way for the usual ones."""
    if kind == "ipv4":
        base, slash, length = text.partition("/")
        hosts = _LENGTHS.get(length, -1)
        if hosts >= 0 and bool(slash) == bool(length):
            try:
                address = int.from_bytes(inet_pton(AF_INET, base))
            except (OSError, ValueError):
                # The long way reads what is unusual, or says what is wrong.
                return interval(kind, text)
            return address & ~hosts, address | hosts
    elif kind == "port":
        first, dash, last = text.partition("-")
        if _PORT.fullmatch(first) and (not dash or _PORT.fullmatch(last)):
            low = int(first)
            high = int(last) if dash else low
            if low <= high <= 65535:
                return low, high
    return interval(kind, text)


def conflict(found: Sequence[Interval]) -> int:
    """The index of an interval that overlaps another one without being equal to it, or -1.

    nft refuses such elements unless the set merges them (segtree.c, set_overlap; auto-merge).
    """
    last: Interval = (-1, -1)
    for here in sorted(found):
        if here[0] <= last[1] and here != last:
            return found.index(here)
        if here[1] > last[1]:
            last = here
    return -1


def split_key(key: str) -> list[str]:
    """The parts of a concatenated key."""
    return _DOT.split(key)


Meaning = tuple[Interval | str, ...]


@dataclass(slots=True)
class NamedSet:
    """A set or map of a table, as far as it has been read; commands add and remove elements."""

    name: str
    span: Span
    kinds: tuple[str, ...] = ()
    """The kind of value of each part of the key."""
    data: str = ""
    """Of a map: the type of its values, `verdict` among them; empty for a set."""
    is_map: bool = False
    is_interval: bool = False
    is_merging: bool = False
    is_dynamic: bool = False
    is_untold: bool = False
    """Whether it may have elements that are not in the file."""
    has_timeout: bool = False
    """Whether elements expire that do not say so."""
    is_timed: bool = False
    """Whether elements may have a timeout: by a flag, or because all have one."""
    tells_times: bool = False
    """Whether some element tells its own."""
    elements: list[Element] = field(default_factory=list)
    intervals: list[Interval] | None = None
    """What the elements stand for, if each is a number, and none comes or goes."""
    places: list[tuple[Callable[[str], Span], Source]] = field(default_factory=list)
    """For each body of elements: a function that finds a text's place in it, and its source."""

    _known: tuple[list[Element], int, dict[Meaning, set[str]]] = field(
        default_factory=lambda: ([], 0, {})
    )

    def find(self, text: str) -> tuple[Source, Span]:
        """Where an element stands, among all the places where the set has got some."""
        places = [(source, find(text)) for find, source in self.places]
        return min(places, key=_size)

    def check_times(self) -> None:
        """Raises RefusedError for times in a set that has none (nf_tables_api.c, -EINVAL)."""
        if self.tells_times and not self.is_timed and not self.has_timeout:
            message = f"elements have a timeout, which the set `{self.name}` has no flag for"
            raise RefusedError(message, "timeout")

    def remove(self, gone: Iterable[Element]) -> None:
        """Take elements out, however they are spelled; raises RefusedError for a missing one."""
        known = self._by_meaning()
        keys: set[str] = set()
        for each in gone:
            same = known.pop(self.meaning(each.key), None)
            if same is None:
                raise RefusedError(f"the set `{self.name}` has no element `{each.key}`", each.key)
            keys |= same
        self.elements = [each for each in self.elements if each.key not in keys]
        self._known = self.elements, len(self.elements), known

    def _by_meaning(self) -> dict[Meaning, set[str]]:
        """The elements' keys by what they stand for; commands may remove one after the other."""
        elements, count, known = self._known
        if elements is not self.elements or count > len(elements):
            count, known = 0, {}
        for each in self.elements[count:]:
            known.setdefault(self.meaning(each.key), set()).add(each.key)
        self._known = self.elements, len(self.elements), known
        return known

    def meaning(self, key: str) -> Meaning:
        """What a key stands for, however it is spelled."""
        parts = split_key(key)
        if len(parts) != len(self.kinds):
            return tuple(parts)
        return tuple(_meaning(kind, part) for kind, part in zip(self.kinds, parts, strict=True))


def _size(place: tuple[Source, Span]) -> tuple[int, int]:
    """A place that is only the element is smaller than one that is a whole body."""
    span = place[1]
    return span.last_line - span.line, span.last_column - span.column


def _meaning(kind: str, part: str) -> Interval | str:
    try:
        return interval(kind, part) if kind in BITS else part.strip('"')
    except (RefusedError, ForeignError):
        return part
