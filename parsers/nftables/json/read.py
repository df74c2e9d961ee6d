"""Reads what `nft -j list ruleset` prints, and JSON command files (libnftables-json(5))."""

import json
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NoReturn

from flowmodel.ruleset import Gap
from flowmodel.source import Source, Span
from parsers.nftables.base import declared, policy
from parsers.nftables.helpers import strange_helper
from parsers.nftables.json.expressions import STRANGE, StrangeError, element, expression
from parsers.nftables.json.keys import KINDS, Keys
from parsers.nftables.json.statements import rule
from parsers.nftables.names import TYPES
from parsers.nftables.sets import Element, NamedSet
from parsers.nftables.state import FAMILIES, RawChain, RawRule, RawTable, State, error
from parsers.nftables.values import RefusedError

_SPACE: Final = " \t\n\r"
_COMMANDS: Final = frozenset(
    ("add", "create", "insert", "replace", "delete", "destroy", "flush", "list", "reset", "rename")
)
_SHOWN: Final = 500
_IGNORED: Final = frozenset(("metainfo", "list", "reset"))


def _check_command(kind: str, value: Any) -> None:
    """Raises RefusedError for what versions of nft load differently, though all list it alike."""
    if kind == "table" and isinstance(value, dict) and "dormant" in (value.get("flags") or ()):
        # nft 1.0.6 makes the table, and it filters (parser_json.c, json_parse_cmd_add_table).
        message = "nft 1.0.6 passes over the flags of a table that a command adds: write it as text"
        raise RefusedError(message, "")


class JsonReader:
    """Reads one JSON file into the state."""

    def __init__(self, source: Source, state: State) -> None:
        self._source = source
        self._state = state
        self._text = source.text
        self._starts = [0]
        for line in source.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._span = Span(source.path, 1, 1, 1, 1)
        self._keys = Keys()
        state.sources.append(source)

    def file(self) -> None:
        """Read the whole file: an object with the one key `nftables`, which holds a list."""
        text, decode = self._text, json.JSONDecoder(object_hook=self._keys.look).raw_decode
        at = self._skip_over(0, "{")
        try:
            key, at = decode(text, self._space(at))
        except (ValueError, RecursionError):
            key = None
        if key != "nftables":
            self._fail('an object with the key "nftables" is expected', self._space(at))
        at = self._space(self._skip_over(self._skip_over(at, ":"), "["))
        while text[at : at + 1] != "]":
            start = at
            try:
                given, at = decode(text, start)
                doubled = self._keys.doubled(text, start, at)
            except json.JSONDecodeError as wrong:
                self._fail(f"this is no JSON: {_sentence(wrong.msg)}", wrong.pos)
            except (ValueError, RecursionError):
                self._fail("this is no JSON that nft prints", start)
            line, column = self._place(start)
            last_line, last_column = self._place(at - 1)
            self._span = Span(self._source.path, line, column, last_line, last_column)
            for message in doubled:
                self._remark(message)
            self._object(given)
            self._keys.clear()
            at = self._space(at)
            if text[at : at + 1] == ",":
                at = self._space(at + 1)
            elif text[at : at + 1] != "]":
                self._fail(
                    "the file ends before the list is closed"
                    if at >= len(text)
                    else "`,` or `]` is expected",
                    at,
                )
        at = self._space(self._skip_over(at + 1, "}"))
        if at < len(text):
            self._fail("nothing is expected behind the object", at)

    def _space(self, at: int) -> int:
        text = self._text
        while at < len(text) and text[at] in _SPACE:
            at += 1
        return at

    def _skip_over(self, at: int, mark: str) -> int:
        at = self._space(at)
        if self._text[at : at + 1] != mark:
            self._fail(f"`{mark}` is expected", at)
        return at + 1

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset, 0, len(self._starts) - 1)
        return line, offset - self._starts[line - 1] + 1

    def _fail(self, message: str, at: int) -> NoReturn:
        line, column = self._place(min(at, max(0, len(self._text) - 1)))
        raise error(message, self._source, Span(self._source.path, line, column, line, column))

    def _remark(self, message: str) -> None:
        span = self._span
        line = self._source.lines[span.line - 1]
        text = line[span.column - 1 : span.last_column] if span.line == span.last_line else line
        self._state.gaps.append(Gap("FW901", message, span, text[:_SHOWN]))

    def _object(self, given: Any) -> None:
        verb = "add"
        try:
            ((kind, value),) = given.items()
            if kind in _COMMANDS and isinstance(value, dict):
                verb = kind
                ((kind, value),) = value.items()
                _check_command(kind, value)
            if kind in _IGNORED or verb in _IGNORED:
                return
            self._command(verb, kind, value)
        except RefusedError as refused:
            raise error(refused.message, self._source, self._span) from None
        except STRANGE as reason:
            message = f"this object is not understood ({type(reason).__name__}: {reason})"
            if isinstance(reason, KeyError):
                message = f"this object has no {reason}"
            raise error(message, self._source, self._span) from None

    def _command(self, verb: str, kind: str, value: Any) -> None:
        if kind not in KINDS:
            raise RefusedError(f"`{kind}` is no kind of object that nft knows", "")
        for message in self._keys.unknown(kind, value):
            self._remark(message)
        if kind == "ruleset":
            self._state.flush((value or {}).get("family"))
            return
        if kind == "table":
            self._table(verb, value)
            return
        key = (value["family"], value["table"])
        table = self._state.tables.get(key)
        if table is None:
            raise RefusedError(f"there is no table `{key[0]} {key[1]}`", "")
        known: dict[str, Callable[[str, RawTable, Any], None]] = {
            "chain": self._chain,
            "rule": self._rule,
            "set": partial(self._set, is_map=False),
            "map": partial(self._set, is_map=True),
            "element": self._elements,
        }
        if kind in known:
            known[kind](verb, table, value)
        elif verb in ("delete", "destroy"):
            table.objects.discard((kind, value["name"]))
        else:
            table.objects.add((kind, value["name"]))
            if value.get("l3proto", "ip") not in ("ip", "ip6", "inet"):
                raise RefusedError(f"`{value['l3proto']}` is no family of a {kind}", "")
            strange = kind == "ct helper" and strange_helper(value["type"], value["protocol"])
            if strange:
                self._remark(strange)

    def _table(self, verb: str, value: Any) -> None:
        key = (value["family"], value["name"])
        if key[0] not in FAMILIES:
            raise RefusedError(f"`{key[0]}` is no family of tables", key[0])
        if verb in ("delete", "destroy"):
            self._state.tables.pop(key, None)
            self._state.gone.add(key)
        elif verb == "flush":
            for chain in self._state.tables[key].chains.values():
                chain.rules.clear()
        else:
            table = self._state.table(*key, self._span)
            flags = value.get("flags", [])
            flags = [flags] if isinstance(flags, str) else flags
            if flags in (["t"], [key[1]]):
                # What nft 1.0.6 prints for `dormant` and for `owner`: what its memory holds there.
                message = "nft 1.0.6 prints a flag of this table wrongly in JSON: export as text"
                raise RefusedError(message, "")
            if unknown := set(flags) - {"dormant", "owner", "persist"}:
                raise RefusedError(f"`{min(unknown)}` is no flag of a table", "")
            table.is_dormant = "dormant" in flags

    def _chain(self, verb: str, table: RawTable, value: Any) -> None:
        name = value["name"]
        if verb in ("delete", "destroy"):
            table.chains.pop(name, None)
            return
        if verb == "flush":
            table.chains[name].rules.clear()
            return
        chain = table.chain(name, self._span)
        if "hook" in value:
            devices = value.get("dev", [])
            names = (devices,) if isinstance(devices, str) else tuple(devices)
            place = str(value["prio"])
            chain.declare(declared(table.family, value["type"], value["hook"], place, names), "")
            chain.span = self._span
        chain.is_closed = True
        if "policy" in value:
            chain.policy = policy(value["policy"])

    def _rule(self, verb: str, table: RawTable, value: Any) -> None:
        chain = table.chains.get(value["chain"])
        if chain is None:
            raise RefusedError(f"the table has no chain `{value['chain']}`", "")
        index = _index(chain, value) if verb != "add" or "index" in value else None
        if verb in ("delete", "destroy"):
            if index is None:
                raise RefusedError("which rule this deletes is not known here", "")
            del chain.rules[index]
            return
        span = self._span
        made = RawRule(
            rule(value["expr"]),
            self._source,
            span.line,
            span.column,
            span.last_line,
            span.last_column,
            value.get("handle", 0),
        )
        if verb == "replace":
            if index is None:
                raise RefusedError("which rule this replaces is not known here", "")
            chain.rules[index] = made
        elif verb == "insert":
            chain.rules.insert(index or 0, made)
        else:
            chain.rules.insert(len(chain.rules) if index is None else index + 1, made)

    def _set(self, verb: str, table: RawTable, value: Any, *, is_map: bool) -> None:
        name = value["name"]
        if verb in ("delete", "destroy"):
            table.sets.pop(name, None)
            return
        if verb == "flush":
            table.sets[name].elements.clear()
            return
        found = table.named_set(name, self._span)
        found.is_map = is_map
        flags = value.get("flags", [])
        flags = [flags] if isinstance(flags, str) else flags
        unknown = set(flags) - {"constant", "interval", "timeout", "dynamic", "concat"}
        if unknown:
            raise RefusedError(f"`{min(unknown)}` is no flag of a set", "")
        found.kinds = _kinds(value["type"])
        found.data = value["map"] if is_map and isinstance(value["map"], str) else ""
        found.is_interval = "interval" in flags
        found.is_dynamic = "dynamic" in flags
        found.is_merging = bool(value.get("auto-merge"))
        found.has_timeout = "timeout" in value
        found.is_timed = "timeout" in flags
        if "elem" in value:
            self._fill(found, value["elem"])

    def _elements(self, verb: str, table: RawTable, value: Any) -> None:
        found = table.sets.get(value["name"])
        if found is None:
            raise RefusedError(f"the table has no set `{value['name']}`", "")
        if verb in ("delete", "destroy"):
            found.remove(_listed(value["elem"]))
        else:
            self._fill(found, value["elem"])

    def _fill(self, found: NamedSet, given: Any) -> None:
        span = self._span
        found.elements += _listed(given)
        items = given if isinstance(given, list) else [given]
        options = (each for each in items if type(each) is not str)
        found.tells_times = found.tells_times or any(map(_has_time, options))
        found.check_times()
        found.places.append((lambda _text: span, self._source))


def _has_time(given: Any) -> bool:
    if isinstance(given, list):
        return any(map(_has_time, given))
    return isinstance(given, dict) and "timeout" in given.get("elem", {})


def _listed(given: Any) -> list[Element]:
    items = given if isinstance(given, list) else [given]
    if not items:
        raise RefusedError("`elem` has no elements", "")
    return [Element(each) if type(each) is str else element(each) for each in items]


def _kinds(given: Any) -> tuple[str, ...]:
    names = given if isinstance(given, list) else [given]
    return tuple(_type_of(name) if isinstance(name, str) else _kind_of(name) for name in names)


def _type_of(name: str) -> str:
    if name not in TYPES:
        raise RefusedError(f"`{name}` is no type of value", name)
    return TYPES[name]


def _kind_of(given: Any) -> str:
    from parsers.nftables.selectors import selector

    if not isinstance(given, dict):
        raise RefusedError("the type of a set is a name, a list of names or `typeof`", "")
    try:
        return selector(expression(given), "inet").kind
    except (StrangeError, RefusedError):
        return "text"


def _index(chain: RawChain, value: Any) -> int | None:
    if "index" in value:
        return int(value["index"])
    for index, each in enumerate(chain.rules):
        if each.handle == value.get("handle"):
            return index
    return None


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]
