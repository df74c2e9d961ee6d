"""Reads JSON documents with the places of their objects; several may follow each other."""

import re
from collections.abc import Iterator, Mapping
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, NoReturn

from flowmodel.record import NamedTuple
from flowmodel.source import InputError, Source
from parsers.shared.node import File, Node, Place, Places, file

DEEPEST: Final = 64
"""Objects in objects; what is read here has less than ten."""

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_COLON: Final = re.compile(r"[ \t\n\r]*:?[ \t\n\r]*")
_COMMA: Final = re.compile(r"[ \t\n\r]*,?[ \t\n\r]*")
# The atomic group keeps no places to come back to: one pass, however the text goes on.
_TEXTS: Final = re.compile(r'"(?>(?:[^"\\]++|\\.)*)"', re.DOTALL)

_LONGEST: Final = 640
"""Digits; Python reads numbers of so many whatever its limit is (sys.set_int_max_str_digits)."""
_NUMBERS: Final = re.compile(rf"-?(?:NaN|Infinity|[0-9]{{{_LONGEST + 1},}})")


class _TwiceError(Exception):
    """An object has a key twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Words(NamedTuple):
    """How errors call what should be read."""

    export: str
    """`an export of AWS`."""
    writer: str
    """`the AWS CLI`."""


def documents(source: Source, words: Words) -> list[Any]:
    """The documents of a file; objects in them are nodes. Raises InputError.

    A key that an object has twice is refused, and so is what is not in RFC 8259 (NaN).
    """
    read = file(source, _Members(), is_json=True)
    nodes: list[Node] = []

    def made(pairs: list[tuple[str, Any]]) -> Node:
        node = Node(pairs)
        node.file = read
        nodes.append(node)
        if len(node) != len(pairs):
            raise _TwiceError(_twice(pairs))
        return node

    decode = JSONDecoder(object_pairs_hook=made, parse_constant=_no_constant).raw_decode
    found: list[Any] = []
    text = read.text
    at = _past(_SPACE, text, 0)
    try:
        while at < len(text):
            value, end = decode(text, at)
            found.append(value)
            at = _past(_SPACE, text, end)
    except JSONDecodeError as wrong:
        message = wrong.msg[:1].lower() + wrong.msg[1:]
        raise read.error(f"this is no JSON: {message}", wrong.pos) from None
    except _TwiceError as twice:
        _refuse_twice(read, nodes, twice.key, words)
    except RecursionError:
        raise _too_deep(read, at, words) from None
    except ValueError:
        _refuse_number(read, words)
    _place(read, nodes, words)
    return found


def _too_deep(read: File, at: int, words: Words) -> InputError:
    return read.error(f"this is nested too deeply for {words.export}", at)


def _refuse_number(read: File, words: Words) -> NoReturn:
    """The error about what Python would take for a number, or is too long for one."""
    bare = _TEXTS.sub(lambda found: " " * len(found[0]), read.text)
    found = _NUMBERS.search(bare)
    assert found is not None, "json raises ValueError for these only"
    number = found[0]
    what = f"a number of {len(number)} digits" if len(number) > _LONGEST else f"`{number}`"
    message = f"{what} is nothing that {words.writer} prints"
    raise read.error(message, found.start(), found.end() - 1)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _past(what: "re.Pattern[str]", text: str, at: int) -> int:
    found = what.match(text, at)
    return found.end() if found else at


def _twice(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError(seen)


def _place(read: File, nodes: list[Node], words: Words) -> None:
    """Give the nodes their offsets: the decoder made them in the order of their closing braces."""
    text = read.text
    if {text.count("{"), text.count("}")} != {len(nodes)}:  # some are in texts
        text = _TEXTS.sub(lambda found: " " * len(found[0]), text)
    opened: list[int] = []
    find, last = text.find, -1
    for node in nodes:
        at, last = last + 1, find("}", last + 1)
        while (at := find("{", at, last)) >= 0:
            opened.append(at)
            if len(opened) > DEEPEST:
                raise _too_deep(read, at, words)
            at += 1
        node.first = opened.pop()
        node.last = last


def _refuse_twice(read: File, nodes: list[Node], key: str, words: Words) -> NoReturn:
    """The error about the last node, at the second of the two keys."""
    _place(read, nodes, words)
    node = nodes[-1]
    at = [first for name, (first, _, _) in _each_member(node, {}) if name == key][1]
    raise read.error(f"`{key}` is here twice", at, at + len(key) + 1)


class _Members:
    """Where the members of objects stand: it is often asked for several of one object."""

    def __init__(self) -> None:
        self._node: Node | None = None
        self._places: Places = {}
        self._rest: Iterator[tuple[str, Place]] = iter(())

    def __call__(self, node: Node, key: str) -> Place | None:
        if node is not self._node:
            self._node, self._places, self._rest = node, {}, _each_member(node, node)
        if key not in self._places:
            for name, place in self._rest:
                self._places[name] = place
                if name == key:
                    break
        return self._places.get(key)


def _each_member(node: Node, known: Mapping[str, Any]) -> Iterator[tuple[str, Place]]:
    """The members of an object that was read before: their names and places.

    Where it is known what a name has, the objects in it tell where it ends.
    """
    text = node.file.text
    decode = JSONDecoder().raw_decode
    at = _past(_SPACE, text, node.first + 1)
    while text[at] == '"':
        name, end = scanstring(text, at + 1)
        value = _past(_COLON, text, end)
        its = known.get(name)
        if type(its) is str:
            behind = scanstring(text, value + 1)[1]
        elif type(its) is Node:
            behind = its.last + 1
        elif type(its) is list and its and type(its[-1]) is Node:
            behind = text.index("]", its[-1].last) + 1
        elif its == [] and text.startswith("[]", value):
            behind = value + 2
        elif type(its) is bool:
            behind = value + (4 if its else 5)
        else:
            behind = decode(text, value)[1]
        yield name, (at, value, behind - 1)
        at = _past(_COMMA, text, behind)
