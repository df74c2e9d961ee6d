"""JSON expressions and elements as nft writes them in its own language (libnftables-json(5))."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from parsers.nftables.sets import Element
from parsers.nftables.values import RefusedError

_WORD: Final = re.compile(r"@?[\w.:/+*\\-]+")
_BARE: Final = frozenset(("iif", "oif", "iifname", "oifname", "iifgroup", "oifgroup"))
OPERATORS: Final = ("|", "^", "&", "<<", ">>")
_OPERANDS: Final = 2


class StrangeError(Exception):
    """A form that has no counterpart in the language."""


STRANGE: Final = (
    StrangeError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    IndexError,
    RecursionError,
)
"""What is raised where an object has another form than libnftables-json(5) says."""


def expression(given: Any) -> str:
    """One expression; raises StrangeError for what has no counterpart."""
    if isinstance(given, str):
        return given if _WORD.fullmatch(given) else quoted(given)
    if isinstance(given, bool):
        return "exists" if given else "missing"
    if isinstance(given, int):
        return str(given)
    if isinstance(given, list):
        return ",".join(expression(each) for each in given)
    if not isinstance(given, dict) or len(given) != 1:
        raise StrangeError
    ((kind, value),) = given.items()
    if kind in OPERATORS:
        # src/parser_json.c, json_parse_binop_expr: two, or since 1.1.0 two or more.
        if not isinstance(value, list) or len(value) < _OPERANDS:
            raise RefusedError(f"`{kind}` has no two operands", "")
        return f" {kind} ".join(_operand(each) for each in value)
    if kind not in _EXPRESSIONS:
        raise StrangeError
    return _EXPRESSIONS[kind](value)


def element(given: Any) -> Element:
    """One element of a set, or a pair of a map; raises StrangeError."""
    data = ""
    if isinstance(given, list):
        given, value = given
        data = data_text(value)
    if isinstance(given, str):
        if given != given.strip():
            raise RefusedError(f"`{given}` has blanks around it", given)
        return Element(given, data)
    is_passing = False
    if isinstance(given, dict) and "elem" in given:
        options = given["elem"]
        is_passing = not _LASTING.issuperset(options)
        given = options["val"]
    return Element(expression(given), data, is_passing)


_LASTING: Final = frozenset(("val", "comment", "counter", "last"))


def data_text(given: Any) -> str:
    """The value of a map's element: a verdict or an expression."""
    if isinstance(given, dict) and len(given) == 1:
        ((kind, value),) = given.items()
        if kind in VERDICTS:
            return str(kind)
        if kind in ("jump", "goto"):
            return f"{kind} {value['target']}"
    return expression(given)


VERDICTS: Final = ("accept", "drop", "continue", "return")


def quoted(text: str) -> str:
    """The text in quotation marks; raises StrangeError where it cannot stand there."""
    if '"' in text or "\n" in text:
        raise StrangeError
    return f'"{text}"'


def _operand(given: Any) -> str:
    if isinstance(given, list):
        given = {"|": given}
    text = expression(given)
    is_operation = isinstance(given, dict) and next(iter(given)) in OPERATORS
    return f"({text})" if is_operation else text


def _elements(given: list[Any]) -> str:
    if isinstance(given, str):
        return given
    found = []
    for each in given:
        one = element(each)
        # Elements of anonymous sets have no options that change what they match.
        if one.is_passing:
            raise StrangeError
        if not one.key:
            raise RefusedError("an element is an empty text", "")
        found.append(f"{one.key} : {one.data}" if one.data else one.key)
    return "{ " + ", ".join(found) + " }"


def table(given: Any) -> str:
    """The set or map that is asked, by name or with its elements."""
    return given if isinstance(given, str) else _elements(given["set"])


def _payload(given: Mapping[str, Any]) -> str:
    if "base" in given:
        return f"@{given['base']},{given['offset']},{given['len']}"
    tunnel = f"{given['tunnel']} " if "tunnel" in given else ""
    return f"{tunnel}{given['protocol']} {given['field']}"


def _option(kind: str) -> Callable[[Mapping[str, Any]], str]:
    def option(given: Mapping[str, Any]) -> str:
        if "base" in given:
            raise StrangeError
        field = f" {given['field']}" if "field" in given else ""
        return f"{kind} {given['name']}{field}"

    return option


def _extension(given: Mapping[str, Any]) -> str:
    if "field" in given:
        return f"{given['name']} {given['field']}"
    return f"exthdr {given['name']}"


def _meta(given: Mapping[str, Any]) -> str:
    return given["key"] if given["key"] in _BARE else f"meta {given['key']}"


def _connection(given: Mapping[str, Any]) -> str:
    words = ("ct", given.get("dir", ""), given.get("family", ""), given["key"])
    return " ".join(word for word in words if word)


def _route(given: Mapping[str, Any]) -> str:
    return " ".join(word for word in ("rt", given.get("family", ""), given["key"]) if word)


def _fib(given: Mapping[str, Any]) -> str:
    flags = given.get("flags", [])
    flags = [flags] if isinstance(flags, str) else flags
    return f"fib {' . '.join(flags)} {given['result']}"


def _socket(given: Mapping[str, Any]) -> str:
    level = f" level {given['level']}" if "level" in given else ""
    return f"socket {given['key']}{level}"


def _numgen(given: Mapping[str, Any]) -> str:
    offset = f" offset {given['offset']}" if given.get("offset") else ""
    return f"numgen {given['mode']} mod {given['mod']}{offset}"


def _hash(given: Mapping[str, Any]) -> str:
    key = f"jhash {expression(given['expr'])}" if "expr" in given else "symhash"
    seed = f" seed {given['seed']}" if given.get("seed") else ""
    offset = f" offset {given['offset']}" if given.get("offset") else ""
    return f"{key} mod {given['mod']}{seed}{offset}"


def _ipsec(given: Mapping[str, Any]) -> str:
    spnum = f" spnum {given['spnum']}" if "spnum" in given else ""
    family = f" {given['family']}" if "family" in given else ""
    return f"ipsec {given['dir']}{spnum}{family} {given['key']}"


def _osf(given: Mapping[str, Any]) -> str:
    ttl = f" ttl {given['ttl']}" if "ttl" in given else ""
    return f"osf{ttl} {given['key']}"


def _both(given: Any) -> tuple[str, str]:
    first, last = given
    return _operand(first), _operand(last)


def _range(first: str, last: str) -> str:
    # A hyphen in front of a parenthesis would be the end of a word.
    return f"{first} - {last}" if "(" in first + last else f"{first}-{last}"


def _mapped(given: Mapping[str, Any]) -> str:
    return f"{expression(given['key'])} map {table(given['data'])}"


_EXPRESSIONS: Final[dict[str, Callable[[Any], str]]] = {
    "concat": lambda given: " . ".join(expression(each) for each in given),
    "set": _elements,
    "map": _mapped,
    "prefix": lambda given: f"{given['addr']}/{given['len']}",
    "range": lambda given: _range(*_both(given)),
    "payload": _payload,
    "exthdr": _extension,
    "tcp option": _option("tcp option"),
    "ip option": _option("ip option"),
    "sctp chunk": _option("sctp chunk"),
    "dccp option": lambda given: f"dccp option {given['type']}",
    "meta": _meta,
    "ct": _connection,
    "rt": _route,
    "fib": _fib,
    "socket": _socket,
    "numgen": _numgen,
    "jhash": _hash,
    "symhash": _hash,
    "ipsec": _ipsec,
    "osf": _osf,
    "elem": lambda given: element({"elem": given}).key,
}
