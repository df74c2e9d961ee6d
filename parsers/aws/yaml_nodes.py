"""Reads YAML documents, as the AWS CLI prints them, with the places of their objects."""

import re
from itertools import islice
from typing import Any, Final

from flowmodel.source import Source
from parsers.shared.node import File, Node, Places, file

DEEPEST: Final = 64
"""Lists and objects in each other; the responses of the AWS CLI have less than twenty."""

# YAML 1.2.2, section 10.3.2: the core schema, as far as the CLI uses it. Quoted values are texts.
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_FLOAT: Final = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?")
_WORDS: Final = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}
_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""What libyaml 0.2.6 (PyYAML 6.0.4) says of 1000 lists in lists, before it tells of the first."""
_DEEP: Final = "this is nested too deeply for an export of AWS"
_OPENING: Final = re.compile(r"[\[{]")
_LINE_END: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def documents(source: Source) -> list[Any]:
    """The documents of a file; mappings in them are nodes. Raises InputError.

    Anchors, aliases, tags and keys that a mapping has twice are refused.
    """
    import yaml

    builder = _Builder(source)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Events, not `compose`: that resolves aliases, and recurses as deep as a file says.
        for event in yaml.parse(builder.file.text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        at = builder.offset(mark) if mark else 0
        if wrong.problem == _TOO_DEEP:
            raise builder.too_deep(at) from None
        raise builder.file.error(f"this is no YAML: {wrong.problem or wrong.context}", at) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        raise builder.file.error("this is no YAML: it has a control character", 0) from None
    return builder.documents


class _Builder:
    """Makes values of parser events."""

    def __init__(self, source: Source) -> None:
        self.documents: list[Any] = []
        self._places: dict[int, Places] = {}
        self.file: File = file(
            source, lambda node, key: self._places[id(node)].get(key), is_json=False
        )
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(self.file.text))]
        self._open: list[tuple[Any, list[tuple[Any, int, int]]]] = []
        self._last: Any = None

    def offset(self, mark: Any) -> int:
        line: int = mark.line
        column: int = mark.column
        return self._starts[line] + column if line < len(self._starts) else len(self.file.text)

    def too_deep(self, at: int) -> Exception:
        """The error for what is nested so deeply that no event tells of it; `at` is too far behind.

        What libyaml has looked at ahead of the last event is little else than brackets.
        """
        behind = self.offset(self._last.end_mark) if self._last else 0
        openings = _OPENING.finditer(self.file.text, behind, at + 1)
        first = next(islice(openings, DEEPEST - len(self._open), None), None)
        return self.file.error(_DEEP, first.start() if first else at)

    def take(self, event: Any) -> None:
        self._last = event
        kind = type(event).__name__
        if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
            raise self._error("anchors and aliases are nothing that the AWS CLI prints", event)
        if kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent"):
            if event.tag not in (None, "!") or len(self._open) >= DEEPEST:
                what = _DEEP if event.tag in (None, "!") else "tags are nothing that the CLI prints"
                raise self._error(what, event)
            if kind == "ScalarEvent":
                self._add(_typed(event), self.offset(event.start_mark), self._end(event))
            else:
                self._open.append((event, []))
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            start, values = self._open.pop()
            first = self.offset(start.start_mark)
            # A block ends where the next thing begins, its last value before that.
            is_block = start.flow_style is False and values
            last = values[-1][2] if is_block else self._end(event)
            if kind == "SequenceEndEvent":
                self._add([value for value, _, _ in values], first, last)
            else:
                self._add(self._node(values, first, last), first, last)

    def _end(self, event: Any) -> int:
        first, last = self.offset(event.start_mark), self.offset(event.end_mark) - 1
        while last > first and self.file.text[last : last + 1].isspace():
            last -= 1
        return max(first, last)

    def _add(self, value: Any, first: int, last: int) -> None:
        if self._open:
            self._open[-1][1].append((value, first, last))
        else:
            self.documents.append(value)

    def _node(self, values: list[tuple[Any, int, int]], first: int, last: int) -> Node:
        node = Node()
        node.file, node.first, node.last = self.file, first, last
        places = self._places[id(node)] = {}
        for (key, at, end), (value, value_first, value_last) in zip(
            values[::2], values[1::2], strict=True
        ):
            if type(key) is not str:
                raise self.file.error("a key is a word, not a list or a mapping", at, end)
            if key in node:
                raise self.file.error(f"`{key}` is here twice", at, end)
            node[key] = value
            places[key] = (at, value_first, value_last)
        return node

    def _error(self, message: str, event: Any) -> Exception:
        return self.file.error(message, self.offset(event.start_mark))


def _typed(event: Any) -> Any:
    text = event.value
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
